# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Catalogs and rules become a plan. Every contradiction of all databases is collected, then refused at once."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from .._errors import InputError
from .._mysql import quoting
from . import passed_by, standing, ways
from .converters import CONVERTERS
from .json_rules import JsonRules
from .misfits import JSON_NUL, known
from .names import fold
from .pairs import CONVERTERS as SELECTED
from .pairs import find_pair, find_pair_of_expression
from .plan import ColumnPlan, DatabasePlan, Plan, TablePlan, pseudo_column
from .problems import Kind, Problems
from .profile import Profile
from .rules import Rules, SaidOfColumn
from .types import source_kind, source_type, target_kind
from .unmatched import Met, Unmatched

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import Catalog, Column, Database, Table
    from .pair import Pair
    from .problems import Rule

# Kinds whose order a half-open range can use with a plain literal.
_RANGE_KINDS: t.Final = {"integer", "text", "binary", "date", "datetime", "timestamp"}


_COLUMN: t.Final = "{column}"
"""What stands in an expression for the source column's name."""

_NO_TARGET_TABLE: t.Final = Kind(
    "the target has no table {}",
    "{n} source tables have no table of their name on the target: {}",
    "Let the application's migrations create them, or name them in skip_tables or leftover_tables to leave them "
    "behind, or rename or exclude them by a rule.",
)
_NO_SOURCE_TABLE: t.Final = Kind(
    "the source has no table {}, which the target has",
    "{n} target tables have no table of their name on the source: {}",
    "Check that both sides are at the same release, or name them in skip_tables to leave them as they are, or rename "
    "a source table by a rule.",
)
_TABLE_SPELLING: t.Final = Kind(
    "the source table {} has that name on the target but for its spelling",
    "{n} source tables have names on the target that differ in their spelling: {}",
    "Rename them by a rule.",
)
_NO_TARGET_COLUMN: t.Final = Kind(
    "the source column {} has no target column, so its values would be lost",
    "{n} source columns have no target column, so that their values would be lost: {}",
    "Check that both sides are at the same release, or rename or drop them by a rule.",
)
_NO_SOURCE_COLUMN: t.Final = Kind(
    "the target column {} has no source column",
    "{n} target columns have no source column: {}",
    "Check that both sides are at the same release, or say in add_columns what arrives there.",
)
_COLUMN_SPELLING: t.Final = Kind(
    "the source column {} has that name on the target but for its spelling",
    "{n} source columns have names on the target that differ in their spelling: {}",
    "Rename them by a rule.",
)
_NO_DEFAULT: t.Final = Kind(
    "{} is NOT NULL and has no default to leave it to, and no trigger sees the rows that are loaded",
    "{n} target columns are NOT NULL and have no default to be left to, and no trigger sees the rows that are loaded: "
    "{}",
    "Say in add_columns by an expression what arrives there; or give the column a default on the target, then inspect "
    "and transform again.",
)


@dataclass(frozen=True)
class DatabaseRequest:
    """One database of a run: its name in reports, what it is called on both servers, its rules."""

    name: str
    source: str
    target: str
    profile: Profile = field(default_factory=Profile)
    rules: Profile = field(default_factory=Profile)
    """Of this database alone, taken after those of the profile; one that is about nothing is a mistake."""
    schema: str | None = None
    """Of the target; `None`: the only one of the database that was inspected."""

    @property
    def together(self) -> Profile:
        """Profile and rules as one; raises InputError: a choice that there is not."""
        return self.profile.extended(self.rules)


def plan(source: Catalog, target: Catalog, requests: Sequence[DatabaseRequest]) -> Plan:
    """The transform of `requests`.

    Raises PlanError: `details["problems"]` lists everything that contradicts, each kind once with its objects;
    `details["rules"]` has by database the rules that would decide it.
    """
    problems = Problems()
    databases = tuple(_Planner(source, target, request, problems).database() for request in requests)
    problems.refuse()
    return Plan(source.fingerprint(), target.fingerprint(), databases)


def plan_of_what_fits(source: Catalog, target: Catalog, request: DatabaseRequest) -> DatabasePlan:
    """The plan of one database without what contradicts, so that all else can be looked at. Nothing is moved by it."""
    return _Planner(source, target, request, Problems()).database()


class _Planner:
    """The plan of one database; what contradicts goes to the problems of all databases."""

    def __init__(
        self, source: Catalog, target: Catalog, request: DatabaseRequest, problems: Problems
    ) -> None:
        self.server = source.server
        self.source: Database = source.databases[request.source]
        self.target: Database = target.of(request.target, request.schema)
        self.request = request
        self.profile = request.together
        self.rules = Rules(self.profile, self.source, self.target)
        self.problems = problems
        self.met: list[Met] = []
        self.meetings: list[tuple[ways.Meeting, tuple[Table, Table]]] = []

    def problem(self, text: str) -> None:
        self.problems.add(self.request.name, text)

    def one_of(self, kind: Kind, what: str, rule: Rule | None = None) -> None:
        self.problems.group(self.request.name, kind, what, rule)

    def database(self) -> DatabasePlan:
        if self.target.charset != "UTF8":
            self.problem(
                f"the target database is encoded in {self.target.charset}, which cannot hold every character. "
                "Make it with ENCODING 'UTF8'."
            )
        pairs, leftovers, skipped = self.tables()
        plans = tuple(self.table(source, target) for source, target in pairs)
        self.columns_unmet()
        profile = self.profile
        refresh = passed_by.refreshed(self.target, profile.refresh_materialized_views, self.problem)
        return DatabasePlan(
            name=self.request.name,
            source_name=self.source.name,
            target_name=self.target.name,
            schema=self.target.schema or "public",
            profile=self.request.profile.name or None,
            tables=plans,
            skipped=skipped,
            leftovers=leftovers,
            seed_tables=self.seeds(pairs),
            releases=self.profile.releases,
            invariants=self.profile.invariants,
            notices=(
                *self.notices(leftovers),
                *self.unmatched(pairs),
                *passed_by.notices(self.target, plans, refresh, profile.after_load),
                *passed_by.sequences(self.target, plans, self.problem),
                *standing.notices(self.target, [target for _, target in pairs]),
            ),
            after_load=profile.after_load,
            refresh=refresh,
        )

    def seeds(self, pairs: list[tuple[Table, Table]]) -> tuple[str, ...]:
        """The target tables that its own migrations fill; a pattern is about planned tables alone."""
        partners = {target.name: source.name for source, target in pairs}
        return tuple(
            name
            for name in self.target.tables
            if name in self.profile.seed_tables
            or (name in partners and self.rules.named(self.profile.seed_tables, partners[name], name))
        )

    def unmatched(self, pairs: list[tuple[Table, Table]]) -> list[str]:
        """A rule of this database that is about nothing is a problem; profiles serve many releases."""
        if not self.target.tables:
            return []
        look = Unmatched(self.rules, (self.source, self.target), pairs, self.met)
        whole = not self.problems.of(self.request.name)
        for text in look.rules(self.request.rules, types=whole):
            self.problem(f"in its rules, {text}. Correct it, or take it out.")
        name = self.request.profile.name
        found = look.rules(self.request.profile, types=whole)
        return [f"a rule of the profile {name} is about nothing here: {text}" for text in found]

    def notices(self, leftovers: tuple[str, ...]) -> list[str]:
        """What is left alone, said aloud."""
        found = [f"the source table {name} has no target and stays behind" for name in leftovers]
        for name in self.source.tables:
            rule = self.rules.table(name)
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

    def tables(self) -> tuple[list[tuple[Table, Table]], tuple[str, ...], tuple[str, ...]]:
        """Pairs of tables, the known leftovers and what is skipped; exact names first, then those of another case."""
        sources, targets = self.rules.left_alone()
        wanted = {name: self.rules.table(name).name for name in self.source.tables if name not in sources}
        there = [name for name in self.target.tables if name not in targets]
        skipped = self.skipped(sources, targets)
        if wanted and not self.target.tables:
            schema = f" in its schema {self.target.schema}" if self.target.schema != "public" else ""
            self.problem(
                f"the target database {self.target.name} has no tables{schema}: let the application's own migrations "
                "make its schema first; where it has none for PostgreSQL, the playbook baseline makes one "
                "(docs/application-without-migrations.md)"
            )
            return [], (), skipped
        matches = self.meet("table", "", wanted, there)
        met = {name: match for name, match in matches.items() if match is not None}
        left = [name for name in there if name not in met.values()]
        unmet = {name: new for name, new in wanted.items() if name not in matches}
        known = {
            name for name, new in unmet.items() if self.rules.named(self.profile.leftover_tables, name, new)
        }
        meeting = ways.Meeting("", met, [name for name in unmet if name not in known], left)
        for found in ways.renames([meeting]):
            # Planned as if the rule were there, so that what its columns lack is told in the same breath.
            met[found.name] = found.new
            self.one_of(_TABLE_SPELLING, f"{found.name} → {found.new}", {"tables": [found.rule]})
        for name, new in unmet.items():
            if name not in met and name not in known:
                self.one_of(_NO_TARGET_TABLE, new, {"leftover_tables": [name]})
        for name in left:
            if name not in met.values():
                self.one_of(_NO_SOURCE_TABLE, name, {"skip_tables": [name]})
        pairs = [(self.source.tables[name], self.target.tables[match]) for name, match in met.items()]
        return pairs, tuple(name for name in unmet if name in known), skipped

    def skipped(self, sources: set[str], targets: set[str]) -> tuple[str, ...]:
        """What skip_tables leaves alone, each table once, as the target calls it."""
        named = [name for name in self.target.tables if name in targets]
        folded = {fold(name) for name in named}
        for name in self.source.tables:
            new = self.rules.table(name).name
            if (
                name in sources
                and self.rules.named(self.profile.skip_tables, name, new)
                and fold(new) not in folded
            ):
                named.append(name)
        return tuple(named)

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
            alike = [other for other in left if fold(other) == fold(wanted[name])]
            rivals = [one for one in unmet if fold(wanted[one]) == fold(wanted[name])]
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
        where = self.rules.table(source.name).where
        return TablePlan(source, target, columns, _key(target, columns), index, column, where)

    def columns(self, source: Table, target: Table) -> tuple[ColumnPlan, ...]:
        """By name, in the target's order; differing column sets are problems."""
        names = self.rules.renames(source, target)
        there = [
            column.name
            for column in target.columns
            if column.name in names.values() or not self.alone(source, target, column)
        ]
        matches = self.meet("column", f" of {source.name}", names, there)
        met = {name: match for name, match in matches.items() if match is not None}
        unmet = [name for name in names if name not in matches]
        free = [
            column.name
            for column in target.columns
            if column.name in there and column.name not in met.values() and not column.generated
        ]
        self.meetings.append((ways.Meeting(source.name, met, unmet, free), (source, target)))
        origins = {match: source.column(name) for name, match in met.items()}
        plans = []
        for column in target.columns:
            origin = origins.get(column.name)
            if origin is None:
                found = self.added(source, target, column)
            else:
                found = self.column((source, target), origin, column)
            if found is not None:
                plans.append(found)
        return tuple(plans)

    def alone(self, source: Table, target: Table, column: Column) -> bool:
        """Whether a rule names a target column that nothing arrives in: no source name of another case is meant."""
        rule = self.rules.added(source, target, column)
        return rule is not None and fold(rule.column) == fold(column.name)

    def columns_unmet(self) -> None:
        """The columns without a counterpart, and those that would have one by a rename, of all tables together."""
        proposed: set[tuple[str, str]] = set()
        for found in ways.renames([meeting for meeting, _tables in self.meetings]):
            proposed |= {(found.table, found.name), (found.table, f"→ {found.new}")}
            what = f"{found.table}.{found.name} → {found.new}"
            self.one_of(_COLUMN_SPELLING, what, {"columns": [found.rule]})
        for meeting, (source, target) in self.meetings:
            for column in target.columns:
                known = (source.name, f"→ {column.name}") in proposed or self.rules.added(
                    source, target, column
                )
                if column.name in meeting.there and not known:
                    what = f"{target.name}.{column.name}"
                    self.one_of(_NO_SOURCE_COLUMN, what, ways.new_column(target.name, column))
            for name in meeting.unmet:
                if (source.name, name) not in proposed:
                    rule = {"table": source.name, "column": name, "drop": True}
                    self.one_of(_NO_TARGET_COLUMN, f"{source.name}.{name}", {"columns": [rule]})

    def added(self, origin: Table, table: Table, column: Column) -> ColumnPlan | None:
        """A target column that a rule fills without a source column; without a rule it is told with all others."""
        rule = self.rules.added(origin, table, column)
        if column.generated or rule is None:
            return None
        where = f"{table.name}.{column.name}"
        if rule.expression is None:
            if not ways.has_default(column):
                self.one_of(_NO_DEFAULT, where, ways.new_column(table.name, column))
            return None
        if _COLUMN in rule.expression:
            self.problem(
                f"the expression of {where} in add_columns has {_COLUMN}, and there is no source column that it could "
                "stand for. Write the names of the source's columns."
            )
            return None
        source = self.typed(where, rule.type)
        pair = find_pair_of_expression(source, column) if source is not None else None
        if source is not None and pair is None:
            self.no_pair(where, source, column, by_expression=True)
        return ColumnPlan(source, column, pair, expression=rule.expression) if source and pair else None

    def typed(self, where: str, type_name: str, name: str = "") -> Column | None:
        """The source column that an expression makes, `None`: refused."""
        try:
            return pseudo_column(type_name, name)
        except InputError as error:
            self.problem(f"{where}: {error}")
            return None

    def no_pair(self, where: str, source: Column, target: Column, *, by_expression: bool) -> None:
        """Told once for all columns of the two types, with the way for them."""
        between = f"from {source_type(source)} to {target.type}"
        if by_expression:
            self.one_of(
                Kind(
                    f"no pair of types leads {between}, which the expression of {{}} would need",
                    f"no pair of types leads {between}, which the expressions of {{n}} columns would need: {{}}",
                    "Let the expression give, as text, what the target prints of the value, and say type: longtext.",
                ),
                where,
            )
            return
        says, rule = ways.without_pair(source, target)
        kind = Kind(
            f"no pair of types leads {{}} {between}",
            f"no pair of types leads {{n}} columns {between}: {{}}",
            f"docs/type-mapping.md lists the pairs there are. {says}",
        )
        self.one_of(kind, where, {"columns": [rule]})

    def column(self, tables: tuple[Table, Table], source: Column, target: Column) -> ColumnPlan | None:
        self.met.append(Met(tables, source, target))
        where = f"{tables[1].name}.{target.name}"
        said = self.rules.column(tables, source, target)
        expression = said.expression and said.expression.replace(_COLUMN, quoting.identifier(source.name))
        value: Column | None = source
        if said.type is not None:
            value = self.typed(where, said.type, source.name)
        elif expression and source_kind(source) == "enum":
            value = pseudo_column("longtext", source.name)  # a member's number is the column's alone
        if value is None:
            return None
        by = said.converter if said.converter in SELECTED else None
        pair = (find_pair_of_expression if expression else find_pair)(value, target, by or "")
        if pair is None and by is not None:
            self.problem(
                f"the converter {by} of {where} does not lead from {source_type(value)} to {target.type}. "
                "docs/type-mapping.md lists what it converts."
            )
            return None
        if pair is None:
            self.no_pair(where, value, target, by_expression=said.type is not None)
            return None
        if expression is None:  # else the rule says which wall clock is meant
            self.check_zone(where, source, target, pair)
        self.check_rules(where, said, source, target)
        planned = ColumnPlan(
            source=value,
            target=target,
            pair=pair,
            policies=tuple(sorted(said.policies.items())),
            converter=CONVERTERS.get(said.converter or ""),
            sensitive=said.sensitive,
            expression=expression,
            reinterpret=said.reinterpret,
            retyped=value is not source,
            must_be_jsonb=said.must_be_jsonb,
        )
        self.check_documents(where, planned)
        return planned

    def check_documents(self, where: str, column: ColumnPlan) -> None:
        """What policies put in the place of JSON, or into it, is JSON that the column takes."""
        rules = column.json_rules
        if rules is None:
            return
        if rules.policies and column.pair.target.endswith("[]"):
            # The source itself makes the array, and documents are changed outside of it.
            self.problem(
                f"{where} is an array, so its JSON cannot be changed by the policy of {min(rules.policies)}. Correct "
                "the rows, or give the document by an expression."
            )
        for misfit, policy in column.policies:
            if policy.value is None:
                continue
            inside = misfit == JSON_NUL.name
            document = json.dumps(policy.value, ensure_ascii=False) if inside else policy.value
            found = JsonRules(rules.names).misfits(document.encode("utf-8", "replace"))
            if found:
                self.problem(
                    f"{where}: the policy of {misfit} puts in a text that does not fit either "
                    f"({known(found[0]).meaning}). Correct the rule."
                )

    def check_rules(self, where: str, said: SaidOfColumn, source: Column, target: Column) -> None:
        """What the rules say of a column has to be possible."""
        if said.converter is not None and said.converter not in {*CONVERTERS, *SELECTED}:
            known_names = ", ".join(sorted({*CONVERTERS, *SELECTED}))
            self.problem(f"{where}: there is no converter {said.converter!r}. Known: {known_names}.")
        for misfit, policy in said.policies.items():
            if policy.name == "null" and not target.nullable:
                self.problem(f"{where} is NOT NULL, so {misfit} cannot have the policy null. Use replace.")
        if said.reinterpret and source_kind(source) != "text":
            self.problem(f"{where} is not text, so it cannot be reinterpreted. Correct the rule.")
        if said.must_be_jsonb and target_kind(target) not in {"json", "jsonb"}:
            self.problem(f"{where} is {target.type}, so must_be_jsonb cannot hold. Correct the rule.")

    def check_zone(self, where: str, source: Column, target: Column, pair: Pair) -> None:
        """A TIMESTAMP read in UTC is only what the application meant if its server was in UTC, summer and winter."""
        if source_kind(source) != "timestamp" or target_kind(target) == "timestamptz":
            return
        if pair.converter:
            return  # a number of seconds is a moment, whatever the zone
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
