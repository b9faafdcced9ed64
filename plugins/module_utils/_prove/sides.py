# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One side of a comparison: how its rows are hashed, looked up by key, and shown.

The source answers for itself; the target answers for its tables, and for a temporary copy of a chunk's
rows when the source is off.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass

from .._mysql import quoting as mysql_quoting
from .._mysql.reader import RowReader
from .._postgresql.connection import query as postgresql_query
from .._postgresql.quoting import identifier, literal
from .._transform import source_sql, target_sql
from .._transform.types import source_kind
from . import sums
from .json_form import source_forms, target_forms

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from psycopg import Connection as PostgreSQLConnection
    from pymysql.connections import Connection as MySQLConnection

    from .._postgresql.connection import Row
    from .._transform.plan import ColumnPlan, TablePlan
    from .json_form import Form

SHOWN: t.Final = 300
"""Characters of a value that a report shows."""

KeyTexts = tuple[str, ...]
"""The values of a row's key columns, in order and as both servers print them: what rows are looked up by."""
Values = list[str | None]


class Side(t.Protocol):
    """What a comparison asks of either server."""

    def hashes(self, table: TablePlan, buckets: Sequence[int]) -> Counter[tuple[bytes, KeyTexts]]:
        """Row hash and key of every row in `buckets`, with its number."""

    def columns(self, table: TablePlan, keys: Sequence[KeyTexts]) -> dict[KeyTexts, list[t.Any]]:
        """Per key a comparable stand-in of every column's value."""

    def shown(
        self, table: TablePlan, columns: Sequence[ColumnPlan], keys: Sequence[KeyTexts]
    ) -> dict[KeyTexts, Values]:
        """Per key the beginning of the values of `columns`, as the server prints them."""

    def shown_rows(self, table: TablePlan, digests: Iterable[bytes]) -> dict[bytes, Values]:
        """Per row hash the beginning of all values, for tables without a key."""


@dataclass(frozen=True)
class SourceSide:
    """The source's own tables of one database."""

    connection: MySQLConnection
    database: str

    def hashes(self, table: TablePlan, buckets: Sequence[int]) -> Counter[tuple[bytes, KeyTexts]]:
        found: Counter[tuple[bytes, KeyTexts]] = Counter()
        keys = source_sql.key_expressions(table.key_columns)
        for digest, values in self._rows(table, keys, lambda digest: digest[0] in buckets, buckets):
            found[digest, tuple((value or b"").decode() for value in values)] += 1
        return found

    def columns(self, table: TablePlan, keys: Sequence[KeyTexts]) -> dict[KeyTexts, list[t.Any]]:
        fields = [
            source_sql.document(column)
            if source_sql.outside(column)
            else f"SHA2({source_sql.canonical(column)}, 256)"
            for column in table.columns
        ]
        forms = source_forms(table.columns)
        return {key: _comparable(table, values, forms) for key, values in self._by_key(table, keys, fields)}

    def shown(
        self, table: TablePlan, columns: Sequence[ColumnPlan], keys: Sequence[KeyTexts]
    ) -> dict[KeyTexts, Values]:
        fields = [_source_shown(column) for column in columns]
        return {key: _texts(values) for key, values in self._by_key(table, keys, fields)}

    def shown_rows(self, table: TablePlan, digests: Iterable[bytes]) -> dict[bytes, Values]:
        wanted = set(digests)
        fields = [_source_shown(column) for column in table.columns]
        buckets = sorted({digest[0] for digest in wanted})
        return {
            digest: _texts(values)
            for digest, values in self._rows(table, fields, wanted.__contains__, buckets)
        }

    def _rows(
        self,
        table: TablePlan,
        extra: Sequence[str],
        wanted: Callable[[bytes], bool],
        buckets: Sequence[int],
    ) -> Iterator[tuple[bytes, list[bytes | None]]]:
        """Hash and `extra` of the rows whose hash is `wanted`; the server leaves other buckets out."""
        origin = source_sql.origin(self.database, table)
        if sums.json_columns(table):
            rows = sums.source_json_rows(self.connection, origin, table, extra)
            yield from ((digest, values) for digest, values in rows if wanted(digest))
            return
        named = "".join(f", {expression} AS x{i}" for i, expression in enumerate(extra))
        listed = ", ".join(f"'{bucket:02x}'" for bucket in buckets) or "''"
        inner = f"SELECT {source_sql.row_hash(table)} AS h{named} {origin}"
        sql = f"SELECT * FROM ({inner}) AS hashed WHERE LEFT(h, 2) IN ({listed})"
        for record in RowReader(self.connection, sql).records():
            digest = bytes.fromhex((record[0] or b"").decode())
            if wanted(digest):
                yield digest, record[1:]

    def _by_key(
        self, table: TablePlan, keys: Sequence[KeyTexts], fields: Sequence[str]
    ) -> Iterator[tuple[KeyTexts, list[bytes | None]]]:
        names = source_sql.key_expressions(table.key_columns)
        binary = ", ".join(f"CAST({name} AS BINARY)" for name in names)
        listed = ", ".join(f"({', '.join(mysql_quoting.binary(v.encode()) for v in key)})" for key in keys)
        origin = source_sql.origin(self.database, table, f"({binary}) IN ({listed})")
        reader = RowReader(self.connection, f"SELECT {', '.join([*names, *fields])} {origin}")
        for record in reader.records():
            yield tuple((value or b"").decode() for value in record[: len(names)]), record[len(names) :]


@dataclass(frozen=True)
class TargetSide:
    """Tables of the target, each under the relation that `relation` names."""

    connection: PostgreSQLConnection[Row]
    relation: Callable[[TablePlan], str]

    def hashes(self, table: TablePlan, buckets: Sequence[int]) -> Counter[tuple[bytes, KeyTexts]]:
        found: Counter[tuple[bytes, KeyTexts]] = Counter()
        keys = target_sql.key_expressions(table.key_columns)
        for digest, values in self._rows(table, keys, lambda digest: digest[0] in buckets, buckets):
            found[digest, tuple(str(value) for value in values)] += 1
        return found

    def columns(self, table: TablePlan, keys: Sequence[KeyTexts]) -> dict[KeyTexts, list[t.Any]]:
        fields = []
        for column in table.columns:
            form = f"encode(sha256(convert_to({target_sql.canonical(column)}, 'UTF8')), 'hex')"
            if source_sql.outside(column):
                form = target_sql.document(column)
            fields.append(f"convert_to({form}, 'UTF8')")
        forms = target_forms(table.columns)
        return {
            key: _comparable(table, [None if value is None else bytes(value) for value in values], forms)
            for key, values in self._by_key(table, keys, fields)
        }

    def shown(
        self, table: TablePlan, columns: Sequence[ColumnPlan], keys: Sequence[KeyTexts]
    ) -> dict[KeyTexts, Values]:
        fields = [f"left({identifier(column.target.name)}::text, {SHOWN})" for column in columns]
        return dict(self._by_key(table, keys, fields))

    def shown_rows(self, table: TablePlan, digests: Iterable[bytes]) -> dict[bytes, Values]:
        wanted = set(digests)
        fields = [f"left({identifier(column.target.name)}::text, {SHOWN})" for column in table.columns]
        buckets = sorted({digest[0] for digest in wanted})
        return dict(self._rows(table, fields, wanted.__contains__, buckets))

    def _rows(
        self,
        table: TablePlan,
        extra: Sequence[str],
        wanted: Callable[[bytes], bool],
        buckets: Sequence[int],
    ) -> Iterator[tuple[bytes, list[t.Any]]]:
        relation = self.relation(table)
        if sums.json_columns(table):
            rows = sums.target_json_rows(self.connection, relation, table, None, extra)
            yield from ((digest, values) for digest, values in rows if wanted(digest))
            return
        named = "".join(f", {expression} AS x{i}" for i, expression in enumerate(extra))
        inner = f"SELECT {target_sql.row_hash(table)} AS h{named} FROM {relation} OFFSET 0"
        listed = ", ".join(map(str, buckets)) or "-1"
        sql = f"SELECT * FROM ({inner}) AS hashed WHERE get_byte(h, 0) IN ({listed})"
        for row in postgresql_query(self.connection, sql):
            if wanted(bytes(row[0])):
                yield bytes(row[0]), list(row[1:])

    def _by_key(
        self, table: TablePlan, keys: Sequence[KeyTexts], fields: Sequence[str]
    ) -> Iterator[tuple[KeyTexts, list[t.Any]]]:
        names = target_sql.key_expressions(table.key_columns)
        listed = ", ".join(f"({', '.join(map(literal, key))})" for key in keys)
        sql = (
            f"SELECT {', '.join([*names, *fields])} FROM {self.relation(table)} "
            f"WHERE ({', '.join(names)}) IN ({listed})"
        )
        for row in postgresql_query(self.connection, sql):
            yield tuple(str(value) for value in row[: len(names)]), list(row[len(names) :])


def _comparable(
    table: TablePlan, values: Sequence[bytes | None], forms: Sequence[Form]
) -> list[bytes | None]:
    """Hashes as they are, and of what is compared outside the servers the form of the value."""
    return [
        form(value) if value is not None and source_sql.outside(column) else value
        for column, value, form in zip(table.columns, values, forms, strict=True)
    ]


def _source_shown(column: ColumnPlan) -> str:
    expression = source_sql.value(column)
    if source_kind(column.source) in {"binary", "geometry", "vector"}:
        return f"CONCAT('\\x', LOWER(HEX(LEFT({expression}, {SHOWN // 2}))))"
    return f"LEFT(CAST({expression} AS CHAR), {SHOWN})"


def _texts(values: Sequence[bytes | None]) -> Values:
    return [None if value is None else value.decode("utf-8", "backslashreplace") for value in values]


__all__ = ("KeyTexts", "Side", "SourceSide", "TargetSide", "Values")
