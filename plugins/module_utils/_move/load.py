# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Load: the snapshot into the application's own schema, exactly once, keys back as they were."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .._bound import contracts, counters, invariants, loaded, releases, schema
from .._bound.bound import Bound
from .._errors import TargetNotReady
from .._postgresql import before, ledger, rebuild
from .._postgresql import catalog as postgresql_catalog
from .._postgresql import connection as postgresql
from .._postgresql.nextval import used
from .._postgresql.quoting import qualified
from .._postgresql.relation import own_rows
from .._run import chunks, encryption, journal
from .._run.directory import RunDirectory
from .._workers import Workers
from . import after_load, chunk_in, printed
from .rehearsal import rehearse

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._logins import PostgreSQLLogin
    from .._postgresql.connection import Row
    from .._postgresql.ledger import Ledger
    from .._run.encryption import Key
    from .._run.manifest import Chunk, Manifest
    from .._transform.plan import DatabasePlan, TablePlan


@dataclass(frozen=True)
class LoadOutcome:
    """What was loaded now, and what the target holds altogether."""

    changed: bool
    seconds: float
    manifests: tuple[Manifest, ...]
    loaded: dict[str, int]
    """Database -> chunks loaded by this call."""
    actions: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
            "actions": list(self.actions),
            "databases": [
                {
                    "name": found.database,
                    "tables": len(found.tables),
                    "rows": found.rows,
                    "bytes": found.bytes,
                    "chunks_loaded": self.loaded.get(found.database, 0),
                    "chunks_total": found.chunks,
                }
                for found in self.manifests
            ],
        }


def load(
    login: PostgreSQLLogin,
    run_directory: str,
    *,
    workers: int,
    encryption_key_file: str | None = None,
    check: bool = False,
) -> LoadOutcome:
    """Load all databases of the plan from a whole snapshot, or go on where an earlier call stopped.

    `workers`: processes that copy, build indexes and validate keys. `encryption_key_file`: of the dump.

    Raises TargetNotReady: rows nobody declared, another run's ledger; raises DamagedSnapshot;
    raises ForeignRunDirectory; raises ServerError; raises AlreadyRunning.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        job = _Load(run, login, encryption.read_key(encryption_key_file))
        pool: Workers[_Task, int]
        with job, Workers(workers, job.start_worker) as pool:
            job.check_target()
            if all(state == "complete" for state in job.states):
                return job.outcome(False, start)
            job.check_key()
            if check:
                return job.outcome(True, start)
            with journal.phase(run, "load") as facts:
                job.load(pool)
                facts["rows"] = sum(found.rows for found in job.manifests)
        return job.outcome(True, start)


@dataclass(frozen=True)
class _Task:
    """One piece of work of a worker."""

    verb: t.Literal["check", "chunk", "indexes", "validate", "analyze"]
    database: int
    table: str
    chunk: int = 0


@dataclass
class _Target:
    """One database: its plan, its snapshot, and how far its load came."""

    plan: DatabasePlan
    manifest: Manifest
    connection: Connection[Row] | None = field(default=None, repr=False)
    """One for all moves into the same database, which it holds the lock of."""
    state: str | None = None

    @property
    def session(self) -> Connection[Row]:
        if self.connection is None:
            raise AssertionError(f"{self.plan.name} is used before it is connected")
        return self.connection

    @property
    def ledger(self) -> Ledger:
        return ledger.of(self.session, self.plan.move)

    @property
    def inspected_as(self) -> tuple[str, str]:
        """Its place in the catalog of the target."""
        return self.plan.target_name, self.plan.schema


class _Load:
    """One run of the verb; the workers get a copy of it by fork, before any session is open."""

    def __init__(self, run: RunDirectory, login: PostgreSQLLogin, key: Key | None = None) -> None:
        self.run = run
        self.key = key
        bound = Bound(run)
        self.catalog = bound.target_catalog
        self.login = bound.on_target(login)
        self.run_id = run.run_id()
        self.targets = [
            _Target(plan, found) for plan, found in zip(bound.databases, bound.manifests(), strict=True)
        ]
        self.loaded: dict[str, int] = {}
        self.actions: list[str] = []

    def __enter__(self) -> _Load:
        return self

    def __exit__(self, *_: object) -> None:
        for target in self.targets:
            if target.connection is not None:
                target.connection.close()

    @property
    def states(self) -> list[str | None]:
        return [target.state for target in self.targets]

    @property
    def manifests(self) -> list[Manifest]:
        return [target.manifest for target in self.targets]

    def outcome(self, changed: bool, start: float) -> LoadOutcome:
        """The result of the call."""
        seconds = time.monotonic() - start
        return LoadOutcome(changed, seconds, tuple(self.manifests), self.loaded, tuple(self.actions))

    # --- before anything changes ------------------------------------------------------------------

    def check_target(self) -> None:
        """All databases: the same schema, ours alone, and empty but for declared seed rows."""
        sessions: dict[str, Connection[Row]] = {}
        for target in self.targets:
            name = target.plan.target_name
            if name not in sessions:
                sessions[name] = target.connection = postgresql.connect(self.login, name, "load")
                ledger.lock(sessions[name], name)
                ledger.relax(sessions[name])
            target.connection = sessions[name]
            target.state = loaded.state_of(sessions[name], self.run_id, target.manifest.plan, target.plan)
        for target in self.targets:
            if target.state is None:
                self.check_fresh(target)
            else:
                loaded.check(target.session, target.plan, target.manifest, whole=target.state != "emptied")

    def check_key(self) -> None:
        """Raises InputError: the snapshot is encrypted, and not with our key."""
        for found in self.manifests:
            what = f"The snapshot of {found.database}"
            encryption.check_key(self.key, found.encryption, self.run_id, what)

    def check_fresh(self, target: _Target) -> None:
        """Raises TargetNotReady: schema, rows or an invariant are not as planned."""
        connection, plan = target.session, target.plan
        releases.check_target(connection, plan)
        found = postgresql_catalog.read_database(connection, plan.target_name, plan.schema)
        schema.refuse(
            f"The schema of the target database {plan.target} changed since it was inspected",
            schema.of_database(self.catalog.of(*target.inspected_as), found),
            "Run the inspect and transform steps again.",
        )
        invariants.check_target(connection, plan, "before")
        after_load.check(connection, plan)
        allowed = postgresql.query(
            connection,
            "SELECT has_database_privilege(current_database(), 'CREATE'), has_schema_privilege(%s, 'CREATE')",
            (plan.schema,),
        )[0]
        if not all(allowed):
            # The second one is asked for by every index that is put back, when the rows are already there.
            what, grant = (
                ("in the schema " + plan.schema, f"SCHEMA {plan.schema}")
                if allowed[0]
                else (f"a schema in the database {plan.target_name}", f"DATABASE {plan.target_name}")
            )
            raise TargetNotReady(
                f"The role {self.login.user!r} may not create {what}. "
                f"Grant it: GRANT CREATE ON {grant} TO {self.login.user}."
            )
        filled = [
            table.name
            for table in plan.tables
            if table.name not in plan.seed_tables and _has_rows(connection, plan, table)
        ]
        if filled:
            raise TargetNotReady(
                f"The target database {plan.target} already holds rows in {', '.join(filled[:5])}"
                f"{' and others' if len(filled) > 5 else ''}, which no profile declares as seed_tables. "
                "Empty them, or point the run at a fresh database.",
                tables=filled,
            )
        rehearse(connection, plan, self.catalog.of(*target.inspected_as))

    # --- the load ---------------------------------------------------------------------------------

    def load(self, pool: Workers[_Task, int]) -> None:
        """All steps of all databases; each step may find some of its work done by an earlier call."""
        pool.open()
        self.check_chunks(pool)
        self.note()
        for target in self.targets:
            self.take_off(target)
        self.copy(pool)
        self.rebuild(pool)
        self.check_contracts()
        for target in self.targets:
            self.finish(target)

    def check_chunks(self, pool: Workers[_Task, int]) -> None:
        """Raises DamagedSnapshot: a chunk that has to be loaded is not what was written."""
        tasks = []
        for number, target in enumerate(self.targets):
            have = ledger.loaded_chunks(target.ledger) if target.state else {}
            for table in target.manifest.tables.values():
                wanted = [chunk for chunk in table.chunks if (table.name, chunk.number) not in have]
                tasks += [_Task("check", number, table.name, chunk.number) for chunk in wanted]
        pool.run(tasks, lambda task, count: None)

    def note(self) -> None:
        """The ledgers, those of one database at once: with one alone, its moves could not be told from strangers.

        Before them what each schema is, which no kill must leave a ledger without.
        """
        fresh = [target for target in self.targets if target.state is None]
        if fresh:
            contracts.keep(self.run, {one.plan.name: contracts.take(one.session, one.plan) for one in fresh})
        for name in dict.fromkeys(target.plan.target_name for target in self.targets):
            new = [one for one in self.targets if one.plan.target_name == name and one.state is None]
            if not new:
                continue
            with postgresql.transaction(new[0].session):
                for target in new:
                    plan = target.plan
                    names = [table.name for table in plan.tables]
                    counting = [one.name for one in used(self.catalog.of(*target.inspected_as), names)]
                    ledger.create(target.ledger, self.run_id, target.manifest.plan)
                    before.note(target.ledger, plan.schema, names, _seeds(plan), counting)
            for target in new:
                target.state = "emptied"

    def take_off(self, target: _Target) -> None:
        """Emptied tables, and nothing in the way of the rows."""
        plan, book = target.plan, target.ledger
        if target.state != "emptied" or ledger.loaded_chunks(book):
            return
        count = rebuild.take_off(book, plan.schema, [table.name for table in plan.tables])
        before.keep_and_empty(book, plan.schema, _seeds(plan))
        self.actions.append(f"{plan.name}: took {count} indexes, keys and triggers off")

    def copy(self, pool: Workers[_Task, int]) -> None:
        """Every chunk that the ledger does not have, tables in turn so that no worker idles at the end."""
        tasks = [
            (chunk.bytes, _Task("chunk", number, table.name, chunk.number))
            for number, target in enumerate(self.targets)
            for have in (ledger.loaded_chunks(target.ledger),)
            for table in target.manifest.tables.values()
            for chunk in table.chunks
            if (table.name, chunk.number) not in have
        ]
        tasks.sort(key=lambda entry: -entry[0])

        def done(task: _Task, count: int) -> None:
            name = self.targets[task.database].plan.name
            self.loaded[name] = self.loaded.get(name, 0) + count

        pool.run([task for _bytes, task in tasks], done)
        for target in self.targets:
            if target.state == "emptied":
                ledger.set_state(target.ledger, "loaded")
                target.state = "loaded"
            self.actions.append(
                f"{target.plan.name}: loaded {self.loaded.get(target.plan.name, 0)} of {target.manifest.chunks} chunks"
            )

    def rebuild(self, pool: Workers[_Task, int]) -> None:
        """Indexes and their keys, then foreign keys, then statistics."""
        open_targets = [(n, target) for n, target in enumerate(self.targets) if target.state == "loaded"]
        rows = {
            (n, table.name): table.rows
            for n, target in open_targets
            for table in target.manifest.tables.values()
        }

        def tasks(verb: t.Literal["indexes", "validate"], kind: str) -> list[_Task]:
            wanted = {
                (n, one.table) for n, target in open_targets for one in ledger.taken_off(target.ledger, kind)
            }
            largest = sorted(wanted, key=lambda key: -rows.get((key[0], key[1].split(".", 1)[1]), 0))
            return [_Task(verb, n, table) for n, table in largest]

        pool.run(tasks("indexes", "index"), lambda task, count: None)
        for _number, target in open_targets:
            rebuild.prepare_session(target.session)
            rebuild.add_foreign_keys(target.ledger)
        pool.run(tasks("validate", "foreign key"), lambda task, count: None)
        largest = sorted(rows, key=lambda key: -rows[key])
        pool.run([_Task("analyze", n, table) for n, table in largest], lambda task, count: None)
        for _number, target in open_targets:
            rebuild.restore_triggers(target.ledger)
            ledger.set_state(target.ledger, "rebuilt")
            target.state = "rebuilt"

    def check_contracts(self) -> None:
        """Raises TargetNotReady: something of a schema is not as it was, although no rule has done anything yet.

        Without rules that may change it, it is looked at when all is done.
        """
        ruled = any(target.plan.after_load for target in self.targets)
        if not ruled or any(ledger.steps(target.ledger) for target in self.targets):
            return
        for target in self.targets:
            before = contracts.of(self.run, target.plan)
            schema.check_schema(target.session, target.plan, self.catalog, before)

    def keep_what_the_rules_changed(self, database: str) -> None:
        """A statement of `after_load` may change what belongs to no planned table: from here on that is how it was."""
        taken = {}
        for target in self.targets:
            if target.plan.target_name == database:
                now = taken[target.plan.name] = contracts.take(target.session, target.plan)
                changed = schema.of_contract(contracts.of(self.run, target.plan), now)
                self.actions += [
                    f"{target.plan.name}: after_load changed the schema: {line}" for line in changed
                ]
        contracts.keep(self.run, taken)

    def finish(self, target: _Target) -> None:
        """What the rules do after the load, sequences, and the proof that the schema is exactly as it was."""
        connection, plan = target.session, target.plan
        self.actions += after_load.run(self.login, plan)
        if plan.after_load and target.state != "complete":
            self.keep_what_the_rules_changed(plan.target_name)
        kept = {name: table.counter for name, table in target.manifest.tables.items()}
        counters.set_all(connection, plan, self.catalog.of(*target.inspected_as), kept)
        schema.check_schema(connection, plan, self.catalog, contracts.of(self.run, plan))
        invariants.check_target(connection, plan, "after")
        ledger.set_state(target.ledger, "complete")
        target.state = "complete"
        self.actions.append(f"{plan.name}: indexes, keys, triggers and sequences are back")

    # --- in the workers ---------------------------------------------------------------------------

    def start_worker(self) -> t.Callable[[_Task], int]:
        """One worker's sessions, one per database, opened when first needed."""
        sessions: dict[int, Connection[Row]] = {}

        def work(task: _Task) -> int:
            target = self.targets[task.database]
            if task.verb == "check" and not self.printed(target, task):
                return self.check_chunk(target, task)
            if task.database not in sessions:
                sessions[task.database] = postgresql.connect(
                    self.login, target.plan.target_name, "load worker"
                )
                ledger.relax(sessions[task.database])
                rebuild.prepare_session(sessions[task.database])
            return self.work(sessions[task.database], target, task)

        return work

    def check_chunk(self, target: _Target, task: _Task) -> int:
        """Raises DamagedSnapshot: the file is not what was written."""
        chunk = target.manifest.tables[task.table].chunks[task.chunk]
        path = self.run.database(target.manifest.database) / chunk.file
        chunks.check(path, chunk.sha256, chunk.file_bytes)
        return 1

    def printed(self, target: _Target, task: _Task) -> bool:
        """Whether the table has values that only the target can judge."""
        return bool(printed.columns(target.plan.table(task.table)))

    def check_printed(self, connection: Connection[Row], target: _Target, task: _Task) -> int:
        """Raises DamagedSnapshot; raises TargetNotReady: the target would not take a value or print it otherwise."""
        self.check_chunk(target, task)
        chunk = target.manifest.tables[task.table].chunks[task.chunk]
        path = self.run.database(target.manifest.database) / chunk.file
        blocks = chunks.blocks(path, chunk.sha256, self.key)
        printed.check(connection, target.plan.name, target.plan.table(task.table), blocks)
        return 1

    def work(self, connection: Connection[Row], target: _Target, task: _Task) -> int:
        """One task; gives the number of things done."""
        postgresql.query(connection, f"SET application_name = 'convergence: {task.verb}'")
        if task.verb == "check":
            return self.check_printed(connection, target, task)
        book = ledger.of(connection, target.plan.move)
        if task.verb == "indexes":
            return rebuild.restore_indexes(book, task.table)
        if task.verb == "validate":
            return rebuild.validate_foreign_keys(book, task.table)
        if task.verb == "analyze":
            postgresql.query(connection, f"ANALYZE {qualified(target.plan.schema, task.table)}")
            return 1
        table = target.manifest.tables[task.table]
        chunk: Chunk = table.chunks[task.chunk]
        path = self.run.database(target.manifest.database) / chunk.file
        return int(chunk_in.load_chunk(book, target.plan.schema, table, chunk, path, self.key))


def _seeds(plan: DatabasePlan) -> list[str]:
    return [table.name for table in plan.tables if table.name in plan.seed_tables]


def _has_rows(connection: Connection[Row], plan: DatabasePlan, table: TablePlan) -> bool:
    rows = postgresql.query(connection, f"SELECT EXISTS (SELECT FROM {own_rows(plan.schema, table.target)})")
    return bool(rows[0][0])


__all__ = ("LoadOutcome", "load")
