# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Dump: scan everything, then read the source into the snapshot directory, or go on with it."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from .._bound import counters, counts, invariants
from .._errors import CountsDiffer, ForeignRunDirectory, InputError, MisfitsFound, SourceMoved
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import moment
from .._prove import sums
from .._prove.sums import Sums
from .._range import Range
from .._run import alterations, chunks, encryption, journal, manifest, removal
from .._run.directory import RunDirectory
from .._run.manifest import Chunk, Manifest, TableSnapshot
from .._scan import constraints, findings, scan
from .._scan.findings import Misfit
from .._scan.scan import TableScan
from .._transform import source_sql
from .._workers import Workers
from . import chunk_out, cut
from .transform import catalogs, load_transform

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._catalog import Catalog
    from .._logins import MySQLLogin
    from .._run.encryption import Key
    from .._transform.plan import DatabasePlan, TablePlan, Transform

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
    actions: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
            "actions": list(self.actions),
            "misfits": [misfit.to_json() for misfit in self.misfits],
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
    check: bool = False,
) -> DumpOutcome:
    """Scan, and unless I(check) dump, all databases of the plan at one point in time.

    I(workers): reader processes. I(mode) C(frozen): any write to the source is an error; C(live): the
    source may go on. I(restart): drop what an earlier dump left. I(chunk_bytes): aim per chunk.
    I(encryption_key_file): encrypt the chunks with the key in it.

    @raise MisfitsFound: values need a decision, C(details["misfits"]); @raise SourceMoved; @raise ServerError;
    @raise ForeignRunDirectory; @raise InputError.
    """
    start = time.monotonic()
    run = RunDirectory(run_directory)
    run.check()
    with run.locked():
        transform = load_transform(run)
        source = catalogs(run)[0]
        job = _Dump(run, login, transform, source, mode, chunk_bytes, workers)
        job.key = encryption.read_key(encryption_key_file)
        readers: Workers[_Place, t.Any]
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
                    misfits = job.scan_only(connection, readers)
                    return DumpOutcome(True, time.monotonic() - start, (), misfits, ("would dump",))
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
    return DumpOutcome(True, time.monotonic() - start, manifests, misfits, tuple(actions))


@dataclass(frozen=True)
class _Place:
    """One range of one table, as a task of a reader."""

    verb: t.Literal["bounds", "scan", "count", "constraints", "write", "sums"]
    database: int
    table: str
    span: Range = field(default_factory=Range)
    rows: int = 0
    path: Path = Path()
    by_python: bool = False
    chunk: int = 0


class _Dump:
    """One run of the verb; the readers get a copy of it by fork."""

    def __init__(
        self,
        run: RunDirectory,
        login: MySQLLogin,
        transform: Transform,
        source: Catalog,
        mode: Mode,
        chunk_bytes: int,
        workers: int,
    ) -> None:
        self.run = run
        self.login = replace(login, server=source.server["identity"])
        self.transform = transform
        self.source = source
        self.mode = mode
        self.chunk_bytes = chunk_bytes
        self.workers = workers
        self.key: Key | None = None
        self.left: tuple[Path, ...] = ()
        """What lies in the snapshot's folder and no step has made."""
        self.fingerprint = transform.fingerprint()
        self.databases = [database.source for database in transform.databases]
        self.view: Connection | None = None
        """Of a source that goes on, what the readers see: a session of this process in their snapshot."""

    # --- in the readers ---------------------------------------------------------------------------

    def start_reader(self) -> t.Callable[[_Place], t.Any]:
        """Open one reader's session and its view of the data."""
        connection = mysql.connect(self.login)
        moment.open_snapshot(connection)
        return lambda place: self.work(connection, place)

    def work(self, connection: Connection, place: _Place) -> t.Any:
        """One task of a reader."""
        plan = self.transform.databases[place.database]
        table = plan.table(place.table)
        mysql.use(connection, plan.source)  # a rule's SQL may name tables of its own database
        if place.verb == "bounds":
            return cut.bounds(connection, plan.source, table, place.rows)
        if place.verb == "scan":
            return scan.scan_range(connection, plan.source, table, place.span)
        if place.verb == "count":
            return TableScan(counted=counts.source_rows(connection, plan.source, table))
        if place.verb == "constraints":
            return constraints.find(connection, plan, table)
        if place.verb == "sums":
            mariadb = self.source.server["vendor"] == "mariadb"
            return sums.source_sums(connection, plan.source, table, place.span, mariadb)
        return chunk_out.write_chunk(
            connection, plan.source, table, place.span, place.path, place.by_python, self.key
        )

    # --- before anything is written ---------------------------------------------------------------

    def check_source(self, connection: Connection) -> None:
        """The schema is as inspected, and the profile's invariants hold."""
        found = mysql_catalog.read_catalog(connection, list(self.source.databases))
        for name, database in found.databases.items():
            if database != self.source.databases[name]:
                raise ForeignRunDirectory(
                    f"The schema of the source database {name} changed since it was inspected. "
                    "Run the inspect and transform steps again."
                )
        for plan in self.transform.databases:
            invariants.check_source(connection, plan)

    def check_key(self) -> None:
        """@raise InputError: what is dumped already is encrypted in another way than we were told."""
        for plan in self.transform.databases:
            found = manifest.load(self.run, plan.name)
            if found is None or found.transform != self.fingerprint or found.mode != self.mode:
                continue  # begins anew in any case
            what = f"The snapshot of {plan.name}"
            encryption.check_key(self.key, found.encryption, self.run.run_id(), what)
            if self.key is not None and found.encryption is None:
                raise InputError(f"{what} was dumped without encryption. Dump again with restart=true.")

    def finished(self, connection: Connection) -> tuple[Manifest, ...] | None:
        """The manifests of a whole dump by this plan; a frozen source must still stand where it stood."""
        found = [manifest.load(self.run, plan.name) for plan in self.transform.databases]
        whole = [one for one in found if one is not None and one.complete]
        if len(whole) < len(found) or any(one.transform != self.fingerprint for one in whole):
            return None
        if any(one.mode != self.mode for one in whole):
            return None
        if self.mode == "frozen":
            self.check_position(connection, whole[0].position)
        return tuple(whole)

    def check_position(self, connection: Connection, before: dict[str, t.Any]) -> None:
        """@raise SourceMoved: the source was written to since I(before)."""
        moved = moment.moved(before, moment.position(connection, self.databases))
        if moved:
            raise SourceMoved(
                f"The source was written to since the snapshot began: {moment.in_words(moved)}. "
                "Stop the writers, then dump again with restart=true.",
                tables=moved,
            )

    # --- scan -------------------------------------------------------------------------------------

    def scan_only(self, connection: Connection, readers: Workers[_Place, t.Any]) -> tuple[Misfit, ...]:
        """Check mode: the scan in a snapshot of its own."""
        self.open_readers(connection, readers)
        bounds = self.bounds(connection, readers)
        return self.scan(connection, readers, bounds)[0]

    def open_readers(self, connection: Connection, readers: Workers[_Place, t.Any]) -> dict[str, t.Any]:
        """All readers at one point in time, and the position of that point."""
        tables = [
            (plan.source, table.source.name) for plan in self.transform.databases for table in plan.tables
        ]
        with moment.stillness(connection, tables) as locked:
            still = self.mode == "frozen" or not locked
            read = moment.still_position if still else moment.position
            before = read(connection, self.databases)
            readers.open()
            if self.mode == "live":
                self.view = mysql.connect(self.login)
                moment.open_snapshot(self.view)
            after = moment.position(connection, self.databases)
        if not locked and moment.moved(before, after):
            raise SourceMoved(
                "The source was written to while the readers opened, and the account may not lock tables. "
                "Grant LOCK TABLES, or stop the writers.",
                tables=moment.moved(before, after),
            )
        return before

    def bounds(
        self, connection: Connection, readers: Workers[_Place, t.Any]
    ) -> dict[tuple[int, str], list[bytes]]:
        """Boundaries of all tables that are larger than one chunk."""
        found: dict[tuple[int, str], list[bytes]] = {}
        tasks = []
        for number, plan in enumerate(self.transform.databases):
            sizes = mysql_catalog.read_sizes(connection, plan.source)
            for table in plan.tables:
                found[number, table.name] = []
                size = sizes.get(table.source.name, {})
                rows = cut.rows_per_chunk(size, self.chunk_bytes)
                if table.range_index is not None and size.get("bytes", 0) > self.chunk_bytes:
                    tasks.append(_Place("bounds", number, table.name, rows=rows))
        readers.run(tasks, lambda place, cuts: found.update({(place.database, place.table): cuts}))
        return found

    def scan(
        self,
        connection: Connection,
        readers: Workers[_Place, t.Any],
        bounds: dict[tuple[int, str], list[bytes]],
    ) -> tuple[tuple[Misfit, ...], dict[tuple[int, str], TableScan]]:
        """Everything that does not fit; @raise MisfitsFound: what no rule decides."""
        totals: dict[tuple[int, str], TableScan] = {key: TableScan() for key in bounds}
        found: list[Misfit] = []
        tasks = []
        for (number, name), cuts in bounds.items():
            tasks += [_Place("scan", number, name, span) for span in Range.between(cuts)]
            tasks.append(_Place("count", number, name))
            tasks.append(_Place("constraints", number, name))

        def done(place: _Place, result: t.Any) -> None:
            if place.verb in {"scan", "count"}:
                total = totals[place.database, place.table]
                total.add(result)
                if place.verb == "scan":
                    total.parts[place.span] = result.rows
            else:
                found.extend(result)

        readers.run(tasks, done)
        for (number, name), total in totals.items():
            plan = self.transform.databases[number]
            if total.rows + total.filtered != total.counted:
                what = f"it counts {total.counted}, the scan met {total.rows}, and a rule leaves {total.filtered} out"
                raise counts.differ(plan, plan.table(name), what)
            view = self.view or connection
            found += [self.misfit(view, plan, plan.table(name), at, n) for at, n in total.counts.items()]
        inspected = catalogs(self.run)[1].databases
        for plan in self.transform.databases:
            now = counters.of_source(connection, plan)
            found += counters.foreseen(connection, plan, inspected[plan.target], now)
        undecided = [misfit for misfit in found if not misfit.decided]
        if undecided:
            raise _misfits_found(undecided)
        return tuple(found), totals

    def misfit(
        self,
        connection: Connection,
        plan: DatabasePlan,
        table: TablePlan,
        finding: tuple[str, str],
        count: int,
    ) -> Misfit:
        """A finding with examples, where it needs a decision."""
        column = next(column for column in table.columns if column.target.name == finding[0])
        policy = column.policy(finding[1]).name
        examples: tuple[str, ...] = ()
        if policy == "fail":
            mysql.use(connection, plan.source)
            rows = scan.misfit_rows(connection, plan.source, table, finding, scan.EXAMPLES)
            examples = tuple(findings.show_key(table, key.values()) for key, _value in rows)
        return Misfit(plan.name, table.name, finding[0], finding[1], policy, count, examples)

    # --- dump -------------------------------------------------------------------------------------

    def dump(
        self, connection: Connection, readers: Workers[_Place, t.Any], restart: bool
    ) -> tuple[tuple[Manifest, ...], tuple[Misfit, ...]]:
        """Scan and read everything, or only what an interrupted dump of a still source left undone."""
        position = self.open_readers(connection, readers)
        kept = None if restart else self.resumable(position)
        misfits: tuple[Misfit, ...] = ()
        if kept is None:
            bounds = self.bounds(connection, readers)
            misfits, totals = self.scan(connection, readers, bounds)
            kept = self.begin(connection, position, bounds, totals, misfits)
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
        found = [manifest.load(self.run, plan.name) for plan in self.transform.databases]
        usable = [
            one
            for one in found
            if one is not None
            and one.mode == self.mode == "frozen"
            and one.transform == self.fingerprint
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

    def sum_up(self, readers: Workers[_Place, t.Any], manifests: list[Manifest]) -> None:
        """The source's sums inside the snapshot: a source that goes on cannot be asked later."""
        totals = {(n, name): Sums() for n, found in enumerate(manifests) for name in found.tables}
        tasks = [
            _Place("sums", n, name, chunk.span)
            for n, found in enumerate(manifests)
            for name, table in found.tables.items()
            for chunk in table.chunks
        ]
        readers.run(tasks, lambda place, part: totals[place.database, place.table].add(part))
        for (n, name), total in totals.items():
            rows = manifests[n].tables[name].rows
            if total.rows != rows:
                plan = self.transform.databases[n]
                raise counts.differ(plan, plan.table(name), f"{rows} were dumped and {total.rows} summed")
        for n, found in enumerate(manifests):
            found.sums = {name: [totals[n, name].rows, totals[n, name].digest()] for name in found.tables}

    def begin(
        self,
        connection: Connection,
        position: dict[str, t.Any],
        bounds: dict[tuple[int, str], list[bytes]],
        totals: dict[tuple[int, str], TableScan],
        misfits: tuple[Misfit, ...],
    ) -> list[Manifest]:
        """Snapshot folders without chunks, the list of altered values, and manifests with all chunks to write.

        What was proved of an earlier snapshot says nothing of this one: its report is set aside before its files go.
        """
        self.run.set_report_aside("dump")
        self.run.sums.unlink(missing_ok=True)
        journal.record(self.run, "dump", "began anew")
        names = [plan.name for plan in self.transform.databases]
        self.left = removal.clear_snapshot(self.run, names).foreign
        changed = alterations.write(self.run, self.altered(self.view or connection, misfits))
        packet = int(self.source.server.get("max_allowed_packet") or 1 << 24)
        manifests = []
        for number, plan in enumerate(self.transform.databases):
            found = Manifest(
                run_id=self.run.run_id(),
                database=plan.name,
                transform=self.fingerprint,
                mode=self.mode,
                position=position,
                encryption=self.key.fingerprint(self.run.run_id()) if self.key else None,
                started=journal.now(),
                alterations=changed.counts.get(plan.name, {}),
                alterations_file=changed.file,
            )
            found_counters = counters.of_source(connection, plan)
            for table in plan.tables:
                key = number, table.name
                found.tables[table.name] = TableSnapshot(
                    name=table.name,
                    format=source_sql.copy_format(table),
                    columns=[column.target.name for column in table.copied],
                    chunks=_chunks(bounds[key], totals[key]),
                    counter=found_counters.get(table.name, {}),
                    counted=totals[key].counted,
                    filtered=totals[key].filtered,
                    by_python=source_sql.needs_python(table) or 2 * totals[key].widest + 65536 > packet,
                )
            manifest.save(self.run, found)
            manifests.append(found)
        return manifests

    def altered(
        self, connection: Connection, misfits: tuple[Misfit, ...]
    ) -> t.Iterator[alterations.Alteration]:
        """Every value that a policy changes, found by a query of its own."""
        plans = {plan.name: plan for plan in self.transform.databases}
        for misfit in misfits:
            if misfit.policy == "untested":
                continue
            plan = plans[misfit.database]
            table = plan.table(misfit.table)
            mysql.use(connection, plan.source)
            rows = scan.misfit_rows(connection, plan.source, table, (misfit.column, misfit.misfit))
            listed = 0
            for key, value in rows:
                listed += 1
                place = (misfit.database, misfit.table, misfit.column, misfit.misfit, misfit.policy)
                yield alterations.Alteration(*place, self.redacted(table, key), value)
            if not _may_be_all(table, misfit, listed):
                where = f"{misfit.column} has {misfit.count} values of the class {misfit.misfit} by the scan"
                raise counts.differ(plan, table, f"{where}, and {listed} could be listed")

    def redacted(self, table: TablePlan, key: dict[str, str | None]) -> dict[str, str | None]:
        """A key for the list of altered values: of sensitive columns a hash that only this run's key can make."""
        secret = self.run.hmac_key()
        return {
            column.target.name: alterations.keyed_hash(secret, value) if column.sensitive else value
            for column, value in zip(table.key_columns, key.values(), strict=True)
        }

    def write(
        self, connection: Connection, readers: Workers[_Place, t.Any], manifests: list[Manifest]
    ) -> None:
        """Read every chunk that has no file yet, the largest tables first."""
        tasks = []
        for number, found in enumerate(manifests):
            folder = self.run.database(found.database)
            for i, table in enumerate(found.tables.values()):
                for chunk in table.chunks:
                    if not chunk.sha256:
                        chunk.file = f"{i:04d}-{chunk.number:06d}{chunks.SUFFIX}{encryption.SUFFIX if self.key else ''}"
                        path = folder / chunk.file
                        tasks.append(
                            _Place(
                                "write",
                                number,
                                table.name,
                                chunk.span,
                                0,
                                path,
                                table.by_python,
                                chunk.number,
                            )
                        )
        tasks.sort(key=lambda place: -len(manifests[place.database].tables[place.table].chunks))
        saved = time.monotonic()

        def done(place: _Place, result: chunk_out.WrittenChunk) -> None:
            nonlocal saved
            chunk = manifests[place.database].tables[place.table].chunks[place.chunk]
            chunk.rows, chunk.bytes = result.rows, result.bytes
            chunk.file_bytes, chunk.sha256 = result.file_bytes, result.sha256
            if chunk.rows != chunk.scanned:
                what = f"the scan met {chunk.scanned} rows in the range of {chunk.file}, and {chunk.rows} were read"
                raise self.lost(connection, manifests, place, what)
            if time.monotonic() - saved > _SAVE_SECONDS:
                for found in manifests:
                    manifest.save(self.run, found)
                saved = time.monotonic()

        readers.run(tasks, done)

    def lost(
        self, connection: Connection, manifests: list[Manifest], place: _Place, what: str
    ) -> CountsDiffer:
        """Why a range has other rows than the scan met; @raise SourceMoved: because somebody wrote to them."""
        if self.mode == "frozen":
            self.check_position(connection, manifests[0].position)
        plan = self.transform.databases[place.database]
        return counts.differ(plan, plan.table(place.table), what)


def _may_be_all(table: TablePlan, misfit: Misfit, listed: int) -> bool:
    """Whether I(listed) values are all that the scan counted, which met a value once for each check of the class."""
    (column,) = (column for column in table.columns if column.target.name == misfit.column)
    checks = sum(check.misfit.name == misfit.misfit for check in column.checks)
    return listed <= misfit.count <= max(1, checks) * listed


def _chunks(cuts: list[bytes], total: TableScan) -> list[Chunk]:
    """The chunks to write, each with the rows that the scan met in its range."""
    spans = Range.between(cuts)
    return [Chunk(number, span, scanned=total.parts[span]) for number, span in enumerate(spans)]


def _misfits_found(undecided: list[Misfit]) -> MisfitsFound:
    total = sum(misfit.count for misfit in undecided)
    first = undecided[0]
    more = f" And {len(undecided) - 1} more places, see misfits." if len(undecided) > 1 else ""
    return MisfitsFound(
        f"{total} values do not fit and no rule decides them; nothing was dumped. First: {first}. "
        f"{findings.remedy(first.misfit)}{more}",
        misfits=[misfit.to_json() for misfit in undecided],
    )


__all__ = ("DumpOutcome", "dump")
