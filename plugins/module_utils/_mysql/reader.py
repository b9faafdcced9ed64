# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The lean packet reader: rows of a result as bytes, without a Python object per value.

PyMySQL connects, authenticates and sends the statement; from the first row on the packets are taken off
the connection here. In the normal route a result has one column whose bytes go on as they are.

Protocol: a packet is a length (3 bytes, little endian), a sequence number (1 byte) and a payload; a
payload of 2**24-1 bytes goes on in the next packet. A row of one column is a length-encoded string: one
byte below 251, or 252/253/254 followed by 2/3/8 bytes of length, or 251 for NULL.
"""

from __future__ import annotations

import struct
import typing as t

from .._drivers import pymysql
from .._errors import ServerError
from .._waits import gave_up
from .connection import translate

if t.TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pymysql.connections import Connection

_READ: t.Final = 1 << 18
_FULL: t.Final = 0xFFFFFF
_NULL, _SHORT, _MEDIUM, _LONG = 0xFB, 0xFC, 0xFD, 0xFE
_PREFIX: t.Final = {_SHORT: 3, _MEDIUM: 4, _LONG: 9}
_COM_QUERY: t.Final = 0x03
_HEADER: t.Final = struct.Struct("<I")
"""Length and sequence number of a packet."""


class NullRow(ServerError):
    """A row came as NULL: an expression gave no value, or the row outgrew max_allowed_packet."""


class RowReader:
    """Sends one statement and reads its rows.

    `rows` counts those read so far; `warnings` those that the server raised, known at the end (65,535 at most).
    """

    def __init__(self, connection: Connection, sql: str) -> None:
        self.rows = 0
        self.warnings = 0
        try:
            connection._execute_command(_COM_QUERY, sql.encode("utf-8"))
            head = connection._read_packet()
            self.columns = int(head.read_length_encoded_integer() or 0)
            for _column in range(self.columns):
                connection._read_packet()
            connection._read_packet()  # EOF after the column definitions
        except pymysql.MySQLError as error:
            raise gave_up(connection) or translate(error) from error
        except (OSError, IndexError, ValueError) as error:
            raise _broken(error) from error
        # A BufferedReader: read1() first gives what is left in its buffer, then reads the socket directly.
        self._file: t.Any = connection._rfile

    def blocks(self) -> Iterator[bytes]:
        """The bytes of all rows of the one column, joined to blocks of about 256 KiB.

        Raises NullRow: a row is NULL; raises ServerError: the server or the connection failed.
        """
        buffer = b""
        while True:
            position, size = 0, len(buffer)
            block: list[bytes] = []
            while size - position >= 5:
                position = _take_short_rows(buffer, position, block)
                length = _HEADER.unpack_from(buffer, position)[0] & _FULL
                stop = position + 4 + length
                if stop > size:
                    break
                first = buffer[position + 4]
                if first < _NULL:
                    _fits(length, 1, first)
                    block.append(buffer[position + 5 : stop])
                elif (first in _PREFIX and length >= 9) or first in (_SHORT, _MEDIUM):
                    if length == _FULL:
                        break  # goes on in another packet
                    begin = position + 4 + _PREFIX[first]
                    _fits(length, _PREFIX[first], int.from_bytes(buffer[position + 5 : begin], "little"))
                    block.append(buffer[begin:stop])
                else:
                    if self._ends(buffer[position + 4 : stop]):
                        self.rows += len(block)
                        if block:
                            yield b"".join(block)
                        return
                    raise NullRow("The source gave NULL for a row that must have a value.")
                position = stop
            self.rows += len(block)
            if block:
                yield b"".join(block)
            rest = buffer[position:]
            if len(rest) >= 13 and 4 + (int.from_bytes(rest[:3], "little")) > _READ:
                # What follows may be whole already, and the server has nothing more to say.
                buffer = (yield from self._long_row(rest)) or self._more()
            else:
                buffer = rest + self._more()

    def _long_row(self, rest: bytes) -> Generator[bytes, None, bytes]:
        """Pass on a row that is larger than a read, as its bytes come; gives what follows it."""
        header, first = int.from_bytes(rest[:3], "little"), rest[4]
        prefix = _PREFIX.get(first)
        if prefix is None:
            raise _broken(ValueError(f"a row begins with byte {first}"))
        expected = int.from_bytes(rest[5 : 4 + prefix], "little")
        left = header - prefix
        yield rest[4 + prefix : 4 + prefix + left]
        seen = min(len(rest) - 4 - prefix, left)
        left -= seen
        rest = rest[4 + prefix + seen :]
        while left or header == _FULL:
            if not left:
                while len(rest) < 4:
                    rest += self._more()
                header = left = int.from_bytes(rest[:3], "little")
                rest = rest[4:]
                continue
            data = rest or self._more()
            yield data[:left]
            seen += min(len(data), left)
            rest, left = data[left:], left - min(len(data), left)
        if seen != expected:
            raise _broken(ValueError(f"a row of {expected} bytes ended after {seen}"))
        self.rows += 1
        return rest

    def records(self) -> Iterator[list[bytes | None]]:
        """The rows as lists of column values, for the routes that work on values.

        Raises ServerError: the server or the connection failed.
        """
        while True:
            payload = self._payload()
            if payload[:1] in (b"\xfe", b"\xff") and self._ends(payload):
                return
            yield self._record(payload)
            self.rows += 1

    def _record(self, payload: bytes) -> list[bytes | None]:
        values: list[bytes | None] = []
        position = 0
        try:
            for _column in range(self.columns):
                first = payload[position]
                if first == _NULL:
                    values.append(None)
                    position += 1
                    continue
                prefix = _PREFIX.get(first, 1)
                length = (
                    first
                    if prefix == 1
                    else int.from_bytes(payload[position + 1 : position + prefix], "little")
                )
                position += prefix
                values.append(payload[position : position + length])
                position += length
        except IndexError as error:
            raise _broken(error) from error
        if position != len(payload):
            raise _broken(ValueError(f"a row of {len(payload)} bytes has values of {position}"))
        return values

    def _payload(self) -> bytes:
        parts = []
        while True:
            length = int.from_bytes(self._exactly(4)[:3], "little")
            parts.append(self._exactly(length))
            if length != _FULL:
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _exactly(self, count: int) -> bytes:
        try:
            data = self._file.read(count)
        except (OSError, ValueError) as error:
            raise _broken(error) from error
        if len(data) != count:
            raise _broken(EOFError("the server closed it"))
        return t.cast("bytes", data)

    def _more(self) -> bytes:
        try:
            data = self._file.read1(_READ)
        except (OSError, ValueError) as error:
            raise _broken(error) from error
        if not data:
            raise _broken(EOFError("the server closed it"))
        return t.cast("bytes", data)

    def _ends(self, payload: bytes) -> bool:
        """Whether this is the EOF packet; an error packet raises."""
        if payload[:1] == b"\xff":
            try:
                pymysql.err.raise_mysql_exception(payload)
            except pymysql.MySQLError as error:
                raise translate(error) from error
            except (struct.error, IndexError) as error:
                raise _broken(ValueError("an error without a number")) from error
        ends = payload[:1] == b"\xfe" and len(payload) < 9
        if ends:
            self.warnings = int.from_bytes(payload[1:3], "little")
        return ends


def _fits(length: int, prefix: int, value: int) -> None:
    """A packet of `length` bytes is one value of `value` bytes behind its `prefix`."""
    if length != prefix + value:
        raise _broken(ValueError(f"a packet of {length} bytes has a value of {value}"))


def _take_short_rows(buffer: bytes, position: int, block: list[bytes]) -> int:
    """Take rows below 251 bytes, in as few steps as Python can, up to one that is none; gives its place.

    A packet has to begin 260 bytes before the end: no row it takes ends beyond the buffer, and the head of
    the next packet is there.
    """
    append = block.append
    end = len(buffer) - 260
    while position < end:
        length = buffer[position]
        if buffer[position + 4] != length - 1 or buffer[position + 1] or buffer[position + 2]:
            break
        stop = position + 4 + length
        append(buffer[position + 5 : stop])
        position = stop
    return position


def _broken(error: Exception) -> ServerError:
    return ServerError(
        f"The connection to the source server broke while rows were read: {error or type(error).__name__}. "
        "Check the server's log and run the same command again."
    )


__all__ = ("NullRow", "RowReader")
