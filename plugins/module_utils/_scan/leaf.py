# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A column in an expression of the target: what the target will hold of it, as a value in SQL of the source."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass, replace

from .._transform import source_sql
from .._transform.types import source_kind

if t.TYPE_CHECKING:
    from .._catalog import Database
    from .._transform.plan import ColumnPlan, TablePlan

_BY_BYTES: t.Final = {"C", "POSIX", "ucs_basic"}
_LETTERS_OF_THEIR_OWN: t.Final = ("tr", "az", "crh", "lt")
"""Languages in which some letter of ASCII has another partner in the other case."""
_BITS: t.Final = {"int2": 16, "int4": 32, "int8": 64}
_AS_BYTES: t.Final = {"text", "citext", "uuid", "bytes"}
_UNORDERED: t.Final = {"citext", "opaque"}
FLAVOURS: t.Final = {
    "text",
    "citext",
    "uuid",
    "bytes",
    "integer",
    "numeric",
    "double",
    "boolean",
    "date",
    "timestamp",
    "timestamptz",
}
"""Kinds whose values two servers compare in the same way. Besides: `enum NAME`, `null`, and `opaque`."""


class NotTheSame(Exception):
    """No SQL of the source provably means this; the text is the reason."""


@dataclass(frozen=True)
class Value:
    """A value in SQL of the source, equal to the target's own for every row that meets all of `sure`."""

    sql: str
    kind: str
    sure: frozenset[str] = frozenset()
    """Conditions of the source, never NULL."""
    by_bytes: bool = False
    """Of text: the target orders it by bytes."""
    bits: int = 0
    """Of whole numbers: the width of the target's type."""
    literal: str | None = None
    """Of a constant: its text."""
    null: str | None = None
    """Whether it is NULL, where that can be told without computing it."""
    blanks: bool = False
    """A char(n), whose blanks at the end are no part of the value."""

    @property
    def is_null(self) -> str:
        """A condition."""
        return self.null or f"({self.sql} IS NULL)"

    @property
    def ordered(self) -> bool:
        """Less and greater mean the same on both."""
        if self.kind == "text":
            return self.by_bytes
        return self.kind not in _UNORDERED and not self.kind.startswith("enum ")

    @property
    def comparable(self) -> str:
        """As it is compared: text by its bytes."""
        if self.kind in _AS_BYTES or self.kind.startswith("enum "):
            return f"CAST({self.sql} AS BINARY)"
        return self.sql


@dataclass(frozen=True)
class Language:
    """What the target's database does with text where no collation is named."""

    orders_by_bytes: bool
    plain_letters: bool
    """Small and capital letters of ASCII are each other's."""

    @classmethod
    def of(cls, database: Database) -> Language:
        """Of a database of the target."""
        name = (database.locale or database.collation or "").lower()
        return cls(
            database.collation in _BY_BYTES and database.locale in {None, database.collation},
            not name.startswith(_LETTERS_OF_THEIR_OWN),
        )


@dataclass(frozen=True)
class Scope:
    """The columns that an expression may name, and the language of the database."""

    columns: t.Mapping[str, ColumnPlan]
    language: Language

    @classmethod
    def of(cls, table: TablePlan, language: Language) -> Scope:
        """The columns of a table."""
        return cls({column.target.name: column for column in table.columns}, language)

    @property
    def orders_by_bytes(self) -> bool:
        """Of text whose collation is the database's own."""
        return self.language.orders_by_bytes

    @property
    def plain_letters(self) -> bool:
        """See `Language`."""
        return self.language.plain_letters

    def within(self, column: ColumnPlan) -> Scope:
        """The scope of a domain's CHECK: VALUE is the column."""
        return replace(self, columns={"": column})


def leaf(scope: Scope, name: str) -> Value:
    """The column `name`; raises NotTheSame."""
    column = scope.columns.get(name)
    if column is None:
        raise NotTheSame(f"the column {name}, in which nothing arrives")
    if not column.copied:
        raise NotTheSame(f"the column {name}, which the target computes")
    if column.changes_json:
        raise NotTheSame(f"the column {name}, whose JSON a rule changes outside of the source")
    found = _value(scope, column)
    size = source_sql.may_be_oversize(column)
    return replace(
        found,
        null=source_sql.is_null(column),
        # A copy of a value that is larger than a packet is NULL.
        sure=found.sure | ({f"(NOT {size})"} if size and found.kind != "opaque" else set()),
    )


def _value(scope: Scope, column: ColumnPlan) -> Value:
    """What the target will hold, where both servers compare it alike; else `opaque`."""
    target = column.pair.target
    if column.converter is not None:
        return _OPAQUE
    if target in {"text", "char", "enum"}:
        return _text(scope, column)
    sources, make = _KINDS.get(target, (set(), _opaque))
    return make(column, source_sql.value(column)) if source_kind(column.source) in sources else _OPAQUE


_OPAQUE: t.Final = Value("NULL", "opaque")


def _opaque(column: ColumnPlan, value: str) -> Value:
    return _OPAQUE


def _moment(column: ColumnPlan, value: str) -> Value:
    """The policy of a date can be a text: the type has to be said."""
    if column.pair.target == "date":
        return Value(f"CAST({value} AS DATE)", "date")
    return Value(f"CAST({value} AS DATETIME(6))", column.pair.target)


_MOMENTS: t.Final = {"date", "datetime", "timestamp"}
_KINDS: t.Final[dict[str, tuple[set[str], Callable[[ColumnPlan, str], Value]]]] = {
    "uuid": (
        {"text", "uuid", "binary"},
        lambda column, value: Value(f"({source_sql.printed(column)} COLLATE utf8mb4_bin)", "uuid"),
    ),
    "integer": (
        {"integer", "year", "bit"},
        lambda column, value: Value(value, "integer", bits=_BITS[column.target.family]),
    ),
    "numeric": ({"integer", "decimal"}, lambda column, value: Value(value, "numeric")),
    "double": ({"double"}, lambda column, value: Value(value, "double")),
    "boolean": ({"integer", "bit", "decimal"}, lambda column, value: Value(f"({value} <> 0)", "boolean")),
    "bytea": ({"binary"}, lambda column, value: Value(value, "bytes")),
    "date": (_MOMENTS, _moment),
    "timestamp": (_MOMENTS, _moment),
    "timestamptz": (_MOMENTS, _moment),
}
"""By the target's kind: kinds of the source, and the value."""


def _text(scope: Scope, column: ColumnPlan) -> Value:
    """Text and labels, as UTF-8 in a collation that compares characters alone."""
    family = column.target.family
    folds = family == "citext" and not scope.plain_letters
    if column.pair.shape != "text" or folds or not (column.target.deterministic or family == "enum"):
        return _OPAQUE
    value = source_sql.value(column) if column.pair.source == "text" else source_sql.printed(column)
    sql = f"(CONVERT({value} USING utf8mb4) COLLATE utf8mb4_bin)"
    if family == "enum":
        return Value(sql, f"enum {column.target.type}")
    if family == "citext":
        ascii_alone = f"COALESCE(LENGTH({sql}) = CHAR_LENGTH({sql}), TRUE)"
        return Value(f"LOWER({sql})", "citext", frozenset({ascii_alone}))
    by_bytes = column.target.collation in _BY_BYTES or (
        column.target.collation in {None, "default"} and scope.orders_by_bytes
    )
    blanks = family == "bpchar"
    if blanks:
        sql = f"TRIM(TRAILING ' ' FROM {sql})"
    return Value(sql, "text", by_bytes=by_bytes, blanks=blanks)


__all__ = ("FLAVOURS", "Language", "NotTheSame", "Scope", "Value", "leaf")
