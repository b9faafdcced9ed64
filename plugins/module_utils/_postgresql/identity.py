# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Which server a session of the target is on, whatever address it was opened with."""

from __future__ import annotations

import typing as t

from .._errors import ForeignRunDirectory, ServerError

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._logins import PostgreSQLLogin

IDENTITY: t.Final = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()"
"""The cluster's own identifier, the same over a restart and by whatever name it is reached."""
_DIRECT: t.Final = "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery()"


def check_direct(connection: Connection[t.Any], login: PostgreSQLLogin) -> None:
    """The session on the server is the one that was opened, and the server takes writes.

    Asked before anything else: nothing of ours must be left in a pool.

    Raises ServerError: a pooler stands between, or a replica answers.
    """
    number, replica = connection.execute(_DIRECT.encode()).fetchall()[0]
    if number != connection.info.backend_pid:
        raise pooler(login)
    if replica:
        raise ServerError(
            f"The target server {login.address} is a replica, which takes no rows and may lag behind. Name its primary "
            "in login_host and login_port."
        )


def check_server(connection: Connection[t.Any], login: PostgreSQLLogin) -> None:
    """Raises ForeignRunDirectory: the session is not on the server that `login` is bound to."""
    if login.server is not None and connection.execute(IDENTITY.encode()).fetchall()[0][0] != login.server:
        raise ForeignRunDirectory(
            f"The run directory belongs to another target server than the one that answers at {login.address}. Check "
            "login_host and login_port. If they are right, the name leads to more than one server (DNS with several "
            "addresses, a balancer): name the one server itself. For another server, name another "
            "migration_run_directory."
        )


def pooler(login: PostgreSQLLogin) -> ServerError:
    """What to say of an address where a pooler answers."""
    return ServerError(
        f"The address {login.address} is that of a pooler (PgBouncer, Pgpool, a managed one), not of the target server "
        "itself: sessions on the server are not those that were opened, so that locks and settings of a load would "
        "reach the application's. Name the server itself in login_host and login_port; the application may keep "
        "its pooler."
    )


__all__ = ("IDENTITY", "check_direct", "check_server", "pooler")
