# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What both servers are described with: databases, tables, columns, keys. Plain values and their JSON.

The catalogs hold structure only. Sizes, row estimates and counters change while an application runs
and are returned beside a catalog, never inside it, so that an unchanged schema is an unchanged file.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import asdict, dataclass, field

FORMAT: t.Final = 1


@dataclass(frozen=True)
class Column:
    """One column as its server declares it."""

    name: str
    type: str
    """As the server prints it: `char(36)`, `timestamp without time zone`."""
    family: str
    """The bare type: `char`, `tinyint`, `uuid`, `int4`, `json` (also for MariaDB's checked longtext)."""
    nullable: bool
    default: str | None = None
    length: int | None = None
    """Characters of a text type, bytes of a binary one, bits of a bit string."""
    precision: int | None = None
    """Digits of a number, or of a second's fraction."""
    scale: int | None = None
    unsigned: bool = False
    charset: str | None = None
    collation: str | None = None
    deterministic: bool = True
    """PostgreSQL: its collation calls only equal bytes equal."""
    domain_checks: tuple[tuple[str, str], ...] = ()
    """PostgreSQL: name and definition of each CHECK of the domains that its type is made of."""
    labels: tuple[str, ...] = ()
    """Members of an ENUM or SET, in their order."""
    generated: bool = False
    counter: str | None = None
    """MySQL: `auto_increment`; MariaDB also `sequence` and `falling sequence`. PostgreSQL: the qualified name of
    the sequence that the column owns."""


@dataclass(frozen=True)
class Index:
    """One index. An expression stands as `None` among the columns."""

    name: str
    columns: tuple[str | None, ...]
    unique: bool
    primary: bool = False
    prefixed: bool = False
    """MySQL: only the first characters of a column are in the index."""
    definition: str | None = None
    expressions: tuple[str | None, ...] = ()
    """PostgreSQL: where `columns` has `None`, the expression."""
    predicate: str | None = None
    """PostgreSQL: the condition of a partial index."""
    nulls_not_distinct: bool = False
    exclusion: str | None = None
    """PostgreSQL: the definition of the exclusion constraint that it serves."""
    bytewise: bool = True
    """PostgreSQL: keys are equal under it exactly when their values are, by the type's own operators and a
    deterministic collation (citext included, which has an equality of its own)."""


@dataclass(frozen=True)
class ForeignKey:
    """One foreign key; `definition` only where the server can print it (PostgreSQL)."""

    name: str
    columns: tuple[str, ...]
    ref_table: str
    """PostgreSQL: `"schema"."table"`, quoted, where it is in another schema."""
    ref_columns: tuple[str, ...]
    definition: str | None = None


@dataclass(frozen=True)
class Table:
    """One base table."""

    name: str
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()
    """Name and expression of each CHECK constraint."""
    bound: str | None = None
    """PostgreSQL: of a partitioned table the condition that some partition takes a row; `None`: one takes any."""
    triggers: tuple[tuple[str, str], ...] = ()
    """PostgreSQL: name and definition of each user trigger."""
    engine: str | None = None
    owned: bool = True
    """PostgreSQL: the login may alter the table."""
    partitioned: bool = False
    """PostgreSQL: its rows are those of its partitions."""
    properties: tuple[tuple[str, str], ...] = ()
    """PostgreSQL: whatever else stands on it, by name, where it is not the default."""
    obstacles: tuple[tuple[str, str], ...] = ()
    """PostgreSQL: kind and name of what the login may not see or take off."""

    def column(self, name: str) -> Column | None:
        """The column of exactly that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class SequenceUse:
    """PostgreSQL: a column that takes values of a sequence."""

    schema: str
    table: str
    column: str
    root_schema: str
    root: str
    """The table itself, or the partitioned table that it is a part of."""
    how: str
    """`identity`; `default`: its default calls nextval; `owned`: its own, and no default calls it."""
    values: str
    """`int2`, `int4`, `int8`, `number`, `text` or `other`."""
    whole: bool = False
    """Its rows are those of its partitions, or of a view."""
    default: str | None = None
    """The expression, as the server prints it."""
    readable: bool = True
    """The login may read the column."""
    unique: bool = False
    """A unique index holds this column alone."""


@dataclass(frozen=True)
class SequenceObject:
    """PostgreSQL: one sequence and every column that takes its values; where it stands is no structure."""

    name: str
    """As SQL writes it, with its schema."""
    increment: int
    minimum: int
    maximum: int
    start: int
    cycle: bool = False
    settable: bool = True
    """The login may read it and set it."""
    uses: tuple[SequenceUse, ...] = ()

    def columns(self, schema: str | None) -> str:
        """The columns that take its values, in words; those of `schema` by table alone."""
        return ", ".join(
            f"{'' if use.schema == schema else use.schema + '.'}{use.table}.{use.column}" for use in self.uses
        )


@dataclass(frozen=True)
class MaterializedView:
    """PostgreSQL: one materialized view; what it shows is no structure."""

    schema: str
    name: str
    refreshable: bool
    """The login may refresh it."""
    tables: tuple[str, ...] = ()
    """Tables of the inspected schema that it reads, through whatever views."""
    after: tuple[tuple[str, str], ...] = ()
    """Schema and name of the materialized views that it reads."""


@dataclass(frozen=True)
class Database:
    """One database (MySQL) or one schema of a database (PostgreSQL)."""

    name: str
    tables: dict[str, Table]
    charset: str | None = None
    collation: str | None = None
    schema: str | None = None
    locale: str | None = None
    """PostgreSQL: the language of lower() and upper(), where the collation does not say it."""
    others: tuple[tuple[str, str], ...] = ()
    """Kind and name of what is not a base table: views, sequences, system-versioned tables; event triggers."""
    sequences: tuple[SequenceObject, ...] = ()
    """PostgreSQL: those of the schema, and those elsewhere that a column of the schema takes values of."""
    unseen_defaults: tuple[tuple[str, str], ...] = ()
    """PostgreSQL: columns (`table.column`) whose default calls the function of a person, and that function."""
    materialized_views: tuple[MaterializedView, ...] = ()
    """PostgreSQL: those of the schema, and those elsewhere that read its tables."""


RowKey = dict[str, "str | None"]
"""A row's key wherever it is told: target column -> text, of sensitive columns a keyed hash."""


@dataclass(frozen=True)
class Server:
    """The server that was inspected."""

    vendor: str
    """`mysql`, `mariadb` or `postgresql`."""
    version: str
    identity: str
    """Its own identifier, whatever address leads to it."""
    settings: dict[str, t.Any] = field(default_factory=dict)
    """Name -> value of those that decide values."""

    @property
    def name(self) -> str:
        """What a run directory is bound to: the server itself, not its address."""
        return f"{self.vendor} {self.identity}"

    @staticmethod
    def identity_in(name: str) -> str:
        """The identity, out of a `name` that a file of the run directory has kept."""
        return name.partition(" ")[2]

    def to_json(self) -> dict[str, t.Any]:
        """All of it in one dictionary, as files and results have it."""
        return {"vendor": self.vendor, "version": self.version, "identity": self.identity, **self.settings}


@dataclass(frozen=True)
class Catalog:
    """What one inspection of a server found."""

    server: Server
    databases: dict[str, Database] = field(default_factory=dict)
    """By name; where several schemas of a database were inspected, by `name.schema`. `of` finds one in either case."""

    def of(self, name: str, schema: str | None = None) -> Database:
        """One schema of a database, and without `schema` its only one; raises KeyError: there is none such."""
        found = [one for one in self.databases.values() if one.name == name and schema in {None, one.schema}]
        if len(found) != 1:
            raise KeyError(f"{name}, schema {schema}" if schema else name)
        return found[0]

    def to_json(self) -> dict[str, t.Any]:
        """JSON-ready, in a stable order."""
        return {"format": FORMAT, **asdict(self), "server": self.server.to_json()}

    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON: equal catalogs, equal fingerprints."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def catalog_from_json(data: t.Mapping[str, t.Any]) -> Catalog:
    """The inverse of `Catalog.to_json`."""
    databases = {name: _database(value) for name, value in data["databases"].items()}
    settings = dict(data["server"])
    server = Server(settings.pop("vendor"), settings.pop("version"), settings.pop("identity"), settings)
    return Catalog(server=server, databases=databases)


def _database(data: t.Mapping[str, t.Any]) -> Database:
    return Database(
        name=data["name"],
        tables={name: _table(value) for name, value in data["tables"].items()},
        charset=data["charset"],
        collation=data["collation"],
        schema=data["schema"],
        locale=data["locale"],
        others=_pairs(data["others"]),
        sequences=tuple(
            SequenceObject(**{**value, "uses": tuple(SequenceUse(**use) for use in value["uses"])})
            for value in data["sequences"]
        ),
        unseen_defaults=_pairs(data["unseen_defaults"]),
        materialized_views=tuple(
            MaterializedView(**{**value, "tables": tuple(value["tables"]), "after": _pairs(value["after"])})
            for value in data["materialized_views"]
        ),
    )


def _table(data: t.Mapping[str, t.Any]) -> Table:
    return Table(
        name=data["name"],
        columns=tuple(
            Column(
                **{
                    **value,
                    "labels": tuple(value["labels"]),
                    "domain_checks": _pairs(value["domain_checks"]),
                }
            )
            for value in data["columns"]
        ),
        indexes=tuple(
            Index(
                **{
                    **value,
                    "columns": tuple(value["columns"]),
                    "expressions": tuple(value["expressions"]),
                }
            )
            for value in data["indexes"]
        ),
        foreign_keys=tuple(
            ForeignKey(
                **{
                    **value,
                    "columns": tuple(value["columns"]),
                    "ref_columns": tuple(value["ref_columns"]),
                }
            )
            for value in data["foreign_keys"]
        ),
        checks=_pairs(data["checks"]),
        bound=data["bound"],
        triggers=_pairs(data["triggers"]),
        engine=data["engine"],
        owned=data["owned"],
        partitioned=data["partitioned"],
        properties=_pairs(data["properties"]),
        obstacles=_pairs(data["obstacles"]),
    )


def _pairs(values: t.Iterable[t.Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in values)


__all__ = (
    "FORMAT",
    "Catalog",
    "Column",
    "Database",
    "ForeignKey",
    "Index",
    "MaterializedView",
    "RowKey",
    "SequenceObject",
    "SequenceUse",
    "Server",
    "Table",
    "catalog_from_json",
)
