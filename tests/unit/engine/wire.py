# SPDX-License-Identifier: GPL-3.0-or-later
"""The source's side of the protocol: packets as a server sends them, and a connection that plays them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from ansible_collections.alkemio.convergence.plugins.module_utils._mysql.reader import RowReader

FULL = 0xFFFFFF
EOF = b"\xfe\x00\x00\x02\x00"
ERROR = b"\xff\x19\x04#HY000the disk is gone"


def packet(payload: bytes, number: int = 1) -> bytes:
    """A payload in as many packets as it takes."""
    parts = []
    while True:
        part, payload = payload[:FULL], payload[FULL:]
        parts.append(len(part).to_bytes(3, "little") + bytes([number % 256]) + part)
        number += 1
        if len(part) < FULL:
            return b"".join(parts)


def field(value: bytes | None) -> bytes:
    """A length-encoded string."""
    if value is None:
        return b"\xfb"
    size = len(value)
    if size < 251:
        return bytes([size]) + value
    for mark, width in ((b"\xfc", 2), (b"\xfd", 3), (b"\xfe", 8)):
        if size < 256**width:
            return mark + size.to_bytes(width, "little") + value
    raise ValueError(size)


def rows(*values: Sequence[bytes | None], end: bytes = EOF) -> bytes:
    """The packets of these rows and of the end."""
    sent = [packet(b"".join(field(value) for value in row)) for row in values]
    return b"".join([*sent, packet(end)])


class _Slow(io.RawIOBase):
    """Bytes that come as a network brings them: in pieces of these sizes, the last size for all others."""

    def __init__(self, content: bytes, sizes: Iterable[int]) -> None:
        self._content = memoryview(content)
        self._sizes = list(sizes)
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        size = max(1, self._sizes.pop(0) if len(self._sizes) > 1 else self._sizes[0])
        piece = self._content[self._position : self._position + min(size, len(buffer))]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


def reader(content: bytes, columns: int = 1, sizes: Iterable[int] = (1 << 20,)) -> RowReader:
    """A reader behind the column definitions, before the first row."""
    made = RowReader.__new__(RowReader)
    made.rows = 0
    made.columns = columns
    made._file = io.BufferedReader(_Slow(content, sizes))
    return made
