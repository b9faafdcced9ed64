# SPDX-License-Identifier: GPL-3.0-or-later
"""Injections: what fails, where, and at which moment of a verb; each is drawn from a seed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults import playbook
from tests.faults.stage import Stage
from tests.support.engine import places
from tests.support.engine.proxy import Direction, Failure, Proxy, Trap
from tests.support.engine.verb import Ending, Verb, children
from tests.support.servers.server import Server

SIDES = {"dump": ("source",), "load": ("target",), "verify": ("source", "target")}
"""The servers that a verb talks to."""
KINDS = (
    "kill module",
    "kill worker",
    "drop connections",
    "truncate a packet",
    "swallow an answer",
    "stall, then drop",
    "kill the server",
    "restart the server",
    "kill a backend",
    "kill ansible-playbook",
)
_WEIGHTS = (24, 14, 10, 10, 14, 4, 8, 5, 8, 3)
_AT_THE_END = 0.25
_FAILURES: dict[str, Failure] = {
    "drop connections": "drop",
    "truncate a packet": "truncate",
    "swallow an answer": "swallow",
    "stall, then drop": "stall",
}


@dataclass(frozen=True)
class Injection:
    """One failure: `piece` of `pieces` that pass on the way to or from `side`."""

    kind: str
    verb: str
    side: str
    direction: Direction
    piece: int
    pieces: int
    share: float

    def __str__(self) -> str:
        way = "to" if self.direction == "up" else "from"
        return f"{self.verb}: {self.kind}, at piece {self.piece} of {self.pieces} {way} the {self.side}"


@dataclass(frozen=True)
class Hit:
    """What an injection met."""

    injection: Injection
    fired: bool
    """Whether the moment came before the verb's end."""
    ending: Ending
    phase: str


def draw(dice: random.Random, stage: Stage, verb: str, kind: str | None = None) -> Injection:
    """An injection into `verb`, at a moment that is as likely to be any other.

    With a `kind` it has to hit: its moment is in the first half, which comes however the pieces fall.
    """
    certain = kind is not None
    assert stage.undisturbed is not None
    side = dice.choice(SIDES[verb])
    if kind is None:
        kind = dice.choices(KINDS, _WEIGHTS)[0]
    if kind == "kill a backend":
        side = "target" if "target" in SIDES[verb] else side
        kind = kind if side == "target" else "kill the server"
    direction: Direction = dice.choice(("up", "down"))
    pieces = stage.undisturbed.pieces[verb][f"{side} {direction}"]
    # The last steps of a verb are few pieces among many: every fourth injection is for them.
    first = max(1, pieces * 9 // 10) if dice.random() < _AT_THE_END else 1
    share = dice.random()
    if certain:
        first, pieces, share = 1, max(1, pieces // 2), share / 2
    return Injection(kind, verb, side, direction, dice.randint(first, max(first, pieces)), pieces, share)


def inject(stage: Stage, injection: Injection) -> Hit:
    """Run the verb with this failure, and bring the servers back afterwards."""
    if injection.kind == "kill ansible-playbook":
        return _kill_playbook(stage, injection)
    proxy: Proxy = stage.source_proxy if injection.side == "source" else stage.target_proxy
    server: Server = stage.source if injection.side == "source" else stage.target
    started = threading.Event()
    found: list[Verb] = []

    def act() -> None:
        started.wait(60)
        _action(injection, server, found[0])()

    trap = Trap(
        injection.direction, injection.piece, _FAILURES.get(injection.kind, "pass"), act, injection.share
    )
    proxy.arm(trap)
    try:
        verb = stage.start(injection.verb)
        found.append(verb)
        started.set()
        ending = verb.wait()
        if not ending.ok:
            trap.fired.wait(30)
    finally:
        proxy.arm(None)
        proxy.release()
        _revive(server)
    return Hit(injection, trap.fired.is_set(), ending, phase(stage, injection.verb))


def _action(injection: Injection, server: Server, verb: Verb) -> Callable[[], None]:
    def kill_worker() -> None:
        workers = verb.workers()
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(workers[int(injection.share * len(workers))], signal.SIGKILL)

    def kill_backend() -> None:
        backends = [
            pid for pid in children(server.pid) if "convergence" in _title(pid) or "fault_" in _title(pid)
        ]
        if backends:
            with contextlib.suppress(ProcessLookupError):
                os.kill(backends[int(injection.share * len(backends))], signal.SIGKILL)

    actions: dict[str, Callable[[], None]] = {
        "kill module": verb.kill,
        "kill worker": kill_worker,
        "kill the server": server.kill,
        "restart the server": server.stop,
        "kill a backend": kill_backend,
    }
    return actions.get(injection.kind, lambda: None)


def _title(pid: int) -> str:
    """What a PostgreSQL backend calls itself: role, database and what it does."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    return ""


def _revive(server: Server) -> None:
    """Start the server where it is down, and wait until it takes logins again."""
    server.start()
    for _attempt in range(100):
        with contextlib.suppress(Exception):
            places.ask(server, None, "SELECT 1")
            return
        threading.Event().wait(0.1)
    raise AssertionError(f"{server} does not come back")


def _kill_playbook(stage: Stage, injection: Injection) -> Hit:
    """SIGKILL to ansible-playbook alone: what it started lives on, and has to end by itself."""
    assert stage.undisturbed is not None
    moment = injection.share * (stage.undisturbed.seconds[injection.verb] + 1)
    with playbook.started(stage.job(injection.verb, direct=True), stage.folder) as run:
        run.wait_for_module()
        alive = run.wait(moment)
        run.kill()
        reached = phase(stage, injection.verb)
        run.wait_for_orphans()
    return Hit(injection, alive, Ending(-signal.SIGKILL if alive else 0), reached)


def phase(stage: Stage, verb: str) -> str:
    """How far the verb had come, read from the run directory and the ledger."""
    if verb == "dump":
        return _dump_phase(stage)
    if verb == "verify":
        return "summing" if not (stage.run / "report.json").exists() else "reported"
    states = [_ledger(stage.target, move.target) for move in stage.moves]
    if any(state is None for state in states):
        return "before the ledger" if all(state is None for state in states) else "beginning"
    known = [state for state in states if state is not None]
    if all(state[0] == "complete" for state in known):
        return "complete"
    for name, reached in (("emptied", "copying"), ("loaded", "rebuilding"), ("rebuilt", "finishing")):
        found = [state for state in known if state[0] == name]
        if found:
            return reached if name != "emptied" or any(state[1] for state in known) else "taking off"
    return "finishing"


def _dump_phase(stage: Stage) -> str:
    manifests = [stage.run / "snapshot" / move.name / "manifest.json" for move in stage.moves]
    if not all(path.exists() for path in manifests):
        return "scanning"
    texts = [path.read_text("utf-8") for path in manifests]
    if all('"complete": true' in text for text in texts):
        return "complete"
    return "reading" if any(path.suffix == ".zst" for path in stage.run.rglob("*")) else "beginning"


def _ledger(server: Server, database: str) -> tuple[str, int] | None:
    """State and number of chunks; `None` where there is no ledger."""
    if places.ask(server, database, "SELECT to_regclass('convergence.run') IS NULL")[0][0]:
        return None
    sql = "SELECT state, (SELECT count(*) FROM convergence.chunk) FROM convergence.run"
    found = places.ask(server, database, sql)
    return (found[0][0], found[0][1]) if found else None
