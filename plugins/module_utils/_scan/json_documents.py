# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""JSON, read from the source and judged here: no function of a server takes and refuses what PostgreSQL does."""

from __future__ import annotations

import typing as t

from .._errors import ServerError
from .._mysql.reader import RowReader
from .._transform import source_sql
from .keys import row_key

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymysql.connections import Connection

    from .._catalog import RowKey
    from .._transform.plan import ColumnPlan, TablePlan

_ONE: t.Final = ord("1")


def columns(table: TablePlan) -> list[ColumnPlan]:
    """The columns whose documents have to be read."""
    return [column for column in table.columns if column.json_rules is not None]


def misfits(
    connection: Connection,
    origin: str,
    table: TablePlan,
    wanted: Sequence[ColumnPlan],
    only: str | None = None,
) -> Iterator[tuple[RowKey, ColumnPlan, str, bytes]]:
    """Key, column, class and value of each document of `wanted` that is of a class, or of the class `only`.

    Raises ServerError: the source did not hand out a value that is there.
    """
    rules = [column.json_rules for column in wanted]
    sieves = {
        source_sql.predicate(column, check.predicate)
        for column in wanted
        for check in column.checks
        if check.read and only in (None, check.misfit.name)
    }
    nulls = ", ".join(source_sql.is_null(column) for column in wanted)
    fields = [f"CONCAT('', {nulls})", *(source_sql.value(column) for column in wanted)]
    keys = source_sql.key_expressions(table.key_columns)
    joint = "AND" if " WHERE " in origin else "WHERE"
    sql = f"SELECT {', '.join([*fields, *keys])} {origin} {joint} ({' OR '.join(sorted(sieves))})"
    for record in RowReader(connection, sql).records():
        values = record[1 : 1 + len(wanted)]
        for column, rule, value, null in zip(wanted, rules, values, record[0] or b"", strict=True):
            if value is None:
                if null != _ONE:
                    raise ServerError(
                        f"{table.source.name}.{column.source.name}: the source gave NULL for a value that is not "
                        "NULL. Raise max_allowed_packet on the source above four times its size."
                    )
                continue
            found = rule.misfits(value) if rule else []
            if found:
                key = row_key(table, record[1 + len(wanted) :])
                yield from ((key, column, name, value) for name in found if only in (None, name))


def of_class(
    connection: Connection,
    database: str,
    table: TablePlan,
    column: ColumnPlan,
    misfit: str,
    limit: int | None,
) -> Iterator[tuple[RowKey, bytes]]:
    """Key and value of the rows of one class of one column, at most `limit` of them."""
    number = 0
    for key, _column, _name, value in misfits(
        connection, source_sql.origin(database, table), table, [column], misfit
    ):
        if limit is None or number < limit:
            number += 1
            yield key, value


__all__ = ("columns", "misfits", "of_class")
