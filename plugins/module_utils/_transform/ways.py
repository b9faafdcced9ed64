# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Rules that would decide what the planner refuses, ready to paste."""

from __future__ import annotations

import re
import typing as t
from collections import Counter

from .names import FORMS, Rename, fold
from .types import source_kind, source_type, target_kind

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._catalog import Column
    from .problems import Rule

Entry = dict[str, t.Any]

_NULL: t.Final = re.compile(r"NULL(?:::.*)?", re.IGNORECASE | re.DOTALL)
_EPOCH: t.Final = "'1970-01-01 00:00:00'"
_CONSTANTS: t.Final = {
    **dict.fromkeys(("integer", "numeric", "boolean"), ("0", "int")),
    **dict.fromkeys(("real", "double"), ("0e0", "double")),
    **dict.fromkeys(("text", "char"), ("''", "longtext")),
    **dict.fromkeys(("json", "jsonb"), ("'{}'", "longtext")),
    **dict.fromkeys(("timestamp", "timestamptz"), (f"TIMESTAMP{_EPOCH}", "datetime")),
    "date": ("DATE'1970-01-01'", "date"),
    "uuid": ("'00000000-0000-0000-0000-000000000000'", "char(36)"),
    "bytea": ("X'00'", "blob"),
}
"""A value of a kind of the target: expression and its source type."""


def without_pair(source: Column, target: Column) -> tuple[str, Entry]:
    """The way for a column whose types have no pair: what it does, and the rule for all columns of the two types."""
    expression, kind, says = _expression(source, target)
    rule = {
        "source_type": source_type(source),
        "target_type": target.type,
        "expression": expression,
        "type": kind,
    }
    return says, rule


def _expression(source: Column, target: Column) -> tuple[str, str, str]:
    kinds = source_kind(source), target_kind(target)
    if kinds[0] in {"timestamp", "datetime", "date"} and kinds[1] in {"integer", "numeric"}:
        seconds = f"TIMESTAMPDIFF(SECOND, {_EPOCH}, {{column}})"
        if source.precision:
            seconds = f"TIMESTAMPDIFF(MICROSECOND, {_EPOCH}, {{column}}) * 0.000001"
        kind = "decimal(26,6)" if source.precision else "bigint"
        return (
            seconds,
            kind,
            "The rule gives the seconds since 1970 in UTC; change it where another number is meant.",
        )
    if kinds[0] == "integer" and kinds[1] in {"timestamp", "timestamptz"}:
        says = "The rule takes the number for seconds since 1970 in UTC; change it where it means something else."
        return f"TIMESTAMP{_EPOCH} + INTERVAL {{column}} SECOND", "datetime", says
    return (
        "CAST({column} AS CHAR)",
        "longtext",
        "There is always a way: a rule whose expression gives, as text, what the target prints of the value. Put yours "
        "in the place of CAST.",
    )


def has_default(column: Column) -> bool:
    """Whether a row may arrive without the column: NULL is a default of nullable columns alone."""
    given = column.default is not None and _NULL.fullmatch(column.default) is None
    return column.nullable or given or column.counter is not None


def new_column(table: str, column: Column) -> Rule:
    """The rule for a target column without a source column: its default, or a constant where it has none."""
    rule: Entry = {"table": table, "column": column.name}
    if has_default(column):
        return {"add_columns": [{**rule, "leave_to_default": True}]}
    expression, kind = _CONSTANTS.get(target_kind(column) or "", ("''", "longtext"))
    if target_kind(column) == "enum" and column.labels:
        label = column.labels[0].replace("'", "''")
        expression = f"'{label}'"
    return {"add_columns": [{**rule, "expression": expression, "type": kind}]}


# --- names in another spelling ----------------------------------------------------------------------------


class Meeting(t.NamedTuple):
    """How the names of one table, or the tables of one database, have met."""

    table: str
    """The source's name; empty: these are the tables themselves."""
    met: Mapping[str, str]
    """Source name -> target name."""
    unmet: Sequence[str]
    there: Sequence[str]
    """Names of the target that nothing has met."""

    def by(self, rename: Rename) -> dict[str, str]:
        """What the rename would let meet besides, where only one can be meant."""
        new = Counter(fold(rename.of(name)) for name in self.unmet)
        there = Counter(map(fold, self.there))
        names = {fold(name): name for name in self.there if there[fold(name)] == 1}
        return {
            name: names[fold(rename.of(name))]
            for name in self.unmet
            if new[fold(rename.of(name))] == 1 and fold(rename.of(name)) in names
        }

    def parts(self, rename: Rename) -> bool:
        """Whether the rename would part what has met."""
        return any(fold(rename.of(name)) != fold(target) for name, target in self.met.items())

    def without(self, pairs: Mapping[str, str]) -> Meeting:
        """What is left when those have met, too."""
        return self._replace(
            unmet=[name for name in self.unmet if name not in pairs],
            there=[name for name in self.there if name not in pairs.values()],
        )


class Proposal(t.NamedTuple):
    """A name of the source that would meet one of the target by a rule."""

    table: str
    """As `Meeting.table`."""
    name: str
    new: str
    rule: Entry


def renames(meetings: Sequence[Meeting]) -> Iterator[Proposal]:
    """Names that differ by a pattern: one rule for all of them where it parts nothing, else one for each."""
    once = True
    left = list(meetings)
    for rename, entry in _patterns(meetings):
        found = [one.by(rename) for one in left]
        if not any(found):
            continue
        # A second rule for all names would hold instead of the first.
        whole = once and not any(one.parts(rename) for one in meetings)
        once = once and not whole
        for one, pairs in zip(left, found, strict=True):
            for name, new in pairs.items():
                where: Entry = {"table": one.table, "column": name} if one.table else {"table": name}
                every: Entry = {"column": "*"} if one.table else {"table": "*"}
                rule = {**every, "rename": entry} if whole else {**where, "rename": new}
                yield Proposal(one.table, name, new, rule)
        left = [one.without(pairs) for one, pairs in zip(left, found, strict=True)]


def _patterns(meetings: Sequence[Meeting]) -> Iterator[tuple[Rename, Entry]]:
    """Renames to try: the forms, then the prefixes that would let several names meet."""
    for form in FORMS:
        yield Rename(form=form), {"form": form}
    prefixes: dict[tuple[str, str], int] = {}
    for one in meetings:
        for name in one.unmet:
            for other in one.there:
                if len(name) > len(other) and fold(name).endswith(fold(other)):
                    found = "remove_prefix", name[: len(name) - len(other)]
                elif len(other) > len(name) and fold(other).endswith(fold(name)):
                    found = "prefix", other[: len(other) - len(name)]
                else:
                    continue
                prefixes[found] = prefixes.get(found, 0) + 1
    for (what, text), number in sorted(prefixes.items(), key=lambda item: -item[1]):
        if number > 1:
            yield Rename(**t.cast("t.Any", {what: text})), {what: text}


__all__ = ("Meeting", "Proposal", "has_default", "new_column", "renames", "without_pair")
