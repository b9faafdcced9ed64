# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""On which database the application works, as far as this run has taken it: cutover.json in the run directory.

open ──► begun ──► done             forward
  │        └────────┴──► rolling_back ──► turning_back ──► rolled_back
  └──► aborting ──► aborted         before the cut-over

While it is rolling_back only services are stopped, and it can be given up. Once what was written to the target is
counted after that stop, it is turning_back: files and source are changed.

A step that was interrupted is entered again; what has ended stays ended, and another migration is another run.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime

from .._errors import InputError
from .._run import journal
from .._run.directory import RunDirectory

State = t.Literal[
    "open", "begun", "done", "aborting", "aborted", "rolling_back", "turning_back", "rolled_back"
]

STATES: t.Final[tuple[State, ...]] = (
    "open",
    "begun",
    "done",
    "aborting",
    "aborted",
    "rolling_back",
    "turning_back",
    "rolled_back",
)

_FROM: t.Final[dict[str, tuple[str, ...]]] = {
    "begun": ("open",),
    "done": ("begun",),
    "aborting": ("open",),
    "aborted": ("aborting",),
    "rolling_back": ("begun", "done"),
    "turning_back": ("rolling_back",),
    "rolled_back": ("turning_back",),
}
_INSTEAD: t.Final[dict[str, str]] = {
    "open": "Nothing of a cut-over has begun: run cutover, or abort to go back to the source.",
    "begun": "The cut-over has begun: run cutover again to finish it, or rollback to go back.",
    "done": "The application works on the target: only rollback goes back.",
    "aborting": "An abort has begun: run abort again to finish it.",
    "aborted": "This run was aborted. Begin another one with another run_directory.",
    "rolling_back": "A roll-back has begun: run rollback again to finish it.",
    "turning_back": "A roll-back has begun: run rollback again to finish it.",
    "rolled_back": "This run was rolled back. Begin another one with another run_directory.",
}
_BEGINNING: t.Final = {"done": "begun", "aborted": "aborting", "rolled_back": "rolling_back"}


@dataclass(frozen=True)
class CutoverOutcome:
    """Where the cut-over stands; I(seconds): from the beginning of the step that ended with this state."""

    changed: bool
    state: str
    before: str
    history: tuple[dict[str, t.Any], ...]

    @property
    def seconds(self) -> float | None:
        """Wall seconds of the ended step, C(None) where none has ended, or the clock was set back meanwhile."""
        times = {event["state"]: event["at"] for event in self.history if "given_up" not in event}
        began, ended = times.get(_BEGINNING.get(self.state, "")), times.get(self.state)
        if began is None or ended is None:
            return None
        seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
        return round(seconds, 3) if seconds >= 0 else None

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "state": self.state,
            "seconds": self.seconds,
            "history": list(self.history),
            "diff": {"before": f"{self.before}\n", "after": f"{self.state}\n"},
        }


def cutover(
    run_directory: str, state: str | None, *, check: bool, foreseen: str | None = None, **facts: t.Any
) -> CutoverOutcome:
    """Enter I(state), or only look when it is C(None); a run that has not begun is open.

    I(foreseen): for a check, the state that an earlier one would have entered. I(facts) are kept beside the state.

    @raise InputError: the state cannot follow the present one; the message says what can.
    """
    run = RunDirectory(run_directory)
    looks_ahead = state is None and run.fresh()
    if not looks_ahead:
        run.check()
    if state is None:
        history = () if looks_ahead else _history(run, foreseen if check else None)
        return CutoverOutcome(False, _last(history), _last(history), history)
    with run.locked():
        return enter(run, state, check=check, foreseen=foreseen, **facts)


def give_up(run_directory: str, *, check: bool, foreseen: str | None = None) -> CutoverOutcome:
    """A roll-back that has changed nothing yet: the run is what it was before.

    @raise InputError: there is none, or it has changed something.
    """
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        history = _history(run, foreseen if check else None)
        now = _last(history)
        if now != "rolling_back":
            raise InputError(
                f"The run in {run.path} is {now.replace('_', ' ')}, there is no roll-back to give up. {_INSTEAD[now]}"
            )
        back = _last(history[:-1])
        history = (*history, {"state": back, "at": journal.now(), "given_up": now})
        if not check:
            run.write(run.cutover, {"history": list(history)})
    return CutoverOutcome(True, back, now, history)


def state_of(run: RunDirectory) -> str:
    """Where the cut-over stands."""
    return _last(_history(run, None))


def enter(
    run: RunDirectory, state: str, *, check: bool, foreseen: str | None = None, **facts: t.Any
) -> CutoverOutcome:
    """As I(cutover), for who holds the run directory; I(facts) are kept beside the state.

    @raise InputError: the state cannot follow the present one.
    """
    history = _history(run, foreseen if check else None)
    now = _last(history)
    if now == state:
        return CutoverOutcome(False, now, now, history)
    if now not in _FROM[state]:
        raise InputError(
            f"The run in {run.path} is {now.replace('_', ' ')}, it cannot become {state.replace('_', ' ')}. "
            f"{_INSTEAD[now]}"
        )
    history = (*history, {"state": state, "at": journal.now(), **facts})
    if not check:
        run.write(run.cutover, {"history": list(history)})
    return CutoverOutcome(True, state, now, history)


def _history(run: RunDirectory, foreseen: str | None) -> tuple[dict[str, t.Any], ...]:
    history = tuple((run.read_optional(run.cutover, "cutover") or {}).get("history", ()))
    if foreseen is None or _last(history) == foreseen:
        return history
    return (*history, {"state": foreseen, "at": journal.now()})


def _last(history: tuple[dict[str, t.Any], ...]) -> str:
    return str(history[-1]["state"]) if history else "open"


__all__ = ("STATES", "CutoverOutcome", "State", "cutover", "enter", "give_up", "state_of")
