# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The gate of the cut-over: ask the servers whether what the report proves still holds, then note the begin.

A report is a file of yesterday. Source and target are asked now, and what is accepted of them goes into cutover.json.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime

from .._bound.bound import Bound
from .._errors import GateRefused
from .._run import cutover_state, journal, manifest
from .._run.directory import RunDirectory
from . import cutover
from .gate_answers import WORD, Answers
from .gate_servers import SourceAsked, ask_target

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._logins import MySQLLogin, PostgreSQLLogin


@dataclass(frozen=True)
class GateOutcome:
    """What was asked and answered; without it where the cut-over had begun before."""

    changed: bool
    state: str
    before: str
    lines: tuple[str, ...] = ()
    """What the decision is about, for people."""
    asked: tuple[dict[str, str], ...] = ()
    accepted: tuple[str, ...] = ()
    age: float | None = None
    """Seconds between the verification and now."""

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "state": self.state,
            "lines": list(self.lines),
            "asked": list(self.asked),
            "accepted": list(self.accepted),
            "age_seconds": self.age,
            "diff": {"before": f"{self.before}\n", "after": f"{self.state}\n"},
        }


def gate(
    login: PostgreSQLLogin,
    source_login: MySQLLogin | None,
    freezer_login: MySQLLogin | None,
    run_directory: str,
    *,
    accept_unfrozen: bool = False,
    ignore_users: Sequence[str] = (),
    check: bool = False,
) -> GateOutcome:
    """Begin the cut-over, unless the proof does not hold any more or is not enough.

    `source_login`: as verify; `None` leaves the source out, which is a risk. `freezer_login`: the account that
    sees accounts and sessions, by default `source_login`. `ignore_users`: whose sessions may be open.
    `accept_unfrozen`: the operator takes upon himself what the proof does not cover.

    Where the cut-over has begun already nothing is asked: the application may have written to the target.

    Raises GateRefused: `details`: `refused`, `risks`, `asked`; raises InputError: this run cannot begin one.
    """
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        before = cutover_state.state_of(run)
        if before in {"begun", "done"}:
            return GateOutcome(False, before, before)
        cutover.enter(run, "begun", check=True)
        job = _Gate(run, accept_unfrozen)
        job.ask(login, source_login, freezer_login, ignore_users)
        if not check:
            cutover.enter(run, "begun", check=False, gate=job.record())
    facts = job.record()
    return GateOutcome(
        True,
        "begun",
        before,
        tuple(job.lines()),
        tuple(facts["asked"]),
        tuple(facts["accepted"]),
        facts["age_seconds"],
    )


class _Gate:
    """One asking."""

    def __init__(self, run: RunDirectory, accept_unfrozen: bool) -> None:
        self.run = run
        self.accept_unfrozen = accept_unfrozen
        self.answers = Answers()
        self.report: dict[str, t.Any] = {}

    def ask(
        self,
        login: PostgreSQLLogin,
        source_login: MySQLLogin | None,
        freezer_login: MySQLLogin | None,
        ignore_users: Sequence[str],
    ) -> None:
        """Everything, and then all that is wrong at once; raises GateRefused."""
        report = self.equal_report()
        bound = Bound(self.run)
        manifests = [manifest.load(self.run, plan.name) for plan in bound.databases]
        whole = [found for found in manifests if found is not None and found.complete]
        self.report = {**report, "freeze": self.run.read_optional(self.run.freeze, "freeze")}
        self.is_of_what_lies_here(bound.fingerprint, whole, len(bound.databases))
        self.is_enough()
        SourceAsked(bound.databases, bound.source_catalog, self.report, self.answers).ask(
            source_login, freezer_login, ignore_users
        )
        for plan, found, database in zip(bound.databases, whole, self.report["databases"], strict=True):
            ask_target(login, plan, bound, found, database["table_results"], self.answers)
        self.answers.check(self.accept_unfrozen)

    # --- the report -------------------------------------------------------------------------------

    def equal_report(self) -> dict[str, t.Any]:
        """Raises GateRefused: there is none that says equal; raises InputError: its seal is broken."""
        report = self.run.read_optional(self.run.report, "verify") or {}
        if report.get("verdict") != "equal" or "proof" not in report:
            said = (
                report.get("verdict", "there is none") if "proof" in report or not report else "an older one"
            )
            raise GateRefused(
                f"{self.run.path} has no report that says equal ({said}). Run verify first; nothing is cut over on "
                "trust.",
                refused=[f"no report that says equal ({said})"],
            )
        self.answers.verified = report["verified"]
        return report

    def is_of_what_lies_here(self, plan: str, manifests: Sequence[manifest.Manifest], databases: int) -> None:
        """Raises GateRefused: it proves something else, so that there is nothing to ask the servers about."""
        wrong = []
        if self.report["run_id"] != self.run.run_id():
            wrong.append("it is of another run")
        if self.report["plan"] != plan:
            wrong.append("it was made by another plan than the one in transform.json")
        if len(manifests) != databases or self.report["snapshot"] != manifest.snapshot_fingerprint(manifests):
            wrong.append("it is of another snapshot than the one in the run directory")
        if wrong:
            raise GateRefused(
                f"The report in {self.run.report} does not prove what lies there now: {', and '.join(wrong)}. Run "
                "verify again; nothing was changed.",
                refused=wrong,
            )

    def is_enough(self) -> None:
        """What the proof itself does not cover."""
        proof = self.report["proof"]
        if proof["mode"] == "live":
            self.answers.risks.append(
                f"The proof is of a dump in mode live (migration_mode), of a moment of {proof['sums_of']}: the source "
                "was in use, and whatever was written to it since is not in it"
            )
        elif proof["source"] != "computed now":
            self.answers.risks.append(
                f"The proof is by sums that were kept of the source on {proof['sums_of']}, the source itself was not "
                "asked (migration_verify_source)"
            )
        if self.report.get("source_files"):
            self.answers.risks.append(
                "The source is a copy, restored from dump files: what was written to the original after these were "
                "made is not in it"
            )
        self.answers.note("proof", f"mode {proof['mode']}, sums of the source {proof['source']}")

    # --- what it was -------------------------------------------------------------------------------

    @property
    def age(self) -> float:
        """Seconds since the verification; below zero where a clock was set back."""
        ended, now = map(datetime.fromisoformat, (self.report["verified"], journal.now()))
        return round((now - ended).total_seconds(), 3)

    def record(self) -> dict[str, t.Any]:
        """For cutover.json: what was asked, answered and accepted, and what it is worth."""
        return {
            "asked": self.answers.asked,
            "accepted": self.answers.risks,
            "age_seconds": self.age,
            "verified": self.report["verified"],
            "evidence_hash": self.report["evidence_hash"],
        }

    def lines(self) -> list[str]:
        """For whoever decides."""
        databases = self.report["databases"]
        rows, tables = (sum(database[key] for database in databases) for key in ("rows", "tables"))
        found = [
            f"Equal: {rows} rows of {tables} tables, proved {self.report['verified']} ({_ago(self.age)}), evidence "
            f"hash {self.report['evidence_hash']}"
        ]
        found += [
            f"{database['name']}: {database['tables']} tables, {database['rows']} rows, {database['alterations']} "
            f"values altered by a rule, {database['verdict']}"
            for database in databases
        ]
        found += [f"Asked now, {one['what']}: {one['answer']}" for one in self.answers.asked]
        if self.answers.risks:
            found += [f"ACCEPTED by {WORD}: {risk}" for risk in self.answers.risks]
            found.append(f"{self.answers.consequence()}.")
        return found


def _ago(seconds: float) -> str:
    if seconds < 0:
        return "in the future, as this host's clock says"
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} seconds ago"


__all__ = ("GateOutcome", "gate")
