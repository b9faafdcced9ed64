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
from . import meaning
from .asking import NO_TELLING, not_computed, sure_of
from .leaf import NotTheSame

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalog import Column
    from .._transform.plan import TablePlan
    from .asking import Asking
    from .leaf import Scope, Value

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

    @property
    def refuses(self) -> str:
        """Whether the target does not take the row."""
        return f"NOT COALESCE({self.condition}, TRUE)"


def find(asking: Asking, scope: Scope) -> None:
    """Rows of one table that would be refused by themselves, and what could not be asked."""
    asked: list[Demand] = []
    for one in _demands(asking.table, scope):
        if isinstance(one, Demand):
            asked.append(one)
        else:
            asking.untested(*one)
    for start in range(0, len(asked), _AT_ONCE):
        _ask(asking, asked[start : start + _AT_ONCE])


# --- what is demanded ------------------------------------------------------------------------------

_NotAsked = tuple[str, str, str]
"""Name, definition, and why it is not asked."""


def _demands(table: TablePlan, scope: Scope) -> Iterator[Demand | _NotAsked]:
    for name, definition in table.target.checks:
        if definition.endswith(" NOT ENFORCED"):
            continue
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
    return re.sub(r"(?: NO INHERIT| NOT VALID)+$", "", definition).removeprefix("CHECK ")


def _demand(
    kind: t.Literal["check", "no_partition"], name: str, definition: str, text: str, scope: Scope
) -> Demand | _NotAsked:
    try:
        found = meaning.condition(text, scope)
    except NotTheSame as error:
        return name, definition, str(error)
    return Demand(kind, name, definition, found.sql, _sure(found))


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
    yield Demand("check", column.name, definition, " AND ".join(conditions) or "TRUE", _sure(found))


def _sure(value: Value) -> str:
    return " AND ".join(sure_of([value])) or "TRUE"


# --- asking ----------------------------------------------------------------------------------------


def _ask(asking: Asking, demands: list[Demand]) -> None:
    """All of `demands` in one pass; one by one where the source ends the query with an error."""
    sums = [
        part
        for one in demands
        for part in (
            f"SUM(({one.sure}) AND {one.refuses})",
            "0" if one.sure == "TRUE" else f"SUM(NOT ({one.sure}))",
        )
    ]
    try:
        row = query(asking.connection, f"SELECT {', '.join(sums)} {asking.origin()}")[0]
    except ServerError as error:
        if len(demands) == 1:
            asking.untested(demands[0].name, demands[0].definition, not_computed(error))
            return
        for one in demands:
            _ask(asking, [one])
        return
    for number, one in enumerate(demands):
        refused, unsure = (int(value or 0) for value in row[2 * number : 2 * number + 2])
        if refused:
            shown = asking.examples(f"({one.sure})", one.refuses)
            asking.refused(one.name, one.kind, refused, shown, one.definition)
        if unsure:
            asking.untested(one.name, one.definition, NO_TELLING, unsure)


__all__ = ("PARTITIONS", "Demand", "bare", "find")
