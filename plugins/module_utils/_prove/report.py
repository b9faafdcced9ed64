# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The report of a verification: when it stands, and what its verdict is worth, as fields and in words."""

from __future__ import annotations

import typing as t

from .._errors import ConvergenceError
from .._mysql import moment

if t.TYPE_CHECKING:
    from .._run.directory import RunDirectory

SOURCE_NOW: t.Final = "computed now"
SOURCE_KEPT: t.Final = "kept"
_SAME: t.Final = ("run_id", "plan", "snapshot", "evidence_hash", "verdict")
_SAME_PROOF: t.Final = ("mode", "source", "frozen_since")


def take_back(run: RunDirectory, check: bool) -> dict[str, t.Any]:
    """Let no verdict stand while a verification works, and give the report that stood; a I(check) only looks.

    However this verification ends, killed or by an error of whatever kind, C(report.json) says nothing until it
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
    """The report that stands from now on: I(new), or C(None) for the one that was taken back, byte for byte."""
    old = run.report_before("verify")
    if new is None:
        old.replace(run.report)
    else:
        run.write(run.report, new)
        old.unlink(missing_ok=True)


def proof(
    run: RunDirectory,
    *,
    mode: str,
    sums_of: str | None,
    at_dump: dict[str, t.Any],
    at_verify: dict[str, t.Any] | None,
    verified: str,
) -> dict[str, t.Any]:
    """C(report["proof"]): what was compared, and what held while it was.

    C(mode)                C(frozen) or C(live), of the dump
    C(source)              C(computed now): the source hashed its rows in this verification; C(kept): it was not asked
    C(sums_of)             when its sums were computed: now, or by the dump (mode live) or an earlier verification
    C(position_at_dump)    what C(_mysql.snapshot.position) said when the readers of the dump opened
    C(position_at_verify)  the same after the source's rows were hashed, C(None) where it was not asked
    C(frozen_since)        when the freeze of this run directory began, C(None) where none is in force (freeze.json)
    C(verified)            end of the verification

    Times are ISO 8601 in UTC. Beside it stand C(run_id), C(plan) (C(Transform.fingerprint)) and C(snapshot)
    (C(manifest.snapshot_fingerprint)): whoever acts on the report compares them with what there is now.
    """
    freeze = run.read_optional(run.freeze, "freeze") or {}
    return {
        "mode": mode,
        "source": SOURCE_NOW if at_verify is not None else SOURCE_KEPT,
        "sums_of": sums_of or verified,
        "position_at_dump": at_dump,
        "position_at_verify": at_verify,
        "frozen_since": None if freeze.get("thawed") else freeze.get("frozen"),
        "verified": verified,
    }


def worth(found: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same for a module's result: without positions, and with C(copy), whether the source is a restored one."""
    kept = {key: value for key, value in found["proof"].items() if not key.startswith("position_")}
    return {**kept, "copy": bool(found.get("source_files"))}


__all__ = ("SOURCE_KEPT", "SOURCE_NOW", "let_stand", "proof", "says_the_same", "take_back", "worth")
