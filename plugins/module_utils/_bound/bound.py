# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a run is bound to: both servers and their catalogs as inspected, the plan, and the snapshot made by it.

Every step after the transformation asks here whether what it has before it belongs to its run, and no step asks by a
rule of its own. The servers are asked by the sessions: a login from here opens none on another server.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._catalog import catalog_from_json
from .._errors import ForeignRunDirectory, InputError
from .._run import manifest
from .._transform.plan import plan_from_json

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .._catalog import Catalog
    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._run.directory import RunDirectory
    from .._run.manifest import Manifest
    from .._transform.plan import DatabasePlan, Plan


class Bound:
    """Read once, when a step begins.

    Raises InputError: a catalog or the plan is missing or damaged, or the run was cleaned up;
    raises ForeignRunDirectory: the plan was made from other catalogs.
    """

    def __init__(self, run: RunDirectory) -> None:
        run.check_open()
        self.run = run
        self.source_catalog = source_catalog(run)
        self.target_catalog = target_catalog(run)
        self.plan: Plan = plan_from_json(
            run.read(run.transform, "transform"), self.source_catalog, self.target_catalog
        )
        self.fingerprint = self.plan.fingerprint()

    @property
    def databases(self) -> Sequence[DatabasePlan]:
        """The plan of each database."""
        return self.plan.databases

    @property
    def source_tables(self) -> list[tuple[str, str]]:
        """Database and name of every table that is moved, as the source calls them."""
        return [(plan.source_name, table.source.name) for plan in self.databases for table in plan.tables]

    def on_source(self, login: MySQLLogin) -> MySQLLogin:
        """`login` for sessions on the server that was inspected, and on no other one."""
        return replace(login, server=self.source_catalog.server.identity)

    def on_target(self, login: PostgreSQLLogin) -> PostgreSQLLogin:
        """`login` for sessions on the server that was inspected, and on no other one."""
        return on_target(self.target_catalog, login)

    def manifests(self) -> list[Manifest]:
        """The complete manifests of all databases, of one dump that was made by the plan.

        Raises InputError: one is missing or not complete; raises DamagedSnapshot: of another dump;
        raises ForeignRunDirectory: made by another plan.
        """
        found = [self._manifest(plan.name) for plan in self.databases]
        manifest.check_one_dump(found)
        return found

    def _manifest(self, database: str) -> Manifest:
        found = manifest.load(self.run, database)
        if found is None or not found.complete:
            raise InputError(
                f"The snapshot of {database} in {self.run.path} is {'not complete' if found else 'missing'}. "
                "Run the dump step first."
            )
        if found.plan != self.fingerprint:
            raise ForeignRunDirectory(
                f"transform.json changed after the snapshot of {database} was made by it. Put the previous one back "
                "(run the transform step with the previous rules), or dump again with migration_restart=true."
            )
        return found


def source_catalog(run: RunDirectory) -> Catalog:
    """The source as inspected; raises InputError: missing or damaged."""
    return _catalog(run, run.source_catalog)


def target_catalog(run: RunDirectory) -> Catalog:
    """The target as inspected, before any load; raises InputError: missing or damaged."""
    return _catalog(run, run.target_catalog)


def on_target(catalog: Catalog, login: PostgreSQLLogin) -> PostgreSQLLogin:
    """`login` for sessions on the server of `catalog`, where there is no plan to read."""
    return replace(login, server=catalog.server.identity)


def _catalog(run: RunDirectory, path: Path) -> Catalog:
    data = run.read(path, "inspect")
    try:
        return catalog_from_json(data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{path} is damaged ({error}). Before the load, run the inspect step again; after it, bring the file back "
            "from a backup."
        ) from error


__all__ = ("Bound", "on_target", "source_catalog", "target_catalog")
