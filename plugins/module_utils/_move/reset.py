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
from dataclasses import dataclass, field

from .._bound import changes, schema
from .._bound.bound import on_target, target_catalog
from .._errors import InputError, ServerError, TargetNotReady
from .._postgresql import before, ledger, rebuild
from .._postgresql import catalog as postgresql_catalog
from .._postgresql import connection as postgresql
from .._postgresql.connection import query, transaction
from .._run import journal
from .._run.cutover_state import state_of
from .._run.directory import RunDirectory

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._bound.changes import Change
    from .._catalog import Database
    from .._logins import PostgreSQLLogin
    from .._postgresql.before import Filled
    from .._postgresql.connection import Row
    from .._postgresql.ledger import Ledger

_SHOWN: t.Final = 5
_WORKED: t.Final = {"begun", "done", "rolling_back", "turning_back", "rolled_back"}

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


def reset(
    login: PostgreSQLLogin,
    run_directory: str,
    *,
    confirm: bool,
    accept_loss: bool = False,
    check: bool = False,
) -> ResetOutcome:
    """Empty what this run's load filled and give it back its previous rows, keys, triggers and sequences.

    `accept_loss`: what was written to these tables since the load may go with it.

    Raises InputError: nobody confirmed it, rows that were written since would be lost, or the run was cleaned up;
    raises TargetNotReady: the ledger is another run's, or the schema changed since; raises ServerError;
    raises AlreadyRunning.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    run.check()
    run.check_open()
    with run.locked(), _Reset(run, login, accept_loss) as job:
        job.look()
        if not job.open:
            return ResetOutcome(False, time.monotonic() - start)
        if check:
            job.refuse_loss()
            would = tuple(f"would reset {target.name}" for target in job.open)
            return ResetOutcome(True, time.monotonic() - start, job.facts(), would)
        if not confirm:
            raise InputError(
                f"A reset empties {_places(job.open)} and was not confirmed.{job.loss()} Set confirm=true "
                "(migration_reset_confirm) to do it, or run in check mode to see what it would do.",
                databases=list(job.facts()),
            )
        job.refuse_loss()
        with journal.phase(run, "reset") as facts:
            for name in dict.fromkeys(target.database for target in job.open):
                job.reset([target for target in job.open if target.database == name])
            facts["databases"] = [target.name for target in job.open]
            run.set_report_aside("reset")
    return ResetOutcome(True, time.monotonic() - start, job.facts(), tuple(job.actions))


@dataclass
class _Target:
    """One move of this run into a database, by its ledger."""

    name: str
    """The database's, with the schema where the run moves into several of it."""
    database: str
    ledger: Ledger
    inspected: Database
    state: str = ""
    filled: list[Filled] = field(default_factory=list)
    loaded_rows: int = 0
    kept_rows: int = 0
    by_table: dict[str, int] = field(default_factory=dict)
    """Rows that the load brought."""
    since: str | None = None
    """The transaction that ended the load, where it has ended."""
    written: list[Change] = field(default_factory=list)
    """What was written since."""

    @property
    def connection(self) -> Connection[Row]:
        return self.ledger.connection

    @property
    def tables(self) -> list[str]:
        return [one.table for one in self.filled]

    def facts(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "state": self.state,
            "tables": len(self.filled),
            "loaded_rows": self.loaded_rows,
            "kept_rows": self.kept_rows,
            "written": [str(change) for change in self.written],
        }

    def change(self, one: Filled) -> Change | None:
        """What was written to a table beside the load, as it stands now; `None`: nothing.

        Before the load is complete, and once a reset has begun, nobody else's row has a place there: then the number
        of rows tells.
        """
        if one.seed and one.kept is None:
            return None  # the load did not come so far
        loaded = self.by_table.get(one.table, 0)
        if self.since is not None:
            found = changes.count_one(
                self.connection, self.name, one.table, one.rows, loaded, self.since
            ).change
            return found if changes.any_of(found) else None
        rows = int(query(self.connection, f"SELECT count(*) FROM {one.rows}")[0][0])
        kept = before.kept_rows(self.ledger, [one]) if self.state == "resetting" else loaded
        if rows in {loaded, kept}:
            return None
        return changes.Change(self.name, one.table, max(0, rows - loaded), max(0, loaded - rows))


class _Reset:
    """One run of the verb: a session per target database."""

    def __init__(self, run: RunDirectory, login: PostgreSQLLogin, accept_loss: bool) -> None:
        self.run = run
        self.accept_loss = accept_loss
        self.run_id = run.run_id()
        self.catalog = target_catalog(run)
        self.login = on_target(self.catalog, login)
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
        """Find the databases that a load of this run has touched; raises TargetNotReady: not ours to reset."""
        for name in dict.fromkeys(one.name for one in self.catalog.databases.values()):
            connection = postgresql.connect(self.login, name, "reset")
            self.connections.append(connection)
            ledger.lock(connection, name)
            found = ledger.find(connection)
            if any(entry.run_id != self.run_id for _book, entry in found):
                raise TargetNotReady(
                    f"The target database {name} holds the ledger of another run. Reset it with the run "
                    "directory of that run."
                )
            for book, entry in found:
                self.open.append(self.look_at(name, book, entry.state))

    def look_at(self, database: str, book: Ledger, state: str) -> _Target:
        """One move into a database."""
        filled = before.filled(book)
        there = [one for one in self.catalog.databases.values() if one.name == database]
        inspected = self.catalog.of(database, filled[0].schema) if filled else there[0]
        name = database if len(there) == 1 else f"{database}.{inspected.schema}"
        target = _Target(name, database, book, inspected, state, filled)
        target.by_table = ledger.loaded_rows_by_table(book)
        target.loaded_rows = sum(target.by_table.values())
        target.kept_rows = before.kept_rows(book, filled)
        self.check_columns(target)
        if state == "complete":
            target.since = self.end_of_load(book, target.name)
        target.written = [change for change in map(target.change, filled) if change is not None]
        return target

    def end_of_load(self, book: Ledger, name: str) -> str | None:
        """Raises TargetNotReady: nobody can say what was written since, and nobody has accepted its loss."""
        try:
            return changes.moment(book, name)
        except TargetNotReady:
            if self.accept_loss:
                return None
            raise

    def loss(self) -> str:
        """What the reset would lose, as a sentence to follow another; empty where nothing was written."""
        found = [str(change) for target in self.open for change in target.written]
        if not found:
            return ""
        more = f" and {len(found) - _SHOWN} more tables" if len(found) > _SHOWN else ""
        told = "; ".join(found[:_SHOWN])
        return f" The target holds what the load did not bring, and nobody else has it: {told}{more}."

    def refuse_loss(self) -> None:
        """Raises InputError: rows would be lost, and nobody has accepted that."""
        lost = self.loss()
        if not lost or self.accept_loss:
            return
        cutover = state_of(self.run)
        worked = (
            f" The run is {cutover.replace('_', ' ')}: the application has worked on it."
            if cutover in _WORKED
            else ""
        )
        raise InputError(
            f"A reset would lose rows, and nothing was changed.{lost}{worked} Back them up, or set accept_loss=true "
            "(migration_reset_accept_loss) to lose them.",
            databases=list(self.facts()),
        )

    def check_columns(self, target: _Target) -> None:
        """Raises TargetNotReady: somebody changed the tables since, so that before cannot come back."""
        found = schema.differences(target.inspected, _read(target), target.tables)
        schema.refuse(
            f"Tables of the target database {target.name} were changed after the load, so that they cannot be made "
            "what they were",
            [line for line in found if _LASTING.match(line)],
            "Nothing was reset. Undo that change (target-catalog.json has the previous schema), or make the database "
            "anew.",
        )

    # --- the reset --------------------------------------------------------------------------------

    def reset(self, targets: list[_Target]) -> None:
        """All steps of one database; each may find its work done by an earlier call.

        Each step of all its moves before the next one: a key may lead from the tables of one to those of another.
        """
        connection = targets[0].connection
        for target in targets:
            ledger.set_state(target.ledger, "resetting")
        ledger.relax(connection)
        for target in targets:
            for name in sorted({one.schema for one in target.filled}):
                tables = [one.table for one in target.filled if one.schema == name]
                rebuild.take_off(target.ledger, name, tables, indexes=False)
        for target in targets:
            for one in target.filled:
                self.empty(target, one)
        rebuild.prepare_session(connection)
        _put_back([target.ledger for target in targets])
        for target in targets:
            self.check_schema(target)
        ledger.drop([target.ledger for target in targets])
        self.actions += [
            f"{target.name}: emptied {len(target.filled)} tables, put {target.kept_rows} previous rows back, "
            "with all keys, triggers and sequences as they were; dropped the ledger"
            for target in targets
        ]

    def empty(self, target: _Target, one: Filled) -> None:
        try:
            with transaction(target.connection):
                # What was counted before was counted without a lock.
                query(target.connection, f"LOCK TABLE {one.rows} IN ACCESS EXCLUSIVE MODE")
                self.refuse_more_loss(target, one)
                before.put_back(target.ledger, one)
        except ServerError as error:
            raise ServerError(
                f"The table {one.table} of {target.name} could not be emptied: {error} If the application uses "
                "the table, stop it. Then run the reset again: it goes on where it stopped."
            ) from error

    def refuse_more_loss(self, target: _Target, one: Filled) -> None:
        now = target.change(one)
        if now is None or self.accept_loss or now in target.written:
            return
        raise TargetNotReady(
            f"Somebody writes to {target.name} while it is reset ({now}). This table was not emptied, those before it "
            "were. Stop the application, and run the reset again with accept_loss=true (migration_reset_accept_loss) "
            "if these rows may be lost."
        )

    @staticmethod
    def check_schema(target: _Target) -> None:
        """Raises TargetNotReady: an index, key or trigger is not as it was; the ledger stays."""
        schema.refuse(
            f"The tables of {target.name} are empty again, but the schema is not as it was before the load",
            schema.differences(target.inspected, _read(target), target.tables),
            "Correct it (target-catalog.json has the previous schema), and run the reset again.",
        )


def _put_back(books: list[Ledger]) -> None:
    """Indexes, then the keys that stand on them, then triggers and sequences."""
    for book in books:
        for table in sorted({one.table for one in ledger.taken_off(book, "index")}):
            rebuild.restore_indexes(book, table)
    for book in books:
        rebuild.add_foreign_keys(book)
        for table in sorted({one.table for one in ledger.taken_off(book, "foreign key")}):
            rebuild.validate_foreign_keys(book, table)
    for book in books:
        rebuild.restore_triggers(book)
        before.put_back_sequences(book)


def _read(target: _Target) -> Database:
    return postgresql_catalog.read_database(
        target.connection, target.database, target.inspected.schema or "public"
    )


def _places(targets: list[_Target]) -> str:
    return " and ".join(
        f"{len(target.filled)} tables with {target.loaded_rows} loaded rows in {target.name}"
        for target in targets
    )


__all__ = ("ResetOutcome", "reset")
