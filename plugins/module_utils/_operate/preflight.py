# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A look at everything before a migration: servers, catalogs, plan, state of the target and every value of the source.

Nothing on a server changes. Catalogs and plan go into a folder of the look alone, which is removed again, so that a run
that exists stays as it is and one that does not exist is bound to nothing. What is found in one database, or in one
table, keeps nothing else from being asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from .._bound import releases
from .._errors import ConvergenceError, InputError, PlanError, PreflightFound
from .._move.transform import check_places, request_of
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._postgresql import catalog as postgresql_catalog
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._run import encryption
from .._run.directory import RunDirectory, to_text, write_atomic
from .._transform import planner
from .._transform.releases import of_side
from . import listing as listed
from . import pasted, target_state
from .listing import Listing
from .looked import Place, Values, scan
from .readiness import source_readiness, target_readiness

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._catalog import Catalog, Database, Server
    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._move.trial import Trial
    from .._transform.plan import DatabasePlan
    from .._transform.planner import DatabaseRequest
    from .listing import Section

_BASELINE: t.Final = (
    " Where it has none for PostgreSQL, the playbook baseline makes them "
    "(docs/application-without-migrations.md)."
)


@dataclass(frozen=True)
class Wanted:
    """What an operator wants to know, and of what. `databases` and `profiles`: as for `make_plan`."""

    databases: Sequence[Mapping[str, t.Any]]
    profiles: Mapping[str, Mapping[str, t.Any]]
    run_directory: str
    workers: int
    schema: str = "public"
    extensions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    connections: int = 0
    scan: bool = True
    """Whether to look at every value of the source."""
    trial: Trial = "off"
    """Whether to put to the target what the source cannot judge."""
    encryption_key_file: str | None = None
    others: Sequence[Mapping[str, str]] = ()
    """What somebody else has found: section and text of each."""


@dataclass(frozen=True)
class PreflightOutcome:
    """The list, in lines and as files."""

    changed: bool
    listing: Listing
    lines: tuple[str, ...]
    files: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "begun": False,
            "lines": list(self.lines),
            "files": list(self.files),
            "problems": self.listing.stops,
        }


@dataclass(frozen=True)
class BegunOutcome:
    """The dump of this run has begun: what the look would ask is behind it."""

    way: str

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {"changed": False, "begun": True, "lines": [self.way], "files": [], "problems": 0}


def preflight(
    source: MySQLLogin,
    target: PostgreSQLLogin,
    wanted: Wanted,
    *,
    migrating: bool,
    pass_begun: bool,
    check: bool,
) -> PreflightOutcome | BegunOutcome:
    """Look at everything and write `preflight.json` and `preflight.md` into the run directory.

    `migrating`: it is a part of a migration, which nothing stops but what would stop its other phases. `pass_begun`:
    only reach the servers where the run has begun its dump. `check`: write nothing.

    Raises PreflightFound: something would stop a migration; raises InputError: no database is named;
    raises ServerError: a server of a run that has begun cannot be reached.
    """
    if not wanted.databases:
        raise InputError("The list of databases is empty. Name at least one in migration_databases.")
    if pass_begun and _has_begun(wanted):
        return BegunOutcome(_reached(source, target, wanted))
    look = _Look(source, target, wanted)
    look.all()
    found = look.listing
    changed, files = _kept(found, wanted.run_directory, check=check)
    # In check mode nothing is written, and a file of an earlier look may say something else.
    where = "" if check or not files else files[-1]
    lines = tuple(listed.lines(found, where))
    if found.stops if migrating else found.count:
        raise PreflightFound(listed.message(found, where), lines=list(lines), files=[] if check else files)
    return PreflightOutcome(changed, found, lines, () if check else tuple(files))


def _has_begun(wanted: Wanted) -> bool:
    run = RunDirectory(wanted.run_directory)
    names = [str(entry["name"]) for entry in wanted.databases]
    try:
        run.check()
    except InputError:
        return False  # the look says why
    return any((run.database(name) / "manifest.json").exists() for name in names)


def _reached(source: MySQLLogin, target: PostgreSQLLogin, wanted: Wanted) -> str:
    """From which server to which, both of them asked now."""
    connection = mysql.connect(source)
    try:
        left = mysql_catalog.read_server(connection)
    finally:
        connection.close()
    there = postgresql.connect(target, _name(wanted.databases[0], "target"), "preflight")
    try:
        right = postgresql_catalog.read_server(there)
    finally:
        there.close()
    return _way(left, right)


def _way(source: Server, target: Server) -> str:
    vendor = {"mariadb": "MariaDB", "mysql": "MySQL"}.get(source.vendor, source.vendor)
    version = source.version.split("-", maxsplit=1)[0]
    return f"From {vendor} {version} to PostgreSQL {target.version.split(' ', maxsplit=1)[0]}"


def _name(entry: Mapping[str, t.Any], side: str) -> str:
    return str(entry.get(side) or entry["name"])


def _kept(found: Listing, run_directory: str, *, check: bool) -> tuple[bool, list[str]]:
    """Whether the files change, and where they are: nowhere, if the folder is none of ours."""
    run = RunDirectory(run_directory)
    data, text = found.to_json(), listed.markdown(found)
    try:
        if not run.fresh():
            run.check()
        old = None if run.fresh() else run.read_replaceable(run.preflight)
        changed = (
            old is None
            or to_text(old) != to_text(json.loads(to_text(data)))
            or not run.preflight_text.exists()
        )
        if changed and not check:
            run.ensure()
            run.write(run.preflight, data)
            write_atomic(run.preflight_text, text.encode())
    except ConvergenceError as error:
        # Whose folder it is has been said among the problems; this may be a disk that is full.
        found.problem("servers", str(error))
        return False, []
    return changed, [str(run.preflight), str(run.preflight_text)]


class _Look:
    """One look; each step notes what it finds and goes on."""

    def __init__(self, source: MySQLLogin, target: PostgreSQLLogin, wanted: Wanted) -> None:
        self.source = source
        self.target = target
        self.wanted = wanted
        self.run = RunDirectory(wanted.run_directory)
        self.listing = Listing(databases=[str(entry["name"]) for entry in wanted.databases])
        self.run_id: str | None = None
        """Of the run in the run directory, `None` where there is none."""

    def all(self) -> None:
        """Everything, in the order in which a migration would meet it."""
        self.host()
        self.servers()
        for other in self.wanted.others:
            self.listing.problem(t.cast("Section", other["section"]), other["text"])
        with self.listing.asking("plan"):
            check_places(
                [
                    (str(entry["name"]), _name(entry, "target"), self.schema(entry))
                    for entry in self.wanted.databases
                ]
            )
        source, target = self.source_catalog(), self.target_catalog()
        if source and target:
            self.listing.way = _way(source.server, target.server)
        for entry in self.wanted.databases:
            self.database(entry, source, target)

    def host(self) -> None:
        """The run directory is ours or free, and the key can be read."""
        with self.listing.asking("servers"):
            if not self.run.fresh():
                self.run.check()
                self.run.check_open()
                self.run_id = self.run.run_id()
        with self.listing.asking("servers"):
            encryption.read_key(self.wanted.encryption_key_file)

    def servers(self) -> None:
        """Each server by itself."""
        wanted = self.wanted
        left = source_readiness(self.source, self.names("source"), wanted.run_directory, wanted.workers)
        right = target_readiness(
            self.target,
            self.names("target"),
            wanted.schema,
            extensions=wanted.extensions,
            connections=wanted.connections,
            workers=wanted.workers,
            schemas=self.schemas(),
        )
        for found in (left, right):
            for section, text in found.found:
                self.listing.problem(section, text)
            for text in found.notices:
                self.listing.notice(text)

    def names(self, side: str) -> list[str]:
        """What the databases are called on one side."""
        return [_name(entry, side) for entry in self.wanted.databases]

    def schema(self, entry: Mapping[str, t.Any]) -> str:
        """Where the tables of a database lie on the target."""
        return str(entry.get("schema") or self.wanted.schema)

    def schemas(self) -> dict[str, list[str]]:
        """All of these, by the database of the target."""
        found: dict[str, list[str]] = {}
        for entry in self.wanted.databases:
            found.setdefault(_name(entry, "target"), []).append(self.schema(entry))
        return {name: list(dict.fromkeys(places)) for name, places in found.items()}

    # --- catalogs ---------------------------------------------------------------------------------

    def source_catalog(self) -> Catalog | None:
        """All databases of the source that can be read."""
        found: Catalog | None = None
        with self.listing.asking("servers"):
            connection = mysql.connect(self.source)
            try:
                for name in dict.fromkeys(self.names("source")):
                    with self.listing.asking("privileges", name):
                        one = mysql_catalog.read_catalog(connection, [name])
                        found = replace(
                            one, databases={**(found.databases if found else {}), **one.databases}
                        )
            finally:
                connection.close()
        if found is not None:
            self.source = replace(self.source, server=found.server.identity)
        return found

    def target_catalog(self) -> Catalog | None:
        """All databases of the target that can be read, on one server."""
        found: Catalog | None = None
        databases: list[Database] = []
        for name, schemas in self.schemas().items():
            with self.listing.asking("target", name):
                connection = postgresql.connect(self.target, name, "preflight")
                try:
                    server = postgresql_catalog.read_server(connection)
                    self.target = replace(self.target, server=server.identity)
                    databases += [self.as_inspected(connection, name, schema) for schema in schemas]
                    found = postgresql_catalog.merge(server, databases)
                finally:
                    connection.close()
        return found

    def as_inspected(self, connection: t.Any, name: str, schema: str) -> Database:
        """The catalog as it is now; during a load of this run as it was before, since keys are off."""
        if any(entry.state != "complete" for entry in ledger.of_run(connection, self.run_id)):
            kept = self.run.read_replaceable(self.run.target_catalog)
            before = target_state.inspected(kept, name, schema) if kept is not None else None
            if before is not None:
                return before
        return postgresql_catalog.read_database(connection, name, schema)

    # --- one database -----------------------------------------------------------------------------

    def database(self, entry: Mapping[str, t.Any], source: Catalog | None, target: Catalog | None) -> None:
        """Plan, state of the target, values."""
        name, schema = str(entry["name"]), self.schema(entry)
        left = _found(source, _name(entry, "source"))
        right = _found(target, _name(entry, "target"), schema)
        absent = [side for side, one in (("source", left), ("target", right)) if one is None]
        if source is None or target is None or left is None or right is None:
            self.listing.unasked.append(
                f"{name}: plan and values, since its {' and '.join(absent)} could not be read"
            )
            return
        request = self.requested(entry, source, target)
        if request is None:
            self.listing.unasked.append(f"{name}: the values, since its rules cannot be read")
            return
        if not right.tables:
            wanted = of_side(request.together.releases, "target")
            by = f"the migrations of {wanted.names}" if wanted else "the application's own migrations"
            # An application with known releases has migrations of its own.
            way = "" if wanted else _BASELINE
            self.listing.problem(
                "target",
                f"The target database {right.name} has no table in its schema {schema}. Let {by} make its "
                f"tables first.{way}",
                name,
            )
            self.listing.unasked.append(f"{name}: plan and values, since its target has no tables")
            return
        if not left.tables:
            return  # said already
        if not self.releases(request):
            self.listing.unasked.append(f"{name}: plan and values, since a side is of another release")
            return
        plan, whole = self.planned(request, source, target)
        if plan is None:
            self.listing.unasked.append(f"{name}: the values, since its rules cannot be read")
            return
        for notice in plan.notices:
            self.listing.notice(f"{name}: {notice}")
        columns = sum(len(table.columns) for table in plan.tables)
        self.listing.notice(
            f"{name}: {len(plan.tables)} tables, {columns} columns, {len(plan.skipped)} skipped"
        )
        filled = target_state.look(self.target, plan, right, self.run_id, self.listing, whole=whole)
        values = self.values(plan, source, target, whole=whole)
        block = pasted.rules(plan, values.misfits, filled)
        if block:
            self.listing.rules[name] = block

    def requested(
        self, entry: Mapping[str, t.Any], source: Catalog, target: Catalog
    ) -> DatabaseRequest | None:
        """The database with its rules, where they can be read."""
        found: list[DatabaseRequest] = []
        with self.listing.asking("plan", str(entry["name"])):
            found.append(request_of(entry, self.wanted.profiles, source, target, self.schema(entry)))
        return found[0] if found else None

    def releases(self, request: DatabaseRequest) -> bool:
        """Whether each side is of a release that the rules are made for; of another, its columns mean nothing."""
        wanted, before = request.together.releases, len(self.listing.problems)
        left, right = of_side(wanted, "source"), of_side(wanted, "target")
        with self.listing.asking("releases", request.name):
            if left is not None:
                source = mysql.connect(self.source, request.source)
                try:
                    releases.ask_source(source, request.name, request.source, left)
                finally:
                    source.close()
        with self.listing.asking("releases", request.name):
            if right is not None:
                target = postgresql.connect(self.target, request.target, "preflight")
                try:
                    where = (request.name, request.target, request.schema or self.wanted.schema)
                    releases.ask_target(target, where, right)
                finally:
                    target.close()
        return len(self.listing.problems) == before

    def planned(
        self, request: DatabaseRequest, source: Catalog, target: Catalog
    ) -> tuple[DatabasePlan | None, bool]:
        """The plan of what can be planned, and whether that is all of it."""
        plan: DatabasePlan | None = None
        with self.listing.asking("plan", request.name):
            plan = planner.plan_of_what_fits(source, target, request)
            try:
                planner.plan(source, target, [request])
            except PlanError as error:
                for text in error.details["problems"]:
                    self.listing.problem("plan", str(text), request.name)
                return plan, False
        return plan, True

    def values(self, plan: DatabasePlan, source: Catalog, target: Catalog, *, whole: bool) -> Values:
        """Invariants and values of the source."""
        with self.listing.asking("values", plan.name):
            target_state.check_source(self.source, plan, self.listing)
        if not self.wanted.scan:
            self.listing.unasked.append(f"{plan.name}: the values, since migration_preflight_scan is false")
            return Values()
        found = Values()
        with self.listing.asking("values", plan.name), _folder(self.run.path) as folder:
            # What a plan leaves out could not be put to the target as a whole.
            place = Place(folder, self.wanted.workers, self.target, self.wanted.trial if whole else "off")
            found = scan(self.source, plan, source, target, place)
        for table, text in found.failures:
            what = f"{plan.name}.{table}: {text}" if table else text
            if whole:
                self.listing.problem("values", what, plan.name)
            else:
                self.listing.unasked.append(f"the values of {what}")
        self.listing.misfits += found.misfits
        self.listing.decided += found.decided
        self.listing.untested += found.untested
        return found


def _found(catalog: Catalog | None, name: str, schema: str | None = None) -> Database | None:
    """A database of a catalog, `None` where it could not be read."""
    try:
        return catalog.of(name, schema) if catalog is not None else None
    except KeyError:
        return None


@contextlib.contextmanager
def _folder(beside: Path) -> Iterator[str]:
    """A folder of the look alone, beside the run directory where that can be, and gone with it."""
    parent = beside.parent
    usable = parent.is_dir() and os.access(parent, os.W_OK)
    with tempfile.TemporaryDirectory(prefix=".preflight.", dir=parent if usable else None) as path:
        yield path


__all__ = ("BegunOutcome", "PreflightOutcome", "Wanted", "preflight")
