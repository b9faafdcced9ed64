# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Unequal buckets become rows: which key, which column, on which side.

Bounded: buckets are taken until their rows reach a limit, keys until theirs; a key is then looked up on
both sides, so what one bucket cannot tell (a changed row lies in two) the look-up does.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass

from .._mysql import quoting as mysql_quoting
from .._mysql.reader import RowReader
from .._postgresql.connection import query as postgresql_query
from .._postgresql.quoting import identifier, literal, qualified
from .._transform import source_sql, target_sql
from .._transform.json_form import canonical_json
from . import sums

if t.TYPE_CHECKING:
    from psycopg import Connection as PostgreSQLConnection
    from pymysql.connections import Connection as MySQLConnection

    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan, TablePlan
    from .sums import Sums

KEYS: t.Final = 100
"""Rows of one table that are named."""
_ROWS: t.Final = 200_000
"""Rows of unequal buckets that are compared one by one."""

Key = tuple[str, ...]
Kind = t.Literal["changed", "missing", "unexpected"]


@dataclass(frozen=True)
class Difference:
    """One row that is not the same: changed, missing on the target, or unexpected there."""

    database: str
    table: str
    key: tuple[tuple[str, str], ...]
    kind: Kind
    columns: tuple[str, ...] = ()
    rows: int = 1

    def to_json(self) -> dict[str, t.Any]:
        """For report and result."""
        return {
            "database": self.database,
            "table": self.table,
            "key": dict(self.key),
            "kind": self.kind,
            "columns": list(self.columns),
            "rows": self.rows,
        }

    def __str__(self) -> str:
        key = ", ".join(f"{name}={value}" for name, value in self.key) or f"{self.rows} rows without a key"
        where = f" in column {', '.join(self.columns)}" if self.columns else ""
        return f"{self.database}.{self.table}: the row {key} is {self.kind}{where}"


@dataclass(frozen=True)
class Sides:
    """Both servers' sessions for one database."""

    source: MySQLConnection
    target: PostgreSQLConnection[Row]
    plan: DatabasePlan
    mariadb: bool


def find(sides: Sides, table: TablePlan, source: Sums, target: Sums) -> list[Difference]:
    """The rows behind the unequal buckets of one table, at most I(KEYS)."""
    buckets = _choose(source, target)
    left, right = _source_rows(sides, table, buckets), _target_rows(sides, table, buckets)
    common = left & right
    left, right = left - common, right - common
    if not table.key:
        counts: list[tuple[Kind, int]] = [
            ("missing", sum(left.values())),
            ("unexpected", sum(right.values())),
        ]
        return [Difference(sides.plan.name, table.name, (), kind, (), n) for kind, n in counts if n]
    keys = sorted({key for _digest, key in (*left, *right)})[:KEYS]
    return _classify(sides, table, keys)


def _choose(source: Sums, target: Sums) -> list[int]:
    chosen: list[int] = []
    rows = 0
    for bucket in source.differing(target):
        rows += max(source.buckets.get(bucket, (0,))[0], target.buckets.get(bucket, (0,))[0])
        if chosen and rows > _ROWS:
            break
        chosen.append(bucket)
    return chosen


def _source_rows(sides: Sides, table: TablePlan, buckets: list[int]) -> Counter[tuple[bytes, Key]]:
    keys = source_sql.key_expressions(table.key_columns)
    origin = source_sql.origin(sides.plan.source, table)
    found: Counter[tuple[bytes, Key]] = Counter()
    if sums.json_columns(table):
        for digest, values in sums.source_json_rows(sides.source, origin, table, sides.mariadb, keys):
            if digest[0] in buckets:
                found[digest, tuple((value or b"").decode() for value in values)] += 1
        return found
    wanted = ", ".join(f"'{bucket:02x}'" for bucket in buckets)
    named = "".join(f", {expression} AS k{i}" for i, expression in enumerate(keys))
    sql = (
        f"SELECT * FROM (SELECT {source_sql.row_hash(table, sides.mariadb)} AS h{named} {origin}) AS hashed "
        f"WHERE LEFT(h, 2) IN ({wanted})"
    )
    for record in RowReader(sides.source, sql).records():
        digest = bytes.fromhex((record[0] or b"").decode())
        found[digest, tuple((value or b"").decode() for value in record[1:])] += 1
    return found


def _target_rows(sides: Sides, table: TablePlan, buckets: list[int]) -> Counter[tuple[bytes, Key]]:
    keys = target_sql.key_expressions(table.key_columns)
    found: Counter[tuple[bytes, Key]] = Counter()
    if sums.json_columns(table):
        for digest, values in sums.target_json_rows(sides.target, sides.plan.schema, table, None, keys):
            if digest[0] in buckets:
                found[digest, tuple(str(value) for value in values)] += 1
        return found
    named = "".join(f", {expression} AS k{i}" for i, expression in enumerate(keys))
    sql = (
        f"SELECT * FROM (SELECT {target_sql.row_hash(table)} AS h{named} "
        f"FROM {qualified(sides.plan.schema, table.name)} OFFSET 0) AS hashed "
        f"WHERE get_byte(h, 0) IN ({', '.join(map(str, buckets))})"
    )
    for row in postgresql_query(sides.target, sql):
        found[bytes(row[0]), tuple(str(value) for value in row[1:])] += 1
    return found


def _classify(sides: Sides, table: TablePlan, keys: list[Key]) -> list[Difference]:
    """Look the keys up on both sides, column by column."""
    left, right = _source_columns(sides, table, keys), _target_columns(sides, table, keys)
    names = [column.target.name for column in table.columns]
    found = []
    for key in keys:
        named = tuple(zip(table.key, key, strict=True))
        here, there = left.get(key), right.get(key)
        if here is None and there is None:
            continue
        if here is None or there is None:
            kind: Kind = "missing" if there is None else "unexpected"
            found.append(Difference(sides.plan.name, table.name, named, kind))
            continue
        columns = tuple(name for name, a, b in zip(names, here, there, strict=True) if a != b)
        if columns:
            found.append(Difference(sides.plan.name, table.name, named, "changed", columns))
    return found


def _source_columns(sides: Sides, table: TablePlan, keys: list[Key]) -> dict[Key, list[str | bytes | None]]:
    expressions = source_sql.key_expressions(table.key_columns)
    fields = []
    for column in table.columns:
        if source_sql.shape(column) == "json":
            fields.append(source_sql.value(column))
        else:
            fields.append(f"SHA2({source_sql.canonical(column, sides.mariadb)}, 256)")
    listed = ", ".join(
        "(" + ", ".join(mysql_quoting.binary(value.encode()) for value in key) + ")" for key in keys
    )
    binary = ", ".join(f"CAST({expression} AS BINARY)" for expression in expressions)
    origin = source_sql.origin(sides.plan.source, table, f"({binary}) IN ({listed})")
    sql = f"SELECT {', '.join([*expressions, *fields])} {origin}"
    found: dict[Key, list[str | bytes | None]] = {}
    for record in RowReader(sides.source, sql).records():
        key = tuple((value or b"").decode() for value in record[: len(expressions)])
        found[key] = _comparable(table, record[len(expressions) :])
    return found


def _target_columns(sides: Sides, table: TablePlan, keys: list[Key]) -> dict[Key, list[str | bytes | None]]:
    expressions = target_sql.key_expressions(table.key_columns)
    fields = []
    for column in table.columns:
        if source_sql.shape(column) == "json":
            fields.append(f"convert_to({identifier(column.target.name)}::text, 'UTF8')")
        else:
            fields.append(
                f"convert_to(encode(sha256(convert_to({target_sql.canonical(column)}, 'UTF8')), 'hex'), 'UTF8')"
            )
    listed = ", ".join("(" + ", ".join(literal(value) for value in key) + ")" for key in keys)
    sql = (
        f"SELECT {', '.join([*expressions, *fields])} FROM {qualified(sides.plan.schema, table.name)} "
        f"WHERE ({', '.join(expressions)}) IN ({listed})"
    )
    found: dict[Key, list[str | bytes | None]] = {}
    for row in postgresql_query(sides.target, sql):
        key = tuple(str(value) for value in row[: len(expressions)])
        values = [None if value is None else bytes(value) for value in row[len(expressions) :]]
        found[key] = _comparable(table, values)
    return found


def _comparable(table: TablePlan, values: list[bytes | None]) -> list[str | bytes | None]:
    return [
        canonical_json(value) if value is not None and source_sql.shape(column) == "json" else value
        for column, value in zip(table.columns, values, strict=True)
    ]


__all__ = ("KEYS", "Difference", "Sides", "find")
