# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time: in a run directory, and on a target whatever the run directory; the dead hold nothing."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator

import pytest

from tests.faults.stage import Stage
from tests.support.engine.proxy import Trap
from tests.support.engine.verb import Verb


@pytest.fixture
def held(dumped: Stage) -> Iterator[Verb]:
    """A load in the middle of its work, which goes on at the test's end."""
    assert dumped.undisturbed is not None
    reached = threading.Event()

    def hold() -> None:
        dumped.target_proxy.hold()
        reached.set()

    middle = dumped.undisturbed.pieces["load"]["target up"] // 2
    dumped.target_proxy.arm(Trap("up", middle, "pass", hold))
    verb = dumped.start("load")
    assert reached.wait(60)
    yield verb
    dumped.target_proxy.release()
    dumped.target_proxy.arm(None)
    if verb.process.poll() is None:
        verb.kill()
    verb.process.wait()


def test_a_second_run_in_the_run_directory_is_refused(dumped: Stage, held: Verb) -> None:
    ending = dumped.do("load", None)
    assert ending.error == "AlreadyRunning", ending
    assert str(dumped.run) in ending.message
    dumped.target_proxy.release()
    assert held.wait().ok
    assert dumped.must("verify")["verdict"] == "equal"


def test_another_run_directory_cannot_load_the_same_target(dumped: Stage, held: Verb) -> None:
    other = dumped.folder / "other"
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(dumped.folder / "dumped", other)
    ending = Verb(dumped.job("load", other, direct=True)).wait()
    assert ending.error == "AlreadyRunning", ending
    assert dumped.moves[0].target in ending.message
    dumped.target_proxy.release()
    assert held.wait().ok
    assert dumped.must("verify")["verdict"] == "equal"


def test_the_lock_of_a_dead_run_is_no_lock(dumped: Stage, held: Verb) -> None:
    held.kill()
    assert held.wait().killed
    dumped.target_proxy.release()
    dumped.must("load")
    assert dumped.must("verify")["verdict"] == "equal"
