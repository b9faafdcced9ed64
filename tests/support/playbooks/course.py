# SPDX-License-Identifier: GPL-3.0-or-later
"""The course: every documented tag once, in the order in which environments go, with what each must have done.

Four acts, each in an environment of its own: an installation from nothing, a target for a migration, a migration
forth and back, an abort.
What an environment is, Place says; the walk over it is in walk.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tests.support.playbooks.ansible import Run


class Place(Protocol):
    """An environment with writers, a source, a target and a quickstart, as the course looks at it."""

    @property
    def database(self) -> str: ...

    @property
    def writers(self) -> Sequence[str]: ...

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run: ...

    def runs(self, writer: str) -> bool: ...

    def sold(self, side: Literal["source", "target"]) -> int | None:
        """Rows of the application's table, None where there is none."""

    def target_databases(self) -> Sequence[str]: ...

    def refuses(self) -> bool:
        """Whether the source refuses what the application's own account writes."""

    def configured(self) -> str:
        """The kind of database that the writers' own configuration names: mysql or postgresql."""

    def quickstart(self) -> str:
        """The compose file of the quickstart."""

    def record(self, name: str) -> str | None:
        """The text of a file below the folder that holds the run directory; None where there is none."""

    def records(self) -> Mapping[str, str]:
        """Names and checksums of the files of run, rehearsal and backups, but for locks."""


@dataclass(frozen=True)
class Step:
    """One tag of one playbook."""

    playbook: str
    tag: str
    did: Callable[[Place], bool] | None = None
    """Holds afterwards and not before. None where the step only reads."""
    says: str = ""
    """Part of the output of the real run."""
    missing: str = ""
    """What check mode says at the beginning of the act. Empty where nothing is missing, so that it predicts."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False
    """From here check mode of the whole playbook predicts all of it."""
    after: tuple[tuple[str, str], ...] = ()
    """Playbooks and tags that run before it in this act, and that are steps of their own elsewhere."""

    @property
    def name(self) -> str:
        return f"{self.playbook} --tags {self.tag}"


def all_run(place: Place) -> bool:
    return all(place.runs(writer) for writer in place.writers)


def none_runs(place: Place) -> bool:
    return not any(place.runs(writer) for writer in place.writers)


def state(place: Place) -> str:
    """How far the cut-over is, as the run directory says."""
    history = json.loads(place.record("run/cutover.json") or '{"history": []}')["history"]
    return str(history[-1]["state"]) if history else "open"


def on_postgresql(place: Place) -> bool:
    """Writers and quickstart name PostgreSQL alone."""
    return place.configured() == "postgresql" and "mysql:" not in place.quickstart()


def _has(name: str) -> Callable[[Place], bool]:
    return lambda place: name in place.records()


def _is(wanted: str) -> Callable[[Place], bool]:
    return lambda place: state(place) == wanted


def _dumped(place: Place) -> bool:
    return f"run/snapshot/{place.database}/manifest.json" in place.records()


def _equal(place: Place) -> bool:
    return json.loads(place.record("run/report.json") or "{}").get("verdict") == "equal"


def _copied(place: Place) -> bool:
    return place.record("source-copy/server.log") is not None


INSPECT = "Run the inspect step first"
GATE = "is open. Run the phase gate first."
SILENT = "Not as it should be: shop at http"
MOVED = "inspect,transform,dump,load,verify"

INSTALLATION = (
    Step("provision", "databases", lambda place: place.database in place.target_databases()),
    Step("provision", "configuration", lambda place: "mysql:" not in place.quickstart()),
    Step(
        "provision",
        "schema",
        lambda place: place.sold("target") == 0,
        missing="Run the phase databases first",
    ),
    Step("provision", "start", all_run),
    Step("provision", "smoke", says="shop: as it should be", missing=SILENT),
)

TARGET = (
    Step("prepare_target", "databases", lambda place: place.database in place.target_databases()),
    Step(
        "prepare_target",
        "schema",
        lambda place: place.sold("target") == 0,
        missing="Run the phase databases first",
    ),
    Step(
        "prepare_target",
        "preflight",
        says="Nothing would stop a migration.",
        missing="would stop a migration",
    ),
)

FORTH_AND_BACK = (
    Step("inventory_check", "inventory_check", says="Nothing in this inventory would stop a run."),
    Step("preflight", "preflight", says="Nothing would stop a migration."),
    Step(
        "rehearse",
        "timings",
        says="This run took",
        missing=INSPECT,
        variables={"migration_reset_confirm": True},
        after=(("rehearse", f"preflight,{MOVED}"),),
    ),
    Step(
        "rehearse",
        "reset",
        lambda place: place.sold("target") == 0,
        missing=INSPECT,
        variables={"migration_reset_confirm": True},
    ),
    Step("rehearse_copy", "restore", _copied, says="SHA-256"),
    Step(
        "remove_copy",
        "remove",
        lambda place: not _copied(place),
        variables={"source_copy_remove_confirm": True},
    ),
    Step("migrate", "preflight", says="to PostgreSQL 17"),
    Step("migrate", "backup", _has("backups/target.sql.gz"), says="source.sql.gz is whole"),
    Step("migrate", "inspect", _has("run/target-catalog.json")),
    Step("migrate", "transform", _has("run/transform.json"), missing=INSPECT),
    Step("migrate", "stop", none_runs, says="Nobody is connected"),
    Step("migrate", "freeze", lambda place: place.refuses()),
    Step("migrate", "dump", _dumped, missing=INSPECT),
    Step("migrate", "load", lambda place: place.sold("target") == place.sold("source"), missing=INSPECT),
    Step("migrate", "verify", _equal, says="Verdict equal", missing=INSPECT),
    Step("verify", "verify", says="Verdict equal", missing=INSPECT),
    Step(
        "cutover",
        "gate",
        _is("begun"),
        missing=INSPECT,
        whole=True,
        variables={"cutover_decision": "go"},
    ),
    Step("cutover", "configuration", on_postgresql, missing=GATE),
    Step("cutover", "start", all_run, missing=GATE),
    Step("cutover", "smoke", _is("done"), says="shop: as it should be", missing=GATE),
    Step(
        "cutover",
        "backup",
        _has("backups/target-after.sql.gz.restored"),
        says="was restored elsewhere",
        missing="is open. Run the phases before it first.",
    ),
    Step(
        "rollback",
        "gate",
        _is("rolling_back"),
        missing=INSPECT,
        whole=True,
        variables={"cutover_accept_loss": True},
    ),
    Step("rollback", "stop", none_runs, missing=GATE),
    Step(
        "rollback",
        "configuration",
        lambda place: place.configured() == "mysql" and "mysql:" in place.quickstart(),
        missing=GATE,
    ),
    Step("rollback", "thaw", lambda place: not place.refuses(), missing=GATE),
    Step("rollback", "start", all_run, missing=GATE),
    Step("rollback", "smoke", _is("rolled_back"), says="shop: as it should be", missing=GATE),
    Step(
        "reset",
        "reset",
        lambda place: place.sold("target") == 0,
        missing=INSPECT,
        variables={"migration_reset_confirm": True, "migration_reset_accept_loss": True},
    ),
)

ABORT = (
    Step("abort", "gate", _is("aborting"), missing=INSPECT, whole=True, after=(("migrate", "all"),)),
    Step("abort", "thaw", lambda place: not place.refuses(), missing=GATE),
    Step("abort", "start", all_run, missing=GATE),
    Step("abort", "smoke", _is("aborted"), says="The abort took", missing=GATE),
    Step("cleanup", "cleanup", lambda place: not _dumped(place), missing=INSPECT),
)

ACTS = {"installation": INSTALLATION, "target": TARGET, "forth and back": FORTH_AND_BACK, "abort": ABORT}
