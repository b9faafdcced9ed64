# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The target's constraints against the source's rows: what would refuse a row is found before the load."""

from __future__ import annotations

import re
import typing as t

from .._errors import ServerError
from .._mysql import quoting
from .._mysql.connection import query
from .._transform import source_sql
from .findings import Misfit, show_key
from .scan import EXAMPLES

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pymysql.connections import Connection

    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan


def find(connection: Connection, plan: DatabasePlan, table: TablePlan) -> list[Misfit]:
    """Rows of one table that a unique index, a foreign key or a CHECK of the target would refuse."""
    return [
        *duplicates(connection, plan, table),
        *orphans(connection, plan, table),
        *refused(connection, plan, table),
    ]


def duplicates(connection: Connection, plan: DatabasePlan, table: TablePlan) -> Iterator[Misfit]:
    """Rows that a unique index of the target would refuse and no unique index of the source rules out."""
    by_name = {column.target.name: column for column in table.columns}
    for index in table.target.indexes:
        columns = [by_name[name] for name in index.columns if name in by_name]
        if not index.unique or index.partial or len(columns) != len(index.columns):
            continue
        if _ruled_out(table, columns) or any(column.added for column in columns):
            continue
        forms = ", ".join(map(_as_compared, columns, source_sql.key_expressions(columns)))
        present = [f"{source_sql.value(column)} IS NOT NULL" for column in columns]
        origin = source_sql.origin(plan.source_name, table, *present)
        groups = f"SELECT COUNT(*) AS n {origin} GROUP BY {forms} HAVING n > 1"
        count = int(query(connection, f"SELECT COALESCE(SUM(n), 0) FROM ({groups}) AS d")[0][0])
        if count:
            keys = source_sql.key_expressions(table.key_columns)
            least = ", ".join(f"MIN({key})" for key in keys) or "1"
            rows = query(
                connection, f"SELECT {least} {origin} GROUP BY {forms} HAVING COUNT(*) > 1 LIMIT {EXAMPLES}"
            )
            shown = tuple(show_key(table, row) for row in rows)
            yield Misfit(
                plan.name,
                table.name,
                "+".join(column.target.name for column in columns),
                "duplicate",
                "fail",
                count,
                shown,
            )


def _as_compared(column: ColumnPlan, form: str) -> str:
    """What the target's index compares. citext folds by the target's own rules, at most what the source folds."""
    if column.target.family == "citext":
        form = f"LOWER(CONVERT({form} USING utf8mb4))"
    return f"CAST({form} AS BINARY)"


def _ruled_out(table: TablePlan, columns: list[ColumnPlan]) -> bool:
    """A unique index of the source over some of the columns, in an order no finer than the target's."""
    wanted = {column.source.name: column for column in columns}
    for index in table.source.indexes:
        if not index.unique or index.prefixed or not set(index.columns) <= set(wanted):
            continue
        inside = [wanted[name] for name in index.columns if name is not None]
        if all(_at_least_as_strict(column) for column in inside):
            return True
    return False


def _at_least_as_strict(column: ColumnPlan) -> bool:
    changed = any(policy.name not in {"fail", "null"} for _misfit, policy in column.policies)
    changed = changed or column.expression is not None or column.reinterpret is not None
    folds = column.pair.target == "uuid" or column.target.family == "citext"
    folds = folds and not str(column.source.collation).endswith("_ci")
    return not changed and not folds and column.converter is None


def orphans(connection: Connection, plan: DatabasePlan, table: TablePlan) -> Iterator[Misfit]:
    """Rows whose reference the target's foreign keys would refuse."""
    by_name = {column.target.name: column for column in table.columns}
    tables = {other.name: other for other in plan.tables}
    for key in table.target.foreign_keys:
        parent = tables.get(key.ref_table)
        if parent is None or any(by_name[name].added for name in key.columns if name in by_name):
            continue  # the target's own validation decides
        above = {column.target.name: column for column in parent.columns}
        pairs = [(by_name[a], above[b]) for a, b in zip(key.columns, key.ref_columns, strict=True)]
        present = [f"{source_sql.value(column)} IS NOT NULL" for column, _parent in pairs]
        outer = quoting.qualified(plan.source_name, table.source.name)
        equal = [_equal(outer, child, up) for child, up in pairs]
        parents = source_sql.origin(plan.source_name, parent, *equal, alias="p")
        origin = source_sql.origin(plan.source_name, table, *present, f"NOT EXISTS (SELECT 1 {parents})")
        count = int(query(connection, f"SELECT COUNT(*) {origin}")[0][0])
        if count:
            keys = ", ".join(source_sql.key_expressions(table.key_columns)) or "1"
            rows = query(connection, f"SELECT {keys} {origin} LIMIT {EXAMPLES}")
            shown = tuple(show_key(table, row) for row in rows)
            # A key that is NOT VALID comes back so, and holds for later rows alone.
            kept = str(key.definition).endswith("NOT VALID")
            kind = ("orphan_kept", "untested") if kept else ("orphan", "fail")
            yield Misfit(plan.name, table.name, "+".join(key.columns), *kind, count, shown)


def _equal(outer: str, child: ColumnPlan, parent: ColumnPlan) -> str:
    """Equal for the source's index, and byte for byte where the target compares bytes."""
    right = f"{outer}.{quoting.identifier(child.source.name)}"
    left = f"p.{quoting.identifier(parent.source.name)}"
    if child.pair.source == "text" and child.pair.target != "uuid":
        return f"{left} = {right} AND CAST({left} AS BINARY) = CAST({right} AS BINARY)"
    return f"{left} = {right}"


_TOKEN: t.Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*""")
_CAST: t.Final = re.compile(r"::[a-z]+(?: [a-z]+)*(?:\(\d+(?:,\d+)?\))?(?:\[\])?")
_ANY: t.Final = re.compile(r"= ANY \(\(?ARRAY\[(.*?)\]\)?\)")


def refused(connection: Connection, plan: DatabasePlan, table: TablePlan) -> Iterator[Misfit]:
    """Rows that a CHECK of the target would refuse, as far as the source can compute it.

    Only what both servers write alike is asked; a CHECK the source cannot read is listed as untested.
    """
    for name, definition in table.target.checks:
        condition = check_condition(table, definition)
        origin = source_sql.origin(plan.source_name, table, f"NOT ({condition})")
        try:
            count = int(query(connection, f"SELECT COUNT(*) {origin}")[0][0])
        except ServerError:
            yield Misfit(plan.name, table.name, name, "untested_check", "untested", 0)
            continue
        if count:
            keys = ", ".join(source_sql.key_expressions(table.key_columns)) or "1"
            rows = query(connection, f"SELECT {keys} {origin} LIMIT {EXAMPLES}")
            shown = tuple(show_key(table, row) for row in rows)
            yield Misfit(plan.name, table.name, name, "check", "fail", count, shown)


def check_condition(table: TablePlan, definition: str) -> str:
    """The condition of `definition` over the values as the target will get them, in SQL of the source."""
    values = {column.target.name: f"({source_sql.value(column)})" for column in table.columns}
    plain = _ANY.sub(r"IN (\1)", _CAST.sub("", definition.removeprefix("CHECK ").removesuffix(" NOT VALID")))

    def replaced(match: re.Match[str]) -> str:
        token = match.group(0)
        if token.startswith("'"):
            return quoting.text(token[1:-1].replace("''", "'"))
        name = token[1:-1].replace('""', '"') if token.startswith('"') else token
        return values.get(name, token)

    return _TOKEN.sub(replaced, plain)


__all__ = ("duplicates", "find", "orphans", "refused")
