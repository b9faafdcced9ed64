# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the target demands of each row by itself: CHECKs of tables and domains, partitions, computed columns.

What means the same on both servers is asked of the source, all demands of a table in one pass; the rest is listed.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._errors import ServerError
from .._mysql.connection import query
from .._transform import source_sql
from . import meaning
from .findings import Findings, Misfit, Untested, show_key
from .leaf import NotTheSame, Scope
from .scan import EXAMPLES

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pymysql.connections import Connection

    from .._catalog import Column
    from .._transform.plan import DatabasePlan, TablePlan
    from .leaf import Value

PARTITIONS: t.Final = "its partitions"
"""What the bounds of all partitions together are called."""
_AT_ONCE: t.Final = 40
"""Demands asked in one query."""
_KIND_OF: t.Final = {
    "text": {"text", "varchar", "citext"},
    "boolean": {"bool"},
    "integer": {"int2", "int4", "int8"},
    "numeric": {"numeric"},
    "date": {"date"},
    "timestamp": {"timestamp"},
}
_BITS: t.Final = {"int2": 16, "int4": 32, "int8": 64}


@dataclass(frozen=True)
class Demand:
    """One condition that the target sets on a row. A row passes where it is true or NULL."""

    kind: t.Literal["check", "no_partition"]
    name: str
    definition: str
    condition: str
    """In SQL of the source."""
    sure: str
    """In SQL of the source, never NULL: whether the condition means the same for the row."""


def find(connection: Connection, plan: DatabasePlan, table: TablePlan, scope: Scope) -> Findings:
    """Rows of one table that would be refused by themselves, and what could not be asked."""
    found = Findings()
    asked: list[Demand] = []
    for one in _demands(table, scope):
        if isinstance(one, Demand):
            asked.append(one)
        else:
            found.untested.append(Untested(plan.name, table.name, *one))
    for start in range(0, len(asked), _AT_ONCE):
        _ask(connection, plan, table, asked[start : start + _AT_ONCE], found)
    return found


# --- what is demanded ------------------------------------------------------------------------------

_NotAsked = tuple[str, str, str]
"""Name, definition, and why it is not asked."""


def _demands(table: TablePlan, scope: Scope) -> Iterator[Demand | _NotAsked]:
    for name, definition in table.target.checks:
        yield _demand("check", name, definition, bare(definition), scope)
    for column in table.copied:
        for name, definition in column.target.domain_checks:
            where = f"{column.target.name} ({name} of {column.target.type})"
            yield _demand("check", where, definition, bare(definition), scope.within(column))
    if table.target.bound is not None:
        shown = f"PARTITION BY {dict(table.target.properties).get('partitioned by', '')}"
        yield _demand("no_partition", PARTITIONS, shown, table.target.bound, scope)
    for generated in table.target.columns:
        if generated.generated:
            yield from _computed(generated, scope)


def bare(definition: str) -> str:
    """The condition of a CHECK as pg_get_constraintdef prints it."""
    return re.sub(r"(?: NO INHERIT| NOT VALID| NOT ENFORCED)+$", "", definition).removeprefix("CHECK ")


def _demand(
    kind: t.Literal["check", "no_partition"], name: str, definition: str, text: str, scope: Scope
) -> Demand | _NotAsked:
    try:
        found = meaning.condition(text, scope)
    except NotTheSame as error:
        return name, definition, str(error)
    return Demand(kind, name, definition, found.sql, _all(found))


def _computed(column: Column, scope: Scope) -> Iterator[Demand | _NotAsked]:
    """A generated column: its value has to be computed, and to fit, for every row."""
    definition = f"GENERATED ALWAYS AS ({column.default})"
    try:
        found = meaning.value(str(column.default), scope)
        if column.family not in _KIND_OF.get(found.kind, set()) or _BITS.get(column.family, 64) < found.bits:
            raise NotTheSame(f"{found.kind} as {column.type}")
        if column.domain_checks or (found.kind == "numeric" and column.precision is not None):
            raise NotTheSame(f"the checks of {column.type}")
    except NotTheSame as error:
        yield column.name, definition, str(error)
        return
    conditions = [] if column.nullable else [f"NOT {found.is_null}"]
    if column.length is not None:
        conditions.append(f"COALESCE(CHAR_LENGTH({found.sql}) <= {column.length}, TRUE)")
    yield Demand("check", column.name, definition, " AND ".join(conditions) or "TRUE", _all(found))


def _all(value: Value) -> str:
    return " AND ".join(sorted(value.sure)) or "TRUE"


# --- asking ----------------------------------------------------------------------------------------


def _ask(
    connection: Connection, plan: DatabasePlan, table: TablePlan, demands: list[Demand], found: Findings
) -> None:
    """All of `demands` in one pass; one by one where the source ends the query with an error."""
    sums = [
        part
        for one in demands
        for part in (
            f"SUM(({one.sure}) AND NOT COALESCE({one.condition}, TRUE))",
            "0" if one.sure == "TRUE" else f"SUM(NOT ({one.sure}))",
        )
    ]
    try:
        row = query(connection, f"SELECT {', '.join(sums)} {source_sql.origin(plan.source_name, table)}")[0]
    except ServerError as error:
        if len(demands) > 1:
            for one in demands:
                _ask(connection, plan, table, [one], found)
            return
        (one,) = demands
        why = f"the source could not compute it: {error}"
        found.untested.append(Untested(plan.name, table.name, one.name, one.definition, why))
        return
    for number, one in enumerate(demands):
        refused, unsure = (int(value or 0) for value in row[2 * number : 2 * number + 2])
        if refused:
            shown = _examples(connection, plan, table, one)
            found.misfits.append(
                Misfit(plan.name, table.name, one.name, one.kind, "fail", refused, shown, "", one.definition)
            )
        if unsure:
            why = "the source cannot say how the target computes it for these rows"
            found.untested.append(Untested(plan.name, table.name, one.name, one.definition, why, unsure))


def _examples(connection: Connection, plan: DatabasePlan, table: TablePlan, one: Demand) -> tuple[str, ...]:
    keys = ", ".join(source_sql.key_expressions(table.key_columns)) or "1"
    origin = source_sql.origin(
        plan.source_name, table, f"({one.sure})", f"NOT COALESCE({one.condition}, TRUE)"
    )
    rows = query(connection, f"SELECT {keys} {origin} LIMIT {EXAMPLES}")
    return tuple(show_key(table, row) for row in rows)


__all__ = ("PARTITIONS", "Demand", "bare", "find")
