# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One point in time for several readers, and the proof that the source stood still."""

from __future__ import annotations

import contextlib
import time
import typing as t

from .._errors import PrivilegeMissing, ServerError
from . import quoting
from .catalog import IS_TABLE, is_mariadb
from .connection import query

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymysql.connections import Connection

_CLOCK_SECONDS: t.Final = 2
"""The moment of a server's start is known to a second or two."""


@contextlib.contextmanager
def stillness(connection: Connection, tables: Sequence[tuple[str, str]]) -> Iterator[bool]:
    """Hold `LOCK TABLES … READ` on `tables` (database, table) while readers open their snapshots.

    An account without that privilege but with RELOAD holds the whole server instead. Gives `False` where it
    may not lock at all: then only an unchanged position, before and after, says that the readers saw one point
    in time.
    """
    names = ", ".join(f"{quoting.qualified(database, table)} READ" for database, table in tables)
    locked = bool(names)
    if names:
        try:
            query(connection, f"LOCK TABLES {names}")
        except PrivilegeMissing:
            locked = _lock_server(connection)
    try:
        yield locked
    finally:
        with contextlib.suppress(ServerError):
            query(connection, "UNLOCK TABLES")


def _lock_server(connection: Connection) -> bool:
    try:
        query(connection, "FLUSH TABLES WITH READ LOCK")
    except PrivilegeMissing:
        return False
    return True


def open_snapshot(connection: Connection) -> None:
    """Begin a read-only transaction that sees the present state of all InnoDB tables."""
    query(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def position(connection: Connection, databases: Sequence[str]) -> dict[str, t.Any]:
    """What changes with every write: the server's log, by transaction and by place, and update times.

    `gtid`: the transactions logged so far; needs no privilege and outlives a restart. `binary_log`: file and
    offset. Both are left out where the server keeps no log of `databases`. `update_times` of InnoDB count
    whole seconds, and are forgotten when the server starts (`started`) or closes a table.
    """
    names = ", ".join(quoting.text(name) for name in databases)
    mariadb = is_mariadb(connection)
    times = query(
        connection,
        "SELECT table_schema, table_name, CAST(update_time AS CHAR) FROM information_schema.tables "
        f"WHERE table_schema IN ({names}) AND {IS_TABLE} AND update_time IS NOT NULL",
    )
    now = query(connection, "SELECT UNIX_TIMESTAMP(), CAST(NOW() AS CHAR)")[0]
    uptime = query(connection, "SHOW GLOBAL STATUS LIKE 'Uptime'")
    found: dict[str, t.Any] = {
        "taken": str(now[1]),
        "started": int(now[0]) - int(uptime[0][1]) if uptime else 0,
        "update_times": {f"{row[0]}.{row[1]}": row[2] for row in times},
    }
    log, whole = _binary_log(connection, mariadb)
    if log:
        found["binary_log"] = log
    gtid = query(connection, f"SELECT @@GLOBAL.{'gtid_binlog_pos' if mariadb else 'gtid_executed'}")[0][0]
    if gtid and whole:
        found["gtid"] = str(gtid)
    return found


def still_position(connection: Connection, databases: Sequence[str]) -> dict[str, t.Any]:
    """As `position`, at a moment that every later write can be told from.

    A write in the second of an earlier one leaves the same update time: the end of that second is waited for.
    """
    found = position(connection, databases)
    for _attempt in range(3):
        if all(moment < found["taken"] for moment in found["update_times"].values()):
            break
        time.sleep(1.0)
        found = position(connection, databases)
    return found


def moved(before: dict[str, t.Any], after: dict[str, t.Any]) -> list[str]:
    """The tables whose update time tells of a write between two positions.

    It convicts and never acquits. MariaDB notes when the writing transaction began, so that one which began in the
    second of an earlier write leaves no trace; TRUNCATE leaves none either, there and, on a table that was not written
    to since the server's start, on MySQL; a restart and a closed table forget them. Of what it does not tell, the
    server's log can prove that it is not (`log_stands`), or the sums of the rows.
    """
    old, new = before["update_times"], after["update_times"]
    return sorted(name for name in new if new[name] != old.get(name))


def log_stands(before: dict[str, t.Any], after: dict[str, t.Any]) -> bool | None:
    """Whether nothing at all was logged between two positions; `None`: there is no log to tell.

    The log is that of the whole server: it goes on with every write of any database.
    """
    for log in ("gtid", "binary_log"):
        if log in before and log in after:
            return bool(before[log] == after[log])
    return None


def in_words(tables: Sequence[str]) -> str:
    """The tables of `moved`, for a message."""
    return f"{', '.join(tables[:5])}{' and others' if len(tables) > 5 else ''}"


def doubtful(before: dict[str, t.Any], after: dict[str, t.Any]) -> bool:
    """No log proves that the source stood still, and its update times cannot tell either: it or they began anew."""
    if log_stands(before, after):
        return False
    forgotten = set(before["update_times"]) - set(after["update_times"])
    return bool(forgotten) or abs(before["started"] - after["started"]) > _CLOCK_SECONDS


def _binary_log(connection: Connection, mariadb: bool) -> tuple[list[str] | None, bool]:
    """File and offset, and whether the log may hold every database as far as the account can see."""
    statement = "SHOW MASTER STATUS" if mariadb else "SHOW BINARY LOG STATUS"
    try:
        status = query(connection, statement)
    except PrivilegeMissing:
        return None, True
    except ServerError:
        status = query(connection, "SHOW MASTER STATUS")  # MySQL before 8.2
    if not status:
        return None, True
    whole = not any(status[0][2:4])  # Binlog_Do_DB, Binlog_Ignore_DB
    return ([str(value) for value in status[0][:2]] if whole else None), whole


__all__ = (
    "doubtful",
    "in_words",
    "log_stands",
    "moved",
    "open_snapshot",
    "position",
    "still_position",
    "stillness",
)
