# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Who is connected to the target: names, addresses and ages, never the text of a statement, which can hold values."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .connection import query

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .connection import Row

_TOOLS: t.Final = ("psql", "pg_dump", "pg_dumpall", "pg_restore")
_TOOLS_BEGIN: t.Final = ("convergence: ", "pgAdmin", "DBeaver")


@dataclass(frozen=True)
class Activity:
    """One client's session; `address` and `age` (seconds) are `None` where the login may not see them.

    `address` is empty for a Unix socket.
    """

    user: str
    database: str
    application: str
    address: str | None
    age: float | None

    @property
    def of_a_tool(self) -> bool:
        """Whether a person's or our own program has opened it, by the name that it gives itself."""
        return self.application in _TOOLS or self.application.startswith(_TOOLS_BEGIN)


def activity(connection: Connection[Row]) -> list[Activity]:
    """Every client's session on a database but this one. Raises ServerError."""
    # The kind of a session, its address and its age are hidden from a role that is neither its own nor may read them.
    found = query(
        connection,
        "SELECT usename, datname, coalesce(application_name, ''), "
        "CASE WHEN backend_type IS NOT NULL THEN coalesce(pg_catalog.host(client_addr), '') END, "
        "extract(epoch FROM pg_catalog.clock_timestamp() - backend_start)::float8 "
        "FROM pg_catalog.pg_stat_activity WHERE pid <> pg_catalog.pg_backend_pid() AND usename IS NOT NULL "
        "AND datname IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend' "
        "ORDER BY usename, datname, pid",
    )
    return [Activity(str(row[0]), str(row[1]), str(row[2]), row[3], row[4]) for row in found]


__all__ = ("Activity", "activity")
