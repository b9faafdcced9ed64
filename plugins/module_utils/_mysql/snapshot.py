# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One point in time for several readers, and the proof that the source stood still."""

from __future__ import annotations

import contextlib
import typing as t

from .._errors import PrivilegeMissing, ServerError
from . import quoting
from .catalog import is_mariadb
from .connection import query

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymysql.connections import Connection

LOCK_WAIT_SECONDS: t.Final = 60


@contextlib.contextmanager
def stillness(connection: Connection, tables: Sequence[tuple[str, str]]) -> Iterator[bool]:
    """Hold C(LOCK TABLES … READ) on I(tables) (database, table) while readers open their snapshots.

    Gives C(False) where the account may not lock: then only an unchanged position, before and after,
    says that the readers saw one point in time.
    """
    names = ", ".join(f"{quoting.qualified(database, table)} READ" for database, table in tables)
    query(connection, f"SET SESSION lock_wait_timeout = {LOCK_WAIT_SECONDS}")
    locked = bool(names)
    if names:
        try:
            query(connection, f"LOCK TABLES {names}")
        except PrivilegeMissing:
            locked = False
    try:
        yield locked
    finally:
        with contextlib.suppress(ServerError):
            query(connection, "UNLOCK TABLES")


def open_snapshot(connection: Connection) -> None:
    """Begin a read-only transaction that sees the present state of all InnoDB tables."""
    query(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    query(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def position(connection: Connection, databases: Sequence[str]) -> dict[str, t.Any]:
    """What changes with every write: the binary log's position and the tables' update times.

    A server without a binary log, or an account without the privilege to see it, leaves C(binary_log)
    out; an InnoDB server that was restarted knows no update time until the next write.
    """
    names = ", ".join(quoting.text(name) for name in databases)
    if not is_mariadb(connection):
        # MySQL answers with what it knew up to a day ago, else.
        query(connection, "SET SESSION information_schema_stats_expiry = 0")
    times = query(
        connection,
        "SELECT table_schema, table_name, CAST(update_time AS CHAR) FROM information_schema.tables "
        f"WHERE table_schema IN ({names}) AND table_type = 'BASE TABLE' AND update_time IS NOT NULL",
    )
    found: dict[str, t.Any] = {"update_times": {f"{row[0]}.{row[1]}": row[2] for row in times}}
    log = _binary_log(connection)
    if log:
        found["binary_log"] = log
    return found


def moved(before: dict[str, t.Any], after: dict[str, t.Any]) -> list[str]:
    """The tables that were written to between two positions; C(["(unknown)"]) when only the log says so."""
    old, new = before["update_times"], after["update_times"]
    tables = sorted(name for name in new if new[name] != old.get(name))
    if before.get("binary_log") is not None and before.get("binary_log") == after.get("binary_log"):
        return []  # update times may appear late; the log is exact
    if before.get("binary_log") != after.get("binary_log") and not tables:
        return ["(unknown)"]
    return tables


def _binary_log(connection: Connection) -> list[str] | None:
    statement = "SHOW MASTER STATUS" if is_mariadb(connection) else "SHOW BINARY LOG STATUS"
    try:
        status = query(connection, statement)
    except PrivilegeMissing:
        return None
    except ServerError:
        status = query(connection, "SHOW MASTER STATUS")  # MySQL before 8.2
    return [str(value) for value in status[0][:2]] if status else None


__all__ = ("moved", "open_snapshot", "position", "stillness")
