# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The transform: what happens to every column, as plain values and as the file an operator reviews."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from dataclasses import dataclass, replace

from .._catalog import Column
from .._errors import ForeignRunDirectory, InputError
from . import releases
from .checks import (
    BYTES,
    BYTES_OF_EXPRESSION,
    COMPUTED,
    DOUBLE,
    EXPRESSED,
    EXPRESSED_TEXT,
    JSONB,
    REINTERPRETED,
)
from .converters import CONVERTERS, Converter
from .json_rules import JsonRules
from .misfits import EMPTY_STRING, EXPRESSION, NULL_VALUE, REINTERPRET
from .pairs import BY_NAME, Check, Pair
from .profile import CHARSET, Invariant, Policy, Statement
from .types import SOURCE_KINDS, source_kind

if t.TYPE_CHECKING:
    from .._catalog import Catalog, Table
    from .releases import Releases

FORMAT: t.Final = 3
CANONICAL_VERSION: t.Final = 3
"""Raised with every change of a canonical form: sums of different versions are never compared."""

COMPUTED_BY_RULE: t.Final = "computed by rule"
"""What became of a value that an expression makes, where values with a policy bear its name."""

Place = tuple[int, str]
"""Number of the database in the plan, target's name of the table."""

_TYPE: t.Final = re.compile(r"([a-z0-9]+)(?:\((\d+)(?:,(\d+))?\))?( unsigned)?")


@dataclass(frozen=True)
class ColumnPlan:
    """One column's way from the source to the target."""

    source: Column
    target: Column
    pair: Pair
    policies: tuple[tuple[str, Policy], ...] = ()
    converter: Converter | None = None
    sensitive: bool = False
    expression: str | None = None
    """SQL of the source that gives the value instead of the column."""
    reinterpret: str | None = None
    """Character set that the column's bytes really are in; `double`: UTF-8 stored as UTF-8 once more."""
    retyped: bool = False
    """The expression gives another type than the column's: `source` bears the column's name and that type."""
    must_be_jsonb: bool = False
    """What the target's jsonb would refuse does not fit, although its column is json."""

    @property
    def added(self) -> bool:
        """There is no source column: the value comes from an expression alone."""
        return not self.source.name

    @property
    def copied(self) -> bool:
        """A generated target column is computed by the target and only compared."""
        return not self.target.generated

    @property
    def checks(self) -> tuple[Check, ...]:
        """What a value of this column can fail at; only what the two types make possible."""
        checks = self.pair.checks
        if self.must_be_jsonb and self.pair.target == "json":
            checks += JSONB
        if self.converter:  # it classifies characters itself, and cannot know what they were
            checks = tuple(check for check in checks if check in BYTES)
        if self.reinterpret:
            checks = (*REINTERPRETED, *(check for check in checks if "{raw}" not in check.predicate))
        elif self.expression and any(check in BYTES for check in checks):
            checks = (*(check for check in checks if check not in BYTES), BYTES_OF_EXPRESSION)
        if DOUBLE in checks and self.policy(DOUBLE.misfit.name).name == "reinterpret":
            checks = tuple(_unless_double(check) if check in BYTES else check for check in checks)
        if self.expression:
            checks = (self._expressed, *checks)
        source = _widest(self.source) if self.expression else self.source
        possible = tuple(check for check in checks if check.possible(source, self.target))
        if source.nullable and not self.target.nullable:
            possible += (Check(NULL_VALUE, "({raw} IS NULL)"),)
        return possible

    @property
    def _expressed(self) -> Check:
        """Which values the expression makes."""
        if self.added or self.retyped:
            return COMPUTED
        return EXPRESSED_TEXT if source_kind(self.source) in {"text", "enum", "set"} else EXPRESSED

    @property
    def json_rules(self) -> JsonRules | None:
        """Of a column of JSON: how its documents are judged, and what becomes of them."""
        names = [check.misfit.name for check in self.checks]
        read = frozenset(check.misfit.name for check in self.checks if check.read)
        if not read:
            return None
        policies = {name: policy for name, policy in self.policies if name in read and policy.name != "fail"}
        return JsonRules(read, policies, EMPTY_STRING.name in names)

    @property
    def changes_json(self) -> bool:
        """A policy would change documents, which is done outside the servers."""
        rules = self.json_rules
        return rules is not None and bool(rules.policies)

    def policy(self, misfit: str) -> Policy:
        """The policy of a class of misfits, `fail` where no rule says otherwise."""
        if misfit == EXPRESSION.name:
            return Policy(COMPUTED_BY_RULE)
        if misfit == REINTERPRET.name:
            return Policy(misfit)
        return dict(self.policies).get(misfit, Policy("fail"))

    def to_json(self) -> dict[str, t.Any]:
        """As the transform file shows it."""
        return {
            "source": self.source.name or None,
            "source_type": self.source.type,
            "target": self.target.name,
            "target_type": self.target.type,
            "conversion": self.converter.name if self.converter else self.pair.name,
            "compared_as": self.converter.shape if self.converter else self.pair.shape,
            "policies": {name: policy.to_json() for name, policy in self.policies},
            "sensitive": self.sensitive,
            "expression": self.expression,
            "reinterpret": self.reinterpret,
            "retyped": self.retyped,
            "must_be_jsonb": self.must_be_jsonb,
        }


def _widest(column: Column) -> Column:
    """What an expression of the column's type can give: it knows nothing of the column's own limits."""
    wide = replace(column, nullable=True, length=None)
    kind = source_kind(column)
    if kind in {"integer", "decimal"}:
        return replace(wide, family="decimal", precision=65, scale=30 if kind == "decimal" else 0)
    return replace(wide, precision=6) if kind in {"datetime", "timestamp", "time"} else wide


def _unless_double(check: Check) -> Check:
    """Bytes that are read as UTF-8 by a policy need no character in the column's own set (0x98 of cp1251 in И)."""
    return replace(check, predicate=f"({check.predicate} AND NOT COALESCE({DOUBLE.predicate}, FALSE))")


@dataclass(frozen=True)
class TablePlan:
    """One table's way. Tables are named as the target names them."""

    source: Table
    target: Table
    columns: tuple[ColumnPlan, ...]
    key: tuple[str, ...] = ()
    """Target columns that name a row in reports and in `alterations.jsonl`; empty: the whole row."""
    range_index: str | None = None
    """Source index along which the table is cut into chunks; `None`: one chunk."""
    range_column: str | None = None
    where: str | None = None
    """SQL of the source, true for the rows to keep; the others are counted as filtered."""

    @property
    def name(self) -> str:
        """The target's name of the table."""
        return self.target.name

    @property
    def copied(self) -> tuple[ColumnPlan, ...]:
        """The columns a chunk holds, in order."""
        return tuple(column for column in self.columns if column.copied)

    @property
    def key_columns(self) -> tuple[ColumnPlan, ...]:
        """The columns of `key`."""
        by_name = {column.target.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.key)

    def to_json(self) -> dict[str, t.Any]:
        """As the transform file shows it."""
        return {
            "source": self.source.name,
            "target": self.target.name,
            "key": list(self.key),
            "where": self.where,
            "range": {"index": self.range_index, "column": self.range_column} if self.range_index else None,
            "columns": [column.to_json() for column in self.columns],
        }


@dataclass(frozen=True)
class DatabasePlan:
    """One database's way."""

    name: str
    source_name: str
    """The database on the source."""
    target_name: str
    """The database on the target."""
    schema: str
    profile: str | None
    tables: tuple[TablePlan, ...]
    skipped: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    seed_tables: tuple[str, ...] = ()
    releases: tuple[Releases, ...] = ()
    """Of the application, by side; asked before anything else."""
    invariants: tuple[Invariant, ...] = ()
    notices: tuple[str, ...] = ()
    after_load: tuple[Statement, ...] = ()
    """Done on the target in this order, each once, when the rows are loaded and the triggers are back."""
    refresh: tuple[tuple[str, str], ...] = ()
    """Schema and name of the materialized views that are refreshed after that, each after those it reads."""
    move: int | None = None
    """Which of several moves of the plan into the same target database this is, from 0; `None`: it is the only one.

    It follows from the order of the plan, so that no file has it.
    """

    @property
    def target(self) -> str:
        """What messages call the place on the target: the database, and its schema where others are filled too."""
        return self.target_name if self.move is None else f"{self.target_name}.{self.schema}"

    @property
    def steps(self) -> tuple[str, ...]:
        """What is done on the target after the load, in this order, as the ledger numbers it from 1."""
        statements = [f"statement {number} of after_load" for number, _one in enumerate(self.after_load, 1)]
        views = [f"the refresh of the materialized view {schema}.{name}" for schema, name in self.refresh]
        return (*statements, *views)

    def table(self, name: str) -> TablePlan:
        """The plan of the target table `name`; raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def to_json(self) -> dict[str, t.Any]:
        """As the transform file shows it."""
        return {
            "name": self.name,
            "source": self.source_name,
            "target": self.target_name,
            "schema": self.schema,
            "profile": self.profile,
            "skipped": list(self.skipped),
            "leftovers": list(self.leftovers),
            "seed_tables": list(self.seed_tables),
            "releases": [one.to_json() for one in self.releases],
            "invariants": [dict(vars(invariant)) for invariant in self.invariants],
            "notices": list(self.notices),
            "after_load": [dict(vars(one)) for one in self.after_load],
            "refresh_materialized_views": [list(view) for view in self.refresh],
            "tables": [table.to_json() for table in self.tables],
        }


@dataclass(frozen=True)
class Plan:
    """The whole plan of a run."""

    source_fingerprint: str
    """Of the source catalog that it was made from."""
    target_fingerprint: str
    databases: tuple[DatabasePlan, ...]

    def __post_init__(self) -> None:
        """Tell the moves into one database apart."""
        names = [one.target_name for one in self.databases]
        numbered = tuple(
            replace(
                one, move=names[:place].count(one.target_name) if names.count(one.target_name) > 1 else None
            )
            for place, one in enumerate(self.databases)
        )
        object.__setattr__(self, "databases", numbered)

    def to_json(self) -> dict[str, t.Any]:
        """The content of `transform.json`."""
        return {
            "format": FORMAT,
            "canonical_version": CANONICAL_VERSION,
            "source_catalog": self.source_fingerprint,
            "target_catalog": self.target_fingerprint,
            "databases": [database.to_json() for database in self.databases],
        }

    def fingerprint(self) -> str:
        """SHA-256 over the plan: a snapshot is loaded and verified by the plan that made it, or not at all."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def plan_from_json(data: t.Mapping[str, t.Any], source: Catalog, target: Catalog) -> Plan:
    """The plan of a file, resolved against the catalogs it was made from.

    Raises ForeignRunDirectory: made from other catalogs or by another version.
    """
    try:
        if (data["format"], data["canonical_version"]) != (FORMAT, CANONICAL_VERSION):
            raise ForeignRunDirectory(
                "transform.json was written by another version of this collection. Run the transform step again."
            )
        if (data["source_catalog"], data["target_catalog"]) != (source.fingerprint(), target.fingerprint()):
            raise ForeignRunDirectory(
                "transform.json was made from other catalogs than those in the run directory. "
                "Run the transform step again."
            )
        databases = tuple(_database(entry, source, target) for entry in data["databases"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"transform.json is damaged ({error}). Run the transform step again.") from error
    return Plan(data["source_catalog"], data["target_catalog"], databases)


def _database(entry: t.Mapping[str, t.Any], source: Catalog, target: Catalog) -> DatabasePlan:
    source_tables = source.databases[entry["source"]].tables
    target_tables = target.of(entry["target"], entry["schema"]).tables
    return DatabasePlan(
        name=entry["name"],
        source_name=entry["source"],
        target_name=entry["target"],
        schema=entry["schema"],
        profile=entry["profile"],
        tables=tuple(
            _table(value, source_tables[value["source"]], target_tables[value["target"]])
            for value in entry["tables"]
        ),
        skipped=tuple(entry["skipped"]),
        leftovers=tuple(entry["leftovers"]),
        seed_tables=tuple(entry["seed_tables"]),
        releases=tuple(releases.from_json(value) for value in entry["releases"]),
        invariants=tuple(Invariant(**value) for value in entry["invariants"]),
        notices=tuple(entry["notices"]),
        after_load=tuple(Statement(**value) for value in entry["after_load"]),
        refresh=tuple((schema, name) for schema, name in entry["refresh_materialized_views"]),
    )


def _table(entry: t.Mapping[str, t.Any], source: Table, target: Table) -> TablePlan:
    span = entry["range"] or {}
    return TablePlan(
        source=source,
        target=target,
        columns=tuple(_column(value, source, target) for value in entry["columns"]),
        key=tuple(entry["key"]),
        range_index=span.get("index"),
        range_column=span.get("column"),
        where=entry["where"],
    )


def _column(entry: t.Mapping[str, t.Any], source: Table, target: Table) -> ColumnPlan:
    from_column = None if entry["source"] is None else source.column(entry["source"])
    if entry["source"] is None or (entry["retyped"] and from_column is not None):
        from_column = pseudo_column(entry["source_type"], entry["source"] or "")
    to_column = target.column(entry["target"])
    if from_column is None or to_column is None:
        raise KeyError(f"{entry['source']} → {entry['target']}")
    converter = CONVERTERS.get(entry["conversion"])
    pair = BY_NAME[f"{converter.source}→{converter.target}" if converter else entry["conversion"]]
    policies = tuple((name, _policy(value)) for name, value in entry["policies"].items())
    return ColumnPlan(
        from_column,
        to_column,
        pair,
        policies,
        converter,
        bool(entry["sensitive"]),
        entry["expression"],
        _charset(entry["reinterpret"]),
        bool(entry["retyped"]),
        bool(entry["must_be_jsonb"]),
    )


def _charset(name: str | None) -> str | None:
    if name is not None and not CHARSET.fullmatch(name):
        raise ValueError(f"the character set {name!r}")
    return name


def pseudo_column(full_type: str, name: str = "") -> Column:
    """A source column for the value of an expression: `full_type` as the source would declare it.

    Raises InputError: a type this engine has never heard of.
    """
    match = _TYPE.fullmatch(full_type.strip().lower())
    family = match.group(1) if match else ""
    if match is None or family not in SOURCE_KINDS:
        raise InputError(f"The type {full_type!r} of an expression is not a type of the source.")
    size = int(match.group(2)) if match.group(2) else None
    text = SOURCE_KINDS[family] == "text"
    return Column(
        name=name,
        type=full_type,
        family=family,
        nullable=True,
        length=size if SOURCE_KINDS[family] in {"text", "binary", "bit"} else None,
        precision=None if text else size,
        scale=int(match.group(3)) if match.group(3) else None,
        unsigned="unsigned" in full_type.lower(),
        charset="utf8mb4" if text else None,
    )


def _policy(value: str | dict[str, str]) -> Policy:
    if isinstance(value, str):
        return Policy(value)
    ((name, literal),) = value.items()
    return Policy(name, literal)


__all__ = (
    "CANONICAL_VERSION",
    "COMPUTED_BY_RULE",
    "ColumnPlan",
    "DatabasePlan",
    "Place",
    "Plan",
    "TablePlan",
    "plan_from_json",
    "pseudo_column",
)
