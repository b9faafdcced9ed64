# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a scan finds: so many values or rows of one class at one place, and what to do about them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._transform.misfits import known

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .._transform.plan import TablePlan


@dataclass(frozen=True)
class Misfit:
    """One finding: so many values (or rows) of one class at one place, with example keys."""

    database: str
    table: str
    column: str
    kind: str
    """The name of its class."""
    policy: str
    count: int
    examples: tuple[str, ...] = ()
    detail: str = ""
    """What no row can show."""
    definition: str = ""
    """Of the constraint that refuses the rows."""

    @property
    def decided(self) -> bool:
        """A rule says what to do with it."""
        return self.policy != "fail"

    def to_json(self) -> dict[str, t.Any]:
        """For the module's result."""
        return {
            "database": self.database,
            "table": self.table,
            "column": self.column,
            "class": self.kind,
            "policy": self.policy,
            "count": self.count,
            "examples": list(self.examples),
            "detail": self.detail,
            "definition": self.definition,
            "meaning": meaning(self.kind),
            "remedy": remedy(self.kind),
        }

    def __str__(self) -> str:
        example = f", as in the row {self.examples[0]}" if self.examples else ""
        number = f"{self.count} value{'' if self.count == 1 else 's'}: "
        if self.detail:
            example, number = f": {self.detail}", ""
        return f"{self.database}.{self.table}.{self.column}: {number}{meaning(self.kind)}{example}"


@dataclass(frozen=True)
class Untested:
    """Something of the target that could refuse a row, and that no query of the source has judged for all rows."""

    database: str
    table: str
    name: str
    """Of the constraint, index or column."""
    definition: str
    why: str
    count: int | None = None
    """Rows that nobody has judged; `None`: all of them."""
    apart: bool = False
    """It is not in the definition of the table itself, so that a copy of that says nothing of it."""

    def to_json(self) -> dict[str, t.Any]:
        """For the module's result."""
        return dict(vars(self))

    def __str__(self) -> str:
        rows = "all rows" if self.count is None else f"{self.count} row{'' if self.count == 1 else 's'}"
        return f"{self.database}.{self.table}: {self.name}, {self.definition}: {rows} untested ({self.why})"


@dataclass
class Findings:
    """What was found in one table, or in all."""

    misfits: list[Misfit] = field(default_factory=list)
    untested: list[Untested] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Take in the findings of another part."""
        self.misfits += other.misfits
        self.untested += other.untested


def show_key(table: TablePlan, values: Iterable[object]) -> str:
    """A row's key in a message, `id=…`; of sensitive columns only the name."""
    pairs = zip(table.key_columns, values, strict=False)
    shown = [
        f"{column.target.name}={'(sensitive)' if column.sensitive else value}" for column, value in pairs
    ]
    return ", ".join(shown) or "(no key)"


def meaning(misfit: str) -> str:
    """What the class is, in words."""
    return known(misfit).meaning


def remedy(misfit: str) -> str:
    """What the operator can do about the class."""
    return known(misfit).remedy


__all__ = ("Findings", "Misfit", "Untested", "meaning", "remedy", "show_key")
