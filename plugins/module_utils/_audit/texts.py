# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A text of SQL as it stands in a file: what it says, which line each character is from, what is only known later."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from collections.abc import Iterable

_HOLE: t.Final = "hole_{}_"
"""A hole is a name for the parsers of SQL, and lower case, so that no server would fold it."""


@dataclass(frozen=True)
class Text:
    """Some SQL; each part that the program puts in at run time stands in it as a name."""

    sql: str
    lines: tuple[int, ...]
    """For each character the line of the file that it is from, counted from 1."""
    holes: dict[str, str] = field(default_factory=dict)
    """By its name in `sql`, the expression that fills the hole."""

    @property
    def line(self) -> int:
        """Where the first character that is no blank stands."""
        blank = len(self.sql) - len(self.sql.lstrip())
        return self.line_at(blank)

    def line_at(self, place: int) -> int:
        """The line of the character at this place, or of the last one."""
        return self.lines[min(place, len(self.lines) - 1)] if self.lines else 0

    @property
    def unreadable(self) -> bool:
        """Whether all of it is known at run time only."""
        return bool(self.holes) and self.sql.strip() in self.holes

    def part(self, start: int, end: int) -> Text:
        """The text from `start` up to `end`."""
        sql = self.sql[start:end]
        return Text(sql, self.lines[start:end], {name: of for name, of in self.holes.items() if name in sql})

    def shown(self, sql: str | None = None) -> str:
        """The text, or `sql` made of it, with each hole as the program writes it."""
        shown = self.sql if sql is None else sql
        for name, expression in self.holes.items():
            shown = shown.replace(name, "${" + expression + "}")
        return shown


def written(sql: str, line: int) -> Text:
    """A text that stands in a file as it is, from `line` on."""
    lines = []
    for character in sql:
        lines.append(line)
        line += character == "\n"
    return Text(sql, tuple(lines))


def at_line(sql: str, line: int) -> Text:
    """A text whose characters all come from one line."""
    return Text(sql, (line,) * len(sql))


def hole(expression: str, line: int, number: int) -> Text:
    """What only the running program knows."""
    name = _HOLE.format(number)
    return Text(name, (line,) * len(name), {name: " ".join(expression.split())})


def joined(texts: Iterable[Text], between: str = "") -> Text:
    """One text of several."""
    sql: list[str] = []
    lines: list[int] = []
    holes: dict[str, str] = {}
    for number, one in enumerate(texts):
        if number and between:
            sql.append(between)
            lines += [lines[-1] if lines else one.line] * len(between)
        sql.append(one.sql)
        lines += one.lines
        holes.update(one.holes)
    return Text("".join(sql), tuple(lines), holes)


__all__ = ("Text", "at_line", "hole", "joined", "written")
