# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The target's constraints against the source's rows: what would refuse a row is found before the load, or listed."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import demands, references, uniques, width
from .findings import Untested
from .leaf import Language, Scope

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._catalog import Database
    from .._transform.plan import DatabasePlan, TablePlan
    from .findings import Findings

_REFERENCED: t.Final = "referenced by "


@dataclass(frozen=True)
class Standing:
    """What of the target's database beside a table decides about its rows."""

    language: Language
    referring: tuple[tuple[str, str, str], ...]
    """Table, name and definition of each foreign key that belongs to a table outside the plan."""

    @classmethod
    def of(cls, plan: DatabasePlan, database: Database) -> Standing:
        """Of one database of the plan."""
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
        return cls(Language.of(database), tuple(found))


def find(connection: Connection, plan: DatabasePlan, table: TablePlan, target: Standing) -> Findings:
    """Rows of one table that the target would refuse, and what only the target can judge."""
    scope = Scope.of(table, target.language)
    found = demands.find(connection, plan, table, scope)
    found.add(uniques.find(connection, plan, table, scope))
    found.add(references.find(connection, plan, table, scope))
    found.add(width.find(connection, plan, table))
    why = "a table outside the plan refers to this one, and what rows it has on the target decides"
    found.untested += [
        Untested(plan.name, table.name, name, definition, why)
        for referred, name, definition in target.referring
        if referred == table.name
    ]
    return found


__all__ = ("Standing", "find")
