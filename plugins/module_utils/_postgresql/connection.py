# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A session on the target: UTF8, UTC, exact numbers; errors of the server as one line with a remedy."""

from __future__ import annotations

import re
import typing as t

from .._drivers import psycopg
from .._errors import PrivilegeMissing, ServerError

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from .._logins import PostgreSQLLogin

Row = tuple[t.Any, ...]

# extra_float_digits and bytea_output decide how values print; search_path decides which table a
# definition read back from the catalog names: with pg_catalog alone every name is printed qualified.
SESSION: t.Final = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "pg_catalog",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "60s",
}


def connect(login: PostgreSQLLogin, database: str, job: str) -> Connection[Row]:
    """Open a session on I(database), in autocommit; I(job) shows in the server's activity view and log.

    @raise ServerError: unreachable, refused, no such database; one line with the remedy.
    """
    try:
        connection = psycopg.connect(
            host=login.unix_socket or login.host,
            port=login.port,
            user=login.user,
            password=login.password,
            dbname=database,
            sslmode=login.ssl_mode,
            sslrootcert=login.ca_cert,
            sslcert=login.client_cert,
            sslkey=login.client_key,
            connect_timeout=login.connect_timeout,
            application_name=f"convergence: {job}"[:63],
            client_encoding="UTF8",
            options=" ".join(f"-c {name}={_option(value)}" for name, value in SESSION.items()),
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise _login_error(login, database, error) from error
    return connection


def _option(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _login_error(login: PostgreSQLLogin, database: str, error: Exception) -> ServerError:
    text = " ".join(str(error).split())
    where = f"the target server {login.address}"
    if "authentication failed" in text or "no password supplied" in text:
        return ServerError(
            f"{where[0].upper()}{where[1:]} refused the login of role {login.user!r}. "
            "Check login_user and login_password."
        )
    if re.search(r'database "[^"]*" does not exist', text):
        return ServerError(
            f"{where[0].upper()}{where[1:]} has no database {database!r}. "
            "Create it and let the application's migrations make its tables first."
        )
    cause = text.rsplit("failed: ", 1)[-1]
    return ServerError(
        f"Cannot connect to {where}, database {database!r}: {cause}. "
        "Check login_host, login_port, ssl_mode and that the server runs."
    )


def query(connection: Connection[Row], sql: str, args: Sequence[t.Any] | None = None) -> list[Row]:
    """All rows of a small result, or none for a statement without one.

    @raise PrivilegeMissing: the role may not; @raise ServerError: any other error of the server.
    """
    try:
        cursor = connection.execute(sql.encode(), args)
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        raise translate(error) from error


def translate(error: psycopg.Error) -> ServerError:
    """The driver's error as ours. The DETAIL of the server is left out, since it can hold values."""
    state = error.sqlstate or ""
    message = error.diag.message_primary or " ".join(str(error).split())
    names = [
        f"{label} {value!r}"
        for label, value in (
            ("table", error.diag.table_name),
            ("column", error.diag.column_name),
            ("constraint", error.diag.constraint_name),
        )
        if value and value not in message
    ]
    where = f" ({', '.join(names)})" if names else ""
    if state == "42501":
        return PrivilegeMissing(
            f"The target role lacks a privilege: {message}{where}. "
            "It must own the tables it loads and may create a schema in the database."
        )
    return ServerError(
        f"The target server answered with error {state or 'of the connection'}: {message}{where}"
    )


__all__ = ("Row", "connect", "query", "translate")
