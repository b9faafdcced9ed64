# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Clean-up: a finished run leaves no rows behind but those of the application's own tables.

Away go the ledger's schema on the target, with the seed rows it keeps, and the snapshot with its chunks, file by
file: what no step of a run makes is somebody's, stays, and is told. What tells of the run stays: report, journal,
list of altered values, catalogs, plan. Afterwards neither the reset nor a resumed step is possible, so that an
unverified run is refused.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field, replace

from .._catalog import Server
from .._errors import InputError, TargetNotReady
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._run import journal, removal
from .._run.directory import RunDirectory

if t.TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Connection

    from .._logins import PostgreSQLLogin
    from .._postgresql.connection import Row
    from .._postgresql.ledger import Ledger
    from .._run.removal import Belongings


@dataclass(frozen=True)
class Removed:
    """One thing that goes: a ledger, a folder of chunks, or the run directory."""

    kind: t.Literal["ledger", "snapshot", "run directory"]
    name: str
    files: int = 0
    bytes: int = 0

    def to_json(self) -> dict[str, t.Any]:
        """For the module's result."""
        return {"kind": self.kind, "name": self.name, "files": self.files, "bytes": self.bytes}

    def __str__(self) -> str:
        size = f" ({self.files} files, {self.bytes} bytes)" if self.kind != "ledger" else ""
        return f"{self.kind} {self.name}{size}"


@dataclass(frozen=True)
class CleanupOutcome:
    """What was, or would be, removed."""

    changed: bool
    seconds: float
    removed: tuple[Removed, ...]
    check: bool = False
    left: tuple[str, ...] = ()
    """Entries of the run directory that no step made, by their place in it."""

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        verb = "would remove" if self.check else "removed"
        return {
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
            "removed": [one.to_json() for one in self.removed],
            "left": list(self.left),
            "actions": [f"{verb} {one}" for one in self.removed]
            + [f"left alone, since no step made it: {name}" for name in self.left],
        }


def cleanup(
    login: PostgreSQLLogin,
    run_directory: str,
    *,
    allow_unverified: bool = False,
    keep_records: bool = True,
    check: bool = False,
) -> CleanupOutcome:
    """Remove ledgers and chunks of this run, and without `keep_records` all files of the run.

    Raises InputError: the run is not verified and `allow_unverified` does not say that this is known;
    raises TargetNotReady: a load is half done (only a reset may take its ledger); raises AlreadyRunning.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    if not keep_records and run.fresh():
        return _rest(run, start, check)
    run.check()
    with run.locked(), _Cleanup(run, login, keep_records) as job:
        job.look()
        found = job.found()
        if found and not allow_unverified:
            _check_verified(run)
        if found and not check:
            job.remove(found)
    return CleanupOutcome(bool(found), time.monotonic() - start, tuple(found), check, job.left)


def _rest(run: RunDirectory, start: float, check: bool) -> CleanupOutcome:
    """Where no run has begun there can be key and lock, which a killed clean-up removes last."""
    files = removal.of_run(run)
    if not files.files:
        return CleanupOutcome(False, time.monotonic() - start, ())
    removed = _measured("run directory", run.path, files)
    if not check:
        removal.remove(files)
    return CleanupOutcome(True, time.monotonic() - start, (removed,), check)


def _check_verified(run: RunDirectory) -> None:
    if run.read(run.run, "inspect").get("cleaned"):
        return
    report = run.read_optional(run.report, "verify")
    verdict = report.get("verdict") if report and report.get("run_id") == run.run_id() else None
    if verdict != "equal":
        said = "says that source and target differ" if verdict else "does not exist"
        raise InputError(
            f"The run in {run.path} is not verified: its report {said}. After the clean-up its load can neither "
            "be resumed nor taken back. Run the verify step first, or set allow_unverified=true."
        )


@dataclass
class _Cleanup:
    """One run of the verb: a session per target database that has our ledger."""

    run: RunDirectory
    login: PostgreSQLLogin
    keep_records: bool
    connections: list[Connection[Row]] = field(default_factory=list)
    ledgers: dict[str, list[Ledger]] = field(default_factory=dict)
    """Ours, by the name of the database; several where the run moves into several schemas of it."""

    def __enter__(self) -> _Cleanup:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self.connections:
            connection.close()

    def look(self) -> None:
        """Find our ledgers; raises TargetNotReady: one of them is still needed."""
        facts = self.run.read(self.run.run, "inspect")
        login = replace(self.login, server=Server.identity_in(facts.get("target", "")))
        for name in dict.fromkeys(facts.get("target_databases", ())):
            connection = postgresql.connect(login, name, "clean-up")
            self.connections.append(connection)
            ledger.lock(connection, name)
            # Another run's ledger is that run's affair.
            mine = [(book, one) for book, one in ledger.find(connection) if one.run_id == facts["run_id"]]
            entry = next((one for _book, one in mine if one.state != "complete"), None)
            if entry is not None:
                what = "reset" if entry.state == "resetting" else "load"
                raise TargetNotReady(
                    f"The {what} of {name} is not complete, and its ledger alone knows which indexes and keys have "
                    f"to come back. Finish the {what}, or reset it."
                )
            if mine:
                self.ledgers[name] = [book for book, _entry in mine]

    @property
    def files(self) -> Belongings:
        """What is to go of the run directory, and what of it is not ours."""
        return removal.of_snapshot(self.run) if self.keep_records else removal.of_run(self.run)

    @property
    def left(self) -> tuple[str, ...]:
        """What stays there, since it is not ours."""
        return tuple(sorted(path.relative_to(self.run.path).as_posix() for path in self.files.foreign))

    def found(self) -> list[Removed]:
        """What there is to remove."""
        found = [
            Removed("ledger", f"{name}.{book.schema}")
            for name, books in self.ledgers.items()
            for book in books
        ]
        if not self.keep_records:
            found.append(_measured("run directory", self.run.path, self.files))
        elif self.files.removable:
            found.append(_measured("snapshot", self.run.snapshot, self.files))
        return found

    def remove(self, found: list[Removed]) -> None:
        """Ledgers first: without its chunks a ledger would still be understood, the other way round too."""
        for books in self.ledgers.values():
            ledger.drop(books)
        # No later step may take the run for an unfinished one, and a clean-up that is killed here goes on.
        self.run.bind(cleaned=True)
        removal.remove(self.files)
        if self.keep_records:
            journal.record(self.run, "cleanup", "finished", removed=[str(one) for one in found])


def _measured(kind: t.Literal["snapshot", "run directory"], folder: Path, files: Belongings) -> Removed:
    return Removed(kind, str(folder), len(files.files), files.bytes)


__all__ = ("CleanupOutcome", "Removed", "cleanup")
