# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Sequences: the next value of every counter lies beyond every row and beyond the source's own counter."""

from __future__ import annotations

import typing as t

from .._errors import TargetNotReady
from .connection import Row, query
from .quoting import identifier, literal, qualified
from .relation import named

if t.TYPE_CHECKING:
    from psycopg import Connection


def next_value(connection: Connection[Row], sequence: str) -> int:
    """What the next C(nextval) would give."""
    row = query(
        connection,
        f"SELECT CASE WHEN is_called THEN last_value + s.seqincrement ELSE last_value END FROM {sequence}, "
        f"pg_sequence s WHERE s.seqrelid = {literal(sequence)}::regclass",
    )
    return int(row[0][0])


def wanted_value(
    connection: Connection[Row], schema: str, table: str, column: str, source_counter: int | None
) -> int:
    """The smallest right next value: past the largest row, and not below the source's counter."""
    name = qualified(schema, table)
    partitioned = query(
        connection, f"SELECT relkind = 'p' FROM pg_class WHERE oid = {literal(name)}::regclass"
    )
    rows = named(schema, table, bool(partitioned[0][0]))
    found = query(connection, f"SELECT max({identifier(column)}) FROM {rows}")[0][0]
    return max(1, (found or 0) + 1, source_counter or 1)


def set_next(connection: Connection[Row], sequence: str, value: int) -> None:
    """Let the next C(nextval) give I(value); @raise TargetNotReady: the sequence cannot go so far."""
    limit = query(
        connection, f"SELECT seqmax FROM pg_sequence WHERE seqrelid = {literal(sequence)}::regclass"
    )
    if value > int(limit[0][0]):
        raise TargetNotReady(
            f"The sequence {sequence} ends at {limit[0][0]}, its next value would be {value}. Widen it "
            "(ALTER SEQUENCE … AS bigint) and run the same command again."
        )
    query(connection, f"SELECT setval({literal(sequence)}::regclass, {value:d}, false)")


__all__ = ("next_value", "set_next", "wanted_value")
