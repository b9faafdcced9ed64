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
from .._mysql.connection import query
from .._transform import source_sql
from .findings import Findings, Misfit, Untested, show_key
from .leaf import NotTheSame, Scope, Value, leaf
from .scan import EXAMPLES

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

    from .._catalog import ForeignKey
    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan

Elsewhere = t.Mapping[str, tuple["DatabasePlan", "TablePlan"]]
"""Planned tables of other schemas of the target's database, by what foreign keys call them."""


def find(
    connection: Connection,
    plan: DatabasePlan,
    table: TablePlan,
    scope: Scope,
    elsewhere: Elsewhere,
) -> Findings:
    """Rows of one table that a foreign key of the target would refuse, and keys that could not be asked about."""
    found = Findings()
    tables = {
        **{name: _Parent(other.source_name, there, own=False) for name, (other, there) in elsewhere.items()},
        **{other.name: _Parent(plan.source_name, other) for other in plan.tables},
    }
    for key in table.target.foreign_keys:
        parent = tables.get(key.ref_table)
        try:
            if parent is None:
                _outside(connection, plan, table, key, scope, found)
            else:
                _key(connection, plan, table, parent, key, scope, found)
        except NotTheSame as error:
            found.untested.append(_untested(plan, table, key, str(error)))
        except ServerError as error:
            found.untested.append(_untested(plan, table, key, f"the source could not compute it: {error}"))
    return found


@dataclass(frozen=True)
class _Parent:
    """A table that is referred to, and its database of the source; `own`: that of the rows that refer to it."""

    database: str
    table: TablePlan
    own: bool = True

    @property
    def name(self) -> str:
        return self.table.name


def _untested(
    plan: DatabasePlan, table: TablePlan, key: ForeignKey, why: str, count: int | None = None
) -> Untested:
    return Untested(plan.name, table.name, key.name, str(key.definition), why, count)


def _outside(
    connection: Connection,
    plan: DatabasePlan,
    table: TablePlan,
    key: ForeignKey,
    scope: Scope,
    found: Findings,
) -> None:
    """A key to a table that the load leaves as it is: what stands there now is the target's."""
    present = [f"NOT {leaf(scope, name).is_null}" for name in key.columns]
    origin = source_sql.origin(plan.source_name, table, *present)
    count = int(query(connection, f"SELECT COUNT(*) {origin}")[0][0])
    if count:
        where = "in another schema" if key.ref_table.startswith('"') else "not part of the plan"
        why = f"{key.ref_table} is {where}, and its rows on the target decide"
        found.untested.append(_untested(plan, table, key, why, count))


def _key(
    connection: Connection,
    plan: DatabasePlan,
    table: TablePlan,
    parent: _Parent,
    key: ForeignKey,
    scope: Scope,
    found: Findings,
) -> None:
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
    lookup = _looked_up(parent, pairs, scope, there) or _hashed(parent, children, parents)
    present = [f"NOT {child.is_null}" for child in children]
    sure = sorted(frozenset().union(*(child.sure for child in children)))
    lost = _Lost(plan, table, lookup, (*present, *sure))
    count = lost.count(connection)
    unsure = _unsure(connection, parent, parents)
    if count and unsure:
        # A row there for which nobody can say what it equals may be the one that is meant.
        why = (
            f"{unsure} rows of {parent.name} may be the ones that are meant: only the target can compare them"
        )
        found.untested.append(_untested(plan, table, key, why, count))
    elif count:
        # A key that is NOT VALID comes back so, and holds for later rows alone.
        kept = str(key.definition).endswith("NOT VALID")
        kind = ("orphan_kept", "untested") if kept else ("orphan", "fail")
        shown, definition = lost.examples(connection), str(key.definition)
        found.misfits.append(
            Misfit(plan.name, table.name, "+".join(key.columns), *kind, count, shown, "", definition)
        )
    if sure:
        count = _Lost(plan, table, lookup, (*present, f"NOT ({' AND '.join(sure)})")).count(connection)
        if count:
            why = "the source cannot say how the target compares these rows"
            found.untested.append(_untested(plan, table, key, why, count))


@dataclass(frozen=True)
class _Lookup:
    """How a row finds the one it refers to: its own values, and a join that gives NULL for `found` where none is."""

    fields: tuple[str, ...]
    join: str
    found: str


@dataclass(frozen=True)
class _Lost:
    """The rows that meet `conditions` and find nothing.

    A join and no subquery: MariaDB keeps answers of subqueries by the column's own collation.
    """

    plan: DatabasePlan
    table: TablePlan
    lookup: _Lookup
    conditions: tuple[str, ...]

    def count(self, connection: Connection) -> int:
        return int(query(connection, f"SELECT COUNT(*) {self._origin(())}")[0][0])

    def examples(self, connection: Connection) -> tuple[str, ...]:
        keys = source_sql.key_expressions(self.table.key_columns)
        names = ", ".join(f"c.k{number}" for number in range(len(keys))) or "1"
        rows = query(connection, f"SELECT {names} {self._origin(keys)} LIMIT {EXAMPLES}")
        return tuple(show_key(self.table, row) for row in rows)

    def _origin(self, keys: Sequence[str]) -> str:
        fields = [f"{field} AS f{number}" for number, field in enumerate(self.lookup.fields)]
        fields += [f"{key} AS k{number}" for number, key in enumerate(keys)]
        rows = source_sql.origin(self.plan.source_name, self.table, *self.conditions)
        return f"FROM (SELECT {', '.join(fields)} {rows}) AS c {self.lookup.join} WHERE {self.lookup.found} IS NULL"


def _unsure(connection: Connection, parent: _Parent, parents: list[Value]) -> int:
    """Rows of the table that is referred to which could equal what they do not look like."""
    sure = sorted(frozenset().union(*(above.sure for above in parents)))
    if not sure:
        return 0
    origin = source_sql.origin(parent.database, parent.table, f"NOT ({' AND '.join(sure)})")
    return int(query(connection, f"SELECT COUNT(*) {origin}")[0][0])


# --- how a row is looked up --------------------------------------------------------------------------


def _looked_up(parent: _Parent, pairs: list[tuple[str, str]], scope: Scope, there: Scope) -> _Lookup | None:
    """By an index of the source, and byte for byte; `None` where values change on the way."""
    fields, equal = [], []
    for number, (name, above) in enumerate(pairs):
        child, up = scope.columns[name], there.columns[above]
        if not (_as_it_is(child) and _as_it_is(up)) or child.source.charset != up.source.charset:
            return None
        left, right = f"p.{quoting.identifier(up.source.name)}", f"c.f{number}"
        if child.pair.source == "text":
            equal.append(f"CAST({left} AS BINARY) = CAST({right} AS BINARY)")
        if up.source.collation != child.source.collation:
            # Two columns of different collations cannot be compared; the index is the parent's.
            right = f"({right} COLLATE {up.source.collation})"
        fields.append(quoting.identifier(child.source.name))
        equal.append(f"{left} = {right}")
    if parent.table.where is not None:
        return None  # its words name columns without a table
    source = quoting.qualified(parent.database, parent.table.source.name)
    first = quoting.identifier(there.columns[pairs[0][1]].source.name)
    return _Lookup(tuple(fields), f"LEFT JOIN {source} AS p ON {' AND '.join(equal)}", f"p.{first}")


def _as_it_is(column: ColumnPlan) -> bool:
    """The source's own value is what both servers compare, but for the bytes of text."""
    plain = not column.policies and column.expression is None and column.reinterpret is None
    folds = column.target.family == "citext" or column.pair.target == "uuid"
    return plain and column.converter is None and column.pair.source == column.pair.target and not folds


def _hashed(parent: _Parent, children: list[Value], parents: list[Value]) -> _Lookup:
    """By the values as the target gets them, all of the parent's at once."""
    fields = ", ".join(f"{above.comparable} AS f{number}" for number, above in enumerate(parents))
    rows = f"(SELECT DISTINCT {fields} {source_sql.origin(parent.database, parent.table)})"
    equal = " AND ".join(f"p.f{number} = c.f{number}" for number in range(len(parents)))
    return _Lookup(tuple(child.comparable for child in children), f"LEFT JOIN {rows} AS p ON {equal}", "p.f0")


__all__ = ("Elsewhere", "find")
