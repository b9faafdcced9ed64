# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Which clients are connected to the source's databases: the proof that every writer has stopped."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._mysql import connection as mysql
from .._mysql.processlist import Session, check_sees_all, on_databases

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._logins import MySQLLogin


@dataclass(frozen=True)
class SessionsOutcome:
    """The sessions found."""

    sessions: tuple[Session, ...]

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": False,
            "sessions": [session.to_json() for session in self.sessions],
            "texts": [str(session) for session in self.sessions],
        }


def client_sessions(
    login: MySQLLogin, databases: Sequence[str], ignore_users: Sequence[str]
) -> SessionsOutcome:
    """Sessions on `databases`, those without a database too, but for our own and those of `ignore_users`.

    Raises PrivilegeMissing: the account sees only its own sessions.
    """
    connection = mysql.connect(login)
    try:
        check_sees_all(connection, login.user)
        return SessionsOutcome(tuple(on_databases(connection, databases, ignore_users)))
    finally:
        connection.close()


__all__ = ("SessionsOutcome", "client_sessions")
