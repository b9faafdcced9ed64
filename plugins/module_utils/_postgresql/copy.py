# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""COPY of a stream of blocks that is a chunk's content: columns by name, never by position."""

from __future__ import annotations

import typing as t

from .quoting import identifier

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import Connection

    from .connection import Row


def statement(relation: str, columns: Sequence[str], form: str) -> str:
    """`relation`: quoted; `form`: `binary` or `text`."""
    return f"COPY {relation} ({', '.join(map(identifier, columns))}) FROM STDIN (FORMAT {form})"


def copy_in(connection: Connection[Row], sql: str, blocks: Iterable[bytes]) -> int:
    """Send the blocks; gives the rows that the server took. Raises psycopg.Error: it refused one."""
    with connection.cursor() as cursor:
        with cursor.copy(sql.encode()) as copy:
            for block in blocks:
                copy.write(block)
        return cursor.rowcount


__all__ = ("copy_in", "statement")
