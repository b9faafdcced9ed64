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

from .._mysql import quoting
from .._mysql.connection import query
from .._mysql.reader import RowReader
from .._transform import source_sql
from .._transform.misfits import CLASSES
from .._transform.types import source_kind

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pymysql.connections import Connection

    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan
    from .._transform.source_sql import Range

EXAMPLES: t.Final = 5
"""Keys shown for each class of misfits of a column."""
_PREDICATES_PER_QUERY: t.Final = 200
_WIDE_COLUMN: t.Final = 1024
"""Columns that can hold more bytes are measured, to know whether a row outgrows max_allowed_packet."""

Finding = tuple[str, str]
"""Target column and class of misfits."""


@dataclass
class TableScan:
    """What one table holds: rows, its widest row in bytes, misfits by column and class."""

    rows: int = 0
    filtered: int = 0
    widest: int = 0
    counts: Counter[Finding] = field(default_factory=Counter)

    def add(self, other: TableScan) -> None:
        """Take in the scan of another range."""
        self.rows += other.rows
        self.filtered += other.filtered
        self.widest = max(self.widest, other.widest)
        self.counts.update(other.counts)


@dataclass(frozen=True)
class Misfit:
    """One finding: so many values (or rows) of one class at one place, with example keys."""

    database: str
    table: str
    column: str
    misfit: str
    policy: str
    count: int
    examples: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """A rule says what to do with it."""
        return self.policy != "fail"

    def to_json(self) -> dict[str, t.Any]:
        """For the module's result."""
        return {
            "database": self.database,
            "table": self.table,
            "column": self.column,
            "class": self.misfit,
            "policy": self.policy,
            "count": self.count,
            "examples": list(self.examples),
            "meaning": meaning(self.misfit),
            "remedy": remedy(self.misfit),
        }

    def __str__(self) -> str:
        example = f", as in the row {self.examples[0]}" if self.examples else ""
        number = f"{self.count} value{'' if self.count == 1 else 's'}"
        return f"{self.database}.{self.table}.{self.column}: {number}: {meaning(self.misfit)}{example}"


_ROWS: t.Final = {
    "duplicate": (
        "rows that are equal under a unique key of the target",
        "Correct the rows in the source: the target's unique key would refuse them.",
    ),
    "orphan": (
        "a reference to a row that does not exist",
        "Correct the rows in the source: the target's foreign key would refuse them.",
    ),
}


def meaning(misfit: str) -> str:
    """What the class is, in words."""
    return _ROWS[misfit][0] if misfit in _ROWS else CLASSES[misfit].meaning


def remedy(misfit: str) -> str:
    """What the operator can do about the class."""
    return _ROWS[misfit][1] if misfit in _ROWS else CLASSES[misfit].remedy


# --- one range of one table -------------------------------------------------------------------------


def scan_range(connection: Connection, database: str, table: TablePlan, span: Range) -> TableScan:
    """Count the misfits of one range by SQL, and those of converters in Python."""
    wanted = [(column, check) for column in table.columns for check in column.checks]
    found = TableScan()
    if table.where is not None:
        left_out = source_sql.from_range(database, table, span, keep=False)
        found.filtered = int(query(connection, f"SELECT COUNT(*) {left_out}")[0][0])
    origin = source_sql.from_range(database, table, span)
    for start in range(0, max(len(wanted), 1), _PREDICATES_PER_QUERY):
        part = wanted[start : start + _PREDICATES_PER_QUERY]
        sums = [f"SUM({source_sql.predicate(column, check.predicate)})" for column, check in part]
        head = ["COUNT(*)", f"MAX({_width(table)})"]
        row = query(connection, f"SELECT {', '.join(head + sums)} {origin}")[0]
        found.rows, found.widest = int(row[0]), int(row[1] or 0)
        for (column, check), count in zip(part, row[2:], strict=True):
            if count:
                found.counts[column.target.name, check.misfit.name] += int(count)
    for column in table.columns:
        if column.converter is not None:
            found.counts.update(
                (column.target.name, misfit)
                for _key_, misfit, _value in converter_rows(connection, origin, table, column)
            )
    return found


def _width(table: TablePlan) -> str:
    """Bytes of the columns that can be wide, as the wider of their stored and their read form."""
    parts = []
    for column in table.copied:
        name = source_sql.raw(column)
        if column.source.family == "json" and column.source.charset is None:
            parts.append(f"COALESCE(3 * JSON_STORAGE_SIZE({name}), 0)")
        elif source_kind(column.source) in {"text", "binary", "json", "geometry"} and (
            column.source.length is None or column.source.length > _WIDE_COLUMN
        ):
            parts.append(f"COALESCE(LENGTH({name}), 0)")
    return " + ".join(parts) or "0"


def converter_rows(
    connection: Connection, origin: str, table: TablePlan, column: ColumnPlan
) -> Iterator[tuple[dict[str, str | None], str, bytes]]:
    """Key, class and value of each row whose value the column's converter does not simply convert."""
    assert column.converter is not None
    keys = source_sql.key_expressions(table.key_columns)
    sql = f"SELECT {', '.join([source_sql.base(column), *keys])} {origin}"
    for record in RowReader(connection, sql).records():
        misfit = None if record[0] is None else column.converter.classify(record[0])
        if misfit is not None:
            yield _key(table, record[1:]), misfit, record[0] or b""


def misfit_rows(
    connection: Connection, database: str, table: TablePlan, finding: Finding, limit: int | None = None
) -> Iterator[tuple[dict[str, str | None], bytes | None]]:
    """Key and value of the rows of one finding, at most I(limit) of them."""
    column = next(column for column in table.columns if column.target.name == finding[0])
    if column.converter is not None and finding[1] not in {check.misfit.name for check in column.checks}:
        number = 0
        whole = source_sql.origin(database, table)
        for key, misfit, value in converter_rows(connection, whole, table, column):
            if misfit == finding[1] and (limit is None or number < limit):
                number += 1
                yield key, value
        return
    checks = [check for check in column.checks if check.misfit.name == finding[1]]
    condition = " OR ".join(source_sql.predicate(column, check.predicate) for check in checks)
    keys = source_sql.key_expressions(table.key_columns)
    bound = "" if limit is None else f" LIMIT {limit}"
    original = quoting.identifier(column.source.name) if column.source.name else "NULL"
    fields = ", ".join([f"CAST({original} AS BINARY)", *keys])
    origin = source_sql.origin(database, table, f"({condition})")
    for record in RowReader(connection, f"SELECT {fields} {origin}{bound}").records():
        yield _key(table, record[1:]), record[0]


def _key(table: TablePlan, values: list[bytes | None]) -> dict[str, str | None]:
    texts = [None if value is None else value.decode("utf-8", "backslashreplace") for value in values]
    return dict(zip(table.key, texts, strict=True))


def show_key(key: dict[str, str | None]) -> str:
    """A key in a message: C(id=…)."""
    return ", ".join(f"{name}={value}" for name, value in key.items()) or "(no key)"


# --- constraints the target has ---------------------------------------------------------------------


def duplicates(connection: Connection, plan: DatabasePlan, table: TablePlan) -> Iterator[Misfit]:
    """Rows that a unique index of the target would refuse and no unique index of the source rules out."""
    by_name = {column.target.name: column for column in table.columns}
    for index in table.target.indexes:
        columns = [by_name[name] for name in index.columns if name in by_name]
        if not index.unique or index.partial or len(columns) != len(index.columns):
            continue
        if _ruled_out(table, columns) or any(column.added for column in columns):
            continue
        forms = ", ".join(f"CAST({form} AS BINARY)" for form in source_sql.key_expressions(columns))
        present = [f"{source_sql.value(column)} IS NOT NULL" for column in columns]
        origin = source_sql.origin(plan.source, table, *present)
        groups = f"SELECT COUNT(*) AS n {origin} GROUP BY {forms} HAVING n > 1"
        count = int(query(connection, f"SELECT COALESCE(SUM(n), 0) FROM ({groups}) AS d")[0][0])
        if count:
            keys = source_sql.key_expressions(table.key_columns)
            least = ", ".join(f"MIN({key})" for key in keys) or "1"
            rows = query(
                connection, f"SELECT {least} {origin} GROUP BY {forms} HAVING COUNT(*) > 1 LIMIT {EXAMPLES}"
            )
            shown = tuple(", ".join(f"{n}={v}" for n, v in zip(table.key, row, strict=False)) for row in rows)
            yield Misfit(
                plan.name,
                table.name,
                "+".join(column.target.name for column in columns),
                "duplicate",
                "fail",
                count,
                shown,
            )


def _ruled_out(table: TablePlan, columns: list[ColumnPlan]) -> bool:
    """A unique index of the source over some of the columns, in an order no finer than the target's."""
    wanted = {column.source.name: column for column in columns}
    for index in table.source.indexes:
        if not index.unique or index.prefixed or not set(index.columns) <= set(wanted):
            continue
        inside = [wanted[name] for name in index.columns if name is not None]
        if all(_at_least_as_strict(column) for column in inside):
            return True
    return False


def _at_least_as_strict(column: ColumnPlan) -> bool:
    changed = any(policy.name not in {"fail", "null"} for _misfit, policy in column.policies)
    changed = changed or column.expression is not None or column.reinterpret is not None
    folds = column.pair.target == "uuid" and not str(column.source.collation).endswith("_ci")
    return not changed and not folds and column.converter is None


def orphans(connection: Connection, plan: DatabasePlan, table: TablePlan) -> Iterator[Misfit]:
    """Rows whose reference the target's foreign keys would refuse."""
    by_name = {column.target.name: column for column in table.columns}
    tables = {other.name: other for other in plan.tables}
    for key in table.target.foreign_keys:
        parent = tables.get(key.ref_table)
        if parent is None or any(by_name[name].added for name in key.columns if name in by_name):
            continue  # the target's own validation decides
        above = {column.target.name: column for column in parent.columns}
        pairs = [(by_name[a], above[b]) for a, b in zip(key.columns, key.ref_columns, strict=True)]
        present = [f"{source_sql.value(column)} IS NOT NULL" for column, _parent in pairs]
        outer = quoting.qualified(plan.source, table.source.name)
        equal = [_equal(outer, child, up) for child, up in pairs]
        parents = source_sql.origin(plan.source, parent, *equal, alias="p")
        origin = source_sql.origin(plan.source, table, *present, f"NOT EXISTS (SELECT 1 {parents})")
        count = int(query(connection, f"SELECT COUNT(*) {origin}")[0][0])
        if count:
            keys = ", ".join(source_sql.key_expressions(table.key_columns)) or "1"
            rows = query(connection, f"SELECT {keys} {origin} LIMIT {EXAMPLES}")
            shown = tuple(", ".join(f"{n}={v}" for n, v in zip(table.key, row, strict=False)) for row in rows)
            yield Misfit(plan.name, table.name, "+".join(key.columns), "orphan", "fail", count, shown)


def _equal(outer: str, child: ColumnPlan, parent: ColumnPlan) -> str:
    """Equal for the source's index, and byte for byte where the target compares bytes."""
    right = f"{outer}.{quoting.identifier(child.source.name)}"
    left = f"p.{quoting.identifier(parent.source.name)}"
    if child.pair.source == "text" and child.pair.target != "uuid":
        return f"{left} = {right} AND CAST({left} AS BINARY) = CAST({right} AS BINARY)"
    return f"{left} = {right}"


__all__ = (
    "EXAMPLES",
    "Misfit",
    "TableScan",
    "converter_rows",
    "duplicates",
    "misfit_rows",
    "orphans",
    "scan_range",
    "show_key",
)
