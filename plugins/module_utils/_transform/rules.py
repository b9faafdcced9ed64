# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the rules of one database say of its tables and columns, in whichever side's spelling they are written."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .names import Names, fold, like
from .types import source_type

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._catalog import Column, Database, Table
    from .profile import AddRule, ColumnRule, Policy, Profile, TableRule


@dataclass(frozen=True)
class SaidOfTable:
    """What all rules together say of one source table."""

    name: str
    """The target's name that it should have."""
    exclude: bool = False
    where: str | None = None
    reason: str = ""


@dataclass
class SaidOfColumn:
    """What all rules together say of one column that has a counterpart."""

    policies: dict[str, Policy] = field(default_factory=dict)
    converter: str | None = None
    expression: str | None = None
    type: str | None = None
    reinterpret: str | None = None
    sensitive: bool = False
    must_be_jsonb: bool = False


class Rules:
    """The rules of one database before its catalogs; of two that set the same thing the later one holds."""

    def __init__(self, profile: Profile, source: Database, target: Database) -> None:
        self.profile = profile
        self._source, self._target = frozenset(source.tables), frozenset(target.tables)
        self._names = Names(self._source, self._target)
        self._said = {name: self._of_table(name) for name in source.tables}

    # --- tables -------------------------------------------------------------------------------------------

    def table(self, name: str) -> SaidOfTable:
        """What is said of the source table `name`."""
        return self._said[name]

    def _of_table(self, name: str) -> SaidOfTable:
        own = Names(self._source)
        new = name
        for rule in self.profile.tables:
            if rule.rename is not None and own.meant(rule.table, name, None, "source"):
                new = rule.rename.of(name)
        exclude, where, reason = False, None, ""
        for rule in self.profile.tables:
            if self.about_table(rule, name, new):
                exclude, where = rule.exclude or exclude, rule.where or where
                reason = rule.reason or reason
        return SaidOfTable(new, exclude, where, reason)

    def about_table(self, rule: TableRule, name: str, new: str) -> bool:
        """Whether the rule is about the source table `name`, which the target is to call `new`."""
        return self._names.meant(rule.table, name, new, "source")

    def named(self, patterns: Iterable[str], source: str | None, target: str | None) -> bool:
        """Whether one of the patterns is about the table that the sides call so."""
        return any(self._names.meant(pattern, source, target) for pattern in patterns)

    def left_alone(self) -> tuple[set[str], set[str]]:
        """Source and target tables that rules leave alone; a counterpart of one of them is left alone, too."""
        skip = self.profile.skip_tables
        sources = {name for name in self._source if self._said[name].exclude or self.named(skip, name, None)}
        targets = {name for name in self._target if self.named(skip, None, name)}
        # One spelling names the table of both sides, unless each side's has a counterpart of its own.
        wanted = {fold(self._said[name].name) for name in self._source - sources}
        there = {fold(name) for name in self._target - targets}
        widowed = {fold(self._said[name].name) for name in sources} - {fold(name) for name in targets}
        orphaned = {fold(name) for name in targets} - {fold(self._said[name].name) for name in sources}
        sources |= {
            name for name in self._source - sources if fold(self._said[name].name) in orphaned - there
        }
        targets |= {name for name in self._target - targets if fold(name) in widowed - wanted}
        return sources, targets

    # --- columns ------------------------------------------------------------------------------------------

    def renames(self, source: Table, target: Table) -> dict[str, str]:
        """Source column -> target name by the rules that rename, without the columns that rules drop."""
        found: dict[str, str] = {}
        columns = Names(frozenset(column.name for column in source.columns))
        rules = [rule for rule in self.profile.columns if self._of_table_pair(rule.table, source, target)]
        for column in source.columns:
            name, drop = column.name, False
            for rule in rules:
                if not (rule.rename or rule.drop) or not _is_of(rule.source_type, column):
                    continue
                if columns.meant(rule.column, column.name, None, "source"):
                    name, drop = rule.rename.of(column.name) if rule.rename else name, drop or rule.drop
            if not drop:
                found[column.name] = name
        return found

    def _of_table_pair(self, pattern: str, source: Table, target: Table) -> bool:
        return self._names.meant(pattern, source.name, target.name)

    def column(self, tables: tuple[Table, Table], source: Column, target: Column) -> SaidOfColumn:
        """What is said of `source` that becomes `target`; `tables` are theirs."""
        found = SaidOfColumn()
        for rule in self.of_column(tables, source, target):
            found.policies |= dict(rule.policies)
            found.converter = rule.converter or found.converter
            if rule.expression:
                found.expression, found.type = rule.expression, rule.type
            found.reinterpret = rule.reinterpret or found.reinterpret
            found.sensitive = found.sensitive if rule.sensitive is None else rule.sensitive
            if rule.must_be_jsonb is not None:
                found.must_be_jsonb = rule.must_be_jsonb
        return found

    def of_column(self, tables: tuple[Table, Table], source: Column, target: Column) -> Iterator[ColumnRule]:
        """The rules that are about a column, in their order."""
        names = _columns(*tables)
        for rule in self.profile.columns:
            if (
                rule.target_nullable in (None, target.nullable)
                and _is_of(rule.source_type, source)
                and like(rule.target_type, target.type)
                and self._of_table_pair(rule.table, *tables)
                and names.meant(rule.column, source.name, target.name)
            ):
                yield rule

    def added(self, source: Table, target: Table, column: Column) -> AddRule | None:
        """The last rule for a target column without a source column."""
        names = Names(frozenset(), frozenset(one.name for one in target.columns))
        found = [
            rule
            for rule in self.profile.add_columns
            if self._of_table_pair(rule.table, source, target) and names.meant(rule.column, None, column.name)
        ]
        return found[-1] if found else None


def _is_of(pattern: str, column: Column) -> bool:
    """Whether a source column is of that type, as its server or as rules call it."""
    return like(pattern, column.type) or like(pattern, source_type(column))


def _columns(source: Table, target: Table) -> Names:
    return Names(
        frozenset(column.name for column in source.columns),
        frozenset(column.name for column in target.columns),
    )


__all__ = ("Rules", "SaidOfColumn", "SaidOfTable")
