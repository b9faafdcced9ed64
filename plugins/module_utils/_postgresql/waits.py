# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A session of the target that is silent: what it does meanwhile, and whose lock it waits for."""

from __future__ import annotations

import time
import typing as t

from .. import _waits
from .._errors import ServerError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from psycopg import Connection

_STATE: t.Final = """
SELECT state, coalesce(wait_event_type, ''), coalesce(wait_event, '')
FROM pg_catalog.pg_stat_activity WHERE pid = %s"""
# Sessions of ours are waited for: a worker, or one that outlives a killed run until the server notices.
_HOLDERS: t.Final = """
SELECT h.pid, h.usename, h.application_name, coalesce(host(h.client_addr), ''), coalesce(h.state, ''),
       (SELECT string_agg(DISTINCT l.mode || coalesce(' on ' || l.relation::regclass::text, ''), ', ')
        FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_locks w ON w.pid = %s AND NOT w.granted
         AND w.locktype = l.locktype AND w.relation IS NOT DISTINCT FROM l.relation
         AND w.transactionid IS NOT DISTINCT FROM l.transactionid
        WHERE l.pid = h.pid AND l.granted)
FROM pg_catalog.pg_stat_activity h
WHERE h.pid = ANY(pg_catalog.pg_blocking_pids(%s)) AND h.application_name NOT LIKE 'convergence: %%'
ORDER BY h.pid LIMIT 3"""


def watch(connection: Connection[t.Any], seconds: float, look: Callable[[], None]) -> None:
    """From now on call `look` whenever nothing has gone either way for `seconds`."""
    wait: t.Any = connection.wait

    def patient(steps: t.Any, *args: t.Any, **options: t.Any) -> t.Any:
        return wait(_watched(steps, seconds, look), *args, **options)

    own: t.Any = connection
    own.wait = patient


def _watched(steps: t.Any, seconds: float, look: Callable[[], None]) -> Generator[t.Any, t.Any, t.Any]:
    """The driver's own steps; it tells each of them what is ready, and a few times a second that nothing is."""
    since = time.monotonic()
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if ready:
                since = time.monotonic()
            elif time.monotonic() - since >= seconds:
                look()
                since = time.monotonic()
            wanted = steps.send(ready)
    except StopIteration as end:
        return end.value


def judge(probe: Connection[t.Any], connection: Connection[t.Any], server: str) -> None:
    """Ask over `probe` what `connection` does; returns where it works on.

    Raises ServerError: it is gone, its answer was lost, or it waits for somebody else's lock.
    """
    number = connection.info.backend_pid
    holders = probe.execute(_HOLDERS.encode(), (number, number)).fetchall()
    if holders:
        raise ServerError(
            f"A statement of ours on {server} gets no further: another session holds a lock, "
            f"{'; and '.join(map(_in_words, holders))}. End it (SELECT pg_terminate_backend({holders[0][0]})) or let "
            "it end, then run the same command again."
        )
    found = probe.execute(_STATE.encode(), (number,)).fetchall()
    state, kind, event = found[0] if found else ("", "", "")
    if found and not str(state).startswith("idle") and kind != "Client":
        return
    if not _waits.still_on_the_way(connection.fileno()):
        doing = f"is {state}" if str(state).startswith("idle") else f"waits there for us ({event})"
        raise _waits.lost(server, f"our session {number} {doing if found else 'is not there any more'}")


def _in_words(holder: tuple[t.Any, ...]) -> str:
    number, role, application, address, state, locks = holder
    place = f" from {address}" if address else ""
    name = f" ({application})" if application else ""
    doing = f", {state}" if state else ""
    return f"session {number} of {role}{name}{place}{doing}, which holds {locks or 'a row'}"


__all__ = ("judge", "watch")
