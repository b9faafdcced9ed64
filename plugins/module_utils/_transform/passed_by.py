# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the load passes by on the target, said aloud in the plan and in the report."""

from __future__ import annotations

import re
import typing as t
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter

from .._postgresql.nextval import followed, used
from .types import source_kind

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .._catalog import Database, MaterializedView, SequenceObject
    from .plan import TablePlan
    from .profile import Statement

_SET_IT: t.Final = "set it by a statement in after_load"
_ON_INSERT: t.Final = re.compile(r"(?:BEFORE|AFTER) INSERT\b")
_EACH_NEW_ROW: t.Final = re.compile(r"BEFORE INSERT\b.* FOR EACH ROW ", re.DOTALL)


class Column(t.NamedTuple):
    """A target column that the load does not fill, and what becomes of it."""

    table: str
    column: str
    why: str


class Trigger(t.NamedTuple):
    """A trigger that an insert by the application would have fired, and the load did not."""

    table: str
    name: str


# --- columns and triggers ---------------------------------------------------------------------------


def columns(plans: Sequence[TablePlan]) -> Iterator[Column]:
    """The columns of the planned tables that no chunk holds."""
    for plan in plans:
        compared = {column.target.name for column in plan.columns}
        carried = {column.target.name for column in plan.copied}
        filler = [
            name
            for name, definition in plan.target.triggers
            if _EACH_NEW_ROW.search(_timing(name, definition))
        ]
        for column in plan.target.columns:
            if column.name in carried:
                continue
            if column.generated:
                also = (
                    "and compared"
                    if column.name in compared
                    else "from what arrives, and has nothing to compare it with"
                )
                why = f"computed by the target {also}"
            elif column.counter:
                why = "left to its sequence: every row gets a new value"
            elif column.default is not None:
                why = f"left to its default, {column.default}"
            else:
                why = "left to its default, which is NULL"
            if filler and not column.generated:
                why += f"; should {' or '.join(filler)} fill it, it saw no row"
            yield Column(plan.name, column.name, why)


def triggers(plans: Sequence[TablePlan]) -> Iterator[Trigger]:
    """The triggers of the planned tables that rows would have fired."""
    for plan in plans:
        for name, definition in plan.target.triggers:
            if _ON_INSERT.match(_timing(name, definition)):
                yield Trigger(plan.name, name)


def _timing(name: str, definition: str) -> str:
    """The definition of a trigger behind its name, whatever the name says."""
    for written in ('"' + name.replace('"', '""') + '"', name):
        head = re.match(rf"CREATE (?:CONSTRAINT )?TRIGGER {re.escape(written)} ", definition)
        if head is not None:
            return definition[head.end() :]
    return definition


# --- materialized views and statements ---------------------------------------------------------------


def refreshed(
    target: Database, patterns: Sequence[str], problem: Callable[[str], None]
) -> tuple[tuple[str, str], ...]:
    """The materialized views that the rules name, each after those it reads."""
    wanted: set[tuple[str, str]] = set()
    for pattern in patterns:
        found = [view for view in target.materialized_views if fnmatchcase(_shown(target, view), pattern)]
        if not found:
            problem(
                f"refresh_materialized_views names {pattern}, and no materialized view of the target is called so. "
                f"There are: {', '.join(_shown(target, view) for view in target.materialized_views) or 'none'}."
            )
        for view in found:
            wanted.add((view.schema, view.name))
            if not view.refreshable:
                problem(
                    f"the target role may not refresh the materialized view {_shown(target, view)}. Log in as its "
                    f"owner, or GRANT MAINTAIN ON {view.schema}.{view.name} TO it."
                )
    graph = {(view.schema, view.name): view.after for view in target.materialized_views}
    return tuple(view for view in TopologicalSorter(graph).static_order() if view in wanted)


def _shown(target: Database, view: MaterializedView) -> str:
    """Its name as the rules write it."""
    return view.name if view.schema == target.schema else f"{view.schema}.{view.name}"


def notices(
    target: Database,
    plans: Sequence[TablePlan],
    refresh: Sequence[tuple[str, str]],
    statements: Sequence[Statement],
) -> Iterator[str]:
    """One line each for what the load does not fill or fire, and for what is done after it."""
    for column in columns(plans):
        yield f"{column.table}.{column.column} of the target is {column.why}"
    for trigger in triggers(plans):
        yield f"the trigger {trigger.name} of {trigger.table} sees none of the rows that are loaded"
    for view in target.materialized_views:
        name = _shown(target, view)
        if (view.schema, view.name) in refresh:
            yield f"the materialized view {name} is refreshed after the load"
        else:
            yield (
                f"the materialized view {name} stays as it is and knows nothing of the rows that are loaded, unless "
                "refresh_materialized_views names it"
            )
    for number, one in enumerate(statements, 1):
        reason = f": {one.reason}" if one.reason else ""
        yield f"statement {number} of after_load is done on the target when all rows are there{reason}"


# --- sequences --------------------------------------------------------------------------------------


def sequences(target: Database, plans: Sequence[TablePlan], problem: Callable[[str], None]) -> Iterator[str]:
    """Sequences whose next value nobody can tell are said aloud; those that cannot be set are problems."""
    names = {plan.name for plan in plans}
    for sequence in used(target, names):
        _check(sequence, target.schema, problem)
        for use in sequence.uses:
            if followed(use) is None:
                yield (
                    f"the default of {use.table}.{use.column} makes of the sequence {sequence.name} what cannot be "
                    f"followed ({use.default}): {_SET_IT}"
                )
    for sequence in target.sequences:
        if not sequence.uses:
            yield (
                f"no column takes values of the sequence {sequence.name}, so it stays where it stands: if the "
                f"application asks it for values, {_SET_IT}"
            )
    for column, function in target.unseen_defaults:
        if column.partition(".")[0] in names:
            yield (
                f"the default of {column} calls {function}, which cannot be looked into: if it counts by a sequence, "
                f"{_SET_IT}"
            )
    yield from _without(target, plans)


def _without(target: Database, plans: Sequence[TablePlan]) -> Iterator[str]:
    """Columns that the source counts and the target does not."""
    counted = {(use.table, use.column) for sequence in target.sequences for use in sequence.uses}
    for plan in plans:
        for column in plan.columns:
            if not column.source.counter or source_kind(column.source) != "integer":
                continue
            if column.target.default is None and (plan.name, column.target.name) not in counted:
                yield (
                    f"the source counts {plan.name}.{column.target.name}, and the target has no sequence for it: the "
                    "application has to give a value"
                )


def _check(sequence: SequenceObject, schema: str | None, problem: Callable[[str], None]) -> None:
    """What the load needs on a sequence of its tables is known before it begins."""
    if not sequence.settable:
        problem(
            f"the target role may not set the sequence {sequence.name} of {sequence.columns(schema)}, so the next "
            f"insert could meet a row that is there. GRANT SELECT, UPDATE ON SEQUENCE {sequence.name} TO it."
        )
    for use in sequence.uses:
        if not use.readable:
            table = f"{use.schema}.{use.table}"
            problem(
                f"the sequence {sequence.name} also serves {table}.{use.column}, which the target role may not read: "
                f"where it has to go on cannot be known. GRANT SELECT ON {table} TO it."
            )


__all__ = ("columns", "notices", "refreshed", "sequences", "triggers")
