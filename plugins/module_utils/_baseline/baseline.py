# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Make the PostgreSQL schema of databases of the source: files to read and change, and on request the schema itself."""

from __future__ import annotations

import difflib
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._errors import InputError
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import definitions
from .._postgresql import connection as postgresql
from .._run import files
from .._transform.yaml_flow import flow
from . import applied, decisions, left_out, names, typeorm_file, values
from .ddl import make

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._logins import MySQLLogin, PostgreSQLLogin
    from .ddl import Schema
    from .decisions import Decisions

DECISIONS: t.Final = "decisions.yml"
RULES: t.Final = "rules.yml"
LEFT_OUT: t.Final = "left_out.md"
_HEAD: t.Final = 200
"""Characters of a file in which its mark stands."""


@dataclass(frozen=True)
class Place:
    """One database: its name in reports, and where it is on both servers."""

    name: str
    source: str
    target: str
    schema: str


def places_of(databases: Sequence[Mapping[str, t.Any]], schema: str) -> list[Place]:
    """Entries of `migration_databases`; `schema`: of those that name none.

    Raises InputError: there is none, or two would be one.
    """
    if not databases:
        raise InputError("The list of databases is empty. Name at least one.")
    places = [
        Place(
            str(one["name"]),
            str(one.get("source") or one["name"]),
            str(one.get("target") or one["name"]),
            str(one.get("schema") or schema),
        )
        for one in databases
    ]
    names = [place.name for place in places]
    targets = [(place.target, place.schema) for place in places]
    for number, place in enumerate(places):
        if place.name in names[:number]:
            raise InputError(f"Two databases are called {place.name}. Give each a name of its own.")
        if "/" in place.name or place.name.startswith("."):
            raise InputError(f"{place.name!r} cannot be the name of a file. Give the database another name.")
        if targets[number] in targets[:number]:
            raise InputError(
                f"Two databases would go into the schema {place.schema} of the target database {place.target}. Give "
                "each a schema of its own."
            )
    return places


@dataclass
class Made:
    """What became of one database."""

    place: Place
    schema: Schema
    decisions: Decisions
    rules: dict[str, t.Any]
    applied: bool = False


@dataclass
class BaselineOutcome:
    """All databases, the files, and what changed in them."""

    directory: str
    changed: bool = False
    made: list[Made] = field(default_factory=list)
    before: str = ""
    after: str = ""
    files: list[str] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "directory": self.directory,
            "files": self.files,
            "databases": [
                {
                    "name": one.place.name,
                    "tables": len(one.schema.tables),
                    "statements": len(one.schema.statements),
                    "left_out": [left.to_json() for left in one.schema.left],
                    "applied": one.applied,
                }
                for one in self.made
            ],
            "rules": {one.place.name: one.rules for one in self.made if one.rules},
            "summary": [line for one in self.made for line in _summary(one)],
            "diff": {"before": self.before, "after": self.after},
        }


def _summary(one: Made) -> list[str]:
    lines = [f"{one.place.name}: {len(one.schema.tables)} tables"]
    if one.rules:
        lines[0] += f"; the rules in {RULES} have to go into migration_databases"
    counts: dict[str, int] = {}
    for left in one.schema.left:
        counts[left.kind] = counts.get(left.kind, 0) + 1
    if counts:
        listed = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))
        lines.append(f"{one.place.name}: not as on the source, see {LEFT_OUT}: {listed}")
    return lines


def make_baseline(
    source: MySQLLogin,
    places: Sequence[Place],
    directory: str,
    given: Mapping[str, t.Any],
    *,
    form: str,
    target: PostgreSQLLogin | None,
    check: bool,
) -> BaselineOutcome:
    """Decide, write the files into `directory`, and with `target` apply the schemas.

    `given`: what the decisions file holds, by the names of the databases. `form`: `sql` or `typeorm`.

    Raises InputError: a decision that there is not, or about nothing; raises ServerError; raises TargetNotReady: a
    database of the target has tables that are not those of the baseline.
    """
    unknown = sorted(set(map(str, given)) - {place.name for place in places})
    if unknown:
        known = ", ".join(place.name for place in places)
        raise InputError(f"The decisions name the unknown database {unknown[0]!r}. There are: {known}.")
    outcome = BaselineOutcome(directory)
    connection = mysql.connect(source)
    try:
        vendor = mysql_catalog.read_server(connection).vendor
        for place in places:
            outcome.made.append(_made(connection, vendor, place, given.get(place.name)))
    finally:
        connection.close()
    wanted = _texts(outcome, form)
    _check_ours(Path(directory), wanted, given)
    # The target says no before a file says that all is well.
    for one in outcome.made:
        if target is not None:
            one.applied = _applied(target, one, check=check)
    _write(outcome, Path(directory), wanted, check=check)
    outcome.changed = outcome.changed or any(one.applied for one in outcome.made)
    return outcome


def _made(connection: t.Any, vendor: str, place: Place, given: Mapping[str, t.Any] | None) -> Made:
    decided = decisions.read(place.name, given)
    database = mysql_catalog.read_catalog(connection, [place.source]).databases[place.source]
    wrong = decided.unknown(
        {name: [c.name for c in table.columns] for name, table in database.tables.items()}
    )
    if wrong:
        raise InputError(
            f"The decisions for {place.name} are about what the source does not have: {', '.join(wrong)}. Correct "
            "them, or take them out."
        )
    losing = values.ask(connection, database, decided)
    schema = make(vendor, database, definitions.read(connection, place.source, vendor), decided)
    rules = names.rules(database, schema.names, schema.tables)
    columns = [
        {"table": table, "column": column, "policies": {misfit: "null"}}
        for (table, column), misfit in sorted(losing.items())
    ]
    if columns:
        rules["columns"] = [*rules.get("columns", []), *columns]
    if decided.leave_tables:
        rules["skip_tables"] = t.cast("t.Any", list(decided.leave_tables))
    return Made(place, schema, decided, dict(rules))


def _applied(target: PostgreSQLLogin, one: Made, *, check: bool) -> bool:
    connection = postgresql.connect(target, one.place.target, "baseline")
    try:
        return applied.apply(
            connection, one.place.target, one.place.schema, one.schema.statements, check=check
        )
    finally:
        connection.close()


# --- files --------------------------------------------------------------------------------------------


def _check_ours(folder: Path, wanted: Mapping[str, str], given: Mapping[str, t.Any]) -> None:
    """Raises InputError: a file of somebody else has the name of one of ours."""
    for name in wanted:
        path = folder / name
        if name == DECISIONS and given:
            continue  # it was read as decisions, whatever its comments say
        if path.is_symlink() or (
            path.exists() and decisions.MARK not in path.read_text("utf-8", "replace")[:_HEAD]
        ):
            raise InputError(
                f"{path} was not made by the schema baseline and would be replaced. Name another folder, or move it "
                "away."
            )


def _write(outcome: BaselineOutcome, folder: Path, wanted: Mapping[str, str], *, check: bool) -> None:
    if not check:
        folder.parent.mkdir(parents=True, exist_ok=True)
        files.make_folder(folder)
    before, after = [], []
    for name, text in wanted.items():
        path = folder / name
        old = path.read_text("utf-8") if path.is_file() else ""
        if old == text:
            continue
        outcome.changed = True
        lines = list(difflib.unified_diff(old.splitlines(), text.splitlines(), lineterm="", n=0))[2:]
        before += [f"{name}: {line[1:]}" for line in lines if line.startswith("-")]
        after += [f"{name}: {line[1:]}" for line in lines if line.startswith("+")]
        if not check:
            files.write_atomic(path, text.encode())
    outcome.files = [str(folder / name) for name in wanted]
    outcome.before, outcome.after = "\n".join(before), "\n".join(after)


def _texts(outcome: BaselineOutcome, form: str) -> dict[str, str]:
    """By file name."""
    found = {DECISIONS: decisions.to_text({one.place.name: one.decisions for one in outcome.made})}
    for one in outcome.made:
        if form == "typeorm":
            found[f"{one.place.name}.ts"] = typeorm_file.to_typescript(one.schema)
        else:
            found[f"{one.place.name}.sql"] = one.schema.to_sql()
    found[RULES] = _rules(outcome)
    found[LEFT_OUT] = f"<!-- {decisions.MARK} -->\n\n" + "\n".join(
        f"# {one.place.name}\n\n{left_out.to_markdown(one.schema.left)}" for one in outcome.made
    )
    return found


def _rules(outcome: BaselineOutcome) -> str:
    """What migrate needs to know of this schema, to be pasted into migration_databases."""
    lines = [
        "---",
        f"# {decisions.MARK}",
        "# Rules for migrate with this schema: put each below the `rules` of its database.",
    ]
    for one in outcome.made:
        if not one.rules:
            lines.append(f"{flow(one.place.name)}: {{}}")
            continue
        lines.append(f"{flow(one.place.name)}:")
        for key, entries in one.rules.items():
            lines.append(f"  {key}:")
            lines += [f"    - {flow(entry)}" for entry in entries]
    return "\n".join(lines) + "\n"


__all__ = ("BaselineOutcome", "Place", "make_baseline", "places_of")
