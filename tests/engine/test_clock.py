# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration host's clock jumps by hours, between two phases and within one: nothing is decided by it."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.cutover import cutover
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.gate import gate
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.progress import info
from ansible_collections.alkemio.convergence.plugins.module_utils._run import journal

from tests.support.engine import places, small
from tests.support.servers.server import Server

HOUR = timedelta(hours=1)


class Clock:
    """Stands in for `datetime` in the journal, whose `now` is the engine's only wall clock that is kept."""

    def __init__(self) -> None:
        self.dice: random.Random | None = None
        self.offset = timedelta()
        self.asked = 0

    def now(self, zone: timezone) -> datetime:
        self.asked += 1
        if self.dice is not None:
            self.offset = self.dice.choice([-3 * HOUR, -HOUR, timedelta(), HOUR, 26 * HOUR])
        return datetime.now(zone) + self.offset


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(journal, "datetime", found)
    return found


def jumps(name: str) -> dict[str, timedelta]:
    hours = {"forth": [0, 1, 2, 3, 4, 5], "back": [0, -1, -2, -3, -4, -5], "to and fro": [0, 1, -1, 1, -1, 1]}
    phases = ["inspect", "transform", "dump", "load", "verify", "gate"]
    return dict(zip(phases, (hour * HOUR for hour in hours[name]), strict=True))


@pytest.mark.parametrize("way", ["forth", "back", "to and fro", "at every look"])
def test_a_clock_that_jumps_changes_no_verdict(
    mariadb: Server, postgresql: Server, tmp_path: Path, clock: Clock, way: str
) -> None:
    plain = small.pair(mariadb, postgresql, tmp_path / "plain")
    evidence = plain.all().report["evidence_hash"]
    moved = small.pair(mariadb, postgresql, tmp_path / "moved")
    offsets = {} if way == "at every look" else jumps(way)
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    clock.dice = None if offsets else random.Random(seed)
    clock.asked = 0
    try:
        for phase in ("inspect", "transform", "dump", "load", "verify"):
            clock.offset = offsets.get(phase, timedelta())
            getattr(moved, phase)()
        report = json.loads((moved.run / "report.json").read_text("utf-8"))
        assert (report["verdict"], report["evidence_hash"]) == ("equal", evidence)
        assert all(0 <= phase["seconds"] < 60 for phase in report["phases"])
        assert not any((moved.dump().changed, moved.load().changed, moved.verify().changed))
        assert not moved.verify(source=False).report["problems"]
        clock.offset = offsets.get("gate", timedelta())
        passed = gate(moved.target_login, moved.source_login, None, str(moved.run), accept_unfrozen=True)
        assert passed.state == "begun"
        clock.offset -= 24 * HOUR
        if clock.dice is None:
            assert cutover(str(moved.run), "done", check=False).seconds is None
        assert info(str(moved.run)).state == "equal"
        assert clock.asked > 10
    finally:
        for migration in (plain, moved):
            places.drop(mariadb, migration.moves[0].source)
            places.drop(postgresql, migration.moves[0].target)
