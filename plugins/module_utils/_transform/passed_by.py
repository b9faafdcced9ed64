# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the load passes by on the target, said aloud in the plan and in the report."""

from __future__ import annotations

import typing as t

from .nextval import followed, used
from .types import source_kind

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .._catalog import Database, SequenceObject
    from .plan import TablePlan

_SET_IT: t.Final = "set it by a statement in after_load"


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


__all__ = ("sequences",)
