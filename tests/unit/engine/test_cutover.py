# SPDX-License-Identifier: GPL-3.0-or-later
"""Which step may follow which, and what a refusal tells the operator."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.cutover import (
    STATES,
    cutover,
    give_up,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

WAYS = {
    "open": (),
    "begun": ("begun",),
    "done": ("begun", "done"),
    "aborting": ("aborting",),
    "aborted": ("aborting", "aborted"),
    "rolling_back": ("begun", "done", "rolling_back"),
    "turning_back": ("begun", "done", "rolling_back", "turning_back"),
    "rolled_back": ("begun", "done", "rolling_back", "turning_back", "rolled_back"),
}
ALLOWED = {
    ("open", "begun"),
    ("open", "aborting"),
    ("begun", "done"),
    ("begun", "rolling_back"),
    ("done", "rolling_back"),
    ("aborting", "aborted"),
    ("rolling_back", "turning_back"),
    ("turning_back", "rolled_back"),
}


@pytest.fixture
def run(tmp_path: Path) -> str:
    path = tmp_path / "run"
    RunDirectory(str(path)).ensure()
    return str(path)


def enter(run: str, *states: str) -> None:
    for state in states:
        assert cutover(run, state, check=False).changed


@pytest.mark.parametrize(("now", "then"), list(product(STATES, STATES[1:])))
def test_a_state_follows_another_or_is_refused(run: str, now: str, then: str) -> None:
    enter(run, *WAYS[now])
    if now == then:
        assert not cutover(run, then, check=False).changed
    elif (now, then) in ALLOWED:
        assert cutover(run, then, check=True).changed
        assert cutover(run, None, check=False).state == now
        assert cutover(run, then, check=False).state == then
        assert cutover(run, None, check=False).state == then
    else:
        with pytest.raises(InputError, match="it cannot become"):
            cutover(run, then, check=False)
        assert cutover(run, None, check=False).state == now


def test_the_time_of_a_step_is_between_its_two_states(run: str) -> None:
    enter(run, "aborting")
    assert cutover(run, None, check=False).seconds is None
    enter(run, "aborted")
    seconds = cutover(run, None, check=False).seconds
    assert seconds is not None
    assert 0 <= seconds < 60


def test_a_cut_over_platform_is_told_of_the_roll_back(run: str) -> None:
    enter(run, "begun", "done")
    with pytest.raises(InputError, match="only rollback goes back"):
        cutover(run, "aborting", check=False)


def test_a_run_without_a_directory_is_open(tmp_path: Path) -> None:
    assert cutover(str(tmp_path / "none"), None, check=False).state == "open"
    with pytest.raises(InputError, match="cannot be read"):
        cutover(str(tmp_path / "none"), "begun", check=False)


def test_a_check_reckons_with_what_it_has_foreseen(run: str) -> None:
    assert cutover(run, None, check=True, foreseen="begun").state == "begun"
    assert cutover(run, "done", check=True, foreseen="begun").changed
    with pytest.raises(InputError, match="is aborted, it cannot become done"):
        cutover(run, "done", check=True, foreseen="aborted")
    assert cutover(run, None, check=False, foreseen="begun").state == "open"
    with pytest.raises(InputError, match="is open, it cannot become done"):
        cutover(run, "done", check=False, foreseen="begun")


@pytest.mark.fault("B4")
@pytest.mark.parametrize("state", ["begun", "done"])
def test_a_roll_back_that_changed_nothing_is_given_up(run: str, state: str) -> None:
    enter(run, *WAYS[state])
    began = cutover(run, None, check=False).seconds
    enter(run, "rolling_back")
    assert give_up(run, check=True).state == state
    assert cutover(run, None, check=False).state == "rolling_back"
    assert give_up(run, check=False).changed
    after = cutover(run, None, check=False)
    assert (after.state, after.seconds) == (state, began)
    with pytest.raises(InputError, match="no roll-back to give up"):
        give_up(run, check=False)
    enter(run, "rolling_back", "turning_back")
    with pytest.raises(InputError, match="is turning back, there is no roll-back to give up"):
        give_up(run, check=False)
