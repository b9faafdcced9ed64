# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Reset: the target as it was before the load. The source is not even asked.

Works from every state of a load, half done and killed ones included, and needs only the ledger: each step
is a transaction of its own that the ledger knows of, so that a killed reset goes on with the same command.
"""

from __future__ import annotations

import re
import time
import typing as t
from dataclasses import dataclass, field, replace

from .._catalog import catalog_from_json
from .._errors import InputError, ServerError, TargetNotReady
from .._postgresql import before, ledger, rebuild
from .._postgresql import catalog as postgresql_catalog
from .._postgresql import connection as postgresql
from .._snapshot import journal
from .._snapshot.layout import RunDirectory
from . import schema

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._catalog import Database
    from .._logins import PostgreSQLLogin
    from .._postgresql.before import Filled
    from .._postgresql.connection import Row

_LASTING: t.Final = re.compile(
    r"table .*?: (it is gone|(columns|column .*|kind|partitioned by|partition .* (bound|kind|column .*))[:,])"
)
"""Differences that no rebuild mends: columns and partitions; keys, indexes and triggers may be off."""


@dataclass(frozen=True)
class ResetOutcome:
    """What was, or would be, taken back per database."""

    changed: bool
    seconds: float
    databases: tuple[dict[str, t.Any], ...] = ()
    actions: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
            "databases": list(self.databases),
            "actions": list(self.actions),
        }


def reset(login: PostgreSQLLogin, run_directory: str, *, confirm: bool, check: bool = False) -> ResetOutcome:
    """Empty what this run's load filled and give it back its rows, keys, triggers and sequences of before.

    @raise InputError: nobody confirmed it, or the run was cleaned up; @raise TargetNotReady: the ledger
    is another run's, or the schema changed since; @raise ServerError; @raise AlreadyRunning.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    run.check()
    run.check_open()
    with run.locked(), _Reset(run, login) as job:
        job.look()
        if not job.open:
            return ResetOutcome(False, time.monotonic() - start)
        if check:
            would = tuple(f"would reset {target.name}" for target in job.open)
            return ResetOutcome(True, time.monotonic() - start, job.facts(), would)
        if not confirm:
            raise InputError(
                f"A reset empties {_places(job.open)} and was not confirmed. "
                "Everything written to these tables since the load goes with it. Set confirm=true to do it, "
                "or run in check mode to see what it would do.",
                databases=list(job.facts()),
            )
        with journal.phase(run, "reset") as facts:
            for target in job.open:
                job.reset(target)
            facts["databases"] = [target.name for target in job.open]
            run.set_report_aside("reset")
    return ResetOutcome(True, time.monotonic() - start, job.facts(), tuple(job.actions))


@dataclass
class _Target:
    """One database with a ledger of this run."""

    name: str
    connection: Connection[Row] = field(repr=False)
    inspected: Database
    state: str = ""
    filled: list[Filled] = field(default_factory=list)
    loaded_rows: int = 0
    kept_rows: int = 0

    def facts(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "state": self.state,
            "tables": len(self.filled),
            "loaded_rows": self.loaded_rows,
            "kept_rows": self.kept_rows,
        }


class _Reset:
    """One run of the verb: a session per target database."""

    def __init__(self, run: RunDirectory, login: PostgreSQLLogin) -> None:
        self.run = run
        self.run_id = run.run_id()
        self.catalog = _target_catalog(run)
        self.login = replace(login, server=self.catalog.server["identity"])
        self.connections: list[Connection[Row]] = []
        self.open: list[_Target] = []
        self.actions: list[str] = []

    def __enter__(self) -> _Reset:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self.connections:
            connection.close()

    def facts(self) -> tuple[dict[str, t.Any], ...]:
        """What is, or was, to be reset."""
        return tuple(target.facts() for target in self.open)

    # --- before anything changes ------------------------------------------------------------------

    def look(self) -> None:
        """Find the databases that a load of this run has touched; @raise TargetNotReady: not ours to reset."""
        for name, inspected in self.catalog.databases.items():
            connection = postgresql.connect(self.login, name, "reset")
            self.connections.append(connection)
            ledger.lock(connection, name)
            owner = ledger.owner(connection)
            if owner is None:
                continue
            if owner[0] != self.run_id:
                raise TargetNotReady(
                    f"The target database {name} holds the ledger of another run. Reset it with the run "
                    "directory of that run."
                )
            target = _Target(name, connection, inspected, owner[2], before.filled(connection))
            target.loaded_rows = ledger.loaded_rows(connection)
            target.kept_rows = before.kept_rows(connection, target.filled)
            self.check_columns(target)
            self.open.append(target)

    def check_columns(self, target: _Target) -> None:
        """@raise TargetNotReady: somebody changed the tables since, so that before cannot come back."""
        tables = [one.table for one in target.filled]
        found = schema.differences(target.inspected, _read(target), tables)
        schema.refuse(
            f"Tables of the target database {target.name} were changed after the load, so that they cannot be made "
            "what they were",
            [line for line in found if _LASTING.match(line)],
            "Nothing was reset. Undo that change (target-catalog.json has all of before), or make the database anew.",
        )

    # --- the reset --------------------------------------------------------------------------------

    def reset(self, target: _Target) -> None:
        """All steps of one database; each may find its work done by an earlier call."""
        connection = target.connection
        ledger.set_state(connection, "resetting")
        ledger.relax(connection)
        for name in sorted({one.schema for one in target.filled}):
            tables = [one.table for one in target.filled if one.schema == name]
            rebuild.take_off(connection, name, tables, indexes=False)
        for one in target.filled:
            self.empty(target, one)
        rebuild.prepare_session(connection)
        for table in sorted({one.table for one in ledger.taken_off(connection, "index")}):
            rebuild.restore_indexes(connection, table)
        rebuild.add_foreign_keys(connection)
        for table in sorted({one.table for one in ledger.taken_off(connection, "foreign key")}):
            rebuild.validate_foreign_keys(connection, table)
        rebuild.restore_triggers(connection)
        before.put_back_sequences(connection)
        self.check_schema(target)
        ledger.drop(connection)
        self.actions.append(
            f"{target.name}: emptied {len(target.filled)} tables, put {target.kept_rows} rows of before back, "
            "with all keys, triggers and sequences as they were; dropped the ledger"
        )

    @staticmethod
    def empty(target: _Target, one: Filled) -> None:
        try:
            before.put_back(target.connection, one)
        except ServerError as error:
            raise ServerError(
                f"The table {one.table} of {target.name} could not be emptied: {error} If the application uses "
                "the table, stop it. Then run the reset again: it goes on where it stopped."
            ) from error

    @staticmethod
    def check_schema(target: _Target) -> None:
        """@raise TargetNotReady: an index, key or trigger is not as it was; the ledger stays."""
        tables = [one.table for one in target.filled]
        schema.refuse(
            f"The tables of {target.name} are empty again, but the schema is not as it was before the load",
            schema.differences(target.inspected, _read(target), tables),
            "Correct it (target-catalog.json has all of before), and run the reset again.",
        )


def _read(target: _Target) -> Database:
    return postgresql_catalog.read_database(
        target.connection, target.name, target.inspected.schema or "public"
    )


def _target_catalog(run: RunDirectory) -> t.Any:
    data = run.read(run.target_catalog, "inspect")
    try:
        return catalog_from_json(data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{run.target_catalog} is damaged ({error}). Bring it back from a backup."
        ) from error


def _places(targets: list[_Target]) -> str:
    return " and ".join(
        f"{len(target.filled)} tables with {target.loaded_rows} loaded rows in {target.name}"
        for target in targets
    )


__all__ = ("ResetOutcome", "reset")
