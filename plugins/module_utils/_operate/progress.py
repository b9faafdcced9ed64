# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Progress: what a run directory says about a running or finished run. Files only."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._run import journal, manifest
from .._run.directory import RunDirectory

State = t.Literal["inspected", "transformed", "dumping", "dumped", "loaded", "equal", "different", "cleaned"]


@dataclass(frozen=True)
class RunInfo:
    """How far a run came, how large it is, where its time went."""

    changed: bool
    run_id: str
    state: State
    databases: list[dict[str, t.Any]]
    phases: list[dict[str, t.Any]]

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "run_id": self.run_id,
            "state": self.state,
            "databases": self.databases,
            "phases": self.phases,
        }


def info(run_directory: str) -> RunInfo:
    """Read `run_directory` without holding it, so that a running step is not disturbed.

    Raises InputError: no run directory.
    """
    run = RunDirectory(run_directory)
    run.check()
    run_id = run.run_id()
    databases = []
    for folder in sorted(run.snapshot.iterdir()) if run.snapshot.exists() else []:
        found = manifest.load(run, folder.name)
        if found is not None:
            databases.append(_database(found))
    phases = journal.phases(run)
    return RunInfo(False, run_id, _state(run, databases, phases), databases, phases)


def _database(found: manifest.Manifest) -> dict[str, t.Any]:
    chunks = [chunk for table in found.tables.values() for chunk in table.chunks]
    return {
        "name": found.database,
        "complete": found.complete,
        "mode": found.mode,
        "tables": len(found.tables),
        "rows": found.rows,
        "bytes": found.bytes,
        "file_bytes": sum(chunk.file_bytes for chunk in chunks),
        "chunks_done": sum(1 for chunk in chunks if chunk.sha256),
        "chunks_total": len(chunks),
        "alterations": sum(found.alterations.values()),
    }


def _state(run: RunDirectory, databases: list[dict[str, t.Any]], phases: list[dict[str, t.Any]]) -> State:
    if run.read(run.run, "inspect").get("cleaned"):
        return "cleaned"
    finished = {phase["name"] for phase in phases if phase["state"] == "finished"} - _taken_back(run)
    if "verify" in finished and run.report.exists():
        return "equal" if run.read(run.report, "verify").get("verdict") == "equal" else "different"
    if "load" in finished:
        return "loaded"
    if databases:
        return "dumped" if all(database["complete"] for database in databases) else "dumping"
    return "transformed" if run.transform.exists() else "inspected"


def _taken_back(run: RunDirectory) -> set[str]:
    """Phases that were finished before the last reset, or of an earlier snapshot, and not since."""
    back = (("reset", "finished"), ("dump", "began anew"))
    events = [(event["phase"], event["event"]) for event in journal.events(run)]
    taken = [number for number, event in enumerate(events) if event in back]
    later = {phase for phase, event in events[taken[-1] :] if event == "finished"} if taken else set()
    return {"load", "verify"} - later if taken else set()


__all__ = ("RunInfo", "info")
