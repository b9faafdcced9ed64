# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Everything that would stop a migration, of each server by itself, all at once instead of one per attempt.

What the values decide (columns that drift, values that do not fit) is left to the transform step and the scan.
"""

from __future__ import annotations

import os
import time
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from .._errors import ConvergenceError
from .._mysql import connection as mysql
from .._mysql import moment
from .._mysql.catalog import IS_TABLE
from .._postgresql import connection as postgresql
from .._postgresql.connection import query as ask
from .._postgresql.quoting import identifier

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection
    from pymysql.connections import Connection as SourceConnection

    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._postgresql.connection import Row
    from .listing import Section

CLOCK_SECONDS: t.Final = 5
"""Clocks of server and migration host may differ by so much: times in reports and records are compared by people."""
_PACKED: t.Final = 4
"""A snapshot is hardly packed better than to this part of the tables."""
_LISTEN_SECONDS: t.Final = 1.5
"""So long the server's log is listened to: more than the second that update times count in."""
_OWN_CONNECTIONS: t.Final = 2
"""Sessions beside those of the workers."""


@dataclass
class ReadinessOutcome:
    """What would stop a migration, and what is worth knowing."""

    found: list[tuple[Section, str]] = field(default_factory=list)
    """What would stop a migration, each with the part of the list that it belongs to."""
    notices: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """The sentences alone."""
        return [text for _section, text in self.found]

    def problem(self, section: Section, text: str) -> None:
        """Note one."""
        self.found.append((section, text))

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {"changed": False, "problems": self.problems, "notices": self.notices}

    def clock(self, server: str, seconds: float) -> None:
        """Compare a server's clock with ours."""
        apart = abs(seconds - time.time())
        if apart > CLOCK_SECONDS:
            self.problem(
                "beside",
                f"The clocks of {server} and of the migration host are {apart:.0f} seconds apart. Synchronise them.",
            )

    def connections(self, server: str, free: int, wanted: int) -> None:
        """Compare free connections with those that are needed."""
        if free < wanted:
            self.problem(
                "servers",
                f"{server} has {free} free connections, {wanted} are needed. Raise max_connections, or use fewer "
                "workers (migration_workers).",
            )


# --- the source -------------------------------------------------------------------------------------


def source_readiness(
    login: MySQLLogin, databases: Sequence[str], directory: str, workers: int
) -> ReadinessOutcome:
    """Look at the source, and at the disk that will hold the snapshot below `directory`."""
    found = ReadinessOutcome()
    size = 0
    for number, name in enumerate(databases):
        try:
            connection = mysql.connect(login, name)
        except ConvergenceError as error:
            found.problem("servers", str(error))
            continue
        try:
            if not number:
                found.notices.append(mysql.in_force(connection, login))
                _source_server(found, connection, workers)
                login = replace(login, server=mysql.server_identity(connection))
            size += _source_database(found, connection, name)
            if number == len(databases) - 1:
                _neighbours(found, connection, databases)
        except ConvergenceError as error:
            found.problem("servers", str(error))
        finally:
            connection.close()
    _disk(found, directory, size)
    return found


def _source_server(found: ReadinessOutcome, connection: SourceConnection, workers: int) -> None:
    found.clock("the source", float(mysql.query(connection, "SELECT UNIX_TIMESTAMP(NOW(6))")[0][0]))
    most = int(mysql.query(connection, "SELECT @@GLOBAL.max_connections")[0][0])
    used = int(mysql.query(connection, "SHOW GLOBAL STATUS LIKE 'Threads_connected'")[0][1])
    found.connections("The source", most - used + 1, workers + _OWN_CONNECTIONS)


def _source_database(found: ReadinessOutcome, connection: SourceConnection, name: str) -> int:
    tables = mysql.query(
        connection,
        "SELECT TABLE_NAME, ENGINE, COALESCE(DATA_LENGTH, 0) FROM information_schema.TABLES "
        f"WHERE TABLE_SCHEMA = %s AND {IS_TABLE} ORDER BY TABLE_NAME",
        (name,),
    )
    if not tables:
        found.problem(
            "servers",
            f"The source database {name} has no table that this account may see. Check the name and the grants.",
        )
    loose = [table for table, engine, _size in tables if str(engine).lower() != "innodb"]
    if loose:
        found.notices.append(
            f"{name}: no snapshot holds still {', '.join(loose[:5])}{' and more' if len(loose) > 5 else ''} "
            "(no transactional engine). Writers must be stopped before the dump."
        )
    return sum(int(size) for _table, _engine, size in tables)


def _neighbours(found: ReadinessOutcome, connection: SourceConnection, databases: Sequence[str]) -> None:
    """Say so where the server's log goes on and none of our tables does; a log that is off tells nothing."""
    before = moment.still_position(connection, databases)
    time.sleep(_LISTEN_SECONDS)
    after = moment.position(connection, databases)
    if moment.log_stands(before, after) is False and not moment.moved(before, after):
        found.notices.append(
            "Other databases on the source server are being written to. That stops nothing: the sums of the rows, "
            "instead of the server's log, then prove that no table of "
            f"{', '.join(databases)} was, and the cut-over lets the source compute them once more. A freeze "
            "(service_downtime_freeze) stops these other writers too, since it is of the whole server."
        )


def _disk(found: ReadinessOutcome, directory: str, size: int) -> None:
    place = Path(directory)
    while not place.exists():
        place = place.parent
    status = os.statvfs(place)
    free = status.f_bavail * status.f_frsize
    if free < size:
        text = (
            f"{place} has {free >> 20} MiB free, the source's tables have {size >> 20} MiB. The snapshot is packed, "
            "but how well depends on the values: make room, or name another migration_run_directory."
        )
        if free < size // _PACKED:
            found.problem("servers", text)
        else:
            found.notices.append(text)
    found.notices.append(
        f"The target's disk needs room for tables of about {size >> 20} MiB and their indexes."
    )


# --- the target -------------------------------------------------------------------------------------


def target_readiness(
    login: PostgreSQLLogin,
    databases: Sequence[str],
    schema: str,
    *,
    extensions: Mapping[str, Sequence[str]],
    connections: int,
    workers: int,
    schemas: Mapping[str, Sequence[str]] | None = None,
) -> ReadinessOutcome:
    """Look at the target. `schemas`: of a database whose tables are not in `schema` alone.

    `connections`: those that the application will need at the same time, 0 for not known.
    """
    found = ReadinessOutcome()
    for number, name in enumerate(dict.fromkeys(databases)):
        try:
            connection = postgresql.connect(login, name, "preflight", plain=True)
        except ConvergenceError as error:
            found.problem("servers", str(error))
            continue
        try:
            if not number:
                found.notices.append(postgresql.in_force(connection, login))
                _target_server(found, connection, connections, workers)
            _target_database(found, connection, name, extensions.get(name, ()))
            for one in dict.fromkeys((schemas or {}).get(name) or [schema]):
                _target_schema(found, connection, name, one)
            _settings(found, login, name)
        except ConvergenceError as error:
            found.problem("servers", str(error))
        finally:
            connection.close()
    return found


def _target_server(
    found: ReadinessOutcome, connection: Connection[Row], connections: int, workers: int
) -> None:
    version, number = ask(
        connection, "SELECT current_setting('server_version'), current_setting('server_version_num')::int"
    )[0]
    if number < 170000:
        found.problem("servers", f"The target is PostgreSQL {version}. It must be PostgreSQL 17 or later.")
    found.clock("the target", float(ask(connection, "SELECT extract(epoch FROM clock_timestamp())")[0][0]))
    usable, used = ask(
        connection,
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        " - current_setting('reserved_connections')::int,"
        " (SELECT sum(numbackends) FROM pg_stat_database)",
    )[0]
    found.connections("The target", usable - int(used) + 1, workers + _OWN_CONNECTIONS)
    if usable < connections:
        found.problem(
            "beside",
            f"The target takes {usable} connections, the application needs {connections}. Raise max_connections, or "
            "put a connection pool between.",
        )


def _target_database(
    found: ReadinessOutcome, connection: Connection[Row], name: str, extensions: Sequence[str]
) -> None:
    encoding, zone, create, temporary, read_only = ask(
        connection,
        "SELECT current_setting('server_encoding'), current_setting('TimeZone'),"
        " has_database_privilege(current_database(), 'CREATE'),"
        " has_database_privilege(current_database(), 'TEMPORARY'),"
        " current_setting('default_transaction_read_only')",
    )[0]
    role = ask(connection, "SELECT current_user")[0][0]
    if encoding != "UTF8":
        found.problem(
            "target", f"The target database {name} is encoded in {encoding}. Create it anew in UTF8."
        )
    if zone not in {"UTC", "Etc/UTC", "GMT", "Etc/GMT"}:
        found.problem(
            "beside",
            f"Sessions of {role} in the target database {name} have TimeZone {zone}: columns without a zone get its "
            f"local time by default values. Say ALTER DATABASE {name} SET TimeZone = 'UTC'.",
        )
    rights: list[tuple[Section, str, bool]] = [
        ("privileges", "CREATE", create),
        ("beside", "TEMPORARY", temporary),
    ]
    for section, right, has in rights:
        if not has:
            grant = f"GRANT {right} ON DATABASE {identifier(name)} TO {identifier(role)}"
            found.problem(section, f"{role} lacks {right} on the target database {name}. Say {grant}.")
    if read_only == "on":
        found.notices.append(
            f"Sessions of {role} in the target database {name} only read by default (default_transaction_read_only): "
            "the load sets it aside for itself, an application that logs in so could not write. Look for it in "
            "ALTER ROLE … SET and ALTER DATABASE … SET before the cut-over."
        )
    there = {row[0] for row in ask(connection, "SELECT extname FROM pg_extension")}
    for extension in [extensions] if isinstance(extensions, str) else extensions:
        if extension not in there:
            found.problem(
                "beside",
                f"The target database {name} lacks the extension {extension}. "
                f'Say CREATE EXTENSION "{extension}" there.',
            )


def _target_schema(found: ReadinessOutcome, connection: Connection[Row], name: str, schema: str) -> None:
    if not ask(connection, "SELECT to_regnamespace(%s) IS NOT NULL", (identifier(schema),))[0][0]:
        found.problem(
            "target",
            f"The target database {name} has no schema {schema}. Check migration_target_schema, and schema in "
            "migration_databases.",
        )
        return
    role = ask(connection, "SELECT current_user")[0][0]
    if not ask(connection, "SELECT has_schema_privilege(%s, 'CREATE')", (schema,))[0][0]:
        grant = f"GRANT CREATE ON SCHEMA {identifier(schema)} TO {identifier(role)}"
        found.problem(
            "privileges", f"{role} may not create in the schema {schema} of {name}. Say {grant} there."
        )
    foreign = ask(
        connection,
        "SELECT count(*), min(relname) FROM pg_class WHERE relnamespace = to_regnamespace(%s)"
        " AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'USAGE')",
        (identifier(schema),),
    )[0]
    if foreign[0]:
        found.problem(
            "privileges",
            f"{role} does not own {foreign[0]} tables of {name}, {foreign[1]} among them. Log in as the owner, or make "
            "it one by REASSIGN OWNED.",
        )
    _row_security(found, connection, name, schema)


def _row_security(found: ReadinessOutcome, connection: Connection[Row], name: str, schema: str) -> None:
    """Tables whose rows a policy may hide from our own sessions."""
    hidden = ask(
        connection,
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')"
        " AND row_security_active(oid) ORDER BY relname",
        (identifier(schema),),
    )
    if hidden:
        tables = ", ".join(row[0] for row in hidden[:5])
        found.problem(
            "privileges",
            f"Row-level security is in force for the login role on {tables}{' and others' if len(hidden) > 5 else ''} "
            f"of {name}: rows that it hides could be neither loaded nor proved. Say ALTER TABLE … NO FORCE ROW LEVEL "
            "SECURITY for the time of the migration (for the tables' owner), or give the role BYPASSRLS.",
        )


def _settings(found: ReadinessOutcome, login: PostgreSQLLogin, name: str) -> None:
    """Settings of role and database that the steps would refuse: they ask for more than this look does."""
    try:
        postgresql.connect(login, name, "preflight").close()
    except ConvergenceError as error:
        found.problem("servers", str(error))


__all__ = ("ReadinessOutcome", "source_readiness", "target_readiness")
