# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Dump: scan everything, then read the source into the snapshot directory, or go on with it."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._bound import counters, counts, invariants, releases
from .._bound.bound import Bound
from .._errors import CountsDiffer, ForeignRunDirectory, InputError, SourceMoved
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import moment
from .._prove import sums
from .._prove.sums import Sums
from .._range import Range
from .._run import alterations, chunks, encryption, journal, manifest, removal
from .._run.directory import RunDirectory
from .._run.manifest import Chunk, Manifest, TableSnapshot
from .._scan.altered import altered
from .._scan.findings import Findings, Untested
from .._scan.reader import Reader
from .._scan.survey import Survey
from .._transform import source_sql
from .._workers import Workers
from . import chunk_out
from .trial import Stand, Trier, trial_stand

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._run.encryption import Key
    from .._scan.findings import Misfit
    from .._scan.reader import Task
    from .._scan.scan import TableScan
    from .._scan.survey import Cuts, Surveyed
    from .._transform.plan import Place, TablePlan
    from .chunk_out import WrittenChunk
    from .trial import Trial

Mode = t.Literal["frozen", "live"]
_SAVE_SECONDS: t.Final = 1.0
"""At most so much finished work is read again after a kill."""


@dataclass(frozen=True)
class DumpOutcome:
    """What the snapshot holds and what the scan found."""

    changed: bool
    seconds: float
    manifests: tuple[Manifest, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    untested: tuple[Untested, ...] = ()
    actions: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
            "actions": list(self.actions),
            "misfits": [misfit.to_json() for misfit in self.misfits],
            "untested": [one.to_json() for one in self.untested],
            "databases": [
                {
                    "name": found.database,
                    "tables": len(found.tables),
                    "rows": found.rows,
                    "bytes": found.bytes,
                    "chunks": found.chunks,
                    "alterations": sum(found.alterations.values()),
                }
                for found in self.manifests
            ],
        }


def dump(
    login: MySQLLogin,
    run_directory: str,
    *,
    workers: int,
    mode: Mode = "frozen",
    restart: bool = False,
    chunk_bytes: int = 32 << 20,
    encryption_key_file: str | None = None,
    trial: Trial = "off",
    target: PostgreSQLLogin | None = None,
    check: bool = False,
) -> DumpOutcome:
    """Scan, and unless `check` dump, all databases of the plan at one point in time.

    `workers`: reader processes. `mode` `frozen`: any write to the source is an error; `live`: the
    source may go on. `restart`: drop what an earlier dump left. `chunk_bytes`: aim per chunk.
    `encryption_key_file`: encrypt the chunks with the key in it. `trial`: whether what the source cannot judge is
    put to `target`, with some rows or all.

    Raises MisfitsFound: values need a decision, `details["misfits"]`; raises SourceMoved; raises ServerError;
    raises ForeignRunDirectory; raises InputError.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        key = encryption.read_key(encryption_key_file)
        bound = Bound(run)
        job = _Dump(bound, login, mode, chunk_bytes, key, trial_stand(bound, trial, target))
        readers: Workers[Task, t.Any]
        with Workers(workers, job.start_reader) as readers:
            connection = mysql.connect(job.login)
            try:
                job.check_source(connection)
                if not restart:
                    job.check_key()
                done = None if restart else job.finished(connection)
                if done is not None:
                    return DumpOutcome(False, time.monotonic() - start, done)
                if check:
                    found = job.scan_only(connection, readers)
                    seconds = time.monotonic() - start
                    return DumpOutcome(True, seconds, (), found.misfits, found.untested, ("would dump",))
                with journal.phase(run, "dump") as facts:
                    manifests, misfits = job.dump(connection, readers, restart)
                    facts["rows"] = sum(found.rows for found in manifests)
            finally:
                connection.close()
                if job.view is not None:
                    job.view.close()
    actions = [f"dumped {found.database}: {found.rows} rows in {found.chunks} chunks" for found in manifests]
    if job.left:
        actions.append(f"left alone what no dump makes: {removal.in_words(job.left, run.path)}")
    untested = tuple(Untested(**one) for found in manifests for one in found.untested)
    return DumpOutcome(True, time.monotonic() - start, manifests, misfits, untested, tuple(actions))


@dataclass(frozen=True)
class _Write:
    """One chunk into its file."""

    place: Place
    span: Range
    path: Path
    by_python: bool
    chunk: int

    def run(self, reader: Reader) -> WrittenChunk:
        plan, table = reader.at(self.place)
        return chunk_out.write_chunk(
            reader.connection, plan.source_name, table, self.span, self.path, self.by_python, reader.key
        )


@dataclass(frozen=True)
class _Sum:
    """The source's own sums of one range."""

    place: Place
    span: Range

    def run(self, reader: Reader) -> Sums:
        plan, table = reader.at(self.place)
        return sums.source_sums(reader.connection, plan.source_name, table, self.span)


class _Dump:
    """One run of the verb; the readers get a copy of it by fork."""

    def __init__(
        self,
        bound: Bound,
        login: MySQLLogin,
        mode: Mode,
        chunk_bytes: int,
        key: Key | None,
        stand: Stand | None,
    ) -> None:
        self.bound = bound
        self.stand = stand
        self.run = bound.run
        self.login = bound.on_source(login)
        self.mode = mode
        self.chunk_bytes = chunk_bytes
        self.key = key
        self.left: tuple[Path, ...] = ()
        """What lies in the snapshot's folder and no step has made."""
        self.plans = bound.databases
        self.databases = [plan.source_name for plan in self.plans]
        self.view: Connection | None = None
        """Of a source that goes on, what the readers see: a session of this process in their snapshot."""

    # --- in the readers ---------------------------------------------------------------------------

    def start_reader(self) -> t.Callable[[Task], t.Any]:
        """Open one reader's session and its view of the data."""
        connection = mysql.connect(self.login)
        moment.open_snapshot(connection)
        reader = Reader(connection, self.plans, self.key)
        return lambda task: task.run(reader)

    # --- before anything is written ---------------------------------------------------------------

    def check_source(self, connection: Connection) -> None:
        """Release and schema are as planned, and the profile's invariants hold."""
        for plan in self.plans:
            releases.check_source(connection, plan)
        found = mysql_catalog.read_catalog(connection, list(self.bound.source_catalog.databases))
        for name, database in found.databases.items():
            if database != self.bound.source_catalog.databases[name]:
                raise ForeignRunDirectory(
                    f"The schema of the source database {name} changed since it was inspected. "
                    "Run the inspect and transform steps again."
                )
        for plan in self.plans:
            invariants.check_source(connection, plan)

    def check_key(self) -> None:
        """Raises InputError: what is dumped already is encrypted in another way than we were told."""
        for plan in self.plans:
            found = manifest.load(self.run, plan.name)
            if found is None or found.plan != self.bound.fingerprint or found.mode != self.mode:
                continue  # begins anew in any case
            what = f"The snapshot of {plan.name}"
            encryption.check_key(self.key, found.encryption, self.run.run_id(), what)
            if self.key is not None and found.encryption is None:
                raise InputError(
                    f"{what} was dumped without encryption. Dump again with migration_restart=true."
                )

    def finished(self, connection: Connection) -> tuple[Manifest, ...] | None:
        """The manifests of a whole dump by this plan; no table of a frozen source may tell of a write since."""
        found = [manifest.load(self.run, plan.name) for plan in self.plans]
        whole = [one for one in found if one is not None and one.complete]
        if len(whole) < len(found) or any(one.plan != self.bound.fingerprint for one in whole):
            return None
        if any(one.mode != self.mode for one in whole):
            return None
        if self.mode == "frozen":
            self.check_position(connection, whole[0].position)
        return tuple(whole)

    def check_position(self, connection: Connection, before: dict[str, t.Any]) -> None:
        """Raises SourceMoved: a table of ours was written to since `before`.

        What no update time tells, the verification finds by the rows. That the log goes on is no reason to stop: other
        databases of the server are written to, and what the readers see is one moment all the same.
        """
        moved = moment.moved(before, moment.position(connection, self.databases))
        if moved:
            raise SourceMoved(
                f"The source was written to since the snapshot began: {moment.in_words(moved)}. "
                "Stop the writers, then dump again with migration_restart=true.",
                tables=moved,
            )

    # --- scan -------------------------------------------------------------------------------------

    def scan_only(self, connection: Connection, readers: Workers[Task, t.Any]) -> Surveyed:
        """Check mode: the scan in a snapshot of its own."""
        self.open_readers(connection, readers)
        survey = self.survey(connection, readers)
        return survey.scan(survey.cut(self.chunk_bytes))

    def survey(self, connection: Connection, readers: Workers[Task, t.Any]) -> Survey:
        """What the readers see, once they are open."""
        view, stand = self.view or connection, self.stand
        if stand is None:
            return Survey(self.bound, connection, view, readers)

        def judge(number: int, untested: list[Untested], tables: dict[Place, TableScan]) -> Findings:
            plan = self.plans[number]
            mysql.use(view, plan.source_name)

            def by_python(table: TablePlan) -> bool:
                return self.by_python(table, tables[number, table.name])

            return Trier(view, stand, plan, by_python).run(untested)

        return Survey(self.bound, connection, view, readers, judge)

    def by_python(self, table: TablePlan, scanned: TableScan) -> bool:
        """A converter works on the rows, JSON is changed, or a row may outgrow the source's packet in SQL."""
        packet = int(self.bound.source_catalog.server.settings.get("max_allowed_packet") or 1 << 24)
        if source_sql.needs_python(table) or 2 * scanned.widest + 65536 > packet:
            return True
        found = {name for name, _misfit in scanned.counts}
        return any(column.changes_json and column.target.name in found for column in table.columns)

    def open_readers(self, connection: Connection, readers: Workers[Task, t.Any]) -> dict[str, t.Any]:
        """All readers at one point in time, and the position of that point."""
        with moment.stillness(connection, self.bound.source_tables) as locked:
            still = self.mode == "frozen" or not locked
            read = moment.still_position if still else moment.position
            before = read(connection, self.databases)
            readers.open()
            if self.mode == "live":
                self.view = mysql.connect(self.login)
                moment.open_snapshot(self.view)
            after = moment.position(connection, self.databases)
        tables = moment.moved(before, after)
        if not locked and (tables or moment.log_stands(before, after) is False):
            raise SourceMoved(
                "The source was written to while the readers opened, and the account may not lock tables: "
                f"{moment.in_words(tables) or 'its log says so, which is that of all databases'}. Grant LOCK TABLES, "
                "or stop the writers.",
                tables=tables,
            )
        return before

    # --- dump -------------------------------------------------------------------------------------

    def dump(
        self, connection: Connection, readers: Workers[Task, t.Any], restart: bool
    ) -> tuple[tuple[Manifest, ...], tuple[Misfit, ...]]:
        """Scan and read everything, or only what an interrupted dump of a still source left undone."""
        position = self.open_readers(connection, readers)
        kept = None if restart else self.resumable(position)
        misfits: tuple[Misfit, ...] = ()
        if kept is None:
            survey = self.survey(connection, readers)
            cuts = survey.cut(self.chunk_bytes)
            surveyed = survey.scan(cuts)
            misfits = surveyed.misfits
            kept = self.begin(connection, position, cuts, surveyed)
        self.write(connection, readers, kept)
        if self.mode == "frozen":
            self.check_position(connection, kept[0].position)
        else:
            self.sum_up(readers, kept)
        for found in kept:
            found.complete, found.finished = True, journal.now()
            manifest.save(self.run, found)
        return tuple(kept), misfits

    def resumable(self, position: dict[str, t.Any]) -> list[Manifest] | None:
        """Manifests of an interrupted frozen dump whose source has not moved and whose files are whole."""
        found = [manifest.load(self.run, plan.name) for plan in self.plans]
        usable = [
            one
            for one in found
            if one is not None
            and one.mode == self.mode == "frozen"
            and one.plan == self.bound.fingerprint
            and not moment.moved(one.position, position)
            and not moment.doubtful(one.position, position)
        ]
        if len(usable) < len(found):
            return None
        for one in usable:
            for table in one.tables.values():
                for chunk in table.chunks:
                    if chunk.sha256:
                        path = self.run.database(one.database) / chunk.file
                        chunks.check(path, chunk.sha256, chunk.file_bytes)
        return usable

    def sum_up(self, readers: Workers[Task, t.Any], manifests: list[Manifest]) -> None:
        """The source's sums inside the snapshot: a source that goes on cannot be asked later."""
        totals = {(n, name): Sums() for n, found in enumerate(manifests) for name in found.tables}
        tasks = [
            _Sum((n, name), chunk.span)
            for n, found in enumerate(manifests)
            for name, table in found.tables.items()
            for chunk in table.chunks
        ]
        readers.run(tasks, lambda task, part: totals[task.place].add(part))
        for (n, name), total in totals.items():
            rows = manifests[n].tables[name].rows
            if total.rows != rows:
                plan = self.plans[n]
                raise counts.differ(plan, plan.table(name), f"{rows} were dumped and {total.rows} summed")
        for n, found in enumerate(manifests):
            found.sums = {name: [totals[n, name].rows, totals[n, name].digest()] for name in found.tables}

    def begin(
        self,
        connection: Connection,
        position: dict[str, t.Any],
        cuts: Cuts,
        surveyed: Surveyed,
    ) -> list[Manifest]:
        """Snapshot folders without chunks, the list of altered values, and manifests with all chunks to write.

        What was proved of an earlier snapshot says nothing of this one: its report is set aside before its files go.
        """
        self.run.set_report_aside("dump")
        self.run.sums.unlink(missing_ok=True)
        journal.record(self.run, "dump", "began anew")
        names = [plan.name for plan in self.plans]
        self.left = removal.clear_snapshot(self.run, names).foreign
        changed = alterations.write(self.run, altered(self.view or connection, self.bound, surveyed.misfits))
        manifests = []
        for number, plan in enumerate(self.plans):
            found = Manifest(
                run_id=self.run.run_id(),
                database=plan.name,
                plan=self.bound.fingerprint,
                mode=self.mode,
                position=position,
                encryption=self.key.fingerprint(self.run.run_id()) if self.key else None,
                started=journal.now(),
                alterations=changed.counts.get(plan.name, {}),
                alterations_file=changed.file,
                untested=[one.to_json() for one in surveyed.untested if one.database == plan.name],
            )
            found_counters = counters.of_source(connection, plan)
            for table in plan.tables:
                scanned = surveyed.tables[number, table.name]
                found.tables[table.name] = TableSnapshot(
                    name=table.name,
                    format=source_sql.copy_format(table),
                    columns=[column.target.name for column in table.copied],
                    chunks=_chunks(cuts[number, table.name], scanned),
                    counter=found_counters.get(table.name, {}),
                    counted=scanned.counted,
                    filtered=scanned.filtered,
                    by_python=self.by_python(table, scanned),
                )
            manifest.save(self.run, found)
            manifests.append(found)
        return manifests

    def write(self, connection: Connection, readers: Workers[Task, t.Any], manifests: list[Manifest]) -> None:
        """Read every chunk that has no file yet, the largest tables first."""
        tasks: list[_Write] = []
        for number, found in enumerate(manifests):
            folder = self.run.database(found.database)
            for i, table in enumerate(found.tables.values()):
                for chunk in table.chunks:
                    if not chunk.sha256:
                        chunk.file = f"{i:04d}-{chunk.number:06d}{chunks.SUFFIX}{encryption.SUFFIX if self.key else ''}"
                        path = folder / chunk.file
                        tasks.append(
                            _Write((number, table.name), chunk.span, path, table.by_python, chunk.number)
                        )
        tasks.sort(key=lambda task: -len(manifests[task.place[0]].tables[task.place[1]].chunks))
        saved = time.monotonic()

        def done(task: t.Any, result: WrittenChunk) -> None:
            nonlocal saved
            number, name = task.place
            chunk = manifests[number].tables[name].chunks[task.chunk]
            chunk.rows, chunk.bytes = result.rows, result.bytes
            chunk.file_bytes, chunk.sha256 = result.file_bytes, result.sha256
            if chunk.rows != chunk.scanned:
                what = f"the scan met {chunk.scanned} rows in the range of {chunk.file}, and {chunk.rows} were read"
                raise self.lost(connection, manifests, task.place, what)
            if time.monotonic() - saved > _SAVE_SECONDS:
                for found in manifests:
                    manifest.save(self.run, found)
                saved = time.monotonic()

        readers.run(tasks, done)

    def lost(
        self, connection: Connection, manifests: list[Manifest], place: Place, what: str
    ) -> CountsDiffer:
        """Why a range has other rows than the scan met; raises SourceMoved: because somebody wrote to them."""
        if self.mode == "frozen":
            self.check_position(connection, manifests[0].position)
        plan = self.plans[place[0]]
        return counts.differ(plan, plan.table(place[1]), what)


def _chunks(cuts: list[bytes], scanned: TableScan) -> list[Chunk]:
    """The chunks to write, each with the rows that the scan met in its range."""
    spans = Range.between(cuts)
    return [Chunk(number, span, scanned=scanned.parts[span]) for number, span in enumerate(spans)]


__all__ = ("DumpOutcome", "dump")
