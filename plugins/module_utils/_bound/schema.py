# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The target's schema now against what the inspection found: which object, what it was, what it is."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, replace

from .._contract.compare import compare
from .._contract.kinds import MISSING, SURPLUS
from .._contract.settled import settled
from .._errors import TargetNotReady
from .._postgresql import catalog as postgresql_catalog
from . import contracts

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from psycopg import Connection

    from .._catalog import Catalog, Database, Table
    from .._contract.compare import Deviation
    from .._contract.contract import Contract
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan

SHOWN: t.Final = 3
"""Differences that a message tells; all of them are among its details."""
_LENGTH: t.Final = 200
"""Characters of a definition in a message."""

_CONTRACT: t.Final = "contract: "
"""Before what the contract tells, and the catalog does not."""

Facts = dict[str, dict[str, str]]
"""Object -> field -> text; the field without a name is what the object's properties say."""


def check_schema(connection: Connection[Row], plan: DatabasePlan, catalog: Catalog, before: Contract) -> None:
    """Raises TargetNotReady: a planned table, or anything else of the schema, is not as it was before the load.

    `before`: the contract of the schema, which has what the catalog has not: what belongs to no planned table.
    """
    now = postgresql_catalog.read_database(connection, plan.target_name, plan.schema)
    inspected = catalog.of(plan.target_name, plan.schema)
    told = [
        *differences(inspected, now, (table.name for table in plan.tables)),
        *surplus(inspected, now),
    ]
    refuse(
        f"The schema of {plan.target} is not as it was before the load",
        [*told, *of_contract(before, contracts.take(connection, plan), told)],
        "Somebody may have changed it meanwhile: undo that (target-catalog.json and schema-contract.json have the "
        "previous schema).",
    )


def refuse(what: str, found: list[str], remedy: str) -> None:
    """Raises TargetNotReady: there are differences."""
    if found:
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        tables = {
            line.split(":", 1)[0].removeprefix("table ") for line in found if not line.startswith(_CONTRACT)
        }
        raise TargetNotReady(
            f"{what}: {'; '.join(found[:SHOWN])}{more}. {remedy}", tables=sorted(tables), differences=found
        )


def of_contract(before: Contract, now: Contract, told: Iterable[str] = ()) -> list[str]:
    """Every deviation from a contract but those that a line of `told` names already."""
    found = [one for one in compare(before, now) if not _only_widened(one, before, now)]
    return [_CONTRACT + one.as_line() for one in found if not any(_names(line, one) for line in told)]


def _names(line: str, one: Deviation) -> bool:
    """Whether a line of ours, `table NAME: OBJECT…`, is about the same object of the same table."""
    head, _colon, rest = line.partition(": ")
    if one.table is None:
        # What a table uses stands in its own lines under the same name.
        return one.name in rest.partition(": ")[0]
    table = _bare(one.table)
    if head != f"table {table}" and f"partition {one.table} " not in rest:
        return False
    if one.field in (MISSING, SURPLUS) and one.name == one.table:
        return True
    what = one.field.replace("_", " ") if one.name == one.table else _bare(one.name.partition(" on ")[0])
    return what in rest


def _bare(name: str) -> str:
    """The last part of a name with its schema, as the catalog has it."""
    plain = name[:-1].rpartition('"')[2] if name.endswith('"') else name.rpartition(".")[2]
    return plain.replace('""', '"')


def _only_widened(one: Deviation, before: Contract, now: Contract) -> bool:
    """Whether a bound of a sequence, and its type with it, is farther: the remedy for one that came to its end."""
    old, new = (side.objects.get("sequence", {}).get(one.name) for side in (before, now))
    if not one.kind.startswith("sequence_") or old is None or new is None:
        return False
    wider = new["minimum"] <= old["minimum"] and new["maximum"] >= old["maximum"]
    return wider and one.field in {"minimum", "maximum", "type"}


def differences(before: Database, now: Database, tables: Iterable[str]) -> list[str]:
    """Every difference of `tables`.

    A sequence that was only widened counts as it was: that is the remedy for one that came to its end.
    """
    return of_tables(before.tables, now.tables, tables, _widened(before, now))


def of_tables(
    before: Mapping[str, Table],
    now: Mapping[str, Table],
    tables: Iterable[str],
    aside: Collection[str] = (),
) -> list[str]:
    """The same of tables that were read alone. `aside`: objects that are not compared."""
    found = []
    for name in sorted(tables):
        found += _of_table(before[name], now[name], aside) if name in now else [f"table {name}: it is gone"]
    return found


def surplus(before: Database, now: Database) -> list[str]:
    """Tables that are there now and were not."""
    return [f"table {name}: it is new" for name in sorted({*now.tables} - {*before.tables})]


def of_database(before: Database, now: Database) -> list[str]:
    """Every difference of all tables, and of what else the schema has."""
    rest = _compared(_rest(before), _rest(now))
    return [*differences(before, now, before.tables), *surplus(before, now), *rest]


def _rest(database: Database) -> Facts:
    about = {"encoding": str(database.charset), "collation": str(database.collation)}
    found: Facts = {"the database": about}
    found |= {f"the {kind} {name}": {"": "there"} for kind, name in database.others}
    for one in database.sequences:
        found[f"the sequence {one.name}"] = {
            "takers": one.columns(None) or "none",
            "may be set": str(one.settable and all(use.readable for use in one.uses)),
        }
    return found


def _widened(before: Database, now: Database) -> set[str]:
    """The properties that stand for sequences whose bounds are farther apart, and nothing else."""
    found = set()
    there = {one.name: one for one in now.sequences}
    for old in before.sequences:
        new = there.get(old.name)
        if new is None or new.minimum > old.minimum or new.maximum < old.maximum:
            continue
        if new != old and replace(new, minimum=old.minimum, maximum=old.maximum) == old:
            found.add(f"sequence {old.name}")
    return found


def _of_table(before: Table, now: Table, aside: Collection[str]) -> list[str]:
    """Every difference of one table but those of `aside`."""
    old, new = _facts(before), _facts(now)
    for name in aside:
        old.pop(name, None)
        new.pop(name, None)
    return [f"table {before.name}: {line}" for line in _compared(old, new)]


def _facts(table: Table) -> Facts:
    found: Facts = {"columns": {"order": ", ".join(column.name for column in table.columns)}}
    for column in table.columns:
        fields = {key: value for key, value in asdict(column).items() if key != "name"}
        found[f"column {column.name}"] = {
            key.replace("_", " "): str(value)
            for key, value in fields.items()
            if value not in (None, (), False)
        }
    for index in table.indexes:
        found[f"index {index.name}"] = {"definition": str(index.definition)}
    for key in table.foreign_keys:
        found[f"constraint {key.name}"] = {"definition": str(key.definition)}
    for name, definition in table.checks:
        found[f"constraint {name}"] = {"definition": definition}
    for name, definition in table.triggers:
        found[f"trigger {name}"] = {"definition": definition}
    for name, value in table.properties:
        found.setdefault(_plain(name), {})[""] = value
    return found


def _plain(name: str) -> str:
    """The property's object as the catalog names it: its last word is quoted where SQL needs it."""
    kind, space, rest = name.partition(" ")
    if kind in {"column", "index", "constraint", "trigger"} and rest.startswith('"'):
        return kind + space + rest[1:-1].replace('""', '"')
    return name


def _compared(before: Facts, now: Facts) -> Iterator[str]:
    for name in sorted({*before, *now}):
        old, new = before.get(name, {}), now.get(name, {})
        if not old or not new:
            yield f"{name}: before {_text(old)}, now {_text(new)}"
            continue
        for field in sorted({*old, *new}):
            if _settled(old.get(field)) != _settled(new.get(field)):
                what = f"{name}, {field}" if field else name
                yield f"{what}: before {_shown(old.get(field))}, now {_shown(new.get(field))}"


def _settled(text: str | None) -> str | None:
    """A definition in the form that it has once an index was made again by its own print."""
    return text and settled(text)


def _text(fields: dict[str, str]) -> str:
    return _shown(", ".join(f"{key} {value}".strip() for key, value in fields.items()) if fields else None)


def _shown(text: str | None) -> str:
    if text is None:
        return "nothing"
    plain = " ".join(text.split())
    return f"'{plain if len(plain) <= _LENGTH else plain[:_LENGTH] + '…'}'"


__all__ = ("SHOWN", "check_schema", "differences", "of_contract", "of_database", "of_tables", "refuse")
