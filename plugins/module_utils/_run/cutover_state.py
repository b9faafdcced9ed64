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

from .._errors import InputError
from . import journal

if t.TYPE_CHECKING:
    from .directory import RunDirectory

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
    "aborted": "This run was aborted. Begin another one with another migration_run_directory.",
    "rolling_back": "A roll-back has begun: run rollback again to finish it.",
    "turning_back": "A roll-back has begun: run rollback again to finish it.",
    "rolled_back": "This run was rolled back. Begin another one with another migration_run_directory.",
}

History = tuple[dict[str, t.Any], ...]
"""Every state with the time it was entered at, and the facts kept beside it; empty: open."""


def history(run: RunDirectory, foreseen: str | None = None) -> History:
    """The states so far; `foreseen`: for a check, the state that an earlier one would have entered."""
    found = tuple((run.read_optional(run.cutover, "cutover") or {}).get("history", ()))
    if foreseen is None or last(found) == foreseen:
        return found
    return (*found, {"state": foreseen, "at": journal.now()})


def last(found: History) -> str:
    """The state that a history ends with."""
    return str(found[-1]["state"]) if found else "open"


def state_of(run: RunDirectory) -> str:
    """Where the cut-over stands."""
    return last(history(run))


def entered(run: RunDirectory, found: History, state: str, **facts: t.Any) -> History:
    """`found` with `state` at its end; the same where it stands there.

    Raises InputError: the state cannot follow the present one; the message says what can.
    """
    now = last(found)
    if now == state:
        return found
    if now not in _FROM[state]:
        raise InputError(
            f"The run in {run.path} is {now.replace('_', ' ')}, it cannot become {state.replace('_', ' ')}. "
            f"{_INSTEAD[now]}"
        )
    return (*found, {"state": state, "at": journal.now(), **facts})


def given_up(run: RunDirectory, found: History) -> History:
    """`found` without its last roll-back; raises InputError: there is none, or it has changed something."""
    now = last(found)
    if now != "rolling_back":
        raise InputError(
            f"The run in {run.path} is {now.replace('_', ' ')}, there is no roll-back to give up. {_INSTEAD[now]}"
        )
    return (*found, {"state": last(found[:-1]), "at": journal.now(), "given_up": now})


def keep(run: RunDirectory, found: History) -> None:
    """Write it down."""
    run.write(run.cutover, {"history": list(found)})


__all__ = ("STATES", "History", "State", "entered", "given_up", "history", "keep", "last", "state_of")
