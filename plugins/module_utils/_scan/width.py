# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Rows that are too big for a page of the target, whatever it moves out of them."""

from __future__ import annotations

import typing as t

from .._mysql.connection import query
from .._transform import source_sql
from .findings import Findings, Misfit, Untested, show_key
from .scan import EXAMPLES

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._catalog import Column
    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan

ROW: t.Final = "the size of a row"
"""What the demand is called."""
# The sizes of the target's own tuple format; see its storage/page/itemid and access/common/heaptuple.
_LARGEST: t.Final = 8160
"""Bytes of the largest row of a page of 8 kB."""
_HEAD: t.Final = 24
_POINTER: t.Final = 18
"""What is left in the row of a value that was moved out of it."""
_MOVED: t.Final = 24
"""A value that takes no more, with its head, stays."""
_TERMS: t.Final = 8
"""Of a sum without parentheses."""
_SHORT: t.Final = 126
"""Bytes of a value whose head is one byte."""
_FIXED: t.Final = {
    "bool": (1, 1),
    "int2": (2, 2),
    "int4": (4, 4),
    "int8": (8, 8),
    "float4": (4, 4),
    "float8": (8, 8),
    "date": (4, 4),
    "time": (8, 8),
    "timestamp": (8, 8),
    "timestamptz": (8, 8),
    "interval": (16, 8),
    "uuid": (16, 1),
    "enum": (4, 4),
    "point": (16, 8),
}
"""Size and alignment of types of a fixed size."""
_BY_LENGTH: t.Final = {"text", "varchar", "bpchar", "citext", "bytea", "json"}
"""Types whose stored bytes are those of the value."""


def find(connection: Connection, plan: DatabasePlan, table: TablePlan) -> Findings:
    """Rows of one table that no page could take, and those that may be too big."""
    found = Findings()
    most = _HEAD + _bitmap(table) + sum(_most(column.target) for column in table.copied)
    if most <= _LARGEST:
        return found
    least = _sum([str(_HEAD), *filter(None, map(_least, table.copied))])
    largest = _sum([str(_HEAD + _bitmap(table)), *map(_largest, table.copied)])
    rows = source_sql.origin(plan.source_name, table)
    refused, doubtful = (
        int(value or 0)
        for value in query(
            connection,
            f"SELECT SUM({least} > {_LARGEST}), SUM({least} <= {_LARGEST} AND {largest} > {_LARGEST}) {rows}",
        )[0]
    )
    if refused:
        keys = ", ".join(source_sql.key_expressions(table.key_columns)) or "1"
        origin = source_sql.origin(plan.source_name, table, f"{least} > {_LARGEST}")
        shown = tuple(
            show_key(table, row) for row in query(connection, f"SELECT {keys} {origin} LIMIT {EXAMPLES}")
        )
        found.misfits.append(Misfit(plan.name, table.name, ROW, "row_too_big", "fail", refused, shown))
    if doubtful:
        why = f"a page takes rows of {_LARGEST} bytes, and how far the target compresses these is unknown"
        shown_as = f"{len(table.copied)} columns"
        found.untested.append(Untested(plan.name, table.name, ROW, shown_as, why, doubtful))
    return found


def _sum(parts: list[str]) -> str:
    """In halves: a source reads a sum of a thousand terms a thousand levels deep, for which its stack is too small."""
    if len(parts) <= _TERMS:
        return f"({' + '.join(parts)})"
    half = len(parts) // 2
    return f"({_sum(parts[:half])} + {_sum(parts[half:])})"


def _bitmap(table: TablePlan) -> int:
    return (len(table.target.columns) + 7) // 8


def _most(column: Column) -> int:
    """Bytes in the row that a value can take at most."""
    if column.family in _FIXED:
        size, alignment = _FIXED[column.family]
        return size + alignment - 1
    return _MOVED + 3


def _least(column: ColumnPlan) -> str:
    """Bytes that it takes at least, in SQL of the source; nothing for a NULL."""
    value, null = source_sql.value(column), source_sql.is_null(column)
    if column.target.family in _FIXED:
        return f"IF({null}, 0, {_FIXED[column.target.family][0]})"
    if column.target.family not in _BY_LENGTH or column.converter is not None:
        return ""
    # Compression can only help values that would be moved out anyway.
    return f"IF({null}, 0, COALESCE(LEAST(LENGTH({value}) + 1, {_POINTER}), {_POINTER}))"


def _largest(column: ColumnPlan) -> str:
    """Bytes that it takes at most once everything that can be moved out is, in SQL of the source."""
    value, null = source_sql.value(column), source_sql.is_null(column)
    if column.target.family in _FIXED or column.target.family not in _BY_LENGTH or column.converter:
        return f"IF({null}, 0, {_most(column.target)})"
    grown = f"LENGTH({value}) + IF(LENGTH({value}) > {_SHORT}, 7, 1)"
    return f"IF({null}, 0, COALESCE(LEAST({grown}, {_MOVED + 3}), {_MOVED + 3}))"


__all__ = ("ROW", "find")
