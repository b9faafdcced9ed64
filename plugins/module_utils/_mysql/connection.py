# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A session on the source: on the server itself, the one of the run, and with every setting of `settings`."""

from __future__ import annotations

import re
import ssl
import typing as t
from dataclasses import replace

from .. import _channels, _tls, _waits
from .._drivers import pymysql
from .._errors import ConvergenceError, PrivilegeMissing, ServerError
from .._logins import speaking
from . import identity, settings, waits

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

    from .._logins import MySQLLogin

_ACCESS_DENIED = {1044, 1045, 1142, 1143, 1227, 1370}
_NO_DATABASE_RIGHT = 1044
_UNKNOWN_DATABASE = 1049
_FULL: t.Final = {1040, 1203, 1226}
"""No connection is free, for anybody or for this account."""
_LOCKED: t.Final = 1205
_INSECURE = 3159
# Messages of these quote names of objects, settings and accounts; what any other one quotes may be a value.
_NAMES_ONLY: t.Final = _ACCESS_DENIED | {
    1030,
    1040,
    1049,
    1054,
    1146,
    1193,
    1203,
    1205,
    1213,
    1226,
    1231,
    1305,
}
_CLIENT: t.Final = range(2000, 3000)
_PLUGIN: t.Final = re.compile(r"plugin '(?:b')?([\w.-]+)'+ not configured|required for (ed25519)_password")
"""How the driver says that it lacks a plugin, or a plugin's library."""
_QUOTED: t.Final = re.compile(r"""(['"`]).*\1""", re.DOTALL)


_GRANTS: t.Final = (
    "It needs SELECT and LOCK TABLES on the database, and on the server REPLICATION CLIENT (MySQL) or BINLOG "
    "MONITOR (MariaDB); see docs/privileges.md."
)


def connect(login: MySQLLogin, database: str | None = None) -> Connection:
    """Open a session with our settings.

    Raises ServerError: unreachable, refused, behind a pooler, or the database does not exist; one line with the
    remedy; raises ForeignRunDirectory: not the server that `login` is bound to.
    """
    with speaking(login):
        connection = _open(login, database)
        waits.watch(connection, lambda: _look(connection, login))
        _settle(connection, login)
    return connection


def _open(login: MySQLLogin, database: str | None) -> Connection:
    """A session as the server gives it, every step of whose login ends in the login's timeout."""
    _tls.check_files(ca_cert=login.ca_cert, client_cert=login.client_cert, client_key=login.client_key)
    channel = _channels.to_source(login)
    try:
        connection = pymysql.connect(
            host=login.host,
            port=login.port,
            user=login.user,
            password=login.password,
            unix_socket=login.unix_socket,
            database=database,
            charset="utf8mb4",
            use_unicode=True,
            autocommit=True,
            connect_timeout=login.connect_timeout,
            read_timeout=login.connect_timeout,  # of the greeting and the login; `waits` has the rest
            max_allowed_packet=1 << 30,
            auth_plugin_map=_channels.refusals(channel, login),
            defer_connect=True,
            **_tls_options(login),
        )
    except OSError as error:
        raise ServerError(
            f"The client certificate for the source server {login.address} cannot be used: "
            f"{error.strerror or error}. Check client_cert and client_key."
        ) from error
    _prefer_tls(connection, login)
    try:
        connection.connect(channel.open(login.port, login.connect_timeout))
    except (
        pymysql.MySQLError,
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: a plugin's library is missing
        raise _login_error(login, database, error) from error
    if login.ca_cert and not login.unix_socket and not connection._secure:
        connection.close()
        raise _no_tls(login)
    _waits.keep_alive(connection._sock)
    return connection


def _look(connection: Connection, login: MySQLLogin) -> None:
    """Nothing has come for a while: ask over a second session what the first one does.

    Raises ServerError: nothing will come any more.
    """
    with _waits.giving_up(connection):
        server = f"the source server {login.address}"
        try:
            probe = _open(replace(login, connect_timeout=_waits.PROBE_SECONDS), None)
        except ServerError as error:
            cause = error.__cause__
            if isinstance(cause, pymysql.MySQLError) and cause.args[0] in _FULL:
                return  # it answers, and will have room later
            raise _waits.unanswered(server, error) from error
        try:
            identity.check_server(probe, login)
            waits.judge(probe, connection, server)
        except pymysql.MySQLError as error:
            raise _waits.unanswered(server, error) from error
        finally:
            probe.close()


def _settle(connection: Connection, login: MySQLLogin) -> None:
    """The right server, and our settings; else the session is closed and said why."""
    try:
        identity.check_direct(connection, login)
        settings.apply(connection, login.address, "mariadb" in str(connection.get_server_info()).lower())
        identity.check_server(connection, login)
    except pymysql.MySQLError as error:
        connection.close()
        raise ServerError(f"The source server {login.address} refused a session setting: {error}") from error
    except ConvergenceError:
        connection.close()
        raise


def in_force(connection: Connection, login: MySQLLogin) -> str:
    """One sentence on what protects this session: encryption, whose certificate, or whose word."""
    link: t.Any = connection._sock
    tls = link.version() if isinstance(link, ssl.SSLSocket) else None
    return _channels.in_force(login, None if login.unix_socket else str(link.getpeername()[0]), tls)


def _prefer_tls(connection: Connection, login: MySQLLogin) -> None:
    """Without a certificate to check or to show: TLS where the server offers it.

    As the driver does by itself, but for the system's authorities. It reads them for every connection, which nobody
    then asks, and which takes longer than the login.
    """
    if login.ca_cert or login.client_cert:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection.ssl, connection._ssl_required, connection.ctx = True, False, context


def _tls_options(login: MySQLLogin) -> dict[str, t.Any]:
    if not login.ca_cert and not login.client_cert:
        return {"ssl_disabled": True}  # but see `_prefer_tls`
    return {
        "ssl_ca": login.ca_cert,
        "ssl_cert": login.client_cert,
        "ssl_key": login.client_key,
        "ssl_verify_cert": bool(login.ca_cert),
        "ssl_verify_identity": bool(login.ca_cert) and login.check_hostname,
    }


def _no_tls(login: MySQLLogin) -> ServerError:
    return ServerError(
        f"The source server {login.address} offers no TLS, and ca_cert asks for it. Switch TLS on in the server, "
        "or leave ca_cert and client_cert away if the network between is to be trusted."
    )


def _tls_error(login: MySQLLogin, code: int, text: str) -> ServerError | None:
    explained = _tls.explain(
        text, f"the source server {login.address}", login.host, login.ca_cert, "check_hostname=false"
    )
    if explained:
        return ServerError(explained)
    if "SSL is required but the server" in text:
        return _no_tls(login)
    if code == _INSECURE:
        return ServerError(
            f"The source server {login.address} takes no connection without TLS. Name its authority in ca_cert."
        )
    return None


def _login_error(login: MySQLLogin, database: str | None, error: Exception) -> ServerError:
    code = error.args[0] if error.args else 0
    text = str(error.args[-1] if error.args else error)
    about_tls = _tls_error(login, code, text)
    if about_tls is not None:
        return about_tls
    plugin = _PLUGIN.search(text)
    if plugin is not None:
        return ServerError(
            f"The account {login.user!r} of the source server {login.address} logs in by the plugin "
            f"{plugin[1] or plugin[2]}, which the driver on the migration host does not speak. Make an account for the "
            "migration as docs/privileges.md says: on MariaDB by mysql_native_password, on MySQL by "
            "caching_sha2_password."
        )
    if code == _NO_DATABASE_RIGHT:
        return PrivilegeMissing(
            f"The source account {login.user!r} has no right on the database {database!r}. {_GRANTS}"
        )
    if code == _UNKNOWN_DATABASE:
        return ServerError(
            f"The source server {login.address} has no database {database!r}. "
            "Check the name in the list of databases."
        )
    if code in _ACCESS_DENIED:
        return ServerError(
            f"The source server {login.address} refused the login of user {login.user!r} "
            f"(error {code}). Check login_user and login_password, the account's host part, and whether the account "
            "demands TLS or a client certificate."
        )
    return ServerError(
        f"Cannot connect to the source server {login.address}: {text}. "
        "Check login_host, login_port and that the server runs."
    )


def use(connection: Connection, database: str) -> None:
    """Let names without a database mean `database`'s.

    Raises ServerError: as `query`.
    """
    try:
        connection.select_db(database)
    except pymysql.MySQLError as error:
        raise _waits.gave_up(connection) or translate(error) from error


def query(connection: Connection, sql: str, args: Sequence[t.Any] | None = None) -> list[tuple[t.Any, ...]]:
    """All rows of a small result.

    Raises PrivilegeMissing: the account may not; raises ServerError: any other error of the server.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, args)
            return list(cursor.fetchall())
    except pymysql.MySQLError as error:
        raise _waits.gave_up(connection) or translate(error) from error


def server_identity(connection: Connection) -> str:
    """The server's own identifier, as `identity.identity` has it; raises ServerError: as `query`."""
    try:
        return identity.identity(connection)
    except pymysql.MySQLError as error:
        raise _waits.gave_up(connection) or translate(error) from error


def translate(error: Exception) -> ServerError:
    """The driver's error as ours; the statement is left out, since it can hold key values."""
    code = error.args[0] if error.args else 0
    text = str(error.args[-1] if error.args else error)
    if code in _ACCESS_DENIED:
        return PrivilegeMissing(f"The source account lacks a privilege: {text}. {_GRANTS}")
    if code == _LOCKED:
        text += (
            ". Another session holds the lock: an administrator finds it in SHOW FULL PROCESSLIST, or by name in "
            "sys.schema_table_lock_waits (MySQL). End it, then run the same command again."
        )
    if code not in _NAMES_ONLY and code not in _CLIENT:
        text = _QUOTED.sub("(a value or a name, left out)", text)
    return ServerError(f"The source server answered with error {code}: {text}")


__all__ = ("connect", "in_force", "query", "server_identity", "translate", "use")
