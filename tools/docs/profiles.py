# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to profiles, its tables and examples made from the keys that the engine accepts."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from ansible_collections.alkemio.convergence.plugins.module_utils._transform import profile_keys
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.profile_keys import Key

_HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from plugins/module_utils/_transform/profile_keys.py. Do not edit. -->

# Profiles: the rules of one application

Without any rule, tables and columns meet by their names, each value travels by the pair of its two types
([type mapping](type-mapping.md)), and whatever has no counterpart or does not fit stops the run with its name. A
profile says what else is right for one application. It is a YAML file; the engine itself knows no application.

```yaml
# shop.yml
name: shop
description: The web shop, release 4.2.
skip_tables:
  - sessions # everybody logs in again
seed_tables:
  - country # the target's migrations fill it
columns:
  - {source_type: char(36), target_type: uuid, target_nullable: true, policies: {empty_string: "null"}}
  - {column: password*, sensitive: true}
invariants:
  - name: release of the source
    server: source
    moment: before
    query: SELECT MAX(version) FROM migrations
    expect: "42"
```

```yaml
# In the inventory: your own profiles by name, and the databases that use them.
migration_profiles:
  shop: "{{ lookup('ansible.builtin.file', 'shop.yml') | from_yaml }}"
migration_databases:
  - name: shop
    profile: shop
    rules: # the same keys, for this environment alone; they come after those of the profile
      skip_tables: [activity]
```

**How rules match.** A *pattern* is a shell pattern (`*`, `?`, `[abc]`) over the whole name. Tables and columns may be
written in either side's spelling, and upper and lower case make no difference, as where the two sides meet; only where
names of one side differ in nothing but their case, a name written exactly so means that one alone. A rule applies where
all of its patterns match. Rules are taken in their order, those of the profile first, then `rules`: of two that set the
same key for one column or table, the later one holds; keys that a later rule does not set stay.

**How mistakes are told.** An unknown key, a value of another type, an unknown class or policy stops the phase
`transform` with the profile, the entry's number and the keys that there are. So does a rule in `rules` that is about
nothing, with the nearest name; in a profile, which serves many releases, it is a notice. Whatever contradicts in all
databases is told at once, each kind with its objects and a rule ready to paste into `rules`, and the failed task has
these rules by database as `rules`. `transform.json` in the run directory holds what was decided for each column, and
`--diff` shows what a changed rule changes, before anything is moved.

**Types without a pair.** There is always a way: an `expression` that gives the value of a type that has one
(`type`), or, as text, exactly what the target itself prints of the value (`SELECT column::text`). This moves the
strings of a JSON array into a `text[]` or `varchar[]`:

```yaml
columns:
  - source_type: json
    target_type: "*[[]]"
    type: longtext
    expression: >-
      CASE WHEN JSON_TYPE({column}) = 'ARRAY' THEN
      (SELECT CONCAT('{', COALESCE(GROUP_CONCAT(CASE WHEN v IS NULL THEN 'NULL'
      WHEN v = '' OR UPPER(v) = 'NULL' OR v REGEXP '[{}", \\x09-\\x0d]' OR LOCATE('\\', v) > 0
      THEN CONCAT('"', REPLACE(REPLACE(v, '\\', '\\\\'), '"', '\\"'), '"') ELSE v END
      ORDER BY n SEPARATOR ','), ''), '}') FROM JSON_TABLE({column}, '$[*]'
      COLUMNS (n FOR ORDINALITY, v VARCHAR(255) PATH '$' ERROR ON ERROR)) AS j)
      ELSE CAST({column} AS CHAR) END
```

**How to begin.** Write no rule. Run `preflight`, then `migrate --tags inspect,transform`: it names all tables and
columns that have no counterpart. Then `migrate --tags dump --check` scans the source and names every class of values
that does not fit, with how many there are and the keys of some. Decide each, and run it again until nothing is named.
"""


@dataclass(frozen=True)
class Section:
    """One kind of mapping: its keys, and the key of the profile that holds a list of such mappings."""

    title: str
    keys: tuple[Key, ...]
    holder: str
    says: str
    listed: bool = True


SECTIONS = (
    Section("The keys of a profile", profile_keys.PROFILE, "", "All may be left out."),
    Section("A rule for tables", profile_keys.TABLE, "tables", "An entry of `tables`."),
    Section(
        "A rule for columns",
        profile_keys.COLUMN,
        "columns",
        "An entry of `columns`: up to five keys say which columns it is for, the others what holds for them.",
    ),
    Section(
        "A name made of another",
        profile_keys.RENAME,
        "tables",
        "What `rename` holds where it is a mapping, in rules for tables and for columns. What is given is done in this "
        "order. `match` and `to` stand together.",
    ),
    Section(
        "A column that the source does not have",
        profile_keys.ADD,
        "add_columns",
        "An entry of `add_columns`.",
    ),
    Section(
        "A query that has to give one value",
        profile_keys.INVARIANT,
        "invariants",
        "An entry of `invariants`. Those of the source are asked by the dump, those of "
        "the target by load and verify.",
    ),
    Section(
        "The releases of a side",
        profile_keys.RELEASES,
        "releases",
        "What `releases` holds under `source` and under `target`. A migration goes from one release of the "
        "application to another, and its own list of migrations tells of which a side is. Of another release, "
        "tables and columns mean something else: nothing but that is said then.",
        listed=False,
    ),
    Section("A release", profile_keys.RELEASE, "releases", "An entry of `fits`.", listed=False),
    Section(
        "A statement for after the load",
        profile_keys.STATEMENT,
        "after_load",
        "An entry of `after_load`. What can be looked at without doing it is checked before anything is loaded; what "
        "changes a value that was carried is found by the proof.",
    ),
)


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, *(line for section in SECTIONS for line in _section(section))])


def _section(section: Section) -> list[str]:
    lines = [f"## {section.title}", "", section.says, ""]
    lines += ["| key | value | when it is left out | meaning |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{key.name}` | {key.kind} | {key.without or '**has to be given**'} | {key.means} |"
        for key in section.keys
    ]
    lines += ["", "```yaml"]
    if section.holder:
        lines.append(f"{section.holder}:")
    for key in section.keys:
        if key.example:
            lines += [f"# {key.name}", *_entry(key.example, section)]
    return [*lines, "```", ""]


def _entry(example: str, section: Section) -> list[str]:
    if not section.holder:
        return example.splitlines()
    if not section.listed:
        return textwrap.indent(example, "  ").splitlines()
    first, *rest = textwrap.indent(example, "    ").splitlines()
    return [f"  - {first.strip()}", *rest]
