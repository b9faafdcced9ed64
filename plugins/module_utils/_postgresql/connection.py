# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A session on the target: UTF8, UTC, exact numbers; errors of the server as one line with a remedy."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import typing as t

from .. import _channels, _tls
from .._drivers import psycopg
from .._errors import PrivilegeMissing, ServerError
from .quoting import identifier

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection

    from .._logins import PostgreSQLLogin

Row = tuple[t.Any, ...]

_REMEDIES: t.Final = {
    "53100": ". Its disk is full: make room, then run the same command again.",
    "533": ". Raise max_connections, or use fewer workers, then run the same command again.",
    "53": ". The server lacks resources: see its log, then run the same command again.",
    "55P03": ". Another session holds the lock: end it (see pg_locks), then run the same command again.",
    "57014": ". Somebody cancelled the statement: run the same command again.",
    "57P": ". The server went down: run the same command again when it is back.",
}
"""What to do about errors that lie in the server's state, by the beginning of their code."""

_SSL_REQUEST: t.Final = struct.pack("!ii", 8, 80877103)

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
    "idle_session_timeout": "0",
    "lock_timeout": "60s",
}


def connect(login: PostgreSQLLogin, database: str, job: str, *, plain: bool = False) -> Connection[Row]:
    """Open a session on I(database), in autocommit; I(job) shows in the server's activity view and log.

    I(plain): without settings of ours, as the application's own sessions are.

    @raise ServerError: unreachable, refused, no such database; one line with the remedy.
    """
    ca_cert = login.ca_cert if login.ca_cert != "system" else None
    _tls.check_files(ca_cert=ca_cert, ssl_cert=login.client_cert, ssl_key=login.client_key)
    if login.ssl_mode in {"verify-ca", "verify-full"} and login.ca_cert is None:
        raise ServerError(
            f"ssl_mode={login.ssl_mode} needs the file with the authorities to trust in ca_cert."
        )
    channel = _channels.to_target(login)
    settings = {} if plain else SESSION
    try:
        connection = psycopg.connect(
            **channel.libpq(login.socket_directory or login.host or "localhost"),
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
            options=" ".join(f"-c {name}={_option(value)}" for name, value in settings.items()),
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        if "server requested a cleartext password" in str(error):
            raise ServerError(_channels.clear_text_refused(login)) from error
        raise _login_error(login, database, error) from error
    # A killed run's long statement (an index, a validation) ends with its client; not on every system.
    with contextlib.suppress(psycopg.Error):
        connection.execute(b"SET client_connection_check_interval = '2s'")
    # A limit that an administrator may have set for the role; PostgreSQL before 17 does not know it.
    query(
        connection, "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'"
    )
    return connection


def in_force(connection: Connection[Row], login: PostgreSQLLogin) -> str:
    """One sentence on what protects this session: encryption, whose certificate, or whose word."""
    tls = None
    if connection.pgconn.ssl_in_use:
        # The server's own view, which a pooler in between would not know of.
        seen = query(connection, "SELECT version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()")
        tls = str(seen[0][0]) if seen and seen[0][0] else "TLS"
    peer = None if login.socket_directory else connection.info.hostaddr
    return _channels.in_force(login, peer, tls)


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
    if "permission denied for database" in text:
        return PrivilegeMissing(
            f"The role {login.user!r} may not connect to the database {database!r}. "
            f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {identifier(database)} TO {identifier(login.user)}; "
            "see docs/privileges.md."
        )
    if "too many" in text or "connection slots" in text:
        return ServerError(
            f"{where[0].upper()}{where[1:]} has no connection left: {text.rsplit('FATAL: ', 1)[-1].strip()}. End idle "
            "sessions, raise max_connections or use fewer workers, then run the same command again."
        )
    about_tls = _tls_error(login, where, text)
    if about_tls is not None:
        return about_tls
    cause = text.rsplit("failed: ", 1)[-1]
    return ServerError(
        f"Cannot connect to {where}, database {database!r}: {cause}. "
        "Check login_host, login_port, ssl_mode and that the server runs."
    )


def _tls_error(login: PostgreSQLLogin, where: str, text: str) -> ServerError | None:
    start = where[0].upper() + where[1:]
    if "no pg_hba.conf entry" in text and "no encryption" in text:
        return ServerError(
            f"{start} takes this role only over TLS, or not at all from here. Set ssl_mode=require or better, and "
            "look at the server's pg_hba.conf."
        )
    if "server does not support SSL" in text:
        return ServerError(
            f"{start} offers no TLS, and ssl_mode={login.ssl_mode} asks for it. Switch ssl on in the server's "
            "postgresql.conf."
        )
    if "certificate" in text:
        text = f"{text} {_refusal(login)}"
        explained = _tls.explain(text, where, login.host, login.ca_cert, "ssl_mode=verify-ca")
        if explained:
            return ServerError(explained)
    return None


def _refusal(login: PostgreSQLLogin) -> str:
    """Why the server's certificate is refused, in OpenSSL's words: libpq only says that it is."""
    if login.unix_socket or login.ca_cert is None:
        return ""
    try:
        context = ssl.create_default_context(cafile=login.ca_cert)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = False  # libpq does say when it is the name
        with socket.create_connection((login.host, login.port), login.connect_timeout) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) == b"S":
                context.wrap_socket(plain, server_hostname=login.host).close()
    except OSError as error:
        return str(error)
    return ""


@contextlib.contextmanager
def transaction(connection: Connection[Row]) -> Iterator[None]:
    """One transaction, whose COMMIT may fail as well.

    @raise ServerError: any error of the server or of the connection.
    """
    try:
        with connection.transaction():
            yield
    except psycopg.Error as error:
        raise translate(error) from error


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
    message = _without_values(state, error.diag.message_primary or " ".join(str(error).split()))
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
    if not state:
        return ServerError(
            f"The connection to the target server broke: {message.rstrip('.')}. Check the server's log, then run the "
            "same command again."
        )
    remedy = next((text for start, text in _REMEDIES.items() if state.startswith(start)), "")
    return ServerError(f"The target server answered with error {state}: {message}{where}{remedy}")


def _without_values(state: str, message: str) -> str:
    """The server's words without what they quote of a row: data errors do, and whatever a function raises."""
    if state.startswith("P0"):
        return "a function of the database raised an error"
    if state.startswith("22"):
        return re.sub(r'".*"', '"…"', message.split(":", maxsplit=1)[0])
    return message


__all__ = ("Row", "connect", "in_force", "query", "transaction", "translate")
