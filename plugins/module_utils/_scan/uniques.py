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
from . import long_keys, meaning
from .asking import not_computed, sure_of
from .leaf import NotTheSame, leaf

if t.TYPE_CHECKING:
    from .._catalog import Index
    from .._transform.plan import ColumnPlan, TablePlan
    from .asking import Asking
    from .leaf import Scope, Value

_WHOLE: t.Final = 255
"""Longer texts are grouped by their SHA-256: a sort compares the beginning of a long value alone."""


def find(asking: Asking, scope: Scope) -> None:
    """Rows that an index of the target would refuse, and indexes that could not be asked about."""
    for index in asking.table.target.indexes:
        try:
            _index(asking, index, scope)
        except NotTheSame as error:
            asking.untested(index.name, _shown(index), str(error))
        except ServerError as error:
            asking.untested(index.name, _shown(index), not_computed(error))


def _shown(index: Index) -> str:
    return index.exclusion or str(index.definition)


def _index(asking: Asking, index: Index, scope: Scope) -> None:
    """One index; raises NotTheSame."""
    if index.exclusion is not None:
        raise NotTheSame("an exclusion constraint")
    predicate = [] if index.predicate is None else [meaning.condition(index.predicate, scope)]
    # Computed by the index for every row of its condition: that alone could fail.
    computed = [meaning.value(text, scope) for text in index.expressions if text is not None]
    compared = computed
    if index.unique and (not _ruled_out(asking.table, index) or _two_forms(asking, index)):
        if not index.bytewise:
            raise NotTheSame("its collation or operator class calls different values equal")
        compared = _keys(index, scope, computed)
        _duplicates(asking, index, compared, predicate)
    asking.unsure(index.name, _shown(index), [*compared, *predicate])
    long_keys.find(asking, index, computed)


def _keys(index: Index, scope: Scope, computed: list[Value]) -> list[Value]:
    """What the index compares, key by key; raises NotTheSame."""
    expressions = iter(computed)
    keys = [leaf(scope, name) if name is not None else next(expressions) for name in index.columns]
    for key in keys:
        if key.kind in {"opaque", "null"}:
            raise NotTheSame("a key of a type that is compared by the target alone")
    return keys


# --- duplicates --------------------------------------------------------------------------------------


def _duplicates(asking: Asking, index: Index, keys: list[Value], predicate: list[Value]) -> None:
    inside = [f"({one.sql})" for one in predicate]
    present = [] if index.nulls_not_distinct else [f"NOT {key.is_null}" for key in keys]
    forms = ", ".join(_grouped(asking.table, index, number, key) for number, key in enumerate(keys))
    origin = asking.origin(*sure_of([*keys, *predicate]), *inside, *present)
    # Not by an alias: a column of that name would be meant.
    groups = f"{origin} GROUP BY {forms} HAVING COUNT(*) > 1"
    count = asking.number(
        f"SELECT COALESCE(SUM(of_a_group), 0) FROM (SELECT COUNT(*) AS of_a_group {groups}) AS d"
    )
    if count:
        shown = asking.least_keys(f"SELECT MIN({asking.joined_key}) {groups}")
        where = "+".join(name if name is not None else index.name for name in index.columns)
        asking.refused(where, "duplicate", count, shown, _shown(index))


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


def _two_forms(asking: Asking, index: Index) -> bool:
    """A UUID may stand twice in the source's unique index: with hyphens, and as its digits alone."""
    alone = [
        f"LENGTH({source_sql.value(column)}) = {_UUID_DIGITS}"
        for column in asking.table.columns
        if column.target.name in index.columns
        and (column.pair.source, column.pair.target) == ("text", "uuid")
        and (column.source.length is None or column.source.length > _UUID_DIGITS)
    ]
    if not alone:
        return False
    origin = asking.origin(f"({' OR '.join(alone)})")
    return bool(query(asking.connection, f"SELECT 1 {origin} LIMIT 1"))


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


__all__ = ("find",)
