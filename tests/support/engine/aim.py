# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills that hit: a verb is stopped at a known place by a lock that it needs there, seen waiting, and then killed.

A moment chosen by the clock may come after the end. A lock cannot be passed: whoever waits for it is where the test
wants it, however fast or slow the machine is.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.engine import places
from tests.support.servers.server import Server

Process = subprocess.Popen[str]
Start = Callable[[], Process]

_SECONDS = 50.0
# A session that outlives an earlier kill may wait for the same lock.
_WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'convergence%%'"
    " AND backend_start > %s AND %s = ANY(pg_blocking_pids(pid))"
)


_QUEUED = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"


@dataclass(frozen=True)
class Place:
    """A place in a verb's way. `lock` is what it cannot pass; at the place before, only the verb may hold it."""

    name: str
    lock: str


class Aim:
    """Holds a verb in one database of the target at one place after the other."""

    def __init__(self, server: Server, database: str) -> None:
        self.server = server
        self.database = database
        self._began = places.ask(server, None, "SELECT clock_timestamp()")[0][0]
        self._held: ExitStack | None = None

    def bar(self, place: Place) -> int:
        """Bar the way at `place`, then open the place before; gives the number of the session that holds the lock.

        What the verb holds at the place before is queued for: it is ours when the verb lets go of it.
        """
        stack = ExitStack()
        session: Any = stack.enter_context(places.session(self.server, self.database))
        session.execute("BEGIN")
        number = int(session.info.backend_pid)
        taking = threading.Thread(target=session.execute, args=(place.lock,), daemon=True)
        taking.start()
        with places.session(self.server) as watch:
            while taking.is_alive() and not watch.execute(_QUEUED, (number,)).fetchone():
                time.sleep(0.01)
        self.open()
        taking.join(_SECONDS)
        assert not taking.is_alive(), f"the lock of {place.name} was never free"
        self._held = stack
        return number

    def open(self) -> None:
        """Let the verb go on."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def wait(self, process: Process, holder: int, place: Place) -> None:
        """Until a session of ours waits for the lock that `holder` has."""
        patience = time.monotonic() + _SECONDS
        with places.session(self.server) as session:
            while not session.execute(_WAITS, (self._began, holder)).fetchone()[0]:
                assert process.poll() is None, f"it ended before {place.name}: {process.communicate()}"
                assert time.monotonic() < patience, f"it never came to {place.name}"
                time.sleep(0.01)


@contextmanager
def stopped_at(server: Server, database: str, way: Sequence[Place], start: Start) -> Iterator[Process]:
    """The verb that `start` starts, waiting at the last place of `way`, until the block ends."""
    aim = Aim(server, database)
    process: Process | None = None
    try:
        for place in way:
            holder = aim.bar(place)
            process = process or start()
            aim.wait(process, holder, place)
        assert process is not None
        yield process
    finally:
        aim.open()
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def kill_at(server: Server, database: str, way: Sequence[Place], start: Start) -> None:
    """SIGKILL to the verb while it waits at the last place of `way`; asserts that it was killed there."""
    with stopped_at(server, database, way, start) as process:
        process.kill()
        assert process.wait() == -signal.SIGKILL


def upto(way: Sequence[Place], name: str) -> Sequence[Place]:
    """The way as far as the place of that name."""
    return way[: [place.name for place in way].index(name) + 1]
