# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Counters: where every sequence that a column of the plan uses has to go on, by one rule for load and proof.

The next value lies past every row of every column that takes values of the sequence, not below the source's own
counter, and within the sequence's bounds; where it begins (START, MINVALUE) is a bound too. A sequence is never
moved back. One that cannot go so far is named before the target is touched, where the source can tell.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import replace
from fractions import Fraction

from .._errors import TargetNotReady
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import quoting as mysql_quoting
from .._mysql.catalog import AUTO_INCREMENT, FALLING
from .._postgresql import sequences
from .._postgresql.nextval import followed, used
from .._transform import source_sql
from .._transform.types import source_kind

if t.TYPE_CHECKING:
    from psycopg import Connection as TargetConnection
    from pymysql.connections import Connection as SourceConnection

    from .._catalog import Database, SequenceObject, SequenceUse
    from .._postgresql.connection import Row
    from .._postgresql.nextval import Form
    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan

Counters = dict[str, dict[str, int]]
"""Target table -> target column -> the value that the source would give next."""
_LIMITS: t.Final = {"int2": 2**15, "int4": 2**31, "int8": 2**63}


# --- the rule -------------------------------------------------------------------------------------------


class NextValue(t.NamedTuple):
    """Where a sequence has to go on, and `None` or why it cannot."""

    value: int
    obstacle: str | None = None


def next_value(
    sequence: SequenceObject,
    plan: DatabasePlan,
    farthest: dict[SequenceUse, Fraction | None],
    counters: Counters,
) -> NextValue:
    """The first value that is right, whatever steps the sequence takes.

    `farthest`: of each column its last value, as a value of the sequence.
    """
    up = sequence.increment > 0
    ahead: t.Callable[..., t.Any] = max if up else min
    wanted = ahead(sequence.start, sequence.minimum if up else sequence.maximum)
    for use, value in farthest.items():
        found = followed(use)
        if found is None:
            continue
        if value is not None:
            past = math.floor(value) + 1 if up else math.ceil(value) - 1
            if use.how == "owned":
                # No default calls it: the application may take a whole step of values with each call.
                past += sequence.increment - (1 if up else -1)
            wanted = ahead(wanted, past)
        counter = _counter(plan, counters, use, rising=up == (found.scale > 0))
        if counter is not None and not found.text:
            given = Fraction(counter - found.offset, found.scale)
            wanted = ahead(wanted, math.ceil(given) if up else math.floor(given))
    return NextValue(wanted, _obstacle(sequence, wanted))


def _counter(plan: DatabasePlan, counters: Counters, use: SequenceUse, *, rising: bool) -> int | None:
    """The source's next value of a column, where it counts in the direction of the target."""
    value = counters.get(use.table, {}).get(use.column) if use.schema == plan.schema else None
    if value is None:
        return None
    column = next(one for one in plan.table(use.table).columns if one.target.name == use.column)
    return value if rising == (column.source.counter != FALLING) else None


def _obstacle(sequence: SequenceObject, value: int) -> str | None:
    """Why `value` can never be given."""
    up = sequence.increment > 0
    end, word = (sequence.maximum, "MAXVALUE") if up else (sequence.minimum, "MINVALUE")
    if (value > end) if up else (value < end):
        if sequence.cycle and not any(use.unique for use in sequence.uses):
            return None  # it begins again, as it is meant to
        return f"its {word} is {end}"
    for use in sequence.uses:
        found = followed(use)
        limit = _LIMITS.get(use.values)
        if found is None or limit is None:
            continue
        if not -limit <= found.scale * value + found.offset < limit:
            return f"the column {use.table}.{use.column} is an {use.values}"
    return None


def _step(sequence: SequenceObject, now: int, wanted: int) -> int:
    """The first value that is not before `wanted` in the steps that the sequence takes from `now`."""
    if not sequence.minimum <= now <= sequence.maximum:
        now = sequence.start  # it has come to its end, by rows that are no more
    steps = -((now - wanted) // sequence.increment)
    return now + max(0, steps) * sequence.increment


def _in_words(plan: DatabasePlan, sequence: SequenceObject, value: int, obstacle: str) -> str:
    return (
        f"the sequence {sequence.name} of {sequence.columns(plan.schema)} has to go on at {value}, and {obstacle}. "
        "Widen it (ALTER SEQUENCE … AS bigint, MAXVALUE or MINVALUE; ALTER TABLE … for a column)"
    )


# --- the target -----------------------------------------------------------------------------------------


def _farthest(
    connection: TargetConnection[Row], sequence: SequenceObject
) -> dict[SequenceUse, Fraction | None]:
    """The last value of every column that can be followed, on the target."""
    up = sequence.increment > 0
    found: dict[SequenceUse, Fraction | None] = {}
    for use in sequence.uses:
        what = followed(use)
        if what is not None:
            found[use] = sequences.farthest(connection, use, what, up=up)
    return found


def _now(connection: TargetConnection[Row], plan: DatabasePlan, inspected: Database) -> list[SequenceObject]:
    """The sequences to set, as they are now: one that came to its end may have been widened."""
    found = replace(inspected, sequences=sequences.read(connection, plan.schema)[0])
    return used(found, [table.name for table in plan.tables])


def set_all(
    connection: TargetConnection[Row], plan: DatabasePlan, inspected: Database, counters: Counters
) -> None:
    """Let every sequence of the plan go on where it has to.

    Raises TargetNotReady: some cannot go so far, all of them named; the others are set.
    """
    problems: list[str] = []
    for sequence in _now(connection, plan, inspected):
        farthest = _farthest(connection, sequence)
        if not farthest:
            continue
        value, obstacle = next_value(sequence, plan, farthest, counters)
        now = sequences.next_value(connection, sequence)
        value = _step(sequence, now, value)
        obstacle = obstacle or _obstacle(sequence, value)
        if obstacle:
            problems.append(_in_words(plan, sequence, value, obstacle))
        elif not sequence.minimum <= value <= sequence.maximum:  # of one that may cycle
            first = sequence.minimum if sequence.increment > 0 else sequence.maximum
            sequences.set_next(connection, sequence, first)
        elif value != now:
            sequences.set_next(connection, sequence, value)
    if problems:
        raise TargetNotReady(
            f"{plan.name}: all rows are loaded, but {'; '.join(problems)}. Then run the same command again.",
            sequences=problems,
        )


def behind(
    connection: TargetConnection[Row], plan: DatabasePlan, inspected: Database, counters: Counters
) -> list[str]:
    """The sequences of the plan whose next value is not past all rows, or below the source's counter."""
    problems = []
    for sequence in _now(connection, plan, inspected):
        farthest = _farthest(connection, sequence)
        if not farthest:
            continue
        wanted, obstacle = next_value(sequence, plan, farthest, counters)
        now = sequences.next_value(connection, sequence)
        up = sequence.increment > 0
        name = f"{plan.name}: the sequence {sequence.name} of {sequence.columns(plan.schema)}"
        if obstacle is not None:
            problems.append(f"{plan.name}: {_in_words(plan, sequence, wanted, obstacle)}")
        elif not sequence.minimum <= wanted <= sequence.maximum:
            continue  # it has begun again
        elif (now < wanted) if up else (now > wanted):
            below = "below" if up else "above"
            problems.append(f"{name} would give {now}, which is {below} {wanted}, where it has to go on")
        elif not sequence.minimum <= now <= sequence.maximum:
            problems.append(f"{name} has come to its end")
    return problems


# --- the source -----------------------------------------------------------------------------------------


def of_source(connection: SourceConnection, plan: DatabasePlan) -> Counters:
    """AUTO_INCREMENT of each table, and where MariaDB's sequences go on, as the server would give it next."""
    rows = mysql_catalog.read_counters(connection, plan.source_name)
    found: Counters = {}
    for table in plan.tables:
        for column in table.columns:
            value: int | None = None
            if column.source.counter == AUTO_INCREMENT:
                value = rows.get(table.source.name)
            elif column.source.counter:
                value = mysql_catalog.read_next_value(connection, column.source.default or "")
            if value is not None:
                found.setdefault(table.name, {})[column.target.name] = value
    return found


def latest(plan: DatabasePlan, kept: Counters, asked: Counters) -> Counters:
    """Of each column the counter that is farther on: a server may forget it with a restart."""
    found: Counters = {}
    for table in plan.tables:
        for column in table.columns:
            name = column.target.name
            values = [one[table.name][name] for one in (kept, asked) if name in one.get(table.name, {})]
            if values:
                farther = min if column.source.counter == FALLING else max
                found.setdefault(table.name, {})[name] = farther(values)
    return found


def unreachable(
    connection: SourceConnection, plan: DatabasePlan, database: Database, counters: Counters
) -> list[tuple[SequenceUse, str]]:
    """The sequences that could not go on past the source's rows and counters: known before anything is loaded."""
    found = []
    for sequence in used(database, [table.name for table in plan.tables]):
        farthest: dict[SequenceUse, Fraction | None] = {}
        for use in sequence.uses:
            what = followed(use)
            if what is not None:
                farthest[use] = _farthest_of_source(connection, plan, use, what, sequence.increment > 0)
        value, obstacle = next_value(sequence, plan, farthest, counters)
        if obstacle is None:
            value = _step(sequence, sequence.start, value)
            obstacle = _obstacle(sequence, value)
        if farthest and obstacle:
            found.append((next(iter(farthest)), _in_words(plan, sequence, value, obstacle)))
    return found


def _farthest_of_source(
    connection: SourceConnection, plan: DatabasePlan, use: SequenceUse, what: Form, up: bool
) -> Fraction | None:
    """The last value that will arrive in a column, where it arrives as it is."""
    place = _place(plan, use)
    if place is None or what.text:
        return None
    table, column = place
    most = "MAX" if up == (what.scale > 0) else "MIN"
    name = mysql_quoting.identifier(column.source.name)
    value = mysql.query(connection, f"SELECT {most}({name}) {source_sql.origin(plan.source_name, table)}")[0][
        0
    ]
    return None if value is None else Fraction(int(value) - what.offset, what.scale)


def _place(plan: DatabasePlan, use: SequenceUse) -> tuple[TablePlan, ColumnPlan] | None:
    """The plan of a column whose integers no rule changes."""
    if use.schema != plan.schema:
        return None
    for table in plan.tables:
        for column in table.columns if table.name == use.table else ():
            changed = column.added or column.expression or column.converter or column.policies
            if column.target.name == use.column and not changed and source_kind(column.source) == "integer":
                return table, column
    return None


__all__ = ("Counters", "behind", "latest", "of_source", "set_all", "unreachable")
