# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Rules that are about nothing in the catalogs, each with the name that was probably meant."""

from __future__ import annotations

import typing as t

from .names import like, nearest
from .types import source_type

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._catalog import Column, Database, Table
    from .profile import AddRule, ColumnRule, Profile
    from .rules import Rules


class Met(t.NamedTuple):
    """A column that has its counterpart, with the tables of both."""

    tables: tuple[Table, Table]
    source: Column
    target: Column


class Unmatched:
    """Looks for rules that are about nothing.

    `said`: the rules that the planner follows, which know the new names of tables; `pairs`: the planned tables;
    `met`: their columns.
    """

    def __init__(
        self,
        said: Rules,
        sides: tuple[Database, Database],
        pairs: Sequence[tuple[Table, Table]],
        met: Sequence[Met],
    ) -> None:
        self.said = said
        self.pairs, self.met = pairs, met
        planned = {id(table) for pair in pairs for table in pair}
        alone = [(one,) for side in sides for one in side.tables.values() if id(one) not in planned]
        self.tables: list[tuple[frozenset[str], tuple[Table, ...]]] = [
            (self._names_of(group, sides[0]), group) for group in (*pairs, *alone)
        ]
        self.names = sorted({name for names, _group in self.tables for name in names})

    def _names_of(self, group: tuple[Table, ...], source: Database) -> frozenset[str]:
        """What the table is called on either side, and by the rules."""
        new = [self.said.table(one.name).name for one in group if source.tables.get(one.name) is one]
        return frozenset([*(one.name for one in group), *new])

    def rules(self, profile: Profile, *, types: bool) -> Iterator[str]:
        """Each rule of `profile` that is about nothing: its place, what it names, and the nearest name.

        `types`: all that can meet has met, so that a rule may be judged by the types that it asks for.
        """
        for key in ("skip_tables", "leftover_tables", "seed_tables"):
            for pattern in getattr(profile, key):
                yield from _unknown(f"{key}: {pattern}", "table", pattern, self.names)
        for number, rule in enumerate(profile.tables, 1):
            yield from _unknown(f"tables entry {number}", "table", rule.table, self.names)
        for number, one in enumerate(profile.columns, 1):
            yield from self._of_columns(f"columns entry {number}", one) or (
                self._of_types(number, one) if types else []
            )
        for number, added in enumerate(profile.add_columns, 1):
            yield from self._of_columns(f"add_columns entry {number}", added)

    def _of_columns(self, place: str, rule: ColumnRule | AddRule) -> list[str]:
        """The table first, then the column in the tables of that name."""
        unknown = list(_unknown(place, "table", rule.table, self.names))
        if unknown:
            return unknown
        inside = [group for names, group in self.tables if any(like(rule.table, name) for name in names)]
        names = {column.name for group in inside for table in group for column in table.columns}
        for pair in self.pairs:
            if pair in inside:
                names |= set(self.said.renames(*pair).values())
        where = f" in {rule.table}" if rule.table != "*" else ""
        return list(_unknown(place, "column", rule.column, names, where))

    def _of_types(self, number: int, rule: ColumnRule) -> list[str]:
        """Types that no column has that the rule names, where all that it names are planned."""
        if (
            rule.rename
            or rule.drop
            or (rule.source_type, rule.target_type, rule.target_nullable) == ("*", "*", None)
        ):
            return []
        if any(rule in self.said.of_column(one.tables, one.source, one.target) for one in self.met):
            return []
        place = f"columns entry {number}"
        for key, pattern, types in (
            (
                "source_type",
                rule.source_type,
                {name for one in self.met for name in (one.source.type, source_type(one.source))},
            ),
            ("target_type", rule.target_type, {one.target.type for one in self.met}),
        ):
            if not any(like(pattern, one) for one in types):
                return [
                    f"{place} has the {key} {pattern}, which no column is of{_perhaps(pattern, sorted(types))}"
                ]
        return [f"{place} is about no column: none that it names has the types that it asks for"]


def _unknown(place: str, what: str, pattern: str, names: Iterable[str], where: str = "") -> Iterator[str]:
    names = sorted(names)
    if not any(like(pattern, name) for name in names):
        yield (
            f"{place} names the {what} {pattern}, and there is none of that name{where}{_perhaps(pattern, names)}"
        )


def _perhaps(pattern: str, names: Iterable[str]) -> str:
    meant = nearest(pattern, names)
    return f"; perhaps {meant} is meant" if meant else ""


__all__ = ("Met", "Unmatched")
