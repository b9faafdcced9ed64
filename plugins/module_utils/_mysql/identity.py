# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Which server a session of the source is on, whatever address it was opened with."""

from __future__ import annotations

import hashlib
import typing as t

from .._errors import ForeignRunDirectory, ServerError

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._logins import MySQLLogin

_NAMES: t.Final = "('server_uuid', 'server_uid', 'hostname', 'port', 'datadir')"


def identity(connection: Connection) -> str:
    """The server's own identifier, the same over a restart and by whatever name it is reached."""
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN {_NAMES}")
        found = dict(cursor.fetchall())
    own = found.get("server_uuid") or found.get("server_uid")
    if own:
        return str(own)
    # MariaDB before 11 has no identifier of its own: host name, port and data directory stand for it.
    place = f"{found.get('hostname', '')}:{found.get('port', '')}:{found['datadir']}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def check_direct(connection: Connection, login: MySQLLogin) -> None:
    """The session on the server is the one that was opened; asked before anything is set, which a pool would keep.

    Raises ServerError: a pooler or proxy stands between.
    """
    with connection.cursor() as cursor:
        # Not CONNECTION_ID() alone: proxies know that statement and answer it themselves. LIMIT: a sql_select_limit
        # of 0 leaves out even this row.
        cursor.execute("SELECT @@GLOBAL.version, CONNECTION_ID() LIMIT 1")
        number = int(cursor.fetchall()[0][1])
    # The greeting has room for 32 bits of the number.
    if number % 2**32 != int(connection.thread_id()) % 2**32:
        raise ServerError(
            f"The address {login.address} is that of a pooler or proxy (ProxySQL, MaxScale, a managed one), not of the "
            "source server itself: sessions on the server are not those that were opened, so that locks, snapshots and "
            "settings hold for nothing. Name the server itself in login_host and login_port."
        )


def check_server(connection: Connection, login: MySQLLogin) -> None:
    """Raises ForeignRunDirectory: the session is not on the server that `login` is bound to."""
    if login.server is not None and identity(connection) != login.server:
        raise ForeignRunDirectory(
            f"The run directory belongs to another source server than the one that answers at {login.address}. Check "
            "login_host and login_port. If they are right, the name leads to more than one server (DNS with several "
            "addresses, a balancer, a read/write split): name the one server itself. For another server, name "
            "another migration_run_directory."
        )


__all__ = ("check_direct", "check_server", "identity")
