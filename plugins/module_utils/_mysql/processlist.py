# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Who is connected to the source: names and times, never the text of a statement, which can hold values."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from .._errors import PrivilegeMissing
from .connection import query

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

# Threads of the server itself, which no client has opened.
_SERVERS_OWN: t.Final = {"event_scheduler", "system user", "unauthenticated user"}


@dataclass(frozen=True)
class Session:
    """One client's session; `seconds` in its present command."""

    id: int
    user: str
    host: str
    database: str
    command: str
    seconds: int

    def to_json(self) -> dict[str, t.Any]:
        """For a module's result."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.user} from {self.host} on {self.database or 'no database'} ({self.command}, {self.seconds} s)"


def sessions(connection: Connection) -> list[Session]:
    """Every client's session but our own. Without PROCESS the server shows an account only its own."""
    own = connection.thread_id()
    found = query(
        connection,
        "SELECT id, user, COALESCE(host, ''), COALESCE(db, ''), command, COALESCE(time, 0) "
        "FROM information_schema.processlist ORDER BY id",
    )
    return [
        Session(int(number), user, str(host).rpartition(":")[0] or host, database, command, int(seconds))
        for number, user, host, database, command, seconds in found
        if int(number) != own and user not in _SERVERS_OWN
    ]


def check_sees_all(connection: Connection, user: str) -> None:
    """Raises PrivilegeMissing: the account `user` sees only its own sessions."""
    try:
        # Needs PROCESS, granted directly or by a role, on both families.
        query(connection, "SELECT 1 FROM information_schema.innodb_trx LIMIT 1")
    except PrivilegeMissing as error:
        raise PrivilegeMissing(
            f"The source account {user!r} sees only its own sessions, so that nothing can be said of others. "
            "GRANT PROCESS ON *.* TO it; see docs/privileges.md."
        ) from error


def on_databases(
    connection: Connection, databases: Sequence[str], ignore_users: Sequence[str]
) -> list[Session]:
    """Sessions that use one of `databases` or have not chosen any, but for those of `ignore_users`."""
    return [
        session
        for session in sessions(connection)
        if session.user not in ignore_users and (not session.database or session.database in databases)
    ]


__all__ = ("Session", "check_sees_all", "on_databases", "sessions")
