# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Restore: a dump file into a server that is ours alone, to rehearse or migrate from a copy."""

from __future__ import annotations

import hashlib
import re
import time
import typing as t
from dataclasses import dataclass

from .._drivers import pymysql
from .._errors import AlreadyRunning, InputError, ServerError, TargetNotReady
from .._mysql import quoting, restored
from .._mysql.connection import connect, query, translate
from .._mysql.restored import Restored
from .dump_file import DumpFile

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._logins import MySQLLogin

# A dump escapes with backslashes and may hold what a server refuses or changes today: zero and invalid
# dates, a 0 in an AUTO_INCREMENT column.
_MODE: t.Final = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES"
_SESSION: t.Final = (
    f"SET SESSION sql_mode = '{_MODE}'",
    "SET SESSION foreign_key_checks = 0, unique_checks = 0",
    # Tables that an older server took
    "SET SESSION innodb_strict_mode = 0",
    "SET SESSION max_error_count = 65535",
)
_LATEST_MYSQL: t.Final = "SET SESSION restrict_fk_on_non_standard_key = OFF"
# MySQL 8 forgot this mode, and MySQL 5.7 writes it around every trigger.
_FORGOTTEN_MODE: t.Final = re.compile(rb"NO_AUTO_CREATE_USER,?")
_MODE_OF_DUMP: t.Final = b"'NO_AUTO_VALUE_ON_ZERO'"

_INSERT: t.Final = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:IGNORE\s+|DELAYED\s+)?INTO\s+`((?:[^`]|``)+)`", re.IGNORECASE
)
_OF_MARK: t.Final = re.compile(
    rb"(?:/\*![0-9]*\s*)?(?:DROP TABLE|CREATE TABLE|LOCK TABLES|ALTER TABLE|TRUNCATE TABLE|INSERT|REPLACE)\s+"
    rb"(?:[A-Z]+\s+)*`" + restored.TABLE.encode() + rb"`",
    re.IGNORECASE,
)
_COLUMN: t.Final = re.compile(r"for column (?:`[^`]*`\.`[^`]*`\.)?[`'](.+?)[`'] at row \d+$")
_TRUNCATED: t.Final = 1265
_GENERATED: t.Final = 1906
_UNKNOWN_VARIABLE: t.Final = 1193


@dataclass(frozen=True)
class RestoreOutcome:
    """What was restored, and the checksum that says from which file."""

    changed: bool
    database: str
    sha256: str
    tables: int
    seconds: float
    doubts: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "database": self.database,
            "sha256": self.sha256,
            "tables": self.tables,
            "seconds": round(self.seconds, 3),
            **({"warnings": list(self.doubts)} if self.doubts else {}),
        }


def restore(
    login: MySQLLogin,
    dump_file: str,
    database: str,
    *,
    dumped_as: str | None = None,
    checksum: str | None = None,
    check: bool = False,
) -> RestoreOutcome:
    """Restore `dump_file` into `database`, which is made for it; a whole restore of the same file stays.

    An unfinished restore begins again, and another file takes the place of the one restored before. A database is
    ours to replace if it bears the mark of a restore; an empty one is taken as it is.
    `dumped_as`: the database's name in a file that names its databases. `checksum`: SHA-256 that the file
    must have.

    Raises InputError: the file cannot be read, is cut, or has another checksum; raises TargetNotReady: the
    database is there and was not made by a restore; raises ServerError: the server refuses a statement, or
    would store another value than the file's.
    """
    start = time.monotonic()
    dump = DumpFile(dump_file)
    wanted = Restored(dump.checksum(), dumped_as or database, True)
    if checksum is not None and checksum.strip().lower() != wanted.sha256:
        raise InputError(
            f"The dump file {dump_file} has the SHA-256 {wanted.sha256}, not {checksum}. Copy it again."
        )
    connection = connect(login)
    try:
        _hold(connection, database)
        done = _found(connection, database) == wanted
        if not done and not check:
            _restore(connection, dump, database, wanted)
        tables = 0 if check and not done else _tables(connection, database)
    finally:
        connection.close()
    doubts = () if done or check else _doubts(dump)
    return RestoreOutcome(not done, database, wanted.sha256, tables, time.monotonic() - start, doubts)


def _hold(connection: Connection, database: str) -> None:
    """One restore per database at a time; the lock goes with the session, however it ends."""
    name = "convergence " + hashlib.sha256(database.encode()).hexdigest()[:40]
    if not query(connection, f"SELECT GET_LOCK('{name}', 2)")[0][0]:
        raise AlreadyRunning(f"Another restore works on the database {database!r}. Wait for it to end.")


def _found(connection: Connection, database: str) -> Restored | None:
    """What the database's own mark says; raises TargetNotReady: somebody else's database."""
    found = restored.find(connection, database)
    if found is None and not restored.is_empty(connection, database):
        raise TargetNotReady(
            f"The server already has a database {database!r} that no restore made. Name another database, or "
            "restore into a private server."
        )
    return found


def _restore(connection: Connection, dump: DumpFile, database: str, wanted: Restored) -> None:
    schema = quoting.identifier(database)
    if restored.find(connection, database) is not None:
        query(connection, f"DROP DATABASE {schema}")
    # Killed here it is not there, or empty: the same command takes it.
    query(connection, f"CREATE DATABASE IF NOT EXISTS {schema}")
    query(connection, f"ALTER DATABASE {schema} CHARACTER SET utf8mb4")
    restored.note(connection, database, Restored(wanted.sha256, wanted.part, False))
    connection.select_db(database)
    _prepare(connection)
    for number, statement in enumerate(dump.statements(wanted.part), 1):
        if not _of_mark(dump, statement):
            _execute(connection, dump, number, _fitted(statement))
    if dump.sha256 != wanted.sha256:
        raise InputError(
            f"The dump file {dump.path} changed while it was restored. Run the same command again."
        )
    # What the dump has set must not reach the note; --no-autocommit leaves it off.
    for setting in ("COMMIT", "UNLOCK TABLES", "SET NAMES utf8mb4", "SET SESSION autocommit = 1"):
        query(connection, setting)
    restored.note(connection, database, wanted)


def _of_mark(dump: DumpFile, statement: bytes) -> bool:
    """A dump of a copy holds that copy's own mark, which is left out; raises InputError: another table of its name."""
    found = _OF_MARK.match(statement)
    if (
        found is not None
        and b"CREATE TABLE" in found[0].upper()
        and restored.COMMENT.encode() not in statement
    ):
        raise InputError(
            f"The dump file {dump.path} holds a table {restored.TABLE!r} of the application's own. A restored copy "
            "needs that name for its mark: rename the table in the source, or migrate from the source itself."
        )
    return found is not None


def _prepare(connection: Connection) -> None:
    for statement in _SESSION:
        query(connection, statement)
    try:
        query(connection, _LATEST_MYSQL)
    except ServerError as error:
        if f"error {_UNKNOWN_VARIABLE}" not in str(error):
            raise


def _fitted(statement: bytes) -> bytes:
    """A `SET sql_mode` of the dump as today's servers take it, and without what would change values."""
    if len(statement) > 1000 or b"SQL_MODE" not in statement.upper() or b"SET " not in statement[:20].upper():
        return statement
    fitted = _FORGOTTEN_MODE.sub(b"", statement).replace(b",'", b"'") if b"=" in statement else statement
    return fitted.replace(_MODE_OF_DUMP, f"'{_MODE}'".encode())


def _execute(connection: Connection, dump: DumpFile, number: int, statement: bytes) -> None:
    insert = _INSERT.match(statement)
    try:
        connection.query(statement)
        warned = connection._result.warning_count if insert and connection._result else 0
    except pymysql.MySQLError as error:
        head = statement[:40].decode(errors="replace").split("(")[0].strip()
        raise ServerError(
            f"Statement {number} of {dump.path} failed ({head} …): {translate(error)} "
            "Restore into a server of the family and version the dump is from."
        ) from error
    if insert and warned:
        _refuse_changes(connection, dump, insert[1].replace(b"``", b"`").decode(), warned)


def _refuse_changes(connection: Connection, dump: DumpFile, table: str, warned: int) -> None:
    """A warning of an INSERT means a value that did not arrive as it was written, but for two.

    The empty value of an ENUM stands for an invalid one: written again, it becomes the same. MariaDB's dumps
    hold the values of generated columns, which are computed again.
    """
    warnings = query(connection, "SHOW WARNINGS")
    labels = {
        row[0]
        for row in query(
            connection,
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() "
            f"AND table_name = {quoting.text(table)} AND data_type = 'enum'",
        )
    }
    changed: dict[str, int] = {}
    for level, code, message in warnings:
        place = _COLUMN.search(message)
        column = place[1] if place else ""
        if level != "Note" and code != _GENERATED and not (code == _TRUNCATED and column in labels):
            kind = f"error {code}" + (f" in column {column}" if column else "")
            changed[kind] = changed.get(kind, 0) + 1
    if len(warnings) < warned:
        changed["warnings that the server does not list"] = warned - len(warnings)
    if changed:
        found = ", ".join(f"{count} times {kind}" for kind, count in changed.items())
        raise ServerError(
            f"The server would change values of the table {table!r} from {dump.path}: {found}. Restore into a server "
            "of the family and version the dump is from, and check the dump's character set."
        )


def _doubts(dump: DumpFile) -> tuple[str, ...]:
    """What the file itself does not tell."""
    found = []
    if not dump.end_marked:
        found.append(
            f"The dump file {dump.path} does not mark its end (--compact, --skip-comments), so a cut between two "
            "statements would not be noticed. Compare its checksum with that of the original."
        )
    if not dump.zone_set:
        found.append(
            f"The dump file {dump.path} does not name its time zone (--compact, --skip-tz-utc). Its TIMESTAMP values "
            "were taken as UTC."
        )
    return tuple(found)


def _tables(connection: Connection, database: str) -> int:
    where = f"table_schema = {quoting.text(database)} AND table_type = 'BASE TABLE' AND {restored.NO_MARK}"
    return int(query(connection, f"SELECT COUNT(*) FROM information_schema.tables WHERE {where}")[0][0])


__all__ = ("RestoreOutcome", "restore")
