# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/application-without-migrations.md: the guide, with the decisions as the code knows them."""

from __future__ import annotations

from ansible_collections.alkemio.convergence.plugins.module_utils._baseline.decisions import CHOICES, SINGLES

_HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from plugins/module_utils/_baseline/decisions.py. Do not edit. -->

# An application without PostgreSQL migrations

`migrate` wants the tables of the application on the target, as its own migrations make them. Where there are no such
migrations, `baseline` makes the tables from what the source says of its own. No DDL has to be written by hand.

## The way

Write the inventory as for every migration ([README](../README.md#migrate-your-own)), with an empty database on the
target. `preflight` says that the target has no tables, and names this way.

```sh
ansible-playbook alkemio.convergence.baseline -i inventory.yml --check --diff   # what it would decide and make
ansible-playbook alkemio.convergence.baseline -i inventory.yml                  # files, and the tables on the target
```

It writes into `migration_baseline_directory`, by default `baseline` beside the run directory:

| file | what it is for |
| --- | --- |
| `decisions.yml` | all that you may want otherwise, see below; read again by the next run |
| `NAME.sql`, or `NAME.ts` | the schema as plain SQL, or with `migration_baseline_format: typeorm` as one \
migration of TypeORM |
| `left_out.md` | what is not on the target as it is on the source, each with its own text and why |
| `rules.yml` | what `migrate` has to know of this schema: renames, values that can only become NULL. Mostly empty |

1. Read `left_out.md`. Views, triggers, routines and events are always there: write anew those that the application
   still needs. So is whatever does not mean the same on both servers, with the SQL that comes near.
2. Change `decisions.yml` where you want something otherwise, make the target database anew, and run `baseline` again. A
   database that has other tables than the baseline is refused, nothing in it is changed; where the same tables are,
   nothing changes.
3. Put the entries of `rules.yml`, if there are any, below `rules` of the database in `migration_databases`.
4. Go on as with every other application: `preflight`, a rehearsal, `migrate`, `cutover`.

From a **dump file** instead of a server: restore it into a private server first, by
[rehearse_copy](rehearse-a-copy.md), whose server and account then are the source of `baseline`.

## What is made of what

A type is chosen that holds every value of the source's, and that has a [pair](type-mapping.md) without a rule.

| source | target |
| --- | --- |
| integers | the smallest of `smallint`, `integer`, `bigint` that holds all values, signed or not; BIGINT \
UNSIGNED `numeric(20)`, as a counter and where it refers to one `bigint` |
| DECIMAL, FLOAT, DOUBLE | `numeric(p,s)`, `real`, `double precision` |
| CHAR, VARCHAR | `varchar(n)`; the TEXT types `text` |
| BINARY, VARBINARY, BLOB types, geometry, VECTOR | `bytea` |
| DATE, DATETIME, TIMESTAMP | `date`, `timestamp`, `timestamptz` |
| TIME | `time`, and `interval` where a value is no time of day |
| BIT(1), BIT(n), YEAR | `boolean`, `bit(n)`, `smallint` |
| TINYINT(1), CHAR(36), ENUM, SET, JSON | as the decisions say |
| AUTO_INCREMENT | an identity column |
| keys, unique keys, foreign keys with their actions, indexes | the same; those that InnoDB made for foreign \
keys by itself too. Of a prefix of a text, an index over `left()` |
| CHECK, computed columns, defaults, expressions in indexes | the same where [each \
construct](../plugins/module_utils/_baseline/expressions.py) means the same on both; else left out with the \
reason. A computed column is then an ordinary one, with the values the source computed |
| RANGE, LIST, HASH and KEY partitions | the same, by YEAR() and TO_DAYS() of a date too; else a table without |

**The rows are asked** whether a CHAR(36) holds UUIDs alone, a TINYINT(1) 0 and 1 alone, a TIME times of day alone,
whether a date is 0000-00-00, and whether an ENUM holds the value of no member. Where one does not, the wider type, or
NULL, is chosen, and `decisions.yml` says why. One query a table reads it whole.

**What differs in case.** MySQL's collations mostly call `Anna` and `anna` equal; PostgreSQL compares bytes. The list
names every unique key that this concerns, and the decision `case` has the ways.

[How the schemas that come out differ from those of three applications' own makers](baseline-and-upstream.md) is
compared difference by difference.

## The decisions

One entry for each database, by its name in `migration_databases`. Only the keys of this page are known; another one is
refused, and so is a word on a table or column that the source does not have.
"""


def render() -> str:
    """The page."""
    lines = [
        _HEAD,
        "| key | what it asks | answers, the first without a word of yours |",
        "| --- | --- | --- |",
    ]
    for choice in CHOICES:
        answers = "<br>".join(f"`{answer}`: {meaning}" for answer, meaning in choice.answers)
        lines.append(f"| `{choice.name}` | {choice.asks} | {answers} |")
    lines += [
        "",
        "Words on single objects, in the source's names:",
        "",
        "| key | what stands below it |",
        "| --- | --- |",
    ]
    lines += [f"| `{kind}` | {form} |" for kind, form in SINGLES.items()]
    lines.append("| `leave_tables` | A list of tables that are not made, and that `migrate` leaves alone. |")
    return "\n".join([*lines, ""])
