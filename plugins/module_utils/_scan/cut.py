# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""How a table is cut: boundaries of half-open ranges along an index, found on the source."""

from __future__ import annotations

import typing as t

from .._mysql import quoting
from .._mysql.connection import query
from .._transform import source_sql

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._transform.plan import TablePlan


def rows_per_chunk(sizes: dict[str, int], chunk_bytes: int) -> int:
    """Rows that make about `chunk_bytes`, by the storage engine's estimates."""
    rows, size = sizes.get("rows_estimate", 0), sizes.get("bytes", 0)
    return max(1, int(chunk_bytes * rows / size)) if rows and size else 1 << 62


def bounds(connection: Connection, database: str, table: TablePlan, rows: int) -> list[bytes]:
    """Values at every `rows`th place of the range index, strictly increasing, as `Range` has its bounds.

    Each look-up walks `rows` index entries on; together they walk the index once. Any list of values cuts a
    table into ranges that hold every row exactly once, so a bound only decides about balance.
    """
    if table.range_index is None:
        return []
    name = quoting.identifier(table.range_column or "")
    origin = (
        f"FROM {quoting.qualified(database, table.source.name)} "
        f"FORCE INDEX ({quoting.identifier(table.range_index)})"
    )
    found: list[bytes] = []
    while True:
        conditions = []
        if found:
            conditions.append(f"{name} > {source_sql.bound_literal(table, found[-1])}")
        offset = rows - 1 if found else rows
        row = _value_at(connection, table, origin, conditions, offset)
        if row and not row[0][1]:
            row = _value_at(connection, table, origin, [*conditions, source_sql.can_be_bound(table)], offset)
        if not row:
            return found
        value = bytes.fromhex(row[0][0])
        if found and value == found[-1]:
            return found
        found.append(value)


def _value_at(
    connection: Connection, table: TablePlan, origin: str, conditions: list[str], offset: int
) -> list[tuple[t.Any, ...]]:
    """The range column's value at a place of the index as hexadecimal digits, and whether it can be a bound."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return query(
        connection,
        f"SELECT {source_sql.bound_expression(table)}, {source_sql.can_be_bound(table)} {origin}{where} "
        f"ORDER BY {quoting.identifier(table.range_column or '')} LIMIT 1 OFFSET {offset}",
    )


__all__ = ("bounds", "rows_per_chunk")
