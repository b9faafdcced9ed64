# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What every part of the schema is made from, and what all of them add to the list of what is left out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._postgresql import quoting
from .expressions import Known
from .left_out import LeftOut

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import Column, Database, Table
    from .._mysql.definitions import ColumnDefinition, Definitions
    from .decisions import Decisions
    from .names import Names
    from .types import Chosen


@dataclass
class Making:
    """One database on its way."""

    vendor: str
    database: Database
    definitions: Definitions
    decisions: Decisions
    names: Names
    types: dict[tuple[str, str], Chosen]
    enums: dict[tuple[str, str], str] = field(default_factory=dict)
    """Name of the type that a column's members need."""
    left: list[LeftOut] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        """Those that are made."""
        return [one for one in self.database.tables.values() if one.name not in self.decisions.leave_tables]

    def leave(self, kind: str, name: str, why: str, text: str = "", proposal: str = "") -> None:
        self.left.append(LeftOut(kind, name, why, text, proposal))

    def of(self, table: str, column: str) -> Chosen:
        return self.types[table, column]

    def definition(self, table: str, column: str) -> ColumnDefinition:
        return self.definitions.columns[table, column]

    def table_name(self, table: str) -> str:
        return quoting.identifier(self.names.tables[table])

    def column_name(self, table: str, column: str) -> str:
        return quoting.identifier(self.names.column(table, column))

    def listed(self, table: str, columns: Sequence[str]) -> str:
        return ", ".join(self.column_name(table, column) for column in columns)

    def type_sql(self, table: str, column: str) -> str:
        """As CREATE TABLE says it."""
        enum = self.enums.get((table, column))
        return quoting.identifier(enum) if enum else self.of(table, column).type

    def known(self, table: Table, *, computed: bool) -> dict[str, Known]:
        """The columns as expressions see them; `computed`: those that are computed, too."""
        return {
            column.name: self.column_known(table.name, column)
            for column in table.columns
            if computed or not column.generated
        }

    def column_known(self, table: str, column: Column) -> Known:
        chosen = self.of(table, column.name)
        return Known(
            sql=self.column_name(table, column.name),
            kind=chosen.kind,
            labels=column.labels if chosen.enum else (),
            unsigned=column.unsigned,
            collation=None if chosen.type == "citext" else column.collation,
            charset=column.charset,
        )


__all__ = ("Making",)
