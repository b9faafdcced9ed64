# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The mark of a database that a restore made, in that database itself: it goes with it, and with nothing else.

A database without the mark is somebody's own, whatever its name, unless it is empty.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import InputError
from . import quoting
from .connection import query

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

TABLE: t.Final = "convergence_restored"
COMMENT: t.Final = "Made by alkemio.convergence: from which dump file this database was restored"
_IS_MARK: t.Final = f"(table_name = '{TABLE}' AND table_comment = '{COMMENT}')"
NO_MARK: t.Final = f"NOT {_IS_MARK}"
"""A condition on information_schema.tables: the mark is not a table of the application."""


@dataclass(frozen=True)
class Restored:
    """One database: from which file, from which part of it, and whether all of it arrived."""

    sha256: str
    part: str
    complete: bool


def find(connection: Connection, database: str) -> Restored | None:
    """What the mark in `database` says, `None` where no restore made it, or it is not there."""
    schema = quoting.text(database)
    marks = f"SELECT 1 FROM information_schema.tables WHERE table_schema = {schema} AND {_IS_MARK}"
    if not query(connection, marks):
        return None
    rows = query(connection, f"SELECT sha256, part, complete FROM {quoting.qualified(database, TABLE)}")
    if not rows:
        return Restored("", "", False)  # killed between the table and its row
    return Restored(rows[0][0], rows[0][1].decode(), bool(rows[0][2]))


def is_empty(connection: Connection, database: str) -> bool:
    """Whether `database` holds nothing that a removal would lose, or is not there."""
    schema = quoting.text(database)
    kinds = {"tables": "table_schema", "routines": "routine_schema", "events": "event_schema"}
    return not any(
        query(connection, f"SELECT 1 FROM information_schema.{kind} WHERE {column} = {schema} LIMIT 1")
        for kind, column in kinds.items()
    )


def note(connection: Connection, database: str, found: Restored) -> None:
    """Put the mark into `database`, or change it."""
    table = quoting.qualified(database, TABLE)
    query(
        connection,
        f"CREATE TABLE IF NOT EXISTS {table} (id tinyint PRIMARY KEY, "
        "sha256 char(64) CHARACTER SET ascii NOT NULL, part varbinary(256) NOT NULL, complete boolean NOT NULL) "
        f"ENGINE = InnoDB COMMENT = '{COMMENT}'",
    )
    part = quoting.binary(found.part.encode())
    query(connection, f"REPLACE INTO {table} VALUES (1, '{found.sha256}', {part}, {int(found.complete)})")


def files(connection: Connection, databases: Sequence[str]) -> dict[str, str]:
    """SHA-256 of the dump file of each of `databases` that is a copy.

    Raises InputError: a restore of one of them has not ended.
    """
    found = {}
    for database in databases:
        restored = find(connection, database)
        if restored is not None and not restored.complete:
            raise InputError(
                f"The restore of the database {database!r} has not ended, so its rows are not all there. Run the "
                "restore again first."
            )
        if restored is not None:
            found[database] = restored.sha256
    return found


__all__ = ("COMMENT", "NO_MARK", "TABLE", "Restored", "files", "find", "is_empty", "note")
