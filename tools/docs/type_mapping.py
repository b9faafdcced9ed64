# SPDX-License-Identifier: GPL-3.0-or-later
"""The type-mapping guide, made from the engine's one table of type pairs."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.alkemio.convergence.plugins.module_utils._transform.converters import CONVERTERS
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.misfits import (
    CLASSES,
    MisfitClass,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.pairs import PAIRS, Pair
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.profile import spellings
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.types import (
    SOURCE_KINDS,
    TARGET_KINDS,
)

_HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from plugins/module_utils/_transform. Do not edit. -->

# Type mapping

The target's own schema decides every conversion: the table lists for each kind of source column the target
types it can become. A pair that is not listed is refused by the transform step with both names; nothing is
guessed. A domain counts as the type below it, and an identity or serial column as its integer type.

How to read it:

- **travels** is the COPY format the pair allows. A table goes in binary where all of its columns can, and as
  text otherwise; the values are the same.
- **compared** is what both servers hash over their own rows: the *value* in a spelling that both can print, the
  *text* byte for byte, the *bytes*, or, for `jsonb` and for arrays made of JSON, the *parsed document* in Python,
  since no common SQL form exists. A `json` column with a policy for its JSON is read and compared byte for byte in
  Python, too.
- **cannot fit** names the classes of values that stop the run until a policy decides. The classes are
  explained below the table. A class is only looked for where the two columns make it possible.
- **not distinguished** in a note names different values of the target that mean one and are proved as one.
- A row that begins with `converter:` is only for columns to which a rule gives that converter: the two types do not
  say what is meant.
- Any column can also fail by `null_value`: NULL where the target column is NOT NULL.

Text of another character set than UTF-8 becomes UTF-8 on the source, and is exact if each of its characters arrives.
A byte that stands for no character (0x98 of cp1251), half of a character or a cut one is a misfit: the source's own
conversion would put `?` or U+FFFD there, or leave it out with what follows. Two codes of one character (NEC's and
IBM's in cp932, the backslash of sjis) arrive as that character; which code it was is not kept. The scan converts such
columns there and back, which costs CPU of the source once for each value; columns in UTF-8 pay nothing for it. What an
`expression` converts itself is the rule's own matter: a `?` that it makes is not told from another.

"""

_SHAPES = {"token": "value", "text": "text", "bytes": "bytes", "json": "parsed document"}

_SOURCE_NAMES = {
    "integer": "TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT (also UNSIGNED, ZEROFILL, BOOL)",
    "decimal": "DECIMAL",
    "float": "FLOAT",
    "double": "DOUBLE",
    "bit": "BIT(n)",
    "year": "YEAR",
    "text": "CHAR, VARCHAR, TINYTEXT to LONGTEXT, in any character set",
    "binary": "BINARY, VARBINARY, TINYBLOB to LONGBLOB",
    "json": "JSON",
    "uuid": "UUID (MariaDB)",
    "inet": "INET4, INET6 (MariaDB)",
    "geometry": "GEOMETRY and the other spatial types",
    "vector": "VECTOR(n)",
}
_TARGET_NAMES = {
    "integer": "smallint, integer, bigint",
    "double": "double precision",
    "text": "text, varchar(n), citext",
    "char": "char(n)",
    "bit": "bit(n), bit varying(n)",
    "timestamp": "timestamp(p)",
    "timestamptz": "timestamptz(p)",
    "time": "time(p)",
    "numeric": "numeric, numeric(p,s)",
    "enum": "an enum type",
    "inet": "inet, cidr",
    "text[]": "text[], varchar[]",
    "integer[]": "smallint[], integer[], bigint[]",
    "numeric[]": "numeric[], numeric(p,s)[]",
    "geometry": "geometry (PostGIS)",
}


def render() -> str:
    """The whole page."""
    lines = [_HEAD.rstrip("\n"), ""]
    for source in dict.fromkeys(pair.source for pair in PAIRS):
        lines += [f"## {_SOURCE_NAMES.get(source, source.upper())}", ""]
        lines += ["| to | travels | compared | cannot fit | note |", "| --- | --- | --- | --- | --- |"]
        lines += [_row(pair) for pair in PAIRS if pair.source == source]
        lines.append("")
    lines += [*_classes(), *_converters(), *_refused()]
    return "\n".join(lines)


def _row(pair: Pair) -> str:
    travels = "binary or text" if pair.binary else "text"
    misfits = ", ".join(dict.fromkeys(f"`{check.misfit.name}`" for check in pair.checks)) or "everything fits"
    target = _TARGET_NAMES.get(pair.target, pair.target)
    blind = f"not distinguished: {pair.blind}" if pair.blind else ""
    rule = f"`converter: {pair.converter}`" if pair.converter else ""
    cells = (target, travels, _SHAPES[pair.shape], misfits, "; ".join(filter(None, (rule, pair.note, blind))))
    return f"| {' | '.join(_cell(cell) for cell in cells)} |".replace("|  |", "| |")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _classes() -> list[str]:
    own = {misfit.name for converter in CONVERTERS.values() for misfit in converter.classes}
    lines = [
        "## What cannot fit, and what may be done with it",
        "",
        "The default is always `fail`: the scan names every such value of every table before the target is touched.",
        "A policy is set by column rules of a profile, written as it stands here; each value it changes is written to "
        "`alterations.jsonl`.",
        "",
        "| class | a value of it | policies | remedy |",
        "| --- | --- | --- | --- |",
    ]
    return [*lines, *(_class_row(name, CLASSES) for name in CLASSES if name not in own), ""]


def _class_row(name: str, classes: Mapping[str, MisfitClass]) -> str:
    misfit = classes[name]
    written = spellings(name) if misfit.policies else {}
    policies = ", ".join(f"`{written[policy]}`" for policy in misfit.policies)
    cells = (f"`{name}`", misfit.meaning, policies or "none", misfit.remedy)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _converters() -> list[str]:
    lines = [
        "## Converters",
        "",
        "Where two types do not say what a value means, a rule names a converter, once for all columns of the kind:",
        "",
        "```yaml",
        "columns:",
        "  - {source_type: timestamp, target_type: bigint, converter: seconds_since_1970}",
        "```",
        "",
        "| converter | of which kinds | meaning |",
        "| --- | --- | --- |",
        *map(_converter_row, dict.fromkeys(pair.converter for pair in PAIRS if pair.converter)),
        "",
        "What SQL of the source cannot do is done in Python over the value's bytes, by a converter, too.",
        "Both servers still prove the result by SQL of their own.",
        "",
    ]
    for converter in CONVERTERS.values():
        lines += [f"`{converter.name}` ({converter.source} to {converter.target}): {converter.meaning}.", ""]
        lines += ["| class | a value of it | policies | remedy |", "| --- | --- | --- | --- |"]
        lines += [_class_row(misfit.name, CLASSES) for misfit in converter.classes]
        lines.append("")
    return lines


def _converter_row(name: str) -> str:
    pairs = [pair for pair in PAIRS if pair.converter == name]
    ways = dict.fromkeys(f"{pair.source} to {pair.target}" for pair in pairs)
    return f"| `{name}` | {', '.join(ways)} | {pairs[0].note} |"


def _refused() -> list[str]:
    """Known kinds of either side, so that a reader sees what no row stands for."""
    sources = ", ".join(sorted(SOURCE_KINDS))
    targets = ", ".join(sorted(TARGET_KINDS))
    return [
        "## Types that are known",
        "",
        f"Source types: {sources}.",
        "",
        f"Target types, by PostgreSQL's own names: {targets}.",
        "",
        "A column of any other type is refused by name, and so is a pair without a row above, with a rule for it: an",
        "expression that gives a value of a type that has a pair, or as text exactly what the target prints of the",
        "value. Such text reaches every type of the target; before the load begins the target reads all of it and",
        "prints it, and the proof compares what it prints ([profiles](profiles.md)). A target column that its own",
        "trigger fills, as a `tsvector`, takes no source column: a rule of `add_columns` leaves it to its default, and",
        "a statement of `after_load` lets the trigger see the loaded rows.",
        "",
    ]
