# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows a row larger than a read may have come with its last bytes; the reader must not wait for more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.alkemio.convergence.plugins.module_utils._mysql.reader import RowReader

EOF = b"\x05\x00\x00\x09\xfe\x00\x00\x02\x00"


def packet(payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + b"\x07" + payload


def text(value: bytes) -> bytes:
    return packet(b"\xfd" + len(value).to_bytes(3, "little") + value)


class OneBlock:
    """Gives everything at once; a second read would block for ever on a real connection."""

    def __init__(self, data: bytes) -> None:
        self.parts = [data[:5000], data[5000:]]

    def read1(self, count: int) -> bytes:
        assert self.parts, "the reader asked for more than the server sent"
        return self.parts.pop(0)


def reader(data: bytes) -> RowReader:
    packets = iter([SimpleNamespace(read_length_encoded_integer=lambda: 1), None, None])

    def execute(command: int, sql: bytes) -> None:
        return None

    connection: Any = SimpleNamespace(
        _execute_command=execute, _read_packet=lambda: next(packets), _rfile=OneBlock(data)
    )
    return RowReader(connection, "SELECT 1")


def test_the_end_that_came_with_a_long_row_is_seen_without_another_read() -> None:
    long, short = b"x" * 300_000, b"y" * 300
    found = reader(text(long) + packet(b"\xfc" + len(short).to_bytes(2, "little") + short) + EOF)
    assert b"".join(found.blocks()) == long + short
    assert found.rows == 2
