# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One chunk from the source into its file: the way of the bytes."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import ServerError
from .._mysql.connection import query
from .._mysql.reader import NullRow, RowReader
from .._run.chunks import COPY_BINARY_HEADER, COPY_BINARY_TRAILER, ChunkWriter
from .._transform import source_sql

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pymysql.connections import Connection

    from .._range import Range
    from .._run.encryption import Key
    from .._transform.plan import ColumnPlan, TablePlan

_ONE: t.Final = ord("1")
# Invalid character string (MySQL, MariaDB); cannot convert a character (MariaDB) or a string (MySQL).
_CONVERSIONS: t.Final = {1300, 1366, 1977, 3854}
_ESCAPES: t.Final = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"), (b"\t", b"\\t"))


@dataclass(frozen=True)
class WrittenChunk:
    """What a chunk became."""

    rows: int
    bytes: int
    file_bytes: int
    sha256: str


class CopyStream:
    """The rows of one range as blocks of a whole COPY stream; `rows` counts them once all are read.

    Reading raises ServerError: a row came as NULL or the server warned of a character that it could not convert (both
    name the table), or the server failed.
    """

    def __init__(
        self, connection: Connection, database: str, table: TablePlan, origin: str, *, by_python: bool
    ) -> None:
        self._connection = connection
        self._database = database
        self._table = table
        self._origin = origin
        self._by_python = by_python
        self.rows = 0

    def __iter__(self) -> Iterator[bytes]:
        binary = source_sql.copy_format(self._table) == "binary"
        if binary:
            yield COPY_BINARY_HEADER
        try:
            if self._by_python:
                fields = source_sql.raw_columns(self._table)
                reader = RowReader(self._connection, f"SELECT {fields} {self._origin}")
                yield from (_binary_rows if binary else _text_rows)(reader, self._table)
            else:
                row = (source_sql.binary_row if binary else source_sql.text_row)(self._table)
                reader = RowReader(self._connection, f"SELECT {row} {self._origin}")
                yield from reader.blocks()
        except NullRow as error:
            raise NullRow(
                f"{self._database}.{self._table.source.name}: a row could not be built: one of its conversions gave "
                "no value, or the row outgrew the source's max_allowed_packet. Raise max_allowed_packet and run the "
                "same command again; if it stays, a value does not fit in a way the scan does not know."
            ) from error
        self.rows = reader.rows
        if reader.warnings:
            _check_warnings(self._connection, self._database, self._table)
        if binary:
            yield COPY_BINARY_TRAILER


def write_chunk(
    connection: Connection,
    database: str,
    table: TablePlan,
    span: Range,
    path: Path,
    by_python: bool,
    key: Key | None = None,
) -> WrittenChunk:
    """Read one range and write it as a whole COPY stream, encrypted with `key`; raises as `CopyStream` does."""
    origin = source_sql.from_range(database, table, span)
    stream = CopyStream(connection, database, table, origin, by_python=by_python)
    writer = ChunkWriter(path, key)
    for block in stream:
        writer.write(block)
    digest = writer.finish()
    return WrittenChunk(stream.rows, writer.bytes, writer.file_bytes, digest)


def _check_warnings(connection: Connection, database: str, table: TablePlan) -> None:
    """Raises ServerError: the statement before this warned of a conversion, and no rule of the table asked for one.

    The predicates of policies and the SQL of rules read text in sets that it is not in, and warn by design. MySQL
    warns of few conversions: it is the scan that finds bytes without a character; this only doubts the scan.
    """
    if any(column.policies or column.expression or column.reinterpret for column in table.columns):
        return
    warnings = {int(row[1]) for row in query(connection, "SHOW WARNINGS")}
    if warnings & _CONVERSIONS:
        raise ServerError(
            f"{database}.{table.source.name}: the source warned of a character whose conversion failed (warning "
            f"{min(warnings & _CONVERSIONS)}), and the scan has found no such value. Nothing of this table can be "
            "trusted to be whole: please report the columns' character sets and the server's version."
        )


def _converters(table: TablePlan, binary: bool) -> list[tuple[str, t.Callable[[bytes], bytes | None]]]:
    """Per column its source's name, and what makes the field of a value."""
    return [(column.source.name, _converter(column, binary)) for column in table.copied]


def _converter(column: ColumnPlan, binary: bool) -> t.Callable[[bytes], bytes | None]:
    if column.converter is not None:
        return column.converter.convert
    wrapping = source_sql.wrapping(column, binary)
    if wrapping == "hex":
        return lambda value: b"\\x" + value.hex().encode()
    head = b"\x01" if wrapping == "jsonb" else b""
    rules = column.json_rules
    if rules is None or not column.changes_json:
        return lambda value: head + value

    def treated(value: bytes) -> bytes | None:
        document = rules.treated(value)
        return None if document is None else head + document

    return treated


def _fields(
    record: list[bytes | None], converters: list[tuple[str, t.Callable[[bytes], bytes | None]]]
) -> list[bytes | None]:
    """The fields of a row; raises NullRow: a value came as NULL that is none."""
    nulls = record[-1] or b""
    fields: list[bytes | None] = []
    for value, null, (name, convert) in zip(record[:-1], nulls, converters, strict=True):
        if (value is None) != (null == _ONE):
            raise NullRow(f"The source gave NULL for a value of {name}.")
        fields.append(None if value is None else convert(value))
    return fields


def _binary_rows(reader: RowReader, table: TablePlan) -> Iterator[bytes]:
    head = len(table.copied).to_bytes(2, "big")
    converters = _converters(table, True)
    for record in reader.records():
        parts = [head]
        for value in _fields(record, converters):
            if value is None:
                parts.append(b"\xff\xff\xff\xff")
            else:
                parts += (len(value).to_bytes(4, "big"), value)
        yield b"".join(parts)


def _text_rows(reader: RowReader, table: TablePlan) -> Iterator[bytes]:
    converters = _converters(table, False)
    for record in reader.records():
        fields = []
        for value in _fields(record, converters):
            field = b"\\N" if value is None else value
            if value is not None:
                for plain, escaped in _ESCAPES:
                    field = field.replace(plain, escaped)
            fields.append(field)
        yield b"\t".join(fields) + b"\n"


__all__ = ("CopyStream", "WrittenChunk", "write_chunk")
