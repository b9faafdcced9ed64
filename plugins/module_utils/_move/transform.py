# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Transform: catalogs, profiles and rules become the plan file. No server is needed."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .._bound.bound import source_catalog, target_catalog
from .._errors import InputError
from .._run import journal
from .._run.directory import RunDirectory, to_text
from .._transform import planner
from .._transform.planner import DatabaseRequest
from .._transform.profile import Profile, parse_profile

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import Catalog, Database
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
                    "schema": database.schema,
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
    schema: str | None = None,
    check: bool,
) -> TransformOutcome:
    """Make `transform.json` from the catalogs in the run directory.

    `databases`: name, and source, target (default: name), schema on the target (default: `schema`; without one the
    only one that was inspected), profile (default: none) and rules (default: none; the keys of a profile, taken after
    the profile's own) each.

    Raises InputError: an unknown profile or key; raises PlanError: catalogs and rules contradict.
    """
    run = RunDirectory(run_directory)
    run.check()
    source, target = source_catalog(run), target_catalog(run)
    requests = _requests(databases, profiles, source, target, schema)
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
    schema: str | None,
) -> list[DatabaseRequest]:
    """The databases with their rules; what is wrong with any of them is told at once."""
    if not databases:
        raise InputError("The list of databases is empty. Name at least one.")
    requests, wrong = [], []
    for entry in databases:
        try:
            requests.append(request_of(entry, profiles, source, target, schema))
        except InputError as error:
            if str(error) not in wrong:
                wrong.append(str(error))
    if wrong:
        more = f" And {len(wrong) - 1} more, see problems." if len(wrong) > 1 else ""
        raise InputError(f"{wrong[0]}{more}", problems=wrong)
    check_places([(one.name, one.target, one.schema or "public") for one in requests])
    return requests


def check_places(places: Sequence[tuple[str, str, str]]) -> None:
    """Of each database its name, and database and schema on the target.

    Raises InputError: two have one name, or would go into one schema.
    """
    names = [name for name, _target, _schema in places]
    targets = [place for _name, *place in places]
    for place, (name, target, schema) in enumerate(places):
        if name in names[:place]:
            raise InputError(f"Two databases of this run are called {name}. Give each a name of its own.")
        if [target, schema] in targets[:place]:
            other = names[targets.index([target, schema])]
            raise InputError(
                f"{other} and {name} would both go into the schema {schema} of the target database {target}, where "
                "nobody could tell their tables apart. Give each a schema of its own (schema in migration_databases), "
                "or a target database of its own (target)."
            )


def request_of(
    entry: Mapping[str, t.Any],
    profiles: Mapping[str, Mapping[str, t.Any]],
    source: Catalog,
    target: Catalog,
    schema: str | None = None,
) -> DatabaseRequest:
    """One entry of the list of databases with its rules; `schema`: on the target, of one that names none.

    Raises InputError: a name, a schema, a profile or a rule is unusable.
    """
    name = str(entry["name"])
    profile = _profile(entry.get("profile"), profiles)
    request = DatabaseRequest(
        name=name,
        source=str(entry.get("source") or name),
        target=str(entry.get("target") or name),
        profile=profile,
        rules=parse_profile(f"rules of {name}", entry.get("rules") or {}),
    )
    profile.extended(request.rules)  # a choice that there is not is refused here
    _place("source", source, request.source, None)
    found = _place("target", target, request.target, entry.get("schema") or schema)
    return replace(request, schema=found.schema)


def _place(side: str, catalog: Catalog, database: str, schema: str | None) -> Database:
    try:
        return catalog.of(database, schema)
    except KeyError as error:
        what = (
            f"schema {schema!r} of the database {database!r}"
            if schema
            else f"database {database!r} in one schema"
        )
        if not schema and all(one.name != database for one in catalog.databases.values()):
            what = f"database {database!r}"
        raise InputError(
            f"The {side} catalog of the run directory has no {what}. "
            f"Inspect it first; inspected are {_inspected(catalog)}."
        ) from error


def _inspected(catalog: Catalog) -> str:
    named = [
        f"{one.name} (schema {one.schema})" if one.schema else one.name for one in catalog.databases.values()
    ]
    return ", ".join(sorted(named)) or "none"


def _profile(name: str | None, profiles: Mapping[str, Mapping[str, t.Any]]) -> Profile:
    if not name:
        return Profile()
    if name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise InputError(f"There is no profile {name!r}. Profiles given: {known}.")
    return parse_profile(name, profiles[name])


__all__ = ("TransformOutcome", "make_plan", "request_of")
