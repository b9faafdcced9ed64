# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""All values of one database, as the dump's scan looks at them, with nothing hidden by a table that cannot be read."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from .._errors import ConvergenceError, MisfitsFound, unforeseen
from .._move.dump import dump
from .._mysql import connection as mysql
from .._run.directory import RunDirectory
from .._transform.plan import Plan

if t.TYPE_CHECKING:
    from .._catalog import Catalog
    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._move.trial import Trial
    from .._transform.plan import DatabasePlan


@dataclass
class Values:
    """What the scan found, as the module's results have it."""

    misfits: list[dict[str, t.Any]] = field(default_factory=list)
    decided: list[dict[str, t.Any]] = field(default_factory=list)
    untested: list[dict[str, t.Any]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Tables that could not be scanned and why; no name where it is about none of them."""

    def add(self, other: Values) -> None:
        """Take in what was found in other tables."""
        self.misfits += other.misfits
        self.decided += other.decided
        self.untested += other.untested
        self.failures += other.failures


@dataclass(frozen=True)
class Place:
    """Where a scan keeps its files, with how many readers, and what it may put to the target."""

    folder: str
    workers: int
    target: PostgreSQLLogin
    trial: Trial = "off"


def scan(login: MySQLLogin, plan: DatabasePlan, source: Catalog, target: Catalog, place: Place) -> Values:
    """Scan the tables of `plan` in a run directory of their own below the folder of `place`.

    Tables that fail are found by halves, so that the others are scanned all the same.
    """
    # Invariants are asked by themselves: one that does not hold would hide all values.
    whole = replace(plan, invariants=(), tables=tuple(table for table in plan.tables if table.columns))
    mine = replace(source, databases={plan.source_name: source.databases[plan.source_name]})
    theirs = replace(target, databases={plan.target_name: target.of(plan.target_name, plan.schema)})
    return _Scan(login, mine, theirs, place).tables(whole)


@dataclass
class _Scan:
    login: MySQLLogin
    source: Catalog
    target: Catalog
    place: Place
    number: int = 0

    def tables(self, plan: DatabasePlan) -> Values:
        if not plan.tables:
            return Values()
        try:
            return self.once(plan)
        except ConvergenceError as error:
            failed = error
        except Exception as error:
            failed = unforeseen(error)
        if len(plan.tables) == 1:
            return Values(failures=[(plan.tables[0].name, str(failed))])
        try:
            mysql.connect(self.login).close()
        except ConvergenceError as error:
            return Values(failures=[("", str(error))])
        half = len(plan.tables) // 2
        found = self.tables(replace(plan, tables=plan.tables[:half]))
        found.add(self.tables(replace(plan, tables=plan.tables[half:])))
        if not found.failures:  # together they fail, and neither half does: nothing may be passed over
            found.failures.append(("", str(failed)))
        return found

    def once(self, plan: DatabasePlan) -> Values:
        self.number += 1
        run = RunDirectory(str(Path(self.place.folder) / f"scan{self.number}"))
        run.ensure()
        run.write(run.source_catalog, self.source.to_json())
        run.write(run.target_catalog, self.target.to_json())
        made = Plan(self.source.fingerprint(), self.target.fingerprint(), (plan,))
        run.write(run.transform, made.to_json())
        try:
            found = dump(
                self.login,
                str(run.path),
                workers=self.place.workers,
                mode="live",
                trial=self.place.trial,
                target=self.place.target,
                check=True,
            ).as_result()
        except MisfitsFound as error:
            details = error.details
            return Values(misfits=details["misfits"], untested=list(details.get("untested", ())))
        return Values(decided=found["misfits"], untested=list(found.get("untested", ())))


__all__ = ("Values", "scan")
