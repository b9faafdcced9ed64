# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A session of the source that is silent: what it does meanwhile, and whose lock it waits for."""

from __future__ import annotations

import io
import typing as t

from .. import _waits
from .._drivers import pymysql
from .._errors import ServerError

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from pymysql.connections import Connection

_STATE: t.Final = (
    "SELECT command, COALESCE(state, '') FROM information_schema.processlist WHERE id = %s LIMIT 1"
)
_BLOCKED_ON_THE_WAY: t.Final = (
    "Writing to net",
    "Sending to client",
    "Reading from net",
    "Receiving from client",
)
# Locks that only say that somebody reads come last: our own readers hold them too.
_HOLDERS_MYSQL: t.Final = """
SELECT t.processlist_id, t.processlist_user, t.processlist_host,
       CONCAT(g.lock_type, ' on ', COALESCE(CONCAT(g.object_schema, '.', g.object_name), LOWER(g.object_type)))
FROM performance_schema.metadata_locks w
JOIN performance_schema.threads me ON me.thread_id = w.owner_thread_id AND me.processlist_id = %s
JOIN performance_schema.metadata_locks g ON g.lock_status = 'GRANTED' AND g.object_type = w.object_type
 AND g.object_schema <=> w.object_schema AND g.object_name <=> w.object_name
 AND g.owner_thread_id <> w.owner_thread_id
JOIN performance_schema.threads t ON t.thread_id = g.owner_thread_id
WHERE w.lock_status = 'PENDING'
ORDER BY g.lock_type IN ('SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_READ_ONLY') LIMIT 3"""
# The plugin metadata_lock_info, which an administrator may have installed.
_HOLDERS_MARIADB: t.Final = """
SELECT p.id, p.user, p.host, CONCAT(l.lock_mode, ' on ', l.table_schema, '.', l.table_name)
FROM information_schema.metadata_lock_info l JOIN information_schema.processlist p ON p.id = l.thread_id
WHERE l.thread_id <> %s AND l.lock_mode NOT IN ('MDL_SHARED', 'MDL_SHARED_HIGH_PRIO', 'MDL_SHARED_READ',
                                                'MDL_INTENTION_EXCLUSIVE') LIMIT 3"""
_OTHERS: t.Final = """
SELECT id, user, host, CONCAT(LOWER(command), ' for ', time, ' s on ', COALESCE(db, 'no database'))
FROM information_schema.processlist
WHERE id NOT IN (%s, CONNECTION_ID()) AND user <> SUBSTRING_INDEX(USER(), '@', 1)
 AND user NOT IN ('event_scheduler', 'system user', 'unauthenticated user') ORDER BY time DESC LIMIT 3"""


class _Patient(io.RawIOBase):
    """The bytes of a socket; after each time without any `look` is called, which may raise."""

    def __init__(self, link: t.Any, look: Callable[[], None]) -> None:
        self._link = link
        self._look = look

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        while True:
            try:
                return int(self._link.recv_into(buffer))
            except TimeoutError:
                self._look()


def watch(connection: Connection, look: Callable[[], None]) -> None:
    """From now on call `look` whenever nothing has come for a while."""
    link: t.Any = connection._sock
    connection._read_timeout = connection._write_timeout = _waits.WATCH_SECONDS
    link.settimeout(_waits.WATCH_SECONDS)
    connection._current_timeout = _waits.WATCH_SECONDS
    before: t.Any = connection._rfile
    connection._rfile = io.BufferedReader(_Patient(link, look))
    before.close()


def judge(probe: Connection, connection: Connection, server: str) -> None:
    """Ask over `probe` what `connection` does; returns where it works on.

    Raises ServerError: it is gone, its answer was lost, or it waits for somebody else's lock.
    """
    number = connection.thread_id()
    found = _rows(probe, _STATE, number)
    command, state = (str(value) for value in found[0]) if found else ("", "")
    if state.startswith("Waiting for") and ("lock" in state or "flush" in state):
        raise _locked(probe, number, state, server)
    if found and command not in {"Sleep", "Killed"} and not state.startswith(_BLOCKED_ON_THE_WAY):
        return
    link: t.Any = connection._sock
    if not _waits.still_on_the_way(link.fileno()):
        doing = "idle there" if command == "Sleep" else state.lower() or "not there any more"
        raise _waits.lost(server, f"our session {number} is {doing}")


def _locked(probe: Connection, number: int, state: str, server: str) -> ServerError:
    start = f"A statement of ours on {server} gets no further ({state[0].lower()}{state[1:]})."
    holders = _holders(probe, number)
    if holders:
        ids = holders[0].partition(" ")[0]
        return ServerError(
            f"{start} Another session holds the lock: {'; or '.join(holders)}. End it (KILL {ids}) or let it end, then "
            "run the same command again."
        )
    return ServerError(
        f"{start} Another session holds the lock, which this account may not see: an administrator finds it in "
        "SHOW FULL PROCESSLIST, on MySQL by name in sys.schema_table_lock_waits, on MariaDB with the plugin "
        "metadata_lock_info. End it, then run the same command again."
    )


def _holders(probe: Connection, number: int) -> list[str]:
    """Who holds it, as far as the account may see: by name, or those that can be it."""
    mariadb = "mariadb" in str(probe.get_server_info()).lower()
    for sql in (_HOLDERS_MARIADB if mariadb else _HOLDERS_MYSQL, _OTHERS):
        try:
            found = _rows(probe, sql, number)
        except pymysql.MySQLError:
            continue  # no such plugin, no right to look
        if found:
            return [
                f"{one} of {user} from {host or 'this server'} ({what})" for one, user, host, what in found
            ]
    return []


def _rows(probe: Connection, sql: str, number: int) -> list[tuple[t.Any, ...]]:
    with probe.cursor() as cursor:
        cursor.execute(sql, (number,))
        return list(cursor.fetchall())


__all__ = ("judge", "watch")
