# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the window: from the moment the first service stands still to the moment the last one runs again.

    python -m tools.bench.window [--collections FOLDER …] [--demo] [--rounds N]

An environment of two services, a source and a target on private servers goes through preflight, migrate and cut-over
as an operator runs them, with the collection of each folder in turn: that of this checkout, or of an older one.
Small is three tables with a row each; --demo adds Alkemio and Kratos with 160,000 rows.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import servers
from tests.support.engine import places
from tests.support.environment.place import WRITERS, configure, leave, let_root_in, make_tables
from tests.support.environment.whole import Whole, answering, furnish
from tests.support.playbooks import ansible, stage
from tests.support.servers.server import Server

_EVERY = 0.02
_SMALL = ("article", "customer")
_LAST = re.compile(r"Took ([\d.]+) s, ([\d.]+) s of them orchestration")


@dataclass
class Watch:
    """When services stood still and ran again, looked at from beside them."""

    place: Whole
    stopped: float | None = None
    healthy: float | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def looking(self) -> Iterator[Watch]:
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        yield self
        self._over.set()
        thread.join()

    def _look(self) -> None:
        while not self._over.wait(_EVERY):
            alive = [_alive(self.place.file(writer)) for writer in WRITERS]
            if self.stopped is None and not all(alive):
                self.stopped = time.monotonic()
            if self.stopped is not None and self.healthy is None and all(alive):
                self.healthy = time.monotonic()


@dataclass(frozen=True)
class Round:
    """One way forth, in seconds."""

    window: float
    walls: Mapping[str, float]
    orchestration: Mapping[str, float | None]
    """None where the collection does not tell."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.window", description=__doc__)
    parser.add_argument("--collections", nargs="+", type=Path, default=[ansible.of_checkout().collections])
    parser.add_argument("--demo", action="store_true", help="with the rows of the demo")
    parser.add_argument("--rounds", type=int, default=1, help="how often each goes")
    options = parser.parse_args()
    for number in range(options.rounds):
        for folder in options.collections:
            found = measure(folder.resolve(), demo=options.demo)
            walls = ", ".join(
                f"{name} {seconds:.1f}"
                + (f" (orchestration {told:.1f})" if (told := found.orchestration[name]) is not None else "")
                for name, seconds in found.walls.items()
            )
            print(f"{number + 1}: {folder}: stop to healthy {found.window:.1f} s; {walls}", flush=True)
    return 0


def measure(collections: Path, *, demo: bool) -> Round:
    """On servers of its own, so that no round finds what another one left in memory."""
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(servers.running("mysql"))
        target, elsewhere = (stack.enter_context(servers.running("postgresql")) for _ in range(2))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="window-")))
        place, variables = _furnished(source, target, elsewhere, folder, demo=demo)
        place.commands = ansible.Ansible(Path(sys.executable), collections)
        stack.callback(leave, place)
        stack.enter_context(answering(place))
        watch = stack.enter_context(Watch(place).looking())
        walls: dict[str, float] = {}
        told: dict[str, float | None] = {}
        for playbook, words in (
            ("preflight", {}),
            ("migrate", {}),
            ("cutover", {"cutover_decision": "go"}),
        ):
            walls[playbook], told[playbook] = _play(place, playbook, variables | words)
        if watch.stopped is None or watch.healthy is None:
            raise servers.ServersError("The services never stood still, or never ran again.")
        return Round(watch.healthy - watch.stopped, walls, told)


def _furnished(
    source: Server, target: Server, elsewhere: Server, folder: Path, *, demo: bool
) -> tuple[Whole, dict[str, Any]]:
    let_root_in(source)
    places.ask(elsewhere, None, "CREATE ROLE restorer LOGIN SUPERUSER PASSWORD 'secret'")
    database = places.new_source(source, "shop")
    place = Whole(source, target, folder, database, elsewhere)
    places.ask(target, None, f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'")
    make_tables(source, target, database)
    for table in _SMALL:
        places.ask(
            source,
            database,
            f"CREATE TABLE {table} (id int PRIMARY KEY, note varchar(20))",
            f"INSERT INTO {table} VALUES (1, 'one')",
        )
        places.ask(target, database, f"CREATE TABLE {table} (id int PRIMARY KEY, note varchar(20))")
    configure(place, "mysql")
    for writer in WRITERS:
        subprocess.run(place.command("start", writer), check=True)
    furnish(place)
    databases = place.variables()["migration_databases"]
    if demo:
        databases = databases + stage.make(source, target, "demo").variables()["migration_databases"]
    return place, {"migration_databases": databases, "ansible_pipelining": True}


def _play(place: Whole, playbook: str, variables: dict[str, Any]) -> tuple[float, float | None]:
    """Wall of the command, and what its last line tells."""
    began = time.monotonic()
    run = place.play(playbook, **variables)
    wall = time.monotonic() - began
    if run.status:
        raise servers.ServersError(f"{playbook} has failed:\n{run.output}")
    last = _LAST.search(run.output)
    return wall, float(last.group(2)) if last else None


def _alive(file: Path) -> bool:
    try:
        pid = int(file.with_suffix(".pid").read_text("utf-8"))
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(main())
