# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A dump file of mysqldump or mariadb-dump as a sequence of statements, whatever it is packed with.

The dump programs write one statement up to a delimiter at the end of a line and escape line breaks inside
values, so the end of a statement is the delimiter at the end of a line outside a comment.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import typing as t
from pathlib import Path

from .._drivers import zstandard
from .._errors import InputError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_GZIP: t.Final = b"\x1f\x8b"
_ZSTD: t.Final = b"\x28\xb5\x2f\xfd"

# What a dump says about the server it came from, which the private server must not take over.
_LEFT_OUT: t.Final = (
    b"SET @@GLOBAL.GTID_PURGED",
    b"SET @@SESSION.SQL_LOG_BIN",
    b"SET @MYSQLDUMP_TEMP_LOG_BIN",
    b"CHANGE MASTER",
    b"CHANGE REPLICATION",
)


class _Counted(io.RawIOBase):
    """The file as it is read, with its SHA-256."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        count = self._file.readinto(buffer) or 0
        self._digest.update(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    def hexdigest(self) -> str:
        while self.read(1 << 20):
            pass
        return self._digest.hexdigest()


class DumpFile:
    """One dump file: plain, gzip or zstd, told by its first bytes."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.sha256 = ""
        """Of the file as it lies there; known after the last statement."""

    def checksum(self) -> str:
        """The SHA-256 of the file; @raise InputError: it cannot be read."""
        try:
            with _Counted(self.path) as raw:
                return raw.hexdigest()
        except OSError as error:
            raise InputError(
                f"The dump file {self.path} cannot be read: {error.strerror}. Check dump_file."
            ) from error

    def statements(self) -> Iterator[bytes]:
        """The statements without their delimiters, in order.

        @raise InputError: the file cannot be read, is packed in a way unknown here, or ends within a statement.
        """
        try:
            with _Counted(self.path) as raw:
                # Held by name: a reader that is let go closes what it reads from.
                lines = _unpacked(raw, self.path)
                yield from _statements(lines)
                self.sha256 = raw.hexdigest()
        except (OSError, EOFError, zstandard.ZstdError) as error:
            raise InputError(
                f"The dump file {self.path} cannot be read to its end: {error}. Copy it again."
            ) from error


def _unpacked(raw: _Counted, path: Path) -> t.Iterable[bytes]:
    buffered = io.BufferedReader(raw, 1 << 20)
    head = buffered.peek(4)[:4]
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=buffered)
    if head == _ZSTD:
        return io.BufferedReader(
            zstandard.ZstdDecompressor().stream_reader(buffered, read_across_frames=True), 1 << 20
        )
    if b"\0" in head:
        raise InputError(
            f"The dump file {path} is neither SQL nor packed with gzip or zstd. Unpack it first."
        )
    return buffered


def _statements(lines: t.Iterable[bytes]) -> Iterator[bytes]:
    delimiter = b";"
    parts: list[bytes] = []
    for line in lines:
        stripped = line.strip()
        if not parts and (not stripped or stripped.startswith((b"--", b"#"))):
            continue
        if not parts and stripped[:10].upper() == b"DELIMITER ":
            delimiter = stripped[10:].strip()
            continue
        parts.append(line)
        if stripped.endswith(delimiter):
            statement = b"".join(parts).strip()[: -len(delimiter)].strip()
            parts = []
            if statement and not _left_out(statement):
                yield statement
    rest = b"".join(parts).strip()
    if rest and not rest.startswith(b"/*"):
        raise InputError("The dump file ends within a statement: it is cut. Copy it again.")


def _left_out(statement: bytes) -> bool:
    plain = statement
    if plain.startswith(b"/*!"):
        plain = plain[3:].lstrip(b"0123456789 ")
    return plain.upper().startswith(_LEFT_OUT)


__all__ = ("DumpFile",)
