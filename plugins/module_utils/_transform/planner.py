# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Catalogs and rules become a plan. Every contradiction of all databases is collected, then refused at once."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .._errors import PlanError
from . import passed_by, standing
from .converters import CONVERTERS
from .pairs import find_pair
from .plan import ColumnPlan, DatabasePlan, Plan, TablePlan, pseudo_column
from .profile import AddRule, Policy, Profile
from .types import source_kind, target_kind

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import Catalog, Column, Database, Table

# Kinds whose order a half-open range can use with a plain literal.
_RANGE_KINDS: t.Final = {"integer", "text", "binary", "date", "datetime", "timestamp"}


@dataclass(frozen=True)
class DatabaseRequest:
    """One database of a run: its name in reports, what it is called on both servers, its rules."""

    name: str
    source: str
    target: str
    profile: Profile = field(default_factory=Profile)


def plan(source: Catalog, target: Catalog, requests: Sequence[DatabaseRequest]) -> Plan:
    """The transform of `requests`.

    Raises PlanError: `details["problems"]` lists everything that contradicts, each with its object.
    """
    problems: list[str] = []
    databases = tuple(_Planner(source, target, request, problems).database() for request in requests)
    if problems:
        more = f" And {len(problems) - 1} more, see problems." if len(problems) > 1 else ""
        raise PlanError(f"{problems[0]}{more}", problems=problems)
    return Plan(source.fingerprint(), target.fingerprint(), databases)


def plan_of_what_fits(source: Catalog, target: Catalog, request: DatabaseRequest) -> DatabasePlan:
    """The plan of one database without what contradicts, so that all else can be looked at. Nothing is moved by it."""
    return _Planner(source, target, request, []).database()


@dataclass
class _ColumnRules:
    """What all matching rules together say of one column."""

    policies: dict[str, Policy] = field(default_factory=dict)
    converter: str | None = None
    expression: str | None = None
    reinterpret: str | None = None
    sensitive: bool = False


class _Planner:
    """The plan of one database; what contradicts goes to the list shared by all databases."""

    def __init__(
        self, source: Catalog, target: Catalog, request: DatabaseRequest, problems: list[str]
    ) -> None:
        self.server = source.server
        self.source: Database = source.databases[request.source]
        self.target: Database = target.databases[request.target]
        self.request = request
        self.profile = request.profile
        self.problems = problems

    def problem(self, text: str) -> None:
        self.problems.append(f"{self.request.name}: {text}")

    def database(self) -> DatabasePlan:
        if self.target.charset != "UTF8":
            self.problem(
                f"the target database is encoded in {self.target.charset}, which cannot hold every character. "
                "Make it with ENCODING 'UTF8'."
            )
        pairs, leftovers = self.tables()
        plans = tuple(self.table(source, target) for source, target in pairs)
        profile = self.profile
        refresh = passed_by.refreshed(self.target, profile.refresh_materialized_views, self.problem)
        present = set(self.source.tables) | set(self.target.tables)
        return DatabasePlan(
            name=self.request.name,
            source_name=self.source.name,
            target_name=self.target.name,
            schema=self.target.schema or "public",
            profile=self.profile.name or None,
            tables=plans,
            skipped=tuple(name for name in self.profile.skip_tables if name in present),
            leftovers=leftovers,
            seed_tables=tuple(name for name in self.profile.seed_tables if name in self.target.tables),
            invariants=self.profile.invariants,
            notices=(
                *self.notices(leftovers),
                *passed_by.notices(self.target, plans, refresh, profile.after_load),
                *passed_by.sequences(self.target, plans, self.problem),
                *standing.notices(self.target, [target for _, target in pairs]),
            ),
            after_load=profile.after_load,
            refresh=refresh,
        )

    def notices(self, leftovers: tuple[str, ...]) -> list[str]:
        """What is left alone, said aloud."""
        found = [f"the source table {name} has no target and stays behind" for name in leftovers]
        for name in self.source.tables:
            rule = self.profile.table_rule(name)
            reason = f": {rule.reason}" if rule.reason else ""
            if rule.exclude:
                found.append(f"the source table {name} is excluded by a rule{reason}")
            elif rule.where:
                found.append(f"the rows of {name} are filtered by a rule{reason}")
        engines = {"MyISAM", "Aria", "MEMORY", "CSV", "ARCHIVE", "MRG_MyISAM"}
        loose = [name for name, table in self.source.tables.items() if table.engine in engines]
        found += [
            f"the source table {name} is of no transactional engine: stop all writers" for name in loose
        ]
        found += [f"the {kind} {name} of the source is not copied" for kind, name in self.source.others]
        return found

    def tables(self) -> tuple[list[tuple[Table, Table]], tuple[str, ...]]:
        """Pairs of tables and the known leftovers; exact names first, then names that differ in case."""
        skip = set(self.profile.skip_tables)
        wanted: dict[str, str] = {}
        for name in self.source.tables:
            rule = self.profile.table_rule(name)
            if name in skip or rule.exclude:
                skip.add(name)
            else:
                wanted[name] = rule.rename or name
        matches = self.meet("table", "", wanted, [name for name in self.target.tables if name not in skip])
        pairs, leftovers, taken = [], [], set(matches.values())
        for name, match in matches.items():
            if match is not None:
                pairs.append((self.source.tables[name], self.target.tables[match]))
        for name, new in wanted.items():
            if name in matches:
                continue
            if name in self.profile.leftover_tables:
                leftovers.append(name)
            else:
                self.problem(
                    f"the target has no table {new}. Let the application's migrations create it, or "
                    "name it in the profile's skip_tables or leftover_tables, or rename or exclude it by a rule."
                )
        for name in self.target.tables:
            if name not in taken and name not in skip:
                self.problem(
                    f"the source has no table {name}, which the target has. "
                    "Check that both sides are at the same release, or name it in the profile's skip_tables, or "
                    "rename a source table to it by a rule."
                )
        return pairs, tuple(leftovers)

    def meet(self, what: str, where: str, wanted: dict[str, str], there: list[str]) -> dict[str, str | None]:
        """Source name -> target name: the exact name first, then the one that differs from it in case alone.

        Each name of the target serves once. `wanted`: source name -> name after the rules. `None`: refused here;
        names without a counterpart are left out.
        """
        found: dict[str, str | None] = {}
        for name, new in wanted.items():
            if new in there:
                found[name] = None if new in found.values() else new
                if found[name] is None:
                    self.problem(
                        f"two source {what}s{where} would become {new}, one of them {name}. Correct the rules."
                    )
        left = [other for other in there if other not in found.values()]
        unmet = [name for name in wanted if name not in found]
        for name in unmet:
            alike = [other for other in left if other.lower() == wanted[name].lower()]
            rivals = [one for one in unmet if wanted[one].lower() == wanted[name].lower()]
            if alike:
                found[name] = alike[0] if len(alike) == len(rivals) == 1 else None
            if alike and found[name] is None:
                also = "".join(f", as {one} does" for one in rivals if one != name)
                self.problem(
                    f"the source {what} {name}{where} fits {' and '.join(alike)} of the target{also}: only one can "
                    "be meant. Rename by a rule."
                )
        return found

    def table(self, source: Table, target: Table) -> TablePlan:
        for text in standing.problems(target):
            self.problem(text)
        columns = self.columns(source, target)
        index, column = _range(source)
        where = self.profile.table_rule(source.name).where
        return TablePlan(source, target, columns, _key(target, columns), index, column, where)

    def columns(self, source: Table, target: Table) -> tuple[ColumnPlan, ...]:
        """By name, in the target's order; differing column sets are problems."""
        names = self.names(source, target)
        # A rule for a column that nothing arrives in says that no name of another case is meant.
        there = [
            column.name
            for column in target.columns
            if column.name in names.values() or not self.add_rule(target, column)
        ]
        matches = self.meet("column", f" of {source.name}", names, there)
        origins = {match: source.column(name) for name, match in matches.items() if match is not None}
        plans = []
        for column in target.columns:
            origin = origins.get(column.name)
            found = self.added(target, column) if origin is None else self.column(target, origin, column)
            if found is not None:
                plans.append(found)
        for name in names:
            if name not in matches:
                self.problem(
                    f"the source column {source.name}.{name} has no target column, so its values would be "
                    "lost. Check that both sides are at the same release, or rename or drop it by a rule."
                )
        return tuple(plans)

    def names(self, source: Table, target: Table) -> dict[str, str]:
        """Source column -> target name by the rules that rename, without the columns that rules drop."""
        found: dict[str, str] = {}
        for column in source.columns:
            name, drop = column.name, False
            for rule in self.profile.columns:
                if rule.names(target.name, column.name):
                    name, drop = rule.rename or name, drop or rule.drop
            if not drop:
                found[column.name] = name
        return found

    def add_rule(self, table: Table, column: Column) -> AddRule | None:
        """The last rule for a target column without a source column."""
        rules = [
            rule
            for rule in self.profile.add_columns
            if fnmatchcase(table.name, rule.table) and rule.column == column.name
        ]
        return rules[-1] if rules else None

    def added(self, table: Table, column: Column) -> ColumnPlan | None:
        """A target column without a source column: by a rule, generated, or a problem."""
        rule = self.add_rule(table, column)
        if column.generated:
            return None
        if rule is not None and rule.leave_to_default:
            if not column.nullable and column.default is None and column.counter is None:
                self.problem(
                    f"{table.name}.{column.name} is NOT NULL and has no default to leave it to, and no trigger sees "
                    "the rows that are loaded. Give it a default, or an expression in add_columns."
                )
            return None
        if rule is None:
            self.problem(
                f"the target column {table.name}.{column.name} has no source column. "
                "Check that both sides are at the same release, or name it in the rules' add_columns."
            )
            return None
        source = pseudo_column(rule.type)
        pair = find_pair(source, column)
        if pair is None:
            self.problem(
                f"no rule converts the added {table.name}.{column.name} from {source.type} to {column.type}."
            )
            return None
        return ColumnPlan(source, column, pair, expression=rule.expression)

    def column(self, table: Table, source: Column, target: Column) -> ColumnPlan | None:
        pair = find_pair(source, target)
        where = f"{table.name}.{target.name}"
        if pair is None:
            self.problem(
                f"no rule converts {where} from {source.type} to {target.type}. "
                "See the type-mapping guide for the pairs there are."
            )
            return None
        rules = self.rules(table.name, source, target)
        if rules.expression is None:  # else the rule says which wall clock is meant
            self.check_zone(where, source, target)
        policies, converter, sensitive = rules.policies, rules.converter, rules.sensitive
        if converter is not None and converter not in CONVERTERS:
            self.problem(
                f"{where}: there is no converter {converter!r}. Known: {', '.join(sorted(CONVERTERS))}."
            )
            converter = None
        for misfit, policy in policies.items():
            if policy.name == "null" and not target.nullable:
                self.problem(f"{where} is NOT NULL, so {misfit} cannot have the policy null. Use replace.")
        return ColumnPlan(
            source=source,
            target=target,
            pair=pair,
            policies=tuple(sorted(policies.items())),
            converter=CONVERTERS[converter] if converter else None,
            sensitive=sensitive,
            expression=rules.expression,
            reinterpret=rules.reinterpret,
        )

    def check_zone(self, where: str, source: Column, target: Column) -> None:
        """A TIMESTAMP read in UTC is only what the application meant if its server was in UTC, summer and winter."""
        if source_kind(source) != "timestamp" or target_kind(target) == "timestamptz":
            return
        offsets = self.server.settings.get("utc_offsets_seconds", [None])
        if any(offset != 0 for offset in offsets):
            zone = self.server.settings.get("time_zone", "SYSTEM")
            shown = (
                " or ".join(f"{offset} s" for offset in offsets if offset is not None)
                or "nobody knows how much"
            )
            self.problem(
                f"{where} is a TIMESTAMP that becomes {target.type}, which has no time zone, and the source server "
                f"(time_zone {zone}) runs {shown} off UTC at some time between 1970 and 2106: which wall clock is "
                "meant cannot be known. Run the source in UTC, let the target column be timestamptz, or give the "
                "value by the rule's expression."
            )

    def rules(self, table: str, source: Column, target: Column) -> _ColumnRules:
        """What the profile's rules say of one column; later rules win."""
        found = _ColumnRules()
        for rule in self.profile.columns:
            if not rule.matches(table, target.name, (source.type, target.type), target.nullable):
                continue
            found.policies |= dict(rule.policies)
            found.converter = rule.converter or found.converter
            found.expression = rule.expression or found.expression
            found.reinterpret = rule.reinterpret or found.reinterpret
            found.sensitive = found.sensitive if rule.sensitive is None else rule.sensitive
        if found.reinterpret and source_kind(source) != "text":
            self.problem(
                f"{table}.{target.name} is not text, so it cannot be reinterpreted. Correct the rule."
            )
        return found


def _key(target: Table, columns: tuple[ColumnPlan, ...]) -> tuple[str, ...]:
    """The target's primary key, else its first unique index over NOT NULL columns; only planned columns."""
    planned = {column.target.name: column.target for column in columns if not column.added}
    unique = sorted((index for index in target.indexes if index.unique), key=lambda index: not index.primary)
    for index in unique:
        names = tuple(name for name in index.columns if name in planned)
        if index.predicate is not None or len(names) != len(index.columns):
            continue
        if all(not planned[name].nullable for name in names):
            return names
    return ()


def _range(source: Table) -> tuple[str | None, str | None]:
    """Index and leading column for chunks: the primary key, else a unique index, else any; never NULL."""
    order = sorted(source.indexes, key=lambda index: (not index.primary, not index.unique))
    for index in order:
        column = source.column(index.columns[0]) if index.columns and index.columns[0] else None
        if column is None or index.prefixed or column.nullable or column.generated:
            continue
        if source_kind(column) in _RANGE_KINDS:
            return index.name, column.name
    return None, None


__all__ = ("DatabaseRequest", "plan", "plan_of_what_fits")
