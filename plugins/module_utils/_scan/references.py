# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""References: rows whose foreign key on the target would find no row, and those that only the target can look up."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import ServerError
from .._mysql import quoting
from .._transform import source_sql
from .asking import NO_TELLING, not_computed, sure_of
from .leaf import NotTheSame, Scope, leaf

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import ForeignKey
    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan
    from .asking import Asking
    from .leaf import Value

Elsewhere = t.Mapping[str, tuple["DatabasePlan", "TablePlan"]]
"""Planned tables of other schemas of the target's database, by what foreign keys call them."""


def find(asking: Asking, scope: Scope, elsewhere: Elsewhere) -> None:
    """Rows of one table that a foreign key of the target would refuse, and keys that could not be asked about."""
    plan = asking.plan
    tables = {
        **{name: _Parent(other.source_name, there, own=False) for name, (other, there) in elsewhere.items()},
        **{other.name: _Parent(plan.source_name, other) for other in plan.tables},
    }
    for key in asking.table.target.foreign_keys:
        parent = tables.get(key.ref_table)
        try:
            _all_or_nothing(asking, key, scope)
            if parent is None:
                _outside(asking, key, scope)
            else:
                _key(asking, parent, key, scope)
        except NotTheSame as error:
            asking.untested(key.name, str(key.definition), str(error))
        except ServerError as error:
            asking.untested(key.name, str(key.definition), not_computed(error))


def _orphans(asking: Asking, key: ForeignKey, count: int, shown: Sequence[str]) -> None:
    """Rows that the key refuses; one that is NOT VALID comes back so, and holds for later rows alone."""
    kept = str(key.definition).endswith("NOT VALID")
    kind, policy = ("orphan_kept", "untested") if kept else ("orphan", "fail")
    asking.refused("+".join(key.columns), kind, count, shown, str(key.definition), policy)


def _all_or_nothing(asking: Asking, key: ForeignKey, scope: Scope) -> None:
    """MATCH FULL takes no row of which one column is NULL and another is not."""
    if " MATCH FULL" not in str(key.definition) or len(key.columns) == 1:
        return
    nulls = [leaf(scope, name).is_null for name in key.columns]
    mixed = (f"({' OR '.join(nulls)})", f"NOT ({' AND '.join(nulls)})")
    count = asking.count(*mixed)
    if count:
        _orphans(asking, key, count, asking.examples(*mixed))


@dataclass(frozen=True)
class _Parent:
    """A table that is referred to, and its database of the source; `own`: that of the rows that refer to it."""

    database: str
    table: TablePlan
    own: bool = True

    @property
    def name(self) -> str:
        return self.table.name


def _outside(asking: Asking, key: ForeignKey, scope: Scope) -> None:
    """A key to a table that the load leaves as it is: what stands there now is the target's."""
    count = asking.count(*(f"NOT {leaf(scope, name).is_null}" for name in key.columns))
    if count:
        where = "in another schema" if key.ref_table.startswith('"') else "not part of the plan"
        why = f"{key.ref_table} is {where}, and its rows on the target decide"
        asking.untested(key.name, str(key.definition), why, count)


def _key(asking: Asking, parent: _Parent, key: ForeignKey, scope: Scope) -> None:
    """A key between two tables of the plan; raises NotTheSame."""
    if not parent.own and (parent.table.where or any(one.expression for one in parent.table.columns)):
        # Its words may name tables of a database that is not the session's now.
        raise NotTheSame(f"a rule makes the rows of {parent.name}")
    there = Scope.of(parent.table, scope.language)
    pairs = list(zip(key.columns, key.ref_columns, strict=True))
    children = [leaf(scope, name) for name, _above in pairs]
    parents = [leaf(there, above) for _name, above in pairs]
    for child, above in zip(children, parents, strict=True):
        if child.kind != above.kind and not {child.kind, above.kind} <= {"integer", "numeric"}:
            raise NotTheSame(f"{child.kind} refers to {above.kind}")
        if "opaque" in {child.kind, above.kind}:
            raise NotTheSame("a key of a type that is compared by the target alone")
    by_index = _by_index(asking, parent, pairs, scope, there)
    if by_index is not None:
        count = by_index.count()
        if count and by_index.exact:
            _orphans(asking, key, count, by_index.examples())
        if not count or by_index.exact:
            return
    # What is not equal on the source may be equal on the target.
    lost = _by_value(asking, parent, children, parents)
    count, unsure = lost.count(), _unsure(asking, parent, parents)
    if count and unsure:
        # A row there for which nobody can say what it equals may be the one that is meant.
        why = (
            f"{unsure} rows of {parent.name} may be the ones that are meant: only the target can compare them"
        )
        asking.untested(key.name, str(key.definition), why, count)
    elif count:
        _orphans(asking, key, count, lost.examples())
    count = _not_told(asking, children)
    if count:
        asking.untested(key.name, str(key.definition), NO_TELLING, count)


def _not_told(asking: Asking, children: list[Value]) -> int:
    """Rows that refer to something, and of which the source cannot tell to what."""
    sure = sure_of(children)
    present = [f"NOT {child.is_null}" for child in children]
    return asking.count(*present, f"NOT ({' AND '.join(sure)})") if sure else 0


def _unsure(asking: Asking, parent: _Parent, parents: list[Value]) -> int:
    """Rows of the table that is referred to which could equal what they do not look like."""
    sure = sure_of(parents)
    if not sure:
        return 0
    origin = source_sql.origin(parent.database, parent.table, f"NOT ({' AND '.join(sure)})")
    return asking.number(f"SELECT COUNT(*) {origin}")


# --- rows that find nothing ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _ByIndex:
    """Looked up row by row with the source's own values, by an index of the table that is referred to.

    A join and no subquery: MariaDB keeps answers of subqueries by the column's own collation.
    """

    asking: Asking
    fields: tuple[str, ...]
    join: str
    found: str
    exact: bool
    """Different values of the source are different on the target: what finds nothing here finds nothing there. Equal
    ones are equal in any case."""

    def count(self) -> int:
        return self.asking.number(f"SELECT COUNT(*) {self._origin(())}")

    def examples(self) -> tuple[str, ...]:
        keys = source_sql.key_expressions(self.asking.table.key_columns)
        names = ", ".join(f"c.k{number}" for number in range(len(keys))) or "1"
        return self.asking.keys(f"SELECT {names} {self._origin(keys)}")

    def _origin(self, keys: Sequence[str]) -> str:
        fields = [f"{field} AS f{number}" for number, field in enumerate(self.fields)]
        fields += [f"{key} AS k{number}" for number, key in enumerate(keys)]
        rows = self.asking.origin(*(f"{field} IS NOT NULL" for field in self.fields))
        return f"FROM (SELECT {', '.join(fields)} {rows}) AS c {self.join} WHERE {self.found} IS NULL"


def _by_index(
    asking: Asking, parent: _Parent, pairs: list[tuple[str, str]], scope: Scope, there: Scope
) -> _ByIndex | None:
    """`None` where values change on the way, or no index leads to them."""
    columns = [(scope.columns[name], there.columns[above]) for name, above in pairs]
    if parent.table.where is not None or not _indexed(parent.table, [up for _child, up in columns]):
        return None  # the words of a filter name columns without a table
    fields, equal = [], []
    for number, (child, up) in enumerate(columns):
        if not (_as_it_is(child) and _as_it_is(up) and child.pair is up.pair):
            return None
        if child.source.charset != up.source.charset:
            return None
        left, right = f"p.{quoting.identifier(up.source.name)}", f"c.f{number}"
        if child.pair.source == "text":
            equal.append(f"CAST({left} AS BINARY) = CAST({right} AS BINARY)")
        if up.source.collation != child.source.collation:
            # Two columns of different collations cannot be compared; the index is the parent's.
            right = f"({right} COLLATE {up.source.collation})"
        fields.append(quoting.identifier(child.source.name))
        equal.append(f"{left} = {right}")
    source = quoting.qualified(parent.database, parent.table.source.name)
    first = quoting.identifier(columns[0][1].source.name)
    exact = all(
        one.pair.target != "uuid" and one.target.family != "citext" for pair in columns for one in pair
    )
    join = f"LEFT JOIN {source} AS p ON {' AND '.join(equal)}"
    return _ByIndex(asking, tuple(fields), join, f"p.{first}", exact)


def _indexed(table: TablePlan, columns: list[ColumnPlan]) -> bool:
    """Whether an index of the source begins with one of these columns: else each row would read all of them."""
    names = {column.source.name for column in columns}
    return any(index.columns[0] in names and not index.prefixed for index in table.source.indexes)


def _as_it_is(column: ColumnPlan) -> bool:
    """The source's own value decides: no rule makes another one of it."""
    changed = column.policies or column.expression is not None or column.reinterpret is not None
    return not changed and column.converter is None


@dataclass(frozen=True)
class _ByValue:
    """Both sides' values as the target gets them, grouped: one pass over each, whatever their number."""

    asking: Asking
    groups: str
    """One row for each value that only rows of the table have: how many they are, and the least of their keys."""

    def count(self) -> int:
        return self.asking.number(f"SELECT COALESCE(SUM(referring), 0) FROM ({self.groups}) AS d")

    def examples(self) -> tuple[str, ...]:
        return self.asking.least_keys(f"SELECT least FROM ({self.groups}) AS d")


def _by_value(asking: Asking, parent: _Parent, children: list[Value], parents: list[Value]) -> _ByValue:
    present = [f"NOT {child.is_null}" for child in children]
    fields = ", ".join(f"{child.comparable} AS f{number}" for number, child in enumerate(children))
    rows = asking.origin(*present, *sure_of(children))
    above = ", ".join(value.comparable for value in parents)
    all_of_them = source_sql.origin(parent.database, parent.table)
    names = ", ".join(f"f{number}" for number in range(len(children)))
    both = (
        f"SELECT 1 AS referring, {asking.joined_key} AS least, {fields} {rows}"
        f" UNION ALL SELECT 0, NULL, {above} {all_of_them}"
    )
    return _ByValue(
        asking,
        f"SELECT SUM(referring) AS referring, MIN(least) AS least FROM ({both}) AS u GROUP BY {names}"
        " HAVING MIN(referring) = 1",
    )


__all__ = ("Elsewhere", "find")
