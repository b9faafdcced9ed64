# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The type that a column gets: one that holds every value of the source's, and that has a pair without a rule."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._mysql.catalog import AUTO_INCREMENT
from .._transform.types import SOURCE_KINDS, source_type

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalog import Column, Database, Table
    from .decisions import Decisions

_INTEGERS: t.Final = {
    ("tinyint", False): "smallint",
    ("tinyint", True): "smallint",
    ("smallint", False): "smallint",
    ("smallint", True): "integer",
    ("mediumint", False): "integer",
    ("mediumint", True): "integer",
    ("int", False): "integer",
    ("int", True): "bigint",
    ("bigint", False): "bigint",
}
_PLAIN: t.Final = {
    "float": "real",
    "double": "double precision",
    "year": "smallint",
    "date": "date",
    "datetime": "timestamp",
    "timestamp": "timestamptz",
    "time": "time",
    "uuid": "uuid",
    "inet4": "inet",
    "inet6": "inet",
}
_KINDS: t.Final = {
    **dict.fromkeys(("smallint", "integer", "bigint"), "integer"),
    "numeric": "numeric",
    **dict.fromkeys(("real", "double precision"), "float"),
    **dict.fromkeys(("varchar", "text", "char", "character", "character varying", "citext"), "text"),
    "boolean": "boolean",
    "bytea": "bytes",
    "date": "date",
    **dict.fromkeys(("timestamp", "timestamp without time zone"), "timestamp"),
    **dict.fromkeys(("timestamptz", "timestamp with time zone"), "timestamptz"),
    "time": "time",
    "interval": "interval",
    **dict.fromkeys(("json", "jsonb"), "json"),
    "uuid": "uuid",
    "inet": "inet",
    "bit": "bits",
    "text[]": "array",
}
LONGEST: t.Final = 10_485_760
"""Characters that varchar(n) can be declared with."""


@dataclass(frozen=True)
class Chosen:
    """The type of one column of the target."""

    type: str
    """As SQL writes it; of an enum, its name still unquoted."""
    kind: str
    """As expressions see it."""
    enum: tuple[str, ...] = ()
    """Members of a type that has to be made."""
    members: tuple[str, ...] = ()
    """Members that a CHECK has to hold it to."""


def kind_of(sql: str) -> str:
    """The kind of a type that somebody wrote."""
    return _KINDS.get(re.sub(r"\s*\(.*\)", "", sql.lower()).strip(), "other")


def choose(table: str, column: Column, decisions: Decisions) -> Chosen:
    """The type of one column by itself; what the values say stands in `decisions` already."""
    said = decisions.said("types", table, column.name)
    if said is not None:
        return Chosen(str(said), kind_of(str(said)))
    if column.labels:
        return _of_labels(table, column, decisions)
    sql = _natural(column, decisions)
    return Chosen(sql, kind_of(sql))


def _natural(column: Column, decisions: Decisions) -> str:
    family = column.family
    if family in _PLAIN:
        return _PLAIN[family]
    if SOURCE_KINDS.get(family) == "integer":
        return _integer(column, decisions)
    if family == "decimal":
        return f"numeric({column.precision},{column.scale or 0})"
    if family == "bit":
        return "boolean" if column.length == 1 else f"bit({column.length})"
    return decisions.chosen("json") if family == "json" else _text(column, decisions)


def _integer(column: Column, decisions: Decisions) -> str:
    if may_be_boolean(column, decisions):
        return "boolean"
    if (column.family, column.unsigned) in _INTEGERS:
        return _INTEGERS[column.family, column.unsigned]
    # Nothing counts to 2^63; what refers to a counter follows it.
    small = counts(column) or decisions.chosen("big_numbers") == "bigint"
    return "bigint" if small else "numeric(20)"


def _text(column: Column, decisions: Decisions) -> str:
    """Of text and bytes, and of whatever else is kept as its bytes."""
    if may_be_uuid(column, decisions):
        return "uuid"
    if column.family in {"char", "varchar"} and column.length is not None:
        # A blank at the end of CHAR is no part of its value on the source, and char(n) would pad.
        return f"varchar({column.length})" if column.length <= LONGEST else "text"
    return "text" if SOURCE_KINDS.get(column.family) == "text" else "bytea"


def _of_labels(table: str, column: Column, decisions: Decisions) -> Chosen:
    longest = max(map(len, column.labels))
    if column.family == "set":
        if decisions.chosen("sets") == "array":
            return Chosen("text[]", "array")
        return Chosen(f"varchar({sum(map(len, column.labels)) + len(column.labels)})", "text")
    if decisions.chosen("enums") == "type":
        return Chosen(f"{table}_{column.name}_enum", "enum", enum=column.labels)
    return Chosen(f"varchar({max(longest, 1)})", "text", members=column.labels)


# --- what the values decide ---------------------------------------------------------------------------


def counts(column: Column) -> bool:
    """Whether the server counts it up."""
    return column.counter == AUTO_INCREMENT


def may_be_boolean(column: Column, decisions: Decisions) -> bool:
    wanted = decisions.chosen("booleans")
    small = column.family == "tinyint" and not column.unsigned and not counts(column)
    return small and (wanted == "tinyint" or (wanted == "tinyint(1)" and column.type.lower() == "tinyint(1)"))


def may_be_uuid(column: Column, decisions: Decisions) -> bool:
    wanted = decisions.chosen("uuids").split(", ")
    return source_type(column).lower() in wanted


# --- keys ---------------------------------------------------------------------------------------------


def of_database(database: Database, decisions: Decisions) -> dict[tuple[str, str], Chosen]:
    """The type of every column; what refers to each other is of one type."""
    found = {
        (table.name, column.name): choose(table.name, column, decisions)
        for table in database.tables.values()
        for column in table.columns
    }
    for group in references(database):
        kinds = {found[place].type for place in group if found[place].type}
        if len(kinds) > 1:
            one = _together(kinds)
            if one is not None:
                for place in group:
                    if decisions.said("types", *place) is None:
                        found[place] = Chosen(one, kind_of(one))
    return found


def _together(kinds: set[str]) -> str | None:
    """What all of them can be; `None`: nobody knows."""
    if "bigint" in kinds and kinds <= {"numeric(20)", "bigint", "integer", "smallint"}:
        return "bigint"  # the key that is referred to is a counter
    if kinds == {"boolean", "smallint"}:
        return "smallint"
    texts = [kind for kind in kinds if kind != "uuid"]
    if "uuid" in kinds and texts and all(kind_of(kind) in {"text", "bytes"} for kind in texts):
        return sorted(texts)[-1]
    return None


def references(database: Database) -> list[list[tuple[str, str]]]:
    """Columns that foreign keys make one group, in the catalog's order."""
    parents: dict[tuple[str, str], tuple[str, str]] = {}

    def root(place: tuple[str, str]) -> tuple[str, str]:
        while parents.get(place, place) != place:
            place = parents[place]
        return place

    for place, other in _referring(database):
        first, second = sorted((root(place), root(other)))
        parents.setdefault(first, first)
        parents[second] = first
        parents.setdefault(place, first)
        parents.setdefault(other, first)
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for table in database.tables.values():
        for column in table.columns:
            place = table.name, column.name
            if place in parents:
                groups.setdefault(root(place), []).append(place)
    return list(groups.values())


def _referring(database: Database) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    for table in database.tables.values():
        for key in table.foreign_keys:
            target: Table | None = database.tables.get(key.ref_table)
            if target is None:
                continue
            for column, other in zip(key.columns, key.ref_columns, strict=True):
                if table.column(column) is not None and target.column(other) is not None:
                    yield (table.name, column), (target.name, other)


__all__ = (
    "Chosen",
    "choose",
    "counts",
    "kind_of",
    "may_be_boolean",
    "may_be_uuid",
    "of_database",
    "references",
)
