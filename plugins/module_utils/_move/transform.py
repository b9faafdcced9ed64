# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Transform: catalogs, profiles and rules become the plan file. No server is needed."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._bound.bound import source_catalog, target_catalog
from .._errors import InputError
from .._run import journal
from .._run.directory import RunDirectory, to_text
from .._transform import planner
from .._transform.planner import DatabaseRequest
from .._transform.profile import Profile, parse_profile

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import Catalog
    from .._transform.plan import Plan


@dataclass(frozen=True)
class TransformOutcome:
    """The plan, where it lies, and what changed in it."""

    changed: bool
    path: str
    plan: Plan
    before: str
    after: str

    @property
    def summary(self) -> list[str]:
        """One line per database and per notice."""
        lines = []
        for database in self.plan.databases:
            columns = sum(len(table.columns) for table in database.tables)
            lines.append(
                f"{database.name}: {len(database.tables)} tables, {columns} columns, "
                f"{len(database.skipped)} skipped, {len(database.leftovers)} left over"
            )
            lines += [f"{database.name}: {notice}" for notice in database.notices]
        return lines

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "path": self.path,
            "summary": self.summary,
            "databases": [
                {
                    "name": database.name,
                    "source": database.source_name,
                    "target": database.target_name,
                    "profile": database.profile,
                    "tables": len(database.tables),
                    "columns": sum(len(table.columns) for table in database.tables),
                    "skipped": list(database.skipped),
                    "leftovers": list(database.leftovers),
                    "notices": list(database.notices),
                }
                for database in self.plan.databases
            ],
            "diff": {"before": self.before, "after": self.after},
        }


def make_plan(
    run_directory: str,
    databases: Sequence[Mapping[str, t.Any]],
    profiles: Mapping[str, Mapping[str, t.Any]],
    *,
    check: bool,
) -> TransformOutcome:
    """Make `transform.json` from the catalogs in the run directory.

    `databases`: name, and source, target (default: name), profile (default: none) and rules (default: none; the
    keys of a profile, taken after the profile's own) each.

    Raises InputError: an unknown profile or key; raises PlanError: catalogs and rules contradict.
    """
    run = RunDirectory(run_directory)
    run.check()
    source, target = source_catalog(run), target_catalog(run)
    requests = _requests(databases, profiles, source, target)
    plan = planner.plan(source, target, requests)
    after = to_text(plan.to_json())
    old = run.read_replaceable(run.transform)
    before = "" if old is None else to_text(old)
    if before != after and not check:
        with run.locked(), journal.phase(run, "transform") as facts:
            run.write(run.transform, plan.to_json())
            facts["databases"] = len(requests)
    return TransformOutcome(before != after, str(run.transform), plan, before, after)


def _requests(
    databases: Sequence[Mapping[str, t.Any]],
    profiles: Mapping[str, Mapping[str, t.Any]],
    source: Catalog,
    target: Catalog,
) -> list[DatabaseRequest]:
    """The databases with their rules; what is wrong with any of them is told at once."""
    if not databases:
        raise InputError("The list of databases is empty. Name at least one.")
    requests, wrong = [], []
    for entry in databases:
        try:
            requests.append(request_of(entry, profiles, source, target))
        except InputError as error:
            if str(error) not in wrong:
                wrong.append(str(error))
    if wrong:
        more = f" And {len(wrong) - 1} more, see problems." if len(wrong) > 1 else ""
        raise InputError(f"{wrong[0]}{more}", problems=wrong)
    for what, names in (
        ("name", [one.name for one in requests]),
        ("target", [one.target for one in requests]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(_TWICE[what].format(name=twice[0]))
    return requests


_TWICE: t.Final = {
    "name": "Two databases of this run are called {name}. Give each a name of its own.",
    "target": (
        "Two databases of this run would go into the target database {name}, and one run moves one database into one "
        "schema of it. Make two runs, each with a run directory of its own and its schema (migration_target_schema), "
        "the second one when the first is verified and cleaned up."
    ),
}


def request_of(
    entry: Mapping[str, t.Any],
    profiles: Mapping[str, Mapping[str, t.Any]],
    source: Catalog,
    target: Catalog,
) -> DatabaseRequest:
    """One entry of the list of databases with its rules; raises InputError: a name, a profile or a rule is unusable."""
    name = str(entry["name"])
    request = DatabaseRequest(
        name=name,
        source=str(entry.get("source") or name),
        target=str(entry.get("target") or name),
        profile=_profile(entry.get("profile"), profiles),
        rules=parse_profile(f"rules of {name}", entry.get("rules") or {}),
    )
    for side, catalog, database in (
        ("source", source, request.source),
        ("target", target, request.target),
    ):
        if database not in catalog.databases:
            raise InputError(
                f"The {side} catalog of the run directory has no database {database!r}. "
                f"Inspect it first; inspected are {', '.join(sorted(catalog.databases)) or 'none'}."
            )
    return request


def _profile(name: str | None, profiles: Mapping[str, Mapping[str, t.Any]]) -> Profile:
    if not name:
        return Profile()
    if name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise InputError(f"There is no profile {name!r}. Profiles given: {known}.")
    return parse_profile(name, profiles[name])


__all__ = ("TransformOutcome", "make_plan", "request_of")
