# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Verify: both servers sum their own rows; the verdict, its evidence and the report."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
import typing as t
from dataclasses import asdict, dataclass, field, replace

from .._bound import counters, counts, invariants
from .._bound.schema import SHOWN, check_schema
from .._errors import (
    ConvergenceError,
    ForeignRunDirectory,
    InputError,
    SourceMoved,
    TargetNotReady,
    VerifyFailed,
)
from .._move import after_load
from .._move.load import check_ledger
from .._move.transform import catalogs, load_transform
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import moment
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._postgresql.relation import own_rows
from .._range import Range
from .._run import alterations, journal, manifest
from .._run.directory import RunDirectory
from .._transform.plan import CANONICAL_VERSION
from .._workers import Workers
from . import kept_sums, report, sums
from .differences import Comparison, Difference
from .kept_sums import KeptSums
from .sides import SourceSide, TargetSide
from .snapshot_copy import find_in_snapshot
from .sums import Sums

if t.TYPE_CHECKING:
    from .._catalog import Catalog
    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._run.manifest import Manifest
    from .._transform.plan import DatabasePlan, TablePlan

FORMAT: t.Final = 1
Place = tuple[int, str]
"""Number of the database, target's name of the table."""


@dataclass(frozen=True)
class VerifyOutcome:
    """The verdict and the whole report."""

    changed: bool
    path: str
    report: dict[str, t.Any]

    @property
    def equal(self) -> bool:
        """Every value of every table is on the target, and the target's schema is whole."""
        return self.report["verdict"] == "equal"

    @property
    def message(self) -> str:
        """One line for the operator."""
        if self.equal:
            rows = sum(database["rows"] for database in self.report["databases"])
            return f"Source and target are equal: {rows} rows. Report: {self.path}"
        found = [*self.report["shown"], *self.report["problems"]]
        more = f" And {len(found) - 1} more." if len(found) > 1 else ""
        first = found[0].rstrip(".") if found else "No row could be named"
        return f"Source and target differ. {first}.{more} Report: {self.path}"

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "verdict": self.report["verdict"],
            "evidence_hash": self.report["evidence_hash"],
            "report": self.path,
            "databases": [
                {key: value for key, value in database.items() if key != "table_results"}
                for database in self.report["databases"]
            ],
            "differences": [
                {key: value for key, value in one.items() if key != "values"}
                for one in self.report["differences"]
            ],
            "problems": self.report["problems"],
            "proof": report.worth(self.report),
        }


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

    I(source_login) C(None): compare with the sums kept of the source (taken in the snapshot in mode live, or
    by an earlier verification). I(workers): processes, over both servers. I(force): compare even a target on
    which the application works since the cut-over. I(check): no report is written.

    @raise VerifyFailed: not equal; the report lies there, C(details) are the outcome's result;
    @raise SourceMoved: a frozen source was written to; @raise ForeignRunDirectory; @raise InputError: no sums
    of the source are kept.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        if not force:
            _refuse_after_cutover(run)
        run.check_open()  # of an ended run the report is the record
        old = report.take_back(run, check)
        job = _Verify(run, login, source_login)
        pool: Workers[_Task, t.Any]
        with Workers(workers, job.start_worker) as pool:
            job.check()
            job.sum_up(pool)
        found = job.report(round(time.monotonic() - start, 3))
        changed = not report.says_the_same(old, found)
        if not check:
            job.keep_sums()
            if changed:
                event = {"seconds": round(time.monotonic() - start, 3), "verdict": found["verdict"]}
                journal.record(run, "verify", "finished", **event)
            report.let_stand(run, found | {"phases": journal.phases(run)} if changed else None)
    outcome = VerifyOutcome(changed, str(run.report), found)
    if not outcome.equal:
        raise VerifyFailed(outcome.message, **outcome.as_result())
    return outcome


def _refuse_after_cutover(run: RunDirectory) -> None:
    """A report of equality is the evidence of the cut-over; what the application does later is no fault of it."""
    history = (run.read_optional(run.cutover, "cutover") or {}).get("history", ())
    begun = next((event["at"] for event in history if event["state"] == "begun"), None)
    if begun is not None:
        raise InputError(
            f"The cut-over of this run began at {begun}: the application may have written to the target since, which "
            f"cannot equal the source any more. {run.report} keeps what was proved before. Set force=true "
            "(migration_verify_force) to compare all the same and to replace it."
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
        self.transform = load_transform(run)
        self.catalogs = catalogs(run)
        servers = [catalog.server["identity"] for catalog in self.catalogs]
        self.source_login = source_login and replace(source_login, server=servers[0])
        self.login = replace(login, server=servers[1])
        self.mariadb = self.catalogs[0].server["vendor"] == "mariadb"
        self.manifests = [self.manifest(plan) for plan in self.transform.databases]
        manifest.check_one_dump(self.manifests)
        self.snapshot = manifest.snapshot_fingerprint(self.manifests)
        self.source: dict[Place, Sums] = {}
        self.target: dict[Place, Sums] = {}
        self.kept: dict[Place, tuple[int, str]] = {}
        self.counters: dict[str, counters.Counters] = {}
        self.ledger: list[dict[str, int]] = []
        """Per database: table -> rows that its load entered."""
        self.counted: dict[Place, int] = {}
        """COUNT(*) of the target, where its sums are not one statement over the whole table."""
        self.passed_by: dict[str, dict[str, t.Any]] = {}
        self.problems: list[str] = []
        self.sums_of: str | None = None
        """When the sums kept of the source were computed."""
        self.position: dict[str, t.Any] | None = None
        """Where the source stood when it was last asked."""
        for found in self.manifests:
            alterations.check(run, found.alterations_file)
        live = any(found.mode == "live" for found in self.manifests)
        self.sum_source = source_login is not None and not live

    def manifest(self, plan: DatabasePlan) -> Manifest:
        found = manifest.load(self.run, plan.name)
        if found is None or not found.complete:
            raise InputError(
                f"The snapshot of {plan.name} is not complete. Run the dump and load steps first."
            )
        if found.transform != self.transform.fingerprint():
            raise ForeignRunDirectory(
                f"transform.json changed after the snapshot of {plan.name} was made by it. Run the transform step "
                "with the former rules, or migrate again from the dump on."
            )
        return found

    @property
    def asked_login(self) -> MySQLLogin:
        """The source's login, where its own sums are asked for."""
        if self.source_login is None:
            raise AssertionError("the source is asked without a login")
        return self.source_login

    # --- before -----------------------------------------------------------------------------------

    def check(self) -> None:
        """A still source, a whole load."""
        if self.sum_source:
            self.check_source()
        else:
            self.take_kept_sums()
        for plan, found in zip(self.transform.databases, self.manifests, strict=True):
            self.check_target(plan, found)

    def check_source(self) -> None:
        connection = mysql.connect(self.asked_login)
        try:
            now = mysql_catalog.read_catalog(connection, [plan.source for plan in self.transform.databases])
            self.check_columns(now)
            self.check_still(connection)
            self.counters = {
                plan.name: counters.of_source(connection, plan) for plan in self.transform.databases
            }
        finally:
            connection.close()

    def check_columns(self, now: Catalog) -> None:
        """@raise SourceMoved: the source has other tables than when it was inspected, or they are made otherwise."""
        for plan in self.transform.databases:
            old, new = self.catalogs[0].databases[plan.source].tables, now.databases[plan.source].tables
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
                    f"The tables of the source database {plan.source} are not those of the dump: {'; '.join(words)}. "
                    "No row of them is proved. Migrate again from the inspection on.",
                    tables=[f"{plan.source}.{name}" for name in sorted(tables)],
                )

    def check_still(self, connection: t.Any) -> None:
        """@raise SourceMoved: what is there now is not what was dumped."""
        names = [plan.source for plan in self.transform.databases]
        self.position = moment.position(connection, names)
        moved = moment.moved(self.manifests[0].position, self.position)
        if moved:
            raise SourceMoved(
                f"The source was written to after the dump: {moment.in_words(moved)}. "
                "What was loaded cannot be compared with it any more: "
                "stop the writers and migrate again from the dump on.",
                tables=moved,
            )

    def take_kept_sums(self) -> None:
        """Sums of the source taken earlier, by the dump or by a verification."""
        kept = kept_sums.load(self.run, self.transform.fingerprint(), self.snapshot)
        for number, found in enumerate(self.manifests):
            entries = found.sums
            self.sums_of = found.finished
            if entries is None and kept is not None:
                entries, self.sums_of = kept.databases.get(found.database), kept.computed
            if entries is None:
                raise InputError(
                    f"No sums of the source are kept for {found.database} and this snapshot: give source_login_* so "
                    "that the source can compute them, or dump in mode live, which takes them inside the snapshot."
                )
            for table, (rows, digest) in entries.items():
                self.kept[number, table] = (int(rows), str(digest))

    def keep_sums(self) -> None:
        """Keep what the source computed, for a verification without it."""
        if not self.sum_source:
            return
        databases: dict[str, dict[str, kept_sums.Table]] = {found.database: {} for found in self.manifests}
        for (number, table), found in self.source.items():
            databases[self.manifests[number].database][table] = (found.rows, found.digest())
        mark = self.transform.fingerprint()
        new = KeptSums(self.run.run_id(), mark, self.snapshot, journal.now(), databases)
        with contextlib.suppress(InputError):  # damaged: it is replaced
            old = kept_sums.load(self.run, mark, self.snapshot)
            if old is not None and old.databases == databases:
                return
        kept_sums.save(self.run, new)

    def check_target(self, plan: DatabasePlan, found: Manifest) -> None:
        """Ledger, schema, sequences and invariants; what is wrong belongs to the verdict."""
        connection = postgresql.connect(self.login, plan.target, "verify")
        try:
            state = ledger.state(connection, self.run.run_id(), found.transform, plan.target)
            if state != "complete":
                raise TargetNotReady(f"The load of {plan.target} is not complete. Run the load step first.")
            self.ledger.append(ledger.loaded_rows_by_table(connection))
            for judge in (
                lambda: check_ledger(connection, plan, found, whole=True),
                lambda: check_schema(connection, plan, self.catalogs[1]),
                lambda: invariants.check_target(connection, plan, "after"),
            ):
                try:
                    judge()
                except TargetNotReady as error:
                    told = [f"{plan.target}: {line}" for line in error.details.get("differences", ())]
                    self.problems += [str(error), *told[SHOWN:]]
            self.check_sequences(connection, plan, found)
            self.passed_by[plan.name], problems = after_load.passed(
                connection, plan, self.catalogs[1].databases[plan.target]
            )
            self.problems += problems
        finally:
            connection.close()

    def check_sequences(self, connection: t.Any, plan: DatabasePlan, found: Manifest) -> None:
        """By the rule of the load, with the source's counters of now if it was asked."""
        kept = {name: table.counter for name, table in found.tables.items()}
        now = counters.latest(plan, kept, self.counters.get(plan.name, {}))
        self.problems += counters.behind(connection, plan, self.catalogs[1].databases[plan.target], now)

    # --- sums -------------------------------------------------------------------------------------

    def sum_up(self, pool: Workers[_Task, t.Any]) -> None:
        """Both sides, in parts that are free of each other."""
        tasks: list[tuple[int, _Task]] = []
        for number, (plan, found) in enumerate(zip(self.transform.databases, self.manifests, strict=True)):
            connection = postgresql.connect(self.login, plan.target, "verify")
            for table in plan.tables:
                part = found.tables[table.name]
                self.source[number, table.name] = Sums()
                self.target[number, table.name] = Sums()
                weight = part.bytes // max(1, len(part.chunks))
                if self.sum_source:
                    spans = [chunk.span for chunk in part.chunks]
                    tasks += [(weight, _Task("source", number, table.name, span)) for span in spans]
                pages = sums.page_ranges(connection, plan.schema, table, len(part.chunks))
                tasks += [(weight, _Task("target", number, table.name, pages=span)) for span in pages]
                if pages != [None] or sums.json_columns(table):
                    tasks.append((0, _Task("count", number, table.name)))
            connection.close()
        tasks.sort(key=lambda entry: -entry[0])

        def done(task: _Task, result: t.Any) -> None:
            if task.side == "count":
                self.counted[task.database, task.table] = result
                return
            side = self.source if task.side == "source" else self.target
            side[task.database, task.table].add(result)

        pool.run([task for _weight, task in tasks], done)

    def start_worker(self) -> t.Callable[[_Task], t.Any]:
        """One worker's sessions: the source's, and one per target database, each when first needed."""
        sessions: dict[t.Any, t.Any] = {}

        def work(task: _Task) -> t.Any:
            plan = self.transform.databases[task.database]
            table = plan.table(task.table)
            if task.side == "source":
                if "source" not in sessions:
                    sessions["source"] = self.open_source()
                mysql.use(sessions["source"], plan.source)
                return sums.source_sums(sessions["source"], plan.source, table, task.span, self.mariadb)
            if task.database not in sessions:
                sessions[task.database] = postgresql.connect(self.login, plan.target, "verify worker")
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

    def equal(self, place: Place) -> bool:
        """Whether the table's sums agree."""
        if place in self.kept:
            return self.kept[place] == (self.target[place].rows, self.target[place].digest())
        return not self.source[place].differing(self.target[place])

    def differences(self) -> list[Difference]:
        """The rows behind every unequal table, from the source or, where it cannot tell, from the snapshot."""
        found: list[Difference] = []
        for number, plan in enumerate(self.transform.databases):
            unequal = [table for table in plan.tables if not self.equal((number, table.name))]
            if unequal:
                with contextlib.ExitStack() as sessions:
                    found += self.differences_of(number, unequal, sessions)
        return found

    def differences_of(
        self, number: int, unequal: list[TablePlan], sessions: contextlib.ExitStack
    ) -> list[Difference]:
        """Those of one database. That tables differ is known: what keeps us from naming rows takes nothing from it."""
        plan = self.transform.databases[number]
        target = postgresql.connect(self.login, plan.target, "verify")
        sessions.callback(target.close)
        here = TargetSide(target, lambda table: own_rows(plan.schema, table.target))
        source = self.open_source(plan.source) if self.sum_source else None
        there: SourceSide | TargetSide = here
        if source is not None:
            sessions.callback(source.close)
            there = SourceSide(source, plan.source, self.mariadb)
        sides = Comparison(plan, there, here, self.run.hmac_key())
        found: list[Difference] = []
        obstacle = self.obstacle(target, number) if source is None else None
        for table in unequal:
            self.written_later(target, plan, table)
            place = number, table.name
            try:
                if source is not None:
                    found += sides.find(table, self.source[place], self.target[place])
                elif obstacle is None:
                    found += self.from_snapshot(number, sides, target, table)
            except ConvergenceError as error:
                obstacle = str(error)
                source = None  # what is left of its answer lies on the session
            if obstacle is not None:
                self.problems.append(
                    f"{plan.name}: which rows of {table.name} differ cannot be said: {obstacle}"
                )
        return found

    def from_snapshot(
        self, number: int, sides: Comparison, target: t.Any, table: TablePlan
    ) -> list[Difference]:
        """The differences of one table from what was loaded into it."""
        found = find_in_snapshot(self.run, sides, target, self.manifests[number], table)
        generated = [column.target.name for column in table.columns if not column.copied]
        if not found and generated:
            self.problems.append(
                f"{sides.plan.name}: {table.name} holds what the snapshot has, so that it differs in columns that the "
                f"target generates: {', '.join(generated)}"
            )
        return found

    def obstacle(self, connection: t.Any, number: int) -> str | None:
        """Why the snapshot's rows cannot be looked at on the target."""
        if self.manifests[number].encryption is not None:
            return "the source was not asked and the snapshot is encrypted"
        may = "SELECT has_database_privilege(current_database(), 'TEMPORARY')"
        if not postgresql.query(connection, may)[0][0]:
            name = self.transform.databases[number].target
            return f"the source was not asked and {self.login.user} lacks the privilege TEMPORARY on {name}"
        return None

    def written_later(self, connection: t.Any, plan: DatabasePlan, table: TablePlan) -> None:
        """Say so when somebody, as the application, wrote to an unequal table after the load."""
        rows = ledger.rows_since_load(connection, own_rows(plan.schema, table.target))
        if rows:
            self.problems.append(
                f"{plan.name}: {rows} rows of {table.name} were written after the load ended: an application or a "
                "person works on the target, so it cannot equal the source any more"
            )

    def report(self, seconds: float) -> dict[str, t.Any]:
        """The whole report."""
        if self.sum_source:
            self.check_source()  # still standing still after its rows were summed
        found = self.differences()
        self.check_counts()
        places = list(self.target)
        unequal = [place for place in places if not self.equal(place)]
        verdict = "equal" if not unequal and not self.problems else "different"
        databases = [self.database_report(number) for number in range(len(self.manifests))]
        verified = journal.now()
        return {
            "format": FORMAT,
            "run_id": self.run.run_id(),
            "plan": self.transform.fingerprint(),
            "snapshot": self.snapshot,
            "verdict": verdict,
            "evidence_hash": self.evidence(databases),
            "canonical_version": CANONICAL_VERSION,
            "verified": verified,
            "proof": report.proof(
                self.run,
                mode=self.manifests[0].mode,
                sums_of=self.sums_of,
                at_dump=self.manifests[0].position,
                at_verify=self.position,
                verified=verified,
            ),
            "seconds": seconds,
            "source": self.catalogs[0].server["version"],
            "target": self.catalogs[1].server["version"],
            # SHA-256 of the dump files, where the source is a copy
            "source_files": self.run.read(self.run.run, "inspect").get("source_files", {}),
            "source_sums": "computed now" if self.sum_source else "kept of the source",
            "databases": databases,
            "phases": journal.phases(self.run),
            "problems": self.problems,
            "differences": [one.to_report() for one in found],
            "differences_from": "source" if self.sum_source else "snapshot",
            "shown": [str(one) for one in found],
        }

    def counts(self, place: Place) -> counts.Counts:
        """The rows of one table by every step."""
        number, name = place
        table = self.manifests[number].tables[name]
        kept = self.kept.get(place)
        summed = self.target[place].rows
        return counts.Counts(
            counted_source=table.counted,
            filtered=table.filtered,
            scanned=table.scanned,
            dumped=table.rows,
            ledger=self.ledger[number].get(name, 0),
            target=self.counted.get(place, summed),
            summed_source=self.source[place].rows if kept is None else kept[0],
            summed_target=summed,
        )

    def check_counts(self) -> None:
        """Every table whose rows became more or fewer on the way belongs to the verdict."""
        for number, table in self.target:
            name = self.manifests[number].database
            self.problems += [f"{name}: {table}: {gap}" for gap in self.counts((number, table)).gaps()]

    def database_report(self, number: int) -> dict[str, t.Any]:
        plan, found = self.transform.databases[number], self.manifests[number]
        tables = []
        for table in plan.tables:
            place = number, table.name
            target = self.target[place]
            rows, digest = self.kept.get(place) or (self.source[place].rows, self.source[place].digest())
            tables.append(
                {
                    "name": table.name,
                    "equal": self.equal(place),
                    "source_rows": rows,
                    "target_rows": target.rows,
                    "counts": self.counts(place).to_json(),
                    "source_sum": digest,
                    "target_sum": target.digest(),
                    "columns": len(table.columns),
                    "compared_outside": [column.target.name for column in sums.json_columns(table)],
                }
            )
        return {
            "name": plan.name,
            "verdict": "equal" if all(entry["equal"] for entry in tables) else "different",
            "tables": len(tables),
            "rows": sum(entry["target_rows"] for entry in tables),
            "bytes": found.bytes,
            "alterations": sum(found.alterations.values()),
            "filtered": sum(table.filtered for table in found.tables.values()),
            "alteration_rules": found.alterations,
            "skipped": list(plan.skipped),
            "leftovers": list(plan.leftovers),
            "notices": list(plan.notices),
            "passed_by": self.passed_by[plan.name],
            "table_results": tables,
        }

    def evidence(self, databases: list[dict[str, t.Any]]) -> str:
        """SHA-256 over what was proved, and nothing about how, when or where."""
        schemas = [asdict(self.catalogs[1].databases[plan.target]) for plan in self.transform.databases]
        facts = {
            "canonical_version": CANONICAL_VERSION,
            "databases": [
                {
                    "name": database["name"],
                    "alterations": database["alteration_rules"],
                    "tables": [
                        [
                            entry[key]
                            for key in ("name", "source_rows", "target_rows", "source_sum", "target_sum")
                        ]
                        for entry in database["table_results"]
                    ],
                    "constraints": [
                        [
                            table["name"],
                            table["indexes"],
                            table["foreign_keys"],
                            table["checks"],
                            table["triggers"],
                        ]
                        for table in schema["tables"].values()
                    ],
                }
                for database, schema in zip(databases, schemas, strict=True)
            ],
            "problems": self.problems,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


__all__ = ("VerifyOutcome", "verify")
