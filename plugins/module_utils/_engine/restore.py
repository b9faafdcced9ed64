# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Restore: a dump file into a server that is ours alone, to rehearse or migrate from a copy."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from .._drivers import pymysql
from .._errors import InputError, ServerError, TargetNotReady
from .._mysql import quoting
from .._mysql.connection import connect, query, translate
from .._mysql.dump_file import DumpFile

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._logins import MySQLLogin

_MARKER: t.Final = "convergence_restore"


@dataclass(frozen=True)
class RestoreOutcome:
    """What was restored, and the checksum that says from which file."""

    changed: bool
    database: str
    sha256: str
    tables: int
    seconds: float

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "database": self.database,
            "sha256": self.sha256,
            "tables": self.tables,
            "seconds": round(self.seconds, 3),
        }


def restore(
    login: MySQLLogin, dump_file: str, database: str, *, checksum: str | None = None, check: bool = False
) -> RestoreOutcome:
    """Restore I(dump_file) into I(database), which is made for it; a whole restore of the same file stays.

    An unfinished restore begins again. I(checksum): SHA-256 that the file must have.

    @raise InputError: the file cannot be read or has another checksum; @raise TargetNotReady: the database is
    there and was not made by a restore; @raise ServerError: the server refuses a statement.
    """
    start = time.monotonic()
    dump = DumpFile(dump_file)
    sha256 = dump.checksum()
    if checksum is not None and checksum.lower() != sha256:
        raise InputError(
            f"The dump file {dump_file} has the SHA-256 {sha256}, not {checksum}. Copy it again."
        )
    connection = connect(login)
    try:
        done = _state(connection, database, sha256)
        if not done and not check:
            _restore(connection, dump, database, sha256)
        tables = 0 if check and not done else _tables(connection, database)
    finally:
        connection.close()
    return RestoreOutcome(not done, database, sha256, tables, time.monotonic() - start)


def _state(connection: Connection, database: str, sha256: str) -> bool:
    """Whether the database is a whole restore of this file."""
    name = quoting.text(database)
    exists = query(connection, f"SELECT 1 FROM information_schema.schemata WHERE schema_name = {name}")
    marked: list[tuple[t.Any, ...]] = []
    if query(connection, f"SELECT 1 FROM information_schema.schemata WHERE schema_name = '{_MARKER}'"):
        where = f"FROM {_MARKER}.restored WHERE name = {name}"
        marked = query(connection, f"SELECT sha256, complete {where}")
    if exists and not marked:
        raise TargetNotReady(
            f"The server already has a database {database!r} that no restore made. Name another database, or "
            "restore into a private server."
        )
    return bool(marked) and marked[0][0] == sha256 and bool(marked[0][1])


def _restore(connection: Connection, dump: DumpFile, database: str, sha256: str) -> None:
    name, schema = quoting.text(database), quoting.identifier(database)
    query(connection, f"CREATE DATABASE IF NOT EXISTS {_MARKER}")
    query(
        connection,
        f"CREATE TABLE IF NOT EXISTS {_MARKER}.restored "
        "(name varchar(64) PRIMARY KEY, sha256 char(64) NOT NULL, complete boolean NOT NULL)",
    )
    query(connection, f"REPLACE INTO {_MARKER}.restored VALUES ({name}, '{sha256}', FALSE)")
    query(connection, f"DROP DATABASE IF EXISTS {schema}")
    query(connection, f"CREATE DATABASE {schema} CHARACTER SET utf8mb4")
    connection.select_db(database)
    # A dump escapes with backslashes, and may hold what a strict server refuses today (zero dates).
    query(connection, "SET SESSION sql_mode = ''")
    query(connection, "SET SESSION foreign_key_checks = 0, unique_checks = 0")
    for number, statement in enumerate(dump.statements(), 1):
        try:
            connection.query(statement)
        except pymysql.MySQLError as error:
            head = statement[:40].decode(errors="replace").split("(")[0].strip()
            raise ServerError(
                f"Statement {number} of {dump.path} failed ({head} …): {translate(error)} "
                "Restore into a server of the family and version the dump is from."
            ) from error
    if dump.sha256 != sha256:
        raise InputError(
            f"The dump file {dump.path} changed while it was restored. Run the same command again."
        )
    query(connection, f"UPDATE {_MARKER}.restored SET complete = TRUE WHERE name = {name}")


def _tables(connection: Connection, database: str) -> int:
    where = f"table_schema = {quoting.text(database)} AND table_type = 'BASE TABLE'"
    return int(query(connection, f"SELECT COUNT(*) FROM information_schema.tables WHERE {where}")[0][0])


__all__ = ("RestoreOutcome", "restore")
