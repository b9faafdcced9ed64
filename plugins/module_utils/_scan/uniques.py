# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the target demands of the rows of a table among each other: unique keys and exclusion constraints.

Rows are grouped by what the index compares; those for which the source cannot tell that are listed, as are indexes
that only the target can build.
"""

from __future__ import annotations

import typing as t

from .._errors import ServerError
from .._mysql.connection import query
from .._transform import source_sql
from . import meaning
from .findings import Findings, Misfit, Untested, show_key
from .leaf import NotTheSame, Scope, Value, leaf
from .scan import EXAMPLES

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._catalog import Index
    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan

_WHOLE: t.Final = 255
"""Longer texts are grouped by their SHA-256: a sort compares the beginning of a long value alone."""
_BTREE_KEY: t.Final = 2704
"""Bytes of the largest entry of a B-tree (a third of a page)."""
_OVERHEAD: t.Final = 64
"""Bytes of an entry beside its text: head, alignment, other keys of fixed size."""


def find(connection: Connection, plan: DatabasePlan, table: TablePlan, scope: Scope) -> Findings:
    """Rows that an index of the target would refuse, and indexes that could not be asked about."""
    found = Findings()
    for index in table.target.indexes:
        try:
            _index(connection, plan, table, index, scope, found)
        except NotTheSame as error:
            why = str(error)
        except ServerError as error:
            why = f"the source could not compute it: {error}"
        else:
            continue
        shown = index.exclusion or str(index.definition)
        found.untested.append(Untested(plan.name, table.name, index.name, shown, why))
    return found


def _index(
    connection: Connection,
    plan: DatabasePlan,
    table: TablePlan,
    index: Index,
    scope: Scope,
    found: Findings,
) -> None:
    """One index; raises NotTheSame."""
    if index.exclusion is not None:
        raise NotTheSame("an exclusion constraint")
    predicate = None if index.predicate is None else meaning.condition(index.predicate, scope)
    # Computed by the index for every row of its condition: that alone could fail.
    computed = [meaning.value(text, scope) for text in index.expressions if text is not None]
    if index.unique and (not _ruled_out(table, index) or _two_forms(connection, plan, table, index)):
        if not index.bytewise:
            raise NotTheSame("its collation or operator class calls different values equal")
        keys = _keys(index, scope, computed)
        _duplicates(connection, plan, table, index, keys, predicate, found)
    else:
        _unsure(connection, plan, table, index, [*computed, *([predicate] if predicate else [])], found)
    _long_keys(connection, plan, table, index, found)


def _keys(index: Index, scope: Scope, computed: list[Value]) -> list[Value]:
    """What the index compares, key by key; raises NotTheSame."""
    expressions = iter(computed)
    keys = [leaf(scope, name) if name is not None else next(expressions) for name in index.columns]
    for key in keys:
        if key.kind in {"opaque", "null"}:
            raise NotTheSame("a key of a type that is compared by the target alone")
    return keys


# --- duplicates --------------------------------------------------------------------------------------


def _duplicates(
    connection: Connection,
    plan: DatabasePlan,
    table: TablePlan,
    index: Index,
    keys: list[Value],
    predicate: Value | None,
    found: Findings,
) -> None:
    inside = [] if predicate is None else [f"({predicate.sql})"]
    present = [] if index.nulls_not_distinct else [f"NOT {key.is_null}" for key in keys]
    values = [*keys, *([predicate] if predicate else [])]
    sure = sorted(frozenset().union(*(value.sure for value in values)))
    forms = ", ".join(_grouped(table, index, number, key) for number, key in enumerate(keys))
    origin = source_sql.origin(plan.source_name, table, *sure, *inside, *present)
    # Not by an alias: a column of that name would be meant.
    groups = f"SELECT COUNT(*) AS of_a_group {origin} GROUP BY {forms} HAVING COUNT(*) > 1"
    count = int(query(connection, f"SELECT COALESCE(SUM(of_a_group), 0) FROM ({groups}) AS d")[0][0])
    if count:
        least = ", ".join(f"MIN({key})" for key in source_sql.key_expressions(table.key_columns)) or "1"
        rows = query(
            connection, f"SELECT {least} {origin} GROUP BY {forms} HAVING COUNT(*) > 1 LIMIT {EXAMPLES}"
        )
        shown = tuple(show_key(table, row) for row in rows)
        where = "+".join(name if name is not None else index.name for name in index.columns)
        definition = str(index.definition)
        found.misfits.append(
            Misfit(plan.name, table.name, where, "duplicate", "fail", count, shown, "", definition)
        )
    _unsure(connection, plan, table, index, values, found)


def _unsure(
    connection: Connection,
    plan: DatabasePlan,
    table: TablePlan,
    index: Index,
    values: list[Value],
    found: Findings,
) -> None:
    """Rows for which the source cannot tell what the index computes or compares."""
    sure = sorted(frozenset().union(*(value.sure for value in values)))
    if not sure:
        return
    origin = source_sql.origin(plan.source_name, table, f"NOT ({' AND '.join(sure)})")
    count = int(query(connection, f"SELECT COUNT(*) {origin}")[0][0])
    if count:
        why = "the source cannot say how the target computes it for these rows"
        found.untested.append(Untested(plan.name, table.name, index.name, str(index.definition), why, count))


def _grouped(table: TablePlan, index: Index, number: int, key: Value) -> str:
    """The key as GROUP BY compares it whole."""
    name = index.columns[number]
    column = None if name is None else table.target.column(name)
    short = column is not None and column.length is not None and column.length <= _WHOLE
    if key.kind in {"text", "citext", "bytes"} and not short:
        return f"SHA2({key.comparable}, 256)"
    return key.comparable


def _ruled_out(table: TablePlan, index: Index) -> bool:
    """A unique index of the source over some of the columns, in an order no finer than the target's."""
    if None in index.columns or not index.bytewise:
        return False
    wanted = {
        column.source.name: column
        for column in table.columns
        if column.target.name in index.columns and not column.added
    }
    if index.nulls_not_distinct and any(column.source.nullable for column in wanted.values()):
        return False
    for other in table.source.indexes:
        if not other.unique or other.prefixed or not set(other.columns) <= set(wanted):
            continue
        if all(_at_least_as_strict(wanted[name]) for name in other.columns if name is not None):
            return True
    return False


_UUID_DIGITS: t.Final = 32


def _two_forms(connection: Connection, plan: DatabasePlan, table: TablePlan, index: Index) -> bool:
    """A UUID may stand twice in the source's unique index: with hyphens, and as its digits alone."""
    alone = [
        f"LENGTH({source_sql.value(column)}) = {_UUID_DIGITS}"
        for column in table.columns
        if column.target.name in index.columns
        and (column.pair.source, column.pair.target) == ("text", "uuid")
        and (column.source.length is None or column.source.length > _UUID_DIGITS)
    ]
    if not alone:
        return False
    origin = source_sql.origin(plan.source_name, table, f"({' OR '.join(alone)})")
    return bool(query(connection, f"SELECT 1 {origin} LIMIT 1"))


def _at_least_as_strict(column: ColumnPlan) -> bool:
    """Values that differ on the source differ on the target: nothing folds or changes them on the way."""
    changed = any(policy.name not in {"fail", "null"} for _misfit, policy in column.policies)
    changed = changed or column.expression is not None or column.reinterpret is not None
    folds = column.pair.target == "uuid" and not str(column.source.collation).endswith("_ci")
    # Text that is a number, a time or a label elsewhere can be written in several ways.
    kept = column.pair.source == column.pair.target or (column.pair.source, column.pair.target) in _KEPT
    return (
        not changed and not folds and kept and column.converter is None and column.target.family != "citext"
    )


_KEPT: t.Final = {
    ("text", "char"),
    ("text", "uuid"),
    ("text", "enum"),
    ("text", "bytea"),
    ("binary", "text"),
    ("binary", "uuid"),
    ("binary", "bytea"),
    ("float", "real"),
    ("float", "double"),
    ("integer", "numeric"),
    ("integer", "text"),
    ("integer", "boolean"),
    ("bit", "integer"),
    ("year", "integer"),
    ("decimal", "numeric"),
    ("date", "timestamp"),
    ("date", "timestamptz"),
    ("datetime", "date"),
    ("datetime", "timestamp"),
    ("datetime", "timestamptz"),
    ("timestamp", "timestamptz"),
    ("timestamp", "timestamp"),
    ("time", "interval"),
    ("enum", "text"),
    ("set", "text"),
    ("uuid", "text"),
    ("uuid", "char"),
    ("integer", "double"),
    ("integer", "bit"),
    ("integer", "interval"),
    ("integer", "timestamp"),
    ("integer", "timestamptz"),
    ("decimal", "double"),
    ("float", "numeric"),
    ("double", "numeric"),
    ("year", "text"),
    ("year", "char"),
    ("datetime", "integer"),
    ("timestamp", "integer"),
    ("timestamp", "date"),
    ("binary", "inet"),
}
"""Pairs of other kinds that keep different values different."""


# --- long keys ---------------------------------------------------------------------------------------


def _long_keys(
    connection: Connection, plan: DatabasePlan, table: TablePlan, index: Index, found: Findings
) -> None:
    """Rows whose keys may be too large for an entry of the index: how far they can be compressed, it decides."""
    if " USING btree " not in str(index.definition):
        return
    by_name = {column.target.name: column for column in table.copied}
    wide = [by_name[name] for name in index.columns if name in by_name and _may_be_long(by_name[name])]
    if not wide:
        return
    size = " + ".join(f"COALESCE(LENGTH({source_sql.value(column)}), 0)" for column in wide)
    origin = source_sql.origin(plan.source_name, table, f"{size} > {_BTREE_KEY - _OVERHEAD}")
    count = int(query(connection, f"SELECT COUNT(*) {origin}")[0][0])
    if count:
        why = (
            f"an entry of the index holds {_BTREE_KEY} bytes, and how far the target compresses it is unknown"
        )
        found.untested.append(Untested(plan.name, table.name, index.name, str(index.definition), why, count))


def _may_be_long(column: ColumnPlan) -> bool:
    """Its values can fill an entry, alone or with few others."""
    if column.target.family not in {"text", "varchar", "citext", "bpchar", "bytea"}:
        return False
    length = min(
        (size for size in (column.source.length, column.target.length) if size is not None), default=None
    )
    width = 1 if column.target.family == "bytea" else 4
    return length is None or width * length > _BTREE_KEY // 4


__all__ = ("find",)
