# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Verify: both servers sum their own rows; the verdict, its evidence and the report."""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass, field

from .._bound import contracts, counters, invariants, loaded
from .._bound.bound import Bound
from .._bound.schema import SHOWN, check_schema
from .._errors import (
    InputError,
    SourceMoved,
    TargetNotReady,
    VerifyFailed,
)
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import moment
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._postgresql.relation import own_rows
from .._range import Range
from .._run import alterations, cutover_state, journal
from .._run.directory import RunDirectory
from .._workers import Workers
from . import kept_sums, passed_by, report, report_file, sums
from .kept_sums import KeptSums
from .naming import Naming
from .outcome import VerifyOutcome
from .sums import Sums
from .totals import Verified

if t.TYPE_CHECKING:
    from .._catalog import Catalog
    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._run.manifest import Manifest
    from .._transform.plan import DatabasePlan


def verify(
    login: PostgreSQLLogin,
    source_login: MySQLLogin | None,
    run_directory: str,
    *,
    workers: int,
    force: bool = False,
    check: bool = False,
) -> VerifyOutcome:
    """Compare every value of every table; the report is written whatever the verdict.

    `source_login` `None`: compare with the sums kept of the source (taken in the snapshot in mode live, or
    by an earlier verification). `workers`: processes, over both servers. `force`: compare even a target on
    which the application works since the cut-over. `check`: no report is written.

    Raises VerifyFailed: not equal; the report lies there, `details` are the outcome's result;
    raises SourceMoved: a frozen source was written to; raises ForeignRunDirectory; raises InputError: no sums
    of the source are kept.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        if not force:
            _refuse_after_cutover(run)
        run.check_open()  # of an ended run the report is the record
        old = report_file.take_back(run, check)
        job = _Verify(run, login, source_login)
        pool: Workers[_Task, t.Any]
        with Workers(workers, job.start_worker) as pool:
            job.check(pool)
            job.sum_up(pool)
        found = job.report(round(time.monotonic() - start, 3))
        changed = not report_file.says_the_same(old, found)
        if not check:
            job.keep_sums()
            if changed:
                event = {"seconds": round(time.monotonic() - start, 3), "verdict": found["verdict"]}
                journal.record(run, "verify", "finished", **event)
            report_file.let_stand(run, found | {"phases": journal.phases(run)} if changed else None)
    outcome = VerifyOutcome(changed, str(run.report), found)
    if not outcome.equal:
        raise VerifyFailed(outcome.message, **outcome.as_result())
    return outcome


def _refuse_after_cutover(run: RunDirectory) -> None:
    """A report of equality is the evidence of the cut-over; what the application does later is no fault of it."""
    history = cutover_state.history(run)
    begun = next((event["at"] for event in history if event["state"] == "begun"), None)
    if begun is not None:
        raise InputError(
            f"The cut-over of this run began at {begun}: the application may have written to the target since, which "
            f"cannot equal the source any more. {run.report} keeps what was proved before. Set "
            "migration_verify_force=true to compare all the same and to replace it."
        )


@dataclass(frozen=True)
class _Task:
    """A part of a table on one side."""

    side: t.Literal["source", "target", "count"]
    database: int
    table: str
    span: Range = field(default_factory=Range)
    pages: tuple[int, int | None] | None = None


class _Verify:
    """One run of the verb; the workers get a copy of it by fork, before any session is open."""

    def __init__(self, run: RunDirectory, login: PostgreSQLLogin, source_login: MySQLLogin | None) -> None:
        self.run = run
        bound = self.bound = Bound(run)
        self.plans = bound.databases
        self.source_login = source_login and bound.on_source(source_login)
        self.login = bound.on_target(login)
        self.found = Verified(bound)
        self.manifests = self.found.manifests
        self.totals = self.found.totals
        self.counters: dict[str, counters.Counters] = {}
        for found in self.manifests:
            alterations.check(run, found.alterations_file)
        live = any(found.mode == "live" for found in self.manifests)
        self.sum_source = source_login is not None and not live
        self.names = [plan.source_name for plan in self.plans]

    @property
    def asked_login(self) -> MySQLLogin:
        """The source's login, where its own sums are asked for."""
        if self.source_login is None:
            raise AssertionError("the source is asked without a login")
        return self.source_login

    # --- before -----------------------------------------------------------------------------------

    def check(self, pool: Workers[_Task, t.Any]) -> None:
        """A source that was not written to, seen by all workers at one moment; a whole load."""
        if self.sum_source:
            self.open_sources(pool)
        else:
            self.take_kept_sums()
        for plan, found in zip(self.plans, self.manifests, strict=True):
            self.check_target(plan, found)

    def open_sources(self, pool: Workers[_Task, t.Any]) -> None:
        """The moment that is proved, and its position; what is written later is none of this proof.

        An account that may not lock tables lets the workers see moments of their own: then each part of a table is
        equal, or not, at its own.
        """
        with contextlib.closing(mysql.connect(self.asked_login)) as connection:
            self.check_source(connection, self.manifests[0].position)
            with moment.stillness(connection, self.bound.source_tables) as locked:
                self.found.position = moment.still_position(connection, self.names)
                pool.open()
            self.found.one_moment = locked
            self.check_still(self.manifests[0].position, self.found.position)

    def check_source(self, connection: t.Any, since: dict[str, t.Any]) -> None:
        """Raises SourceMoved: the tables are others, or one of them was written to after the position `since`."""
        self.check_columns(mysql_catalog.read_catalog(connection, self.names))
        self.check_still(since, moment.position(connection, self.names))
        self.counters = {plan.name: counters.of_source(connection, plan) for plan in self.plans}

    def check_columns(self, now: Catalog) -> None:
        """Raises SourceMoved: the source has other tables than when it was inspected, or they are made otherwise."""
        for plan in self.plans:
            old, new = (
                self.bound.source_catalog.databases[plan.source_name].tables,
                now.databases[plan.source_name].tables,
            )
            changes = {
                "came": sorted(set(new) - set(old)),
                "went": sorted(set(old) - set(new)),
                "were altered": sorted(name for name in set(old) & set(new) if new[name] != old[name]),
            }
            tables = [name for names in changes.values() for name in names]
            if tables:
                words = [
                    f"{', '.join(names[:5])}{' and others' if len(names) > 5 else ''} {what}"
                    for what, names in changes.items()
                    if names
                ]
                raise SourceMoved(
                    f"The tables of the source database {plan.source_name} are not those of the dump: "
                    f"{'; '.join(words)}. No row of them is proved. Migrate again from the inspection on.",
                    tables=[f"{plan.source_name}.{name}" for name in sorted(tables)],
                )

    def check_still(self, since: dict[str, t.Any], now: dict[str, t.Any]) -> None:
        """Raises SourceMoved: a table of ours was written to after the dump.

        Where only the log went on, which is that of all databases of the server, the sums decide.
        """
        self.found.logged_nothing &= bool(moment.log_stands(since, now))
        moved = moment.moved(since, now)
        if moved:
            raise SourceMoved(
                f"The source was written to after the dump: {moment.in_words(moved)}. "
                "What was loaded cannot be compared with it any more: "
                "stop the writers and migrate again from the dump on.",
                tables=moved,
            )

    def take_kept_sums(self) -> None:
        """Sums of the source taken earlier, by the dump or by a verification."""
        kept = kept_sums.load(self.run, self.bound.fingerprint, self.found.snapshot)
        for number, found in enumerate(self.manifests):
            entries = found.sums
            self.found.sums_of = found.finished
            if entries is None and kept is not None:
                entries, self.found.sums_of = kept.databases.get(found.database), kept.computed
            if entries is None:
                raise InputError(
                    f"No sums of the source are kept for {found.database} and this snapshot: set "
                    "migration_verify_source=true so that the source can compute them, or dump in mode live, which "
                    "takes them inside the snapshot."
                )
            for table, (rows, digest) in entries.items():
                self.totals.kept[number, table] = (int(rows), str(digest))

    def keep_sums(self) -> None:
        """Keep what the source computed, for a verification without it."""
        if not self.sum_source:
            return
        databases: dict[str, dict[str, kept_sums.Table]] = {found.database: {} for found in self.manifests}
        for (number, table), found in self.totals.source.items():
            databases[self.manifests[number].database][table] = (found.rows, found.digest())
        mark = self.bound.fingerprint
        new = KeptSums(self.run.run_id(), mark, self.found.snapshot, journal.now(), databases)
        with contextlib.suppress(InputError):  # damaged: it is replaced
            old = kept_sums.load(self.run, mark, self.found.snapshot)
            if old is not None and old.databases == databases:
                return
        kept_sums.save(self.run, new)

    def check_target(self, plan: DatabasePlan, found: Manifest) -> None:
        """Ledger, schema, sequences and invariants; what is wrong belongs to the verdict."""
        connection = postgresql.connect(self.login, plan.target_name, "verify")
        try:
            state = loaded.state_of(connection, self.run.run_id(), found.plan, plan)
            if state != "complete":
                raise TargetNotReady(f"The load of {plan.target} is not complete. Run the load step first.")
            before = contracts.of(self.run, plan)
            self.totals.ledger.append(ledger.loaded_rows_by_table(ledger.of(connection, plan.move)))
            for judge in (
                lambda: loaded.check(connection, plan, found, whole=True),
                lambda: check_schema(connection, plan, self.bound.target_catalog, before),
                lambda: invariants.check_target(connection, plan, "after"),
            ):
                try:
                    judge()
                except TargetNotReady as error:
                    told = [f"{plan.target}: {line}" for line in error.details.get("differences", ())]
                    self.found.problems += [str(error), *told[SHOWN:]]
            self.check_sequences(connection, plan, found)
            self.found.passed_by[plan.name], problems = passed_by.passed(
                connection, plan, self.bound.target_catalog.of(plan.target_name, plan.schema)
            )
            self.found.problems += problems
        finally:
            connection.close()

    def check_sequences(self, connection: t.Any, plan: DatabasePlan, found: Manifest) -> None:
        """By the rule of the load, with the source's counters of now if it was asked."""
        kept = {name: table.counter for name, table in found.tables.items()}
        now = counters.latest(plan, kept, self.counters.get(plan.name, {}))
        self.found.problems += counters.behind(
            connection, plan, self.bound.target_catalog.of(plan.target_name, plan.schema), now
        )

    # --- sums -------------------------------------------------------------------------------------

    def sum_up(self, pool: Workers[_Task, t.Any]) -> None:
        """Both sides, in parts that are free of each other."""
        tasks: list[tuple[int, _Task]] = []
        for number, plan in enumerate(self.plans):
            with contextlib.closing(postgresql.connect(self.login, plan.target_name, "verify")) as connection:
                tasks += self.parts(number, connection)
        tasks.sort(key=lambda entry: -entry[0])

        def done(task: _Task, result: t.Any) -> None:
            if task.side == "count":
                self.totals.counted[task.database, task.table] = result
                return
            side = self.totals.source if task.side == "source" else self.totals.target
            side[task.database, task.table].add(result)

        pool.run([task for _weight, task in tasks], done)

    def parts(self, number: int, connection: t.Any) -> list[tuple[int, _Task]]:
        """The tasks of one database, each with the bytes it is about."""
        plan, found = self.plans[number], self.manifests[number]
        tasks: list[tuple[int, _Task]] = []
        for table in plan.tables:
            part = found.tables[table.name]
            self.totals.source[number, table.name] = Sums()
            self.totals.target[number, table.name] = Sums()
            weight = part.bytes // max(1, len(part.chunks))
            if self.sum_source:
                spans = [chunk.span for chunk in part.chunks]
                tasks += [(weight, _Task("source", number, table.name, span)) for span in spans]
            pages = sums.page_ranges(connection, plan.schema, table, len(part.chunks))
            tasks += [(weight, _Task("target", number, table.name, pages=span)) for span in pages]
            if pages != [None] or sums.json_columns(table):
                tasks.append((0, _Task("count", number, table.name)))
        return tasks

    def start_worker(self) -> t.Callable[[_Task], t.Any]:
        """One worker's sessions: the source's, opened now, and one per target database, each when first needed."""
        sessions: dict[t.Any, t.Any] = {"source": self.open_source()} if self.sum_source else {}

        def work(task: _Task) -> t.Any:
            plan = self.plans[task.database]
            table = plan.table(task.table)
            if task.side == "source":
                mysql.use(sessions["source"], plan.source_name)
                return sums.source_sums(sessions["source"], plan.source_name, table, task.span)
            if task.database not in sessions:
                sessions[task.database] = postgresql.connect(self.login, plan.target_name, "verify worker")
            relation = own_rows(plan.schema, table.target)
            if task.side == "count":
                return sums.target_rows(sessions[task.database], relation)
            return sums.target_sums(sessions[task.database], relation, table, task.pages)

        return work

    def open_source(self, database: str | None = None) -> t.Any:
        connection = mysql.connect(self.asked_login, database)
        moment.open_snapshot(connection)
        return connection

    # --- verdict ----------------------------------------------------------------------------------

    def report(self, seconds: float) -> dict[str, t.Any]:
        """The whole report."""
        if self.sum_source:
            with contextlib.closing(mysql.connect(self.asked_login)) as connection:
                self.check_source(connection, self.found.position or {})
        naming = Naming(self.found, self.login, self.open_source if self.sum_source else None)
        differences = naming.differences()
        self.found.problems += self.totals.gaps()
        return report.report(self.found, differences, asked=self.sum_source, seconds=seconds)


__all__ = ("verify",)
