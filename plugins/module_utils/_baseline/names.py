# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the objects of the target are called: kept, lower, snake_case or as TypeORM does; unique, and short enough."""

from __future__ import annotations

import hashlib
import typing as t
from collections import Counter

from .._transform.names import Rename, fold, in_form

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._catalog import Database
    from .decisions import Decisions

BYTES: t.Final = 63
"""What PostgreSQL keeps of a name."""

_TYPEORM: t.Final = {"PK": 27, "UQ": 27, "REL": 26, "FK": 27, "IDX": 26, "CHK": 26}
"""Digits of the hash behind each prefix, as TypeORM's DefaultNamingStrategy cuts them."""


def short(name: str) -> str:
    """A name that PostgreSQL keeps whole: a longer one ends in a hash of what it was."""
    if len(name.encode()) <= BYTES:
        return name
    mark = "_" + hashlib.sha256(name.encode()).hexdigest()[:8]
    kept = name.encode()[: BYTES - len(mark)].decode("utf-8", "ignore")
    return kept + mark


class Names:
    """The names of one database."""

    def __init__(self, database: Database, decisions: Decisions) -> None:
        self._how = decisions.chosen("names")
        self._typeorm = decisions.chosen("constraints") == "typeorm"
        self._taken: set[str] = set()
        self._counts: Counter[str] = Counter()
        self.tables = self._unique({name: short(self._of(name)) for name in database.tables})
        self.columns = {
            table.name: self._unique({column.name: short(self._of(column.name)) for column in table.columns})
            for table in database.tables.values()
        }
        self._taken |= set(self.tables.values())
        self._counts.update(
            short(self._of(index.name))
            for table in database.tables.values()
            for index in table.indexes
            if not index.primary
        )

    def _of(self, name: str) -> str:
        if self._how == "lower":
            return fold(name)
        return in_form(name, "snake_case") if self._how == "snake_case" else name

    @staticmethod
    def _unique(wanted: dict[str, str]) -> dict[str, str]:
        """Two that would become one keep their own."""
        counts = Counter(wanted.values())
        return {name: new if counts[new] == 1 else short(name) for name, new in wanted.items()}

    def column(self, table: str, name: str) -> str:
        return self.columns[table][name]

    # --- in one schema ------------------------------------------------------------------------------------

    def relation(self, table: str, name: str) -> str:
        """An index or a key, which is unique in the schema here and was in its table there."""
        wanted = short(self._of(name))
        if self._counts[wanted] > 1 or wanted in self._taken:
            wanted = short(f"{self.tables[table]}_{wanted}")
        return self._take(wanted)

    def primary(self, table: str, columns: Sequence[str]) -> str:
        if self._typeorm:
            return self._take(self.typeorm("PK", table, columns))
        return self._take(short(f"{self.tables[table]}_pkey"))

    def partition(self, table: str, name: str) -> str:
        return self._take(short(f"{self.tables[table]}_{self._of(name)}"))

    def type(self, table: str, column: str) -> str:
        return self._take(short(f"{self.tables[table]}_{self.column(table, column)}_enum"))

    def function(self, table: str) -> str:
        return self._take(short(f"{self.tables[table]}_on_update"))

    def _take(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = short(f"{wanted}_{number}")
        self._taken.add(name)
        return name

    def index(self, table: str, name: str, columns: Sequence[str], *, unique: bool, one_to_one: bool) -> str:
        """`one_to_one`: its one column is a foreign key, which TypeORM calls a relation."""
        if self._typeorm and columns:
            prefix = "REL" if unique and one_to_one else "UQ" if unique else "IDX"
            return self._take(self.typeorm(prefix, table, columns))
        return self.relation(table, name)

    # --- in one table -------------------------------------------------------------------------------------

    def foreign_key(self, table: str, name: str, columns: Sequence[str]) -> str:
        return self.typeorm("FK", table, columns) if self._typeorm else short(self._of(name))

    def check(self, table: str, name: str, expression: str) -> str:
        if not self._typeorm:
            return short(self._of(name))
        return self.typeorm("CHK", table, [], expression)

    def typeorm(self, prefix: str, table: str, columns: Sequence[str], expression: str = "") -> str:
        """As TypeORM's DefaultNamingStrategy: SHA-1 over table and sorted columns."""
        names = sorted(self.column(table, name) for name in columns)
        key = "_".join([self.tables[table].replace(".", "_"), *([expression] if expression else names)])
        digest = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
        return f"{prefix}_{digest[: _TYPEORM[prefix]]}"


def rules(database: Database, names: Names, made: Iterable[str]) -> dict[str, list[dict[str, t.Any]]]:
    """The renames that migrate needs: names that differ in their case alone meet by themselves."""
    tables: list[dict[str, t.Any]] = []
    columns: list[dict[str, t.Any]] = []
    pattern = {"form": "snake_case"}
    by_pattern = Rename(form="snake_case")
    wanted = [(name, names.tables[name]) for name in made]
    fields = [
        (table, column.name, names.column(table, column.name))
        for table in made
        for column in database.tables[table].columns
    ]
    if any(fold(old) != fold(new) for old, new in wanted) and all(by_pattern.of(o) == n for o, n in wanted):
        tables.append({"table": "*", "rename": pattern})
    else:
        tables += [{"table": old, "rename": new} for old, new in wanted if fold(old) != fold(new)]
    if any(fold(old) != fold(new) for _, old, new in fields) and all(
        by_pattern.of(old) == new for _, old, new in fields
    ):
        columns.append({"table": "*", "column": "*", "rename": pattern})
    else:
        columns += [
            {"table": table, "column": old, "rename": new}
            for table, old, new in fields
            if fold(old) != fold(new)
        ]
    found = {"tables": tables, "columns": columns}
    return {key: entries for key, entries in found.items() if entries}


__all__ = ("BYTES", "Names", "rules", "short")
