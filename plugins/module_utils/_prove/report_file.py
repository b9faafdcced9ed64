# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""When a report stands in the run directory: only where a verification has come to its verdict."""

from __future__ import annotations

import typing as t

from .._errors import ConvergenceError
from .._mysql import moment

if t.TYPE_CHECKING:
    from .._run.directory import RunDirectory

_SAME: t.Final = ("run_id", "plan", "snapshot", "evidence_hash", "verdict")
_SAME_PROOF: t.Final = ("mode", "source", "still_by", "frozen_since")


def take_back(run: RunDirectory, check: bool) -> dict[str, t.Any]:
    """Let no verdict stand while a verification works, and give the report that stood; a `check` only looks.

    However this verification ends, killed or by an error of whatever kind, `report.json` says nothing until it
    has come to a verdict of its own.
    """
    try:
        old = run.read_optional(run.report, "verify") or {}
    except ConvergenceError:
        old = {}  # damaged: it is replaced
    if not check:
        run.set_report_aside("verify")
    return old


def says_the_same(old: dict[str, t.Any], new: dict[str, t.Any]) -> bool:
    """The same verdict, of the same things, worth the same."""
    was, now = old.get("proof", {}), new["proof"]
    if any(old.get(key) != new[key] for key in _SAME) or any(was.get(key) != now[key] for key in _SAME_PROOF):
        return False
    # A source that was restarted since is proved anew: its former position proves nothing any more.
    positions = was.get("position_at_verify"), now["position_at_verify"]
    return not (positions[0] and positions[1] and moment.doubtful(positions[0], positions[1]))


def let_stand(run: RunDirectory, new: dict[str, t.Any] | None) -> None:
    """The report that stands from now on: `new`, or `None` for the one that was taken back, byte for byte."""
    old = run.report_before("verify")
    if new is None:
        old.replace(run.report)
    else:
        run.write(run.report, new)
        old.unlink(missing_ok=True)


__all__ = ("let_stand", "says_the_same", "take_back")
