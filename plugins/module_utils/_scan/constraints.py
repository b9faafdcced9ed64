# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The target's constraints against the source's rows: what would refuse a row is found before the load, or listed."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._postgresql.quoting import qualified
from . import apart, demands, references, uniques, width
from .asking import Asking
from .leaf import Language, Scope

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._catalog import Database
    from .._transform.plan import DatabasePlan, Place, TablePlan
    from .findings import Findings

_REFERENCED: t.Final = "referenced by "
_PLAIN: t.Final = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Standing:
    """What of the target's database beside a table decides about its rows."""

    language: Language
    referring: tuple[tuple[str, str, str], ...]
    """Table, name and definition of each foreign key that belongs to a table outside the plan."""
    elsewhere: t.Mapping[str, Place]
    """Tables of other schemas that keys lead to and the run fills as well, by what keys call them."""

    @classmethod
    def of(
        cls, plan: DatabasePlan, database: Database, others: t.Mapping[int, DatabasePlan] | None = None
    ) -> Standing:
        """Of one database of the plan; `others`: those that go into the same database of the target, by number."""
        others = others or {}
        planned = {table.name for table in plan.tables}
        found = [
            (key.ref_table, f"{key.name} of {other.name}", str(key.definition))
            for other in database.tables.values()
            if other.name not in planned
            for key in other.foreign_keys
        ]
        found += [
            (table.name, name.removeprefix(_REFERENCED), definition)
            for table in plan.tables
            for name, definition in table.target.properties
            if name.startswith(_REFERENCED)
        ]
        known = _keys(others.values())
        found = [one for one in found if one[1] not in known]
        elsewhere = {
            qualified(other.schema, table.name): (number, table.name)
            for number, other in others.items()
            for table in other.tables
        }
        named = {key.ref_table for table in plan.tables for key in table.target.foreign_keys}
        return cls(
            Language.of(database),
            tuple(found),
            {name: place for name, place in elsewhere.items() if name in named},
        )


def _keys(others: t.Iterable[DatabasePlan]) -> set[str]:
    """The keys of planned tables of other schemas, as the properties of a table that they lead to name them.

    They are asked about from their own side. One whose name needs quotes is told twice rather than never.
    """
    return {
        f"{other.schema}.{table.name} {key.name}"
        for other in others
        for table in other.tables
        for key in table.target.foreign_keys
        if all(_PLAIN.fullmatch(name) for name in (other.schema, table.name, key.name))
    }


def find(
    connection: Connection,
    plan: DatabasePlan,
    table: TablePlan,
    target: Standing,
    elsewhere: references.Elsewhere | None = None,
) -> Findings:
    """Rows of one table that the target would refuse, and what only the target can judge.

    `elsewhere`: the plans of the tables that `target` names so.
    """
    asking, scope = Asking(connection, plan, table), Scope.of(table, target.language)
    demands.find(asking, scope)
    uniques.find(asking, scope)
    references.find(asking, scope, elsewhere or {})
    width.find(asking)
    apart.find(asking, target.referring)
    return asking.found


__all__ = ("Standing", "find")
