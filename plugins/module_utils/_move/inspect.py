# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Inspect: both catalogs into plain files. Nothing on a server changes, nothing is judged."""

from __future__ import annotations

import time
import typing as t
from dataclasses import asdict, dataclass, replace

from .._bound.bound import target_catalog
from .._catalog import Server
from .._errors import InputError
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import restored
from .._postgresql import catalog as postgresql_catalog
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._run import journal
from .._run.directory import RunDirectory, to_text

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .._catalog import Catalog
    from .._logins import MySQLLogin, PostgreSQLLogin

Sizes = dict[str, dict[str, dict[str, int]]]


@dataclass(frozen=True)
class Inspection:
    """A catalog, the sizes beside it, and whether the run directory's file changed."""

    changed: bool
    catalog: Catalog
    sizes: Sizes
    before: str = ""
    after: str = ""

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        result: dict[str, t.Any] = {
            "changed": self.changed,
            "server": self.catalog.server.to_json(),
            "databases": {name: asdict(database) for name, database in self.catalog.databases.items()},
            "sizes": self.sizes,
        }
        if self.before or self.after:
            result["diff"] = {"before": self.before, "after": self.after}
        return result


def inspect_source(
    login: MySQLLogin, databases: Sequence[str], run_directory: str | None, *, check: bool
) -> Inspection:
    """Read the source's catalog; with a run directory keep it as `source-catalog.json`.

    Raises ServerError: server, login or a database is missing; raises InputError: the restore of a copy has not
    ended; raises ForeignRunDirectory.
    """
    start = time.monotonic()
    run = _ours(run_directory)
    connection = mysql.connect(_frozen(login, run))
    try:
        catalog = mysql_catalog.read_catalog(connection, databases)
        sizes = {name: mysql_catalog.read_sizes(connection, name) for name in databases}
        files = restored.files(connection, databases)
    finally:
        connection.close()
    if run is None:
        return Inspection(False, catalog, sizes)
    facts: dict[str, t.Any] = {"source": catalog.server.name, "source_databases": sorted(databases)}
    if files:
        facts["source_files"] = files
    return _keep(run, run.source_catalog, catalog, sizes, facts, None if check else start)


def _frozen(login: MySQLLogin, run: RunDirectory | None) -> MySQLLogin:
    """The login, bound to the server that a freeze of this run holds: another one would go on being written to."""
    record = run.read_optional(run.freeze, "freeze") if run is not None else None
    if record is None or record.get("thawed"):
        return login
    return replace(login, server=Server.identity_in(record["server"]))


def inspect_target(
    login: PostgreSQLLogin,
    databases: Sequence[str],
    run_directory: str | None,
    *,
    schema: str = "public",
    schemas: Mapping[str, Sequence[str]] | None = None,
    check: bool,
) -> Inspection:
    """Read the target's catalog; with a run directory keep it as `target-catalog.json`.

    `schemas`: of a database that is not read in `schema` alone.

    Once a load of this run has begun, the target's own catalog lacks the indexes and keys that were taken
    off: the previous file is the truth until the clean-up and is given instead.

    Raises ServerError: server, login or a database is missing; raises ForeignRunDirectory.
    """
    if not databases:
        raise InputError("The list of databases is empty. Name at least one.")
    start = time.monotonic()
    run = _ours(run_directory)
    found, sizes, loading = [], [], False
    names = list(dict.fromkeys(databases))
    for name in names:
        connection = postgresql.connect(login, name, "inspect")
        try:
            server = postgresql_catalog.read_server(connection)
            login = replace(login, server=server.identity)  # and all databases on one server
            for one in dict.fromkeys((schemas or {}).get(name) or [schema]):
                found.append(postgresql_catalog.read_database(connection, name, one))
                sizes.append(postgresql_catalog.read_sizes(connection, one))
            if run is not None and not run.fresh():
                loading = loading or bool(ledger.of_run(connection, run.run_id()))
        finally:
            connection.close()
    catalog = postgresql_catalog.merge(server, found)
    sized = dict(zip(catalog.databases, sizes, strict=True))
    if run is None:
        return Inspection(False, catalog, sized)
    facts = {"target": catalog.server.name, "target_databases": sorted(names)}
    if loading and run.target_catalog.exists():
        run.bind(**facts)
        return Inspection(False, target_catalog(run), sized)
    return _keep(run, run.target_catalog, catalog, sized, facts, None if check else start)


def _ours(run_directory: str | None) -> RunDirectory | None:
    """Asked before a server is: somebody's own folder is refused, one where no run has begun is taken later."""
    if run_directory is None:
        return None
    run = RunDirectory(run_directory)
    if not run.fresh():
        run.check()
    return run


def _keep(
    run: RunDirectory,
    path: Path,
    catalog: Catalog,
    sizes: Sizes,
    facts: dict[str, t.Any],
    start: float | None,
) -> Inspection:
    """`start` is when the inspection began, `None` in check mode."""
    after = to_text(catalog.to_json())
    if start is None:
        before = _text(run, path)
        return Inspection(before != after, catalog, sizes, before, after)
    run.ensure()
    with run.locked():
        run.bind(**facts)
        before = _text(run, path)
        if before != after:
            run.write(path, catalog.to_json())
            seconds = round(time.monotonic() - start, 3)
            journal.record(run, "inspect", "finished", seconds=seconds, file=path.name)
    return Inspection(before != after, catalog, sizes, before, after)


def _text(run: RunDirectory, path: Path) -> str:
    """What the file held; a damaged one is made anew."""
    before = None if run.fresh() else run.read_replaceable(path)
    return "" if before is None else to_text(before)


__all__ = ("Inspection", "inspect_source", "inspect_target")
