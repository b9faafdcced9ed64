# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One statement of a chain, wherever it was found, and the words by which SQL begins."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .words import listed

if t.TYPE_CHECKING:
    from .texts import Text

UP: t.Final = "up"
DOWN: t.Final = "down"
DIRECTIONS: t.Final = (UP, DOWN)


@dataclass
class Statement:
    """A text of SQL with its place."""

    text: Text
    file: str
    """As the report names it."""
    directions: set[str] = field(default_factory=set)
    """`up`, `down`, both, or none where nothing leads to it."""

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.text.line


@dataclass
class Call:
    """A call of TypeORM's schema API, which writes the SQL itself."""

    name: str
    file: str
    line: int
    options: tuple[tuple[str, str, int], ...]
    """The options that are written down: name, value, line."""
    directions: set[str] = field(default_factory=set)


@dataclass
class Unread:
    """A query whose text is known at run time only."""

    expression: str
    file: str
    line: int
    directions: set[str] = field(default_factory=set)


@dataclass
class Found:
    """What one file, or one migration with its helpers, says to the server."""

    statements: list[Statement] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


_OBJECTS: t.Final = listed(
    "TABLE INDEX UNIQUE FULLTEXT SPATIAL VIEW TRIGGER PROCEDURE FUNCTION EVENT DATABASE SCHEMA USER "
    "TEMPORARY OR DEFINER ROLE FOREIGN"
)
_SECOND: t.Final[dict[str, frozenset[str]]] = {
    "ALTER": _OBJECTS,
    "CREATE": _OBJECTS,
    "DROP": _OBJECTS,
    "RENAME": frozenset({"TABLE", "USER"}),
    "TRUNCATE": frozenset({"TABLE"}),
    "LOCK": frozenset({"TABLE", "TABLES"}),
    "UNLOCK": frozenset({"TABLE", "TABLES"}),
    "START": frozenset({"TRANSACTION"}),
    "OPTIMIZE": frozenset({"TABLE"}),
    "LOAD": frozenset({"DATA"}),
    "SHOW": listed(
        "TABLES COLUMNS INDEX INDEXES KEYS CREATE DATABASES VARIABLES FULL STATUS PROCESSLIST TABLE GRANTS "
        "TRIGGERS ENGINES GLOBAL SESSION FIELDS"
    ),
    "INSERT": frozenset({"INTO", "IGNORE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"}),
    "REPLACE": frozenset({"INTO"}),
}
"""By first word the words of which one has to come next."""
_LATER: t.Final[dict[str, str]] = {
    "UPDATE": "SET",
    "DELETE": "FROM",
    "SELECT": "FROM",
    "WITH": "AS",
    "SET": "=",
}
"""By first word the word that comes later."""


def looks_like_sql(text: str) -> bool:
    """Whether a literal that nobody is seen to hand to a server begins as SQL does, and goes on so."""
    words = text.replace("=", " = ").replace("(", " ( ").upper().split(None, 400)
    if len(words) < 2:
        return False
    first, second = words[0], words[1]
    if first in _SECOND:
        return second in _SECOND[first]
    if first in _LATER:
        if first == "SET":
            return second.startswith("@") or (len(words) > 2 and words[2] == "=")
        return _LATER[first] in words[1:] and (first != "UPDATE" or words.index("SET") > 1)
    return False


__all__ = ("DIRECTIONS", "DOWN", "UP", "Call", "Found", "Statement", "Unread", "looks_like_sql")
