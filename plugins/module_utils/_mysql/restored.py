# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A server's own note of the databases that were restored into it, and from which files."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import InputError
from . import quoting
from .connection import query

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

_MARKER: t.Final = "convergence_restore"


@dataclass(frozen=True)
class Restored:
    """One database: from which file, from which part of it, and whether all of it arrived."""

    sha256: str
    part: str
    complete: bool


def find(connection: Connection, database: str) -> Restored | None:
    """What the server knows of I(database), C(None) where no restore made it."""
    if not query(connection, f"SELECT 1 FROM information_schema.schemata WHERE schema_name = '{_MARKER}'"):
        return None
    name = quoting.binary(database.encode())
    rows = query(connection, f"SELECT sha256, part, complete FROM {_MARKER}.restored WHERE name = {name}")
    return Restored(rows[0][0], rows[0][1].decode(), bool(rows[0][2])) if rows else None


def note(connection: Connection, database: str, found: Restored) -> None:
    """Write it down."""
    query(connection, f"CREATE DATABASE IF NOT EXISTS {_MARKER}")
    query(
        connection,
        f"CREATE TABLE IF NOT EXISTS {_MARKER}.restored (name varbinary(256) PRIMARY KEY, "
        "sha256 char(64) CHARACTER SET ascii NOT NULL, part varbinary(256) NOT NULL, complete boolean NOT NULL) "
        "ENGINE = InnoDB",
    )
    name, part = quoting.binary(database.encode()), quoting.binary(found.part.encode())
    query(
        connection,
        f"REPLACE INTO {_MARKER}.restored VALUES ({name}, '{found.sha256}', {part}, {int(found.complete)})",
    )


def files(connection: Connection, databases: Sequence[str]) -> dict[str, str]:
    """SHA-256 of the dump file of each of I(databases) that is a copy.

    @raise InputError: a restore of one of them has not ended.
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


__all__ = ("Restored", "files", "find", "note")
