# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Sums of row hashes per bucket, computed by each server over its own rows, in any order and division.

A bucket is the first byte of a row's SHA-256. Two 64-bit parts of the hash are summed modulo 2**64 beside
the number of rows, so duplicates count and nothing depends on keys, chunks or collations. Every sum comes
with COUNT(hash) = COUNT(*): a NULL would leave a SUM silently.
"""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

from .._errors import VerifyFailed
from .._mysql.connection import query as mysql_query
from .._mysql.reader import RowReader
from .._postgresql.connection import query as postgresql_query
from .._postgresql.connection import transaction
from .._transform import source_sql, target_sql
from .json_form import source_forms, target_forms

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection as PostgreSQLConnection
    from pymysql.connections import Connection as MySQLConnection

    from .._postgresql.connection import Row
    from .._range import Range
    from .._transform.plan import ColumnPlan, TablePlan
    from .json_form import Form

_MODULUS: t.Final = 1 << 64
_FETCH: t.Final = 500
"""Rows taken from the target at a time where JSON is compared outside the servers."""


@dataclass
class Sums:
    """The sums of one table or of a part of it: bucket -> rows, first and second 64-bit part."""

    buckets: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all buckets."""
        return sum(entry[0] for entry in self.buckets.values())

    def put(self, bucket: int, rows: int, first: int, second: int) -> None:
        """Add to one bucket."""
        old = self.buckets.get(bucket, (0, 0, 0))
        self.buckets[bucket] = (old[0] + rows, (old[1] + first) % _MODULUS, (old[2] + second) % _MODULUS)

    def put_hash(self, digest: bytes) -> None:
        """Add one row's hash."""
        self.put(digest[0], 1, int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big"))

    def add(self, other: Sums) -> None:
        """Add another part of the table."""
        for bucket, entry in other.buckets.items():
            self.put(bucket, *entry)

    def differing(self, other: Sums) -> list[int]:
        """Buckets that are not the same on both sides."""
        every = set(self.buckets) | set(other.buckets)
        return sorted(bucket for bucket in every if self.buckets.get(bucket) != other.buckets.get(bucket))

    def digest(self) -> str:
        """One hash over all buckets, for reports and evidence."""
        text = ";".join(f"{bucket}:{a}:{b}:{c}" for bucket, (a, b, c) in sorted(self.buckets.items()))
        return hashlib.sha256(text.encode()).hexdigest()


def json_columns(table: TablePlan) -> list[ColumnPlan]:
    """The columns compared outside the servers."""
    return [column for column in table.columns if source_sql.outside(column)]


# --- the source ---------------------------------------------------------------------------------------


def source_sums(connection: MySQLConnection, database: str, table: TablePlan, span: Range) -> Sums:
    """The sums of one range of the source's table; raises VerifyFailed: a row has no hash."""
    sums = Sums()
    origin = source_sql.from_range(database, table, span)
    hashed = source_sql.row_hash(table)
    if json_columns(table):
        for digest, _extra in source_json_rows(connection, origin, table, []):
            sums.put_hash(digest)
        return sums
    sql = (
        "SELECT CONV(LEFT(h, 2), 16, 10), COUNT(*), COUNT(h), "
        "SUM(CAST(CONV(SUBSTR(h, 1, 16), 16, 10) AS UNSIGNED)), "
        "SUM(CAST(CONV(SUBSTR(h, 17, 16), 16, 10) AS UNSIGNED)) "
        f"FROM (SELECT {hashed} AS h {origin}) AS hashed GROUP BY 1"
    )
    for bucket, rows, hashes, first, second in mysql_query(connection, sql):
        _all_hashed(f"the source table {database}.{table.source.name}", int(rows), int(hashes))
        sums.put(int(bucket), int(rows), int(first), int(second))
    return sums


def source_json_rows(
    connection: MySQLConnection, origin: str, table: TablePlan, extra: Sequence[str]
) -> Iterator[tuple[bytes, list[bytes | None]]]:
    """Row hashes that take JSON in from outside, with the values of `extra` expressions."""
    columns = json_columns(table)
    fields = [source_sql.row_hash(table), *(source_sql.document(column) for column in columns), *extra]
    forms = source_forms(columns)
    for record in RowReader(connection, f"SELECT {', '.join(fields)} {origin}").records():
        _all_hashed(f"the source table {table.source.name}", 1, int(record[0] is not None))
        yield _with_json(record[0] or b"", record[1 : 1 + len(columns)], forms), record[1 + len(columns) :]


# --- the target ---------------------------------------------------------------------------------------


def target_sums(
    connection: PostgreSQLConnection[Row],
    relation: str,
    table: TablePlan,
    pages: tuple[int, int | None] | None,
) -> Sums:
    """The sums of one range of pages of `relation`, a table of the target; `None`: all of it."""
    sums = Sums()
    if json_columns(table):
        for digest, _extra in target_json_rows(connection, relation, table, pages, []):
            sums.put_hash(digest)
        return sums
    # OFFSET 0 keeps the hash from being computed once for each of its uses.
    sql = (
        "SELECT get_byte(h, 0), count(*), count(h), "
        "sum(('x' || encode(substr(h, 1, 8), 'hex'))::bit(64)::bigint), "
        "sum(('x' || encode(substr(h, 9, 8), 'hex'))::bit(64)::bigint) "
        f"FROM (SELECT {target_sql.row_hash(table)} AS h {_from(relation, pages)} OFFSET 0) AS hashed GROUP BY 1"
    )
    for bucket, rows, hashes, first, second in postgresql_query(connection, sql):
        _all_hashed(f"the target table {relation}", int(rows), int(hashes))
        sums.put(int(bucket), int(rows), int(first), int(second))
    return sums


def target_rows(connection: PostgreSQLConnection[Row], relation: str) -> int:
    """All rows of `relation`, by one statement that knows no range of pages."""
    return int(postgresql_query(connection, f"SELECT count(*) {_from(relation, None)}")[0][0])


def target_json_rows(
    connection: PostgreSQLConnection[Row],
    relation: str,
    table: TablePlan,
    pages: tuple[int, int | None] | None,
    extra: Sequence[str],
) -> Iterator[tuple[bytes, list[t.Any]]]:
    """As `source_json_rows`, of the target."""
    columns = json_columns(table)
    fields = [
        f"encode({target_sql.row_hash(table)}, 'hex')",
        *(f"convert_to({target_sql.document(column)}, 'UTF8')" for column in columns),
        *extra,
    ]
    sql = f"SELECT {', '.join(fields)} {_from(relation, pages)}"
    forms = target_forms(columns)
    with transaction(connection), connection.cursor(name="convergence_json", binary=True) as cursor:
        cursor.itersize = _FETCH
        cursor.execute(sql.encode())
        for row in cursor:
            _all_hashed(f"the target table {relation}", 1, int(row[0] is not None))
            documents = [None if value is None else bytes(value) for value in row[1 : 1 + len(columns)]]
            yield _with_json(str(row[0]).encode(), documents, forms), list(row[1 + len(columns) :])


def page_ranges(
    connection: PostgreSQLConnection[Row], schema: str, table: TablePlan, parts: int
) -> list[tuple[int, int | None] | None]:
    """The table's pages in `parts` ranges, open at the end; one range for what has no pages of its own."""
    found = postgresql_query(
        connection,
        "SELECT c.relkind, pg_relation_size(c.oid) / current_setting('block_size')::int FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
        (schema, table.name),
    )
    if parts < 2 or not found or found[0][0] != "r" or found[0][1] < parts:
        return [None]
    step = -(-int(found[0][1]) // parts)
    starts = range(0, step * parts, step)
    return [(start, start + step if start + step < step * parts else None) for start in starts]


def _from(relation: str, pages: tuple[int, int | None] | None) -> str:
    origin = f"FROM {relation}"
    if pages is None:
        return origin
    where = f" WHERE ctid >= '({pages[0]},0)'::tid"
    return origin + where + ("" if pages[1] is None else f" AND ctid < '({pages[1]},0)'::tid")


# --- both ---------------------------------------------------------------------------------------------


def _with_json(digest: bytes, documents: Sequence[bytes | None], forms: Sequence[Form]) -> bytes:
    row = hashlib.sha256(digest)
    for document, compared in zip(documents, forms, strict=True):
        form = None if document is None else compared(document)
        row.update(b"|N" if form is None else b"|" + hashlib.sha256(form).digest())
    return row.digest()


def _all_hashed(where: str, rows: int, hashes: int) -> None:
    if rows != hashes:
        raise VerifyFailed(
            f"{rows - hashes} rows of {where} have no hash: a canonical form gave no value, or a row outgrew the "
            "source's max_allowed_packet. Nothing is proved; raise max_allowed_packet and verify again."
        )


__all__ = (
    "Sums",
    "json_columns",
    "page_ranges",
    "source_json_rows",
    "source_sums",
    "target_json_rows",
    "target_rows",
    "target_sums",
)
