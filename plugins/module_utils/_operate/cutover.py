# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Enter the states of a cut-over, or look where it stands."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime

from .._run import cutover_state, records
from .._run.cutover_state import STATES, last
from .._run.directory import RunDirectory

if t.TYPE_CHECKING:
    from .._run.cutover_state import History

_BEGINNING: t.Final = {"done": "begun", "aborted": "aborting", "rolled_back": "rolling_back"}
_LOOKED_AT: t.Final[tuple[records.Record, ...]] = ("services", "configured")
"""A phase that asks for the state wants to know them too: one question instead of two."""


@dataclass(frozen=True)
class CutoverOutcome:
    """Where the cut-over stands; `seconds`: from the beginning of the step that ended with this state."""

    changed: bool
    state: str
    before: str
    history: History
    records: dict[str, t.Any] = field(default_factory=dict)
    """What roles remember in the run directory, by record; only where the cut-over was looked at."""
    frozen: bool = False
    """Whether this run has frozen the source and not thawed it; only where the cut-over was looked at."""

    @property
    def seconds(self) -> float | None:
        """Wall seconds of the ended step, `None` where none has ended, or the clock was set back meanwhile."""
        times = {event["state"]: event["at"] for event in self.history if "given_up" not in event}
        began, ended = times.get(_BEGINNING.get(self.state, "")), times.get(self.state)
        if began is None or ended is None:
            return None
        seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
        return round(seconds, 3) if seconds >= 0 else None

    @property
    def begun(self) -> float | None:
        """When the cut-over began last, in seconds since 1970; `None` where none has."""
        times = [
            event["at"] for event in self.history if event["state"] == "begun" and "given_up" not in event
        ]
        return datetime.fromisoformat(times[-1]).timestamp() if times else None

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "state": self.state,
            "begun": self.begun,
            "seconds": self.seconds,
            "history": list(self.history),
            "records": self.records,
            "frozen": self.frozen,
            "diff": {"before": f"{self.before}\n", "after": f"{self.state}\n"},
        }


def cutover(
    run_directory: str, state: str | None, *, check: bool, foreseen: str | None = None, **facts: t.Any
) -> CutoverOutcome:
    """Enter `state`, or only look when it is `None`; a run that has not begun is open.

    `foreseen`: for a check, the state that an earlier one would have entered. `facts` are kept beside the state.

    Raises InputError: the state cannot follow the present one; the message says what can.
    """
    run = RunDirectory(run_directory)
    looks_ahead = state is None and run.fresh()
    if not looks_ahead:
        run.check()
    if state is None:
        history = () if looks_ahead else cutover_state.history(run, foreseen if check else None)
        found: dict[str, t.Any] = {
            name: dict(records.look(run_directory, name).content) for name in _LOOKED_AT
        }
        freeze = None if looks_ahead else run.read_optional(run.freeze, "freeze")
        frozen = freeze is not None and freeze.get("thawed") is None
        return CutoverOutcome(False, last(history), last(history), history, found, frozen)
    with run.locked():
        return enter(run, state, check=check, foreseen=foreseen, **facts)


def give_up(run_directory: str, *, check: bool, foreseen: str | None = None) -> CutoverOutcome:
    """A roll-back that has changed nothing yet: the run is what it was before.

    Raises InputError: there is none, or it has changed something.
    """
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        before = cutover_state.history(run, foreseen if check else None)
        history = cutover_state.given_up(run, before)
        if not check:
            cutover_state.keep(run, history)
    return CutoverOutcome(True, last(history), last(before), history)


def enter(
    run: RunDirectory, state: str, *, check: bool, foreseen: str | None = None, **facts: t.Any
) -> CutoverOutcome:
    """As `cutover`, for who holds the run directory; `facts` are kept beside the state.

    Raises InputError: the state cannot follow the present one.
    """
    before = cutover_state.history(run, foreseen if check else None)
    history = cutover_state.entered(run, before, state, **facts)
    if history != before and not check:
        cutover_state.keep(run, history)
    return CutoverOutcome(history != before, last(history), last(before), history)


__all__ = ("STATES", "CutoverOutcome", "cutover", "enter", "give_up")
