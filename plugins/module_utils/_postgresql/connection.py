# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A session on the target: on the server itself, the one of the run, with every setting of `settings`.

Errors of the server come as one line with a remedy.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
import struct
import typing as t
from dataclasses import replace

from .. import _channels, _tls, _waits
from .._drivers import psycopg
from .._errors import ConvergenceError, PrivilegeMissing, ServerError
from .._logins import speaking
from . import identity, settings, waits
from .quoting import identifier

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import Connection

    from .._logins import PostgreSQLLogin

Row = tuple[t.Any, ...]

_REMEDIES: t.Final = {
    "53100": ". Its disk is full: make room, then run the same command again.",
    "533": ". Raise max_connections, or use fewer workers (migration_workers), then run the same command again.",
    "53": ". The server lacks resources: see its log, then run the same command again.",
    "55P03": ". Another session holds the lock: end it (see pg_locks), then run the same command again.",
    "57014": ". Somebody cancelled the statement: run the same command again.",
    "57P": ". The server went down: run the same command again when it is back.",
}
"""What to do about errors that lie in the server's state, by the beginning of their code."""

_BROKEN: t.Final = {"08", "53", "57", "58"}
"""Classes of errors of the connection, of what the server lacks, of whoever stops it, and of its system."""

_ROW_SECURITY: t.Final = re.compile(r'would be affected by row-level security policy for table (".*")')
_SSL_REQUEST: t.Final = struct.pack("!ii", 8, 80877103)

_NO_FILE: t.Final = "/dev/null/none"
"""A path that cannot be: libpq looks into the operator's home for files that a login does not name."""
_FIXED: t.Final[dict[str, t.Any]] = {
    "passfile": _NO_FILE,
    "sslcrl": _NO_FILE,
    "gssencmode": "disable",
    "keepalives": 1,
    "keepalives_idle": _waits.KEEPALIVE_IDLE,
    "keepalives_interval": _waits.KEEPALIVE_INTERVAL,
    "keepalives_count": _waits.KEEPALIVE_COUNT,
    "tcp_user_timeout": _waits.USER_TIMEOUT * 1000,
}
"""What else libpq would take from the operator's home or tickets, and how long a dead peer is waited for."""


def connect(login: PostgreSQLLogin, database: str, job: str, *, plain: bool = False) -> Connection[Row]:
    """Open a session on `database`, in autocommit; `job` shows in the server's activity view and log.

    `plain`: without settings of ours, as the application's own sessions are.

    Raises ServerError: unreachable, refused, behind a pooler, no such database; one line with the remedy;
    raises ForeignRunDirectory: not the server that `login` is bound to.
    """
    with speaking(login):
        connection = _open(login, database, job, plain)

    def look() -> None:
        try:
            _look(connection, login, database)
        except ConvergenceError:
            connection.close()  # the statement would go on, and the next one be refused
            raise

    waits.watch(connection, _waits.WATCH_SECONDS, look)
    with speaking(login):
        _settle(connection, login, plain)
    return connection


def _open(login: PostgreSQLLogin, database: str, job: str, plain: bool) -> Connection[Row]:
    """A session as the server gives it, whose login ends in its timeout."""
    ca_cert = login.ca_cert if login.ca_cert != "system" else None
    _tls.check_files(ca_cert=ca_cert, ssl_cert=login.client_cert, ssl_key=login.client_key)
    if login.ssl_mode in {"verify-ca", "verify-full"} and login.ca_cert is None:
        raise ServerError(
            f"ssl_mode={login.ssl_mode} needs the file with the authorities to trust in ca_cert."
        )
    channel = _channels.to_target(login)
    try:
        with _without_environment():
            connection = psycopg.connect(
                **channel.libpq(login.socket_directory or login.host or "localhost"),
                port=login.port,
                user=login.user,
                password=login.password,
                dbname=database,
                sslmode=login.ssl_mode,
                sslrootcert=login.ca_cert or _NO_FILE,
                sslcert=login.client_cert or _NO_FILE,
                sslkey=login.client_key or _NO_FILE,
                connect_timeout=login.connect_timeout,
                application_name=f"convergence: {job}"[:63],
                client_encoding="UTF8",
                options="" if plain else settings.options(login.socket_directory is not None),
                autocommit=True,
                **_FIXED,
            )
    except psycopg.OperationalError as error:
        if "server requested a cleartext password" in str(error):
            raise ServerError(_channels.clear_text_refused(login)) from error
        if "unsupported startup parameter" in str(error):
            raise identity.pooler(login) from error
        raise _login_error(login, database, error) from error
    return connection


def _look(connection: Connection[Row], login: PostgreSQLLogin, database: str) -> None:
    """Nothing has come for a while: ask over a second session what the first one does.

    Raises ServerError: nothing will come any more.
    """
    with _waits.giving_up(connection):
        server = f"the target server {login.address}"
        try:
            probe = _open(replace(login, connect_timeout=_waits.PROBE_SECONDS), database, "probe", False)
        except ServerError as error:
            if _is_full(str(error.__cause__)):
                return  # it answers, and will have room later
            raise _waits.unanswered(server, error) from error

        def give_up() -> None:
            raise _waits.unanswered(
                server, TimeoutError(f"its login did, and nothing in {_waits.PROBE_SECONDS} s after")
            )

        waits.watch(probe, _waits.PROBE_SECONDS, give_up)
        try:
            identity.check_server(probe, login)
            waits.judge(probe, connection, server)
        except psycopg.Error as error:
            raise _waits.unanswered(server, error) from error
        finally:
            probe.close()


def _is_full(text: str) -> bool:
    """Whether the server's answer to a login is that no connection is free."""
    return "too many" in text or "connection slots" in text


def _settle(connection: Connection[Row], login: PostgreSQLLogin, plain: bool) -> None:
    """The right server, and our settings; else the session is closed and said why."""
    try:
        identity.check_direct(connection, login)
        if not plain:
            settings.check(connection, login)
        identity.check_server(connection, login)
    except psycopg.Error as error:
        connection.close()
        raise translate(error) from error
    except ConvergenceError:
        connection.close()
        raise


def in_force(connection: Connection[Row], login: PostgreSQLLogin) -> str:
    """One sentence on what protects this session: encryption, whose certificate, or whose word."""
    tls = None
    if connection.pgconn.ssl_in_use:
        # The server's own view, which a pooler in between would not know of.
        seen = query(connection, "SELECT version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()")
        tls = str(seen[0][0]) if seen and seen[0][0] else "TLS"
    peer = None if login.socket_directory else connection.info.hostaddr
    return _channels.in_force(login, peer, tls)


@contextlib.contextmanager
def _without_environment() -> Iterator[None]:
    """libpq takes from PG… variables what a login leaves open, and PGHOSTADDR even over the host it names."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)


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
    if _is_full(text):
        return ServerError(
            f"{where[0].upper()}{where[1:]} has no connection left: {text.rsplit('FATAL: ', 1)[-1].strip()}. End idle "
            "sessions, raise max_connections or use fewer workers (migration_workers), then run the same command again."
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
def transaction(connection: Connection[Row], undo: bool = False) -> Iterator[None]:
    """One transaction, whose COMMIT may fail as well; `undo`: it ends with a ROLLBACK whatever happened.

    Raises ServerError: any error of the server or of the connection.
    """
    try:
        with connection.transaction(force_rollback=undo):
            yield
    except psycopg.Error as error:
        raise _waits.gave_up(connection) or translate(error) from error


def query(
    connection: Connection[Row], sql: str, args: Sequence[t.Any] | Mapping[str, t.Any] | None = None
) -> list[Row]:
    """All rows of a small result, or none for a statement without one.

    Raises PrivilegeMissing: the role may not; raises ServerError: any other error of the server.
    """
    try:
        cursor = connection.execute(sql.encode(), args)
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        raise _waits.gave_up(connection) or translate(error) from error


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
    if state == "42501" and (hidden := _ROW_SECURITY.search(message)):
        return PrivilegeMissing(
            f"Row-level security would hide rows of the target's table {hidden[1]} from the login role, and what it "
            "cannot see it can neither load nor prove. For the time of the migration let it see all of them: ALTER "
            "TABLE … NO FORCE ROW LEVEL SECURITY for the table's owner, or BYPASSRLS for the role."
        )
    if state == "42501" and "function pg_control_system" in message:
        return PrivilegeMissing(
            "The target role may not ask which server it is on: permission denied for function pg_control_system. Let "
            "an administrator say, in each target database, GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() "
            "TO the role."
        )
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


def broke_off(error: BaseException | None) -> bool:
    """Whether `error` says that the server or the way to it failed, and nothing of the statement itself."""
    return isinstance(error, psycopg.Error) and (error.sqlstate or "08")[:2] in _BROKEN


def _without_values(state: str, message: str) -> str:
    """The server's words without what they quote of a row: data errors do, and whatever a function raises."""
    if state.startswith("P0"):
        return "a function of the database raised an error"
    if state.startswith("22"):
        return re.sub(r'".*"', '"…"', message.split(":", maxsplit=1)[0])
    return message


__all__ = ("Row", "broke_off", "connect", "in_force", "query", "transaction", "translate")
