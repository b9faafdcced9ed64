# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The scan: every value that needs a decision, of all tables, before the target is first touched.

Runs in the readers' snapshots. Counts come from one pass per range; examples and the list of altered
values are queries of their own, sent only for classes that were found.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field

from .._errors import ServerError
from .._mysql import quoting
from .._mysql.catalog import is_mariadb
from .._mysql.connection import query
from .._mysql.reader import RowReader
from .._range import Range
from .._transform import oversize, source_sql
from .._transform.misfits import BROKEN_CHARACTERS, INVALID_BYTES
from .._transform.types import source_kind
from . import json_documents, written
from .keys import row_key

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pymysql.connections import Connection

    from .._catalog import RowKey
    from .._transform.checks import Check
    from .._transform.plan import ColumnPlan, TablePlan

EXAMPLES: t.Final = 10
"""Keys shown for each class of misfits of a column."""
_PREDICATES_PER_QUERY: t.Final = 200
_WIDE_COLUMN: t.Final = 1024
"""Columns that can hold more bytes are measured, to know whether a row outgrows max_allowed_packet."""

_OF_BYTES: t.Final = {INVALID_BYTES.name, BROKEN_CHARACTERS.name}

Finding = tuple[str, str]
"""Target column and class of misfits."""


@dataclass
class TableScan:
    """What one table, or a range of it, holds: rows, its widest row in bytes, misfits by column and class."""

    rows: int = 0
    counted: int = 0
    """Rows of the whole table, counted by a statement of its own; see `counts`."""
    parts: dict[Range, int] = field(default_factory=dict)
    """Rows by range."""
    filtered: int = 0
    widest: int = 0
    counts: Counter[Finding] = field(default_factory=Counter)

    def add(self, other: TableScan) -> None:
        """Take in the scan of another range."""
        self.rows += other.rows
        self.counted += other.counted
        self.filtered += other.filtered
        self.widest = max(self.widest, other.widest)
        self.counts.update(other.counts)


# --- one range of one table -------------------------------------------------------------------------


def scan_range(connection: Connection, database: str, table: TablePlan, span: Range) -> TableScan:
    """Count the misfits of one range: by SQL, and those of converters and of JSON in Python.

    Raises ServerError: a predicate failed, and not for text that is broken.
    """
    wanted = [(column, check) for column in table.columns for check in column.checks if not check.read]
    found = TableScan()
    if table.where is not None:
        left_out = source_sql.from_range(database, table, span, keep=False)
        found.filtered = int(query(connection, f"SELECT COUNT(*) {left_out}")[0][0])
    origin = source_sql.from_range(database, table, span)
    large = oversize_columns(connection, origin, table)
    try:
        _count(connection, origin, table, wanted, large, found)
    except ServerError:
        written.blame(connection, database, table)
        # MySQL's regular expressions end a query for text that is broken: the bytes alone never do.
        only = [(column, check) for column, check in wanted if check.misfit.name in _OF_BYTES]
        _count(connection, origin, table, only, large, found)
        if all(
            column.policy(check.misfit.name).name != "fail"
            for column, check in only
            if _met(found, column, check)
        ):
            raise
        return found
    for column in table.columns:
        if column.converter is not None:
            found.counts.update(
                (column.target.name, misfit)
                for _key_, misfit, _value in converter_rows(connection, origin, table, column)
            )
    for column in large:
        found.counts.update(
            (column.target.name, misfit)
            for _key_, misfit, _value in oversize_rows(connection, origin, table, column)
        )
    documents = json_documents.columns(table)
    if documents:
        rows = json_documents.misfits(connection, origin, table, documents)
        found.counts.update((column.target.name, misfit) for _key_, column, misfit, _value in rows)
    return found


def _count(
    connection: Connection,
    origin: str,
    table: TablePlan,
    wanted: list[tuple[ColumnPlan, Check]],
    large: list[ColumnPlan],
    found: TableScan,
) -> None:
    """Rows, widest row, and how many values meet each check."""
    found.counts.clear()
    apart = [(column, check) for column, check in wanted if _apart(connection, column, check)]
    summed = [one for one in wanted if one not in apart]
    for start in range(0, max(len(summed), 1), _PREDICATES_PER_QUERY):
        part = summed[start : start + _PREDICATES_PER_QUERY]
        sums = [f"SUM({_predicate(column, check, large)})" for column, check in part]
        head = ["COUNT(*)", f"MAX({_width(table)})"]
        row = query(connection, f"SELECT {', '.join(head + sums)} {origin}")[0]
        found.rows, found.widest = int(row[0]), int(row[1] or 0)
        for (column, check), count in zip(part, row[2:], strict=True):
            if count:
                found.counts[column.target.name, check.misfit.name] += int(count)
    _count_apart(connection, origin, apart, large, found)


def _apart(connection: Connection, column: ColumnPlan, check: Check) -> bool:
    """MySQL hands the first row of a sum over with its broken TEXT cut off: those are sought by a condition."""
    return (
        check.misfit.name in _OF_BYTES
        and column.source.family.endswith("text")
        and not is_mariadb(connection)
    )


def _count_apart(
    connection: Connection,
    origin: str,
    wanted: list[tuple[ColumnPlan, Check]],
    large: list[ColumnPlan],
    found: TableScan,
) -> None:
    """Rows by conditions alone: one query where, as nearly always, there are none."""
    conditions = [_predicate(column, check, large) for column, check in wanted]
    joint = "AND" if " WHERE " in origin else "WHERE"
    counts = [0] * len(wanted)
    if wanted and query(connection, f"SELECT 1 {origin} {joint} ({' OR '.join(conditions)}) LIMIT 1"):
        counts = [
            int(query(connection, f"SELECT COUNT(*) {origin} {joint} {one}")[0][0]) for one in conditions
        ]
    for (column, check), count in zip(wanted, counts, strict=True):
        if count:
            found.counts[column.target.name, check.misfit.name] += count


def _met(found: TableScan, column: ColumnPlan, check: Check) -> bool:
    return bool(found.counts[column.target.name, check.misfit.name])


# --- values that are too large for the server's own functions ------------------------------------------


def oversize_columns(connection: Connection, origin: str, table: TablePlan) -> list[ColumnPlan]:
    """Columns with values that SQL cannot check, since a copy of them may be larger than a packet."""
    conditions = [
        (column, condition)
        for column in table.columns
        if any(oversize.decides(check) for check in column.checks)
        and (condition := source_sql.may_be_oversize(column)) is not None
    ]
    if not conditions:
        return []
    row = query(connection, f"SELECT {', '.join(f'MAX({one})' for _column, one in conditions)} {origin}")[0]
    return [column for (column, _one), found in zip(conditions, row, strict=True) if found]


def _predicate(column: ColumnPlan, check: Check, columns: list[ColumnPlan]) -> str:
    """The check as a condition; of oversize values it is left to Python."""
    condition = source_sql.predicate(column, check.predicate)
    if any(one is column for one in columns) and oversize.decides(check):
        return f"(NOT {source_sql.may_be_oversize(column)} AND {condition})"
    return condition


def oversize_rows(
    connection: Connection, origin: str, table: TablePlan, column: ColumnPlan
) -> Iterator[tuple[RowKey, str, bytes]]:
    """Key, class and value of each oversize value of a class.

    Raises ServerError: a policy would have to change such a value, which the server cannot.
    """
    names = [check.misfit.name for check in column.checks if oversize.decides(check)]
    keys = source_sql.key_expressions(table.key_columns)
    joint = "AND" if " WHERE " in origin else "WHERE"
    sql = f"SELECT {', '.join([source_sql.raw(column), *keys])} {origin} {joint} {source_sql.may_be_oversize(column)}"
    for record in RowReader(connection, sql).records():
        value = record[0] or b""
        for name in names:
            if not oversize.CLASSES[name](value):
                continue
            if column.policy(name).name != "fail":
                raise ServerError(
                    f"{table.source.name}.{column.source.name} holds a value of the class {name} with {len(value)} "
                    f"bytes. The policy {column.policy(name).name} cannot change it: a copy may be larger than the "
                    "source's max_allowed_packet. Raise that to at least four times the size, or correct the row."
                )
            yield row_key(table, record[1:]), name, value


def _width(table: TablePlan) -> str:
    """Bytes of the columns that can be wide, as the wider of their stored and their read form."""
    parts = []
    for column in table.copied:
        name = source_sql.raw(column)
        if column.source.family == "json" and column.source.charset is None:
            parts.append(f"COALESCE(3 * JSON_STORAGE_SIZE({name}), 0)")
        elif source_kind(column.source) in {"text", "binary", "json", "geometry", "vector"} and (
            column.source.length is None or column.source.length > _WIDE_COLUMN
        ):
            parts.append(f"COALESCE(LENGTH({name}), 0)")
    return " + ".join(parts) or "0"


def converter_rows(
    connection: Connection, origin: str, table: TablePlan, column: ColumnPlan
) -> Iterator[tuple[RowKey, str, bytes]]:
    """Key, class and value of each row whose value the column's converter does not simply convert."""
    classify = column.converter.classify if column.converter else lambda value: None
    keys = source_sql.key_expressions(table.key_columns)
    sql = f"SELECT {', '.join([source_sql.base(column), *keys])} {origin}"
    for record in RowReader(connection, sql).records():
        misfit = None if record[0] is None else classify(record[0])
        if misfit is not None:
            yield row_key(table, record[1:]), misfit, record[0] or b""


def misfit_rows(
    connection: Connection, database: str, table: TablePlan, finding: Finding, limit: int | None = None
) -> Iterator[tuple[RowKey, bytes | None]]:
    """Key and value of the rows of one finding, at most `limit` of them."""
    column = {column.target.name: column for column in table.columns}[finding[0]]
    if column.converter is not None and finding[1] not in {check.misfit.name for check in column.checks}:
        number = 0
        whole = source_sql.origin(database, table)
        for key, misfit, value in converter_rows(connection, whole, table, column):
            if misfit == finding[1] and (limit is None or number < limit):
                number += 1
                yield key, value
        return
    checks = [check for check in column.checks if check.misfit.name == finding[1]]
    if any(check.read for check in checks):
        yield from json_documents.of_class(connection, database, table, column, finding[1], limit)
        return
    everything = source_sql.origin(database, table)
    large = [one for one in oversize_columns(connection, everything, table) if one is column]
    condition = " OR ".join(_predicate(column, check, large) for check in checks)
    keys = source_sql.key_expressions(table.key_columns)
    bound = "" if limit is None else f" LIMIT {limit}"
    original = quoting.identifier(column.source.name) if column.source.name else "NULL"
    fields = ", ".join([f"CAST({original} AS BINARY)", *keys])
    origin = source_sql.origin(database, table, f"({condition})")
    number = 0
    for record in RowReader(connection, f"SELECT {fields} {origin}{bound}").records():
        number += 1
        yield row_key(table, record[1:]), record[0]
    for key, misfit, value in (
        row for one in large for row in oversize_rows(connection, everything, table, one)
    ):
        if misfit == finding[1] and (limit is None or number < limit):
            number += 1
            yield key, value


__all__ = (
    "EXAMPLES",
    "TableScan",
    "misfit_rows",
    "scan_range",
)
