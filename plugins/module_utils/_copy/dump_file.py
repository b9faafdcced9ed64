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
import re
import typing as t
import zlib
from pathlib import Path

from .._drivers import zstandard
from .._errors import InputError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_GZIP: t.Final = b"\x1f\x8b"
_ZSTD: t.Final = b"\x28\xb5\x2f\xfd"
_OTHER_PACKERS: t.Final = (b"BZh", b"PK\x03\x04", b"7z\xbc\xaf", b"\xfd7zXZ")
_BYTE_ORDER_MARK: t.Final = b"\xef\xbb\xbf"
_BLOCK: t.Final = 1 << 20

# What a dump says about the server and the databases it came from. The copy lives on a server and in a
# database of its own.
_LEFT_OUT: t.Final = (
    b"ALTER DATABASE",
    b"CHANGE MASTER",
    b"CHANGE REPLICATION",
    b"CREATE DATABASE",
    b"DROP DATABASE",
    b"SET @@GLOBAL.GTID_PURGED",
    b"SET @@SESSION.SQL_LOG_BIN",
    b"SET @MYSQLDUMP_TEMP_LOG_BIN",
    b"SET GLOBAL GTID_SLAVE_POS",
)
_SANDBOX: t.Final = b"/*M!999999"
_HEADERS: t.Final = (b"-- MySQL dump", b"-- MariaDB dump")
_TRAILER: t.Final = b"-- Dump completed"
# The last one that is set before the first table is the last one that is put back; newer MariaDB, the second.
_FIRST_SETTING: t.Final = re.compile(rb"@OLD_(?:SQL_NOTES|NOTE_VERBOSITY)=@@")
_LAST_SETTING: t.Final = re.compile(rb"(?:SQL_NOTES|NOTE_VERBOSITY)=@OLD_")
_OF_PROGRAM: t.Final = re.compile(
    rb"(?:[^\s:]*[\\/])?(?:mysqldump|mysqlpump|mariadb-dump)(?:\.exe)?: "
    rb"(?P<warning>\[?warning\b|deprecated program name)?",
    re.IGNORECASE,
)
"""What a dump program says to its user, which a shell wrote into the file too (2>&1)."""
_USE: t.Final = re.compile(rb"USE\s+(?:`((?:[^`]|``)+)`|(\w+))", re.IGNORECASE)


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
        while self.read(_BLOCK):
            pass
        return self._digest.hexdigest()


class _Zstd(io.RawIOBase):
    """What is in a sequence of zstd frames; the library's own reader takes a cut frame for a whole one."""

    def __init__(self, packed: io.BufferedIOBase) -> None:
        self._packed = packed
        self._frame: t.Any = None
        self._rest = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        while not self._ready:
            block = self._rest or self._packed.read(1 << 16)
            self._rest = b""
            if not block:
                if self._frame is not None:
                    raise EOFError("it ends within a zstd frame")
                return 0
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()
            self._ready = memoryview(self._frame.decompress(block))
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


class DumpFile:
    """One dump file: plain, gzip or zstd, told by its first bytes. The attributes are known at its end."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.sha256 = ""
        """Of the file as it lies there."""
        self.end_marked = False
        """Whether the file itself says that it is whole; some options of the dump programs leave that out."""
        self.zone_set = False
        """Whether the file says which time zone its TIMESTAMP values are written in."""
        self._headers = self._trailers = 0
        self._opened = self._closed = 0

    def checksum(self) -> str:
        """The SHA-256 of the file; raises InputError: it cannot be read."""
        try:
            with _Counted(self.path) as raw:
                return raw.hexdigest()
        except OSError as error:
            raise InputError(
                f"The dump file {self.path} cannot be read: {error.strerror}. Check dump_file."
            ) from error

    def statements(self, database: str) -> Iterator[bytes]:
        """The statements without their delimiters, in order.

        A file that holds several databases, or one by its name, has a part for each: of these only
        `database`'s statements are given.

        Raises InputError: the file cannot be read, is packed in a way unknown here, is cut, or has no such part.
        """
        # libzstd's and zlib's errors are no OSError.
        damaged = (OSError, EOFError, zlib.error, zstandard.ZstdError)
        try:
            with _Counted(self.path) as raw:
                # Held by name: a reader that is let go closes what it reads from.
                lines = self._unpacked(raw)
                yield from _part(self._statements(lines), database, self.path)
                self.sha256 = raw.hexdigest()
        except damaged as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"The dump file {self.path} cannot be read to its end: {reason}. Copy it again."
            ) from error

    def _unpacked(self, raw: _Counted) -> t.Iterable[bytes]:
        buffered = io.BufferedReader(raw, _BLOCK)
        head = buffered.peek(512)[:512]
        if head.startswith(_GZIP):
            return io.BufferedReader(t.cast("io.RawIOBase", gzip.GzipFile(fileobj=buffered)), _BLOCK)
        if head.startswith(_ZSTD):
            return io.BufferedReader(_Zstd(buffered), _BLOCK)
        if b"\0" in head or head.startswith(_OTHER_PACKERS):
            raise InputError(
                f"The dump file {self.path} is neither SQL in UTF-8 nor packed with gzip or zstd. Unpack it first."
            )
        if head.startswith(_BYTE_ORDER_MARK):
            buffered.read(len(_BYTE_ORDER_MARK))
        return buffered

    def _statements(self, lines: t.Iterable[bytes]) -> Iterator[bytes]:
        delimiter = b";"
        parts: list[bytes] = []
        for line in lines:
            stripped = line.strip()
            if not parts:
                if not stripped or stripped.startswith((b"--", b"#", _SANDBOX)):
                    self._look_at_comment(stripped)
                    continue
                if self._is_of_program(stripped):
                    continue
                if stripped[:10].upper() == b"DELIMITER ":
                    delimiter = stripped[10:].strip()
                    continue
            parts.append(line)
            if stripped.endswith(delimiter):
                statement = b"".join(parts).strip()[: -len(delimiter)].strip()
                parts = []
                self._look_at_setting(statement)
                if statement and not _plain(statement).upper().startswith(_LEFT_OUT):
                    yield statement
        self._check_end(b"".join(parts).strip())

    def _is_of_program(self, line: bytes) -> bool:
        """A warning of the dump program instead of a statement; raises InputError: it was an error."""
        found = _OF_PROGRAM.match(line)
        if found is not None and not found["warning"]:
            said = line[:200].decode(errors="replace")
            raise InputError(
                f"The dump file {self.path} holds an error of the dump program ({said}): it is cut, or lacks what the "
                "program could not read. Make it again, without writing the program's messages into it."
            )
        return found is not None

    def _look_at_comment(self, line: bytes) -> None:
        self._headers += line.startswith(_HEADERS)
        self._trailers += line.startswith(_TRAILER)

    def _look_at_setting(self, statement: bytes) -> None:
        """The first and the last of the settings that the dump programs write around everything else."""
        if len(statement) < 200 and _plain(statement)[:4].upper() == b"SET ":
            self._opened += bool(_FIRST_SETTING.search(statement))
            self._closed += bool(_LAST_SETTING.search(statement))
            self.zone_set = self.zone_set or b"TIME_ZONE='+00:00'" in statement

    def _check_end(self, rest: bytes) -> None:
        comment = rest.startswith(b"/*") and rest.endswith(b"*/") and not rest.startswith((b"/*!", b"/*M!"))
        if rest and not comment:
            raise InputError(f"The dump file {self.path} ends within a statement: it is cut. Copy it again.")
        if self._headers > self._trailers or self._opened > self._closed:
            raise InputError(
                f"The dump file {self.path} ends without the line that a whole dump ends with: it is cut, or the dump "
                "program was interrupted. Copy it again, or make it again."
            )
        self.end_marked = self._trailers > 0 or self._closed > 0


def _plain(statement: bytes) -> bytes:
    """A statement's beginning, out of the comment that hides it from old servers."""
    head = statement[:200]
    if head.startswith((b"/*!", b"/*M!")):
        head = head[head.index(b"!") + 1 :].lstrip(b"0123456789")
    return head.lstrip()


def _part(statements: Iterator[bytes], database: str, path: Path) -> Iterator[bytes]:
    """What belongs to no database by name, and what belongs to `database`."""
    names: list[str] = []
    mine = True
    for statement in statements:
        use = _USE.fullmatch(statement) if len(statement) < 200 else None
        if use:
            name = (use[1].replace(b"``", b"`") if use[1] else use[2]).decode(errors="replace")
            mine = name == database
            names.append(name)
        elif mine:
            yield statement
    if names and database not in names:
        found = ", ".join(sorted(set(names)))
        raise InputError(
            f"The dump file {path} holds the databases {found}, and no {database}. Name one of them in dumped_as."
        )


__all__ = ("DumpFile",)
