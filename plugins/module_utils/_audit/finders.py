# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a construct is, and the small means by which the tables of constructs say how each is found."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .sql import HOLE, WORD, Sql, Word
from .words import listed

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

NOTE, SAFE, ADAPT, HARD = "note", "safe", "adapt", "hard"
SEVERITIES: t.Final = {
    NOTE: "runs as it is; know it",
    SAFE: "the audit writes the statement anew, with the same meaning",
    ADAPT: "a person writes the statement anew; what to write is known",
    HARD: "a person finds another way; PostgreSQL has nothing like it, or the meaning has to be decided",
}
"""From the lightest to the heaviest."""
ANY: t.Final = "*"
"""In a row of words: a name, in backticks or not."""


@dataclass(frozen=True)
class Hit:
    """One place in a statement: from `start` up to `end`."""

    start: int
    end: int
    instead: str | None = None
    """What stands there on PostgreSQL; `None` where nobody can say it from here."""


@dataclass(frozen=True)
class Construct:
    """One thing that MySQL knows, and what PostgreSQL needs instead."""

    name: str
    title: str
    severity: str
    needs: str
    """For people: what to write, or what to think of. Markdown."""
    find: Callable[[Sql], Iterator[Hit]]
    options: tuple[tuple[str, str], ...] = ()
    """Options of TypeORM's schema API that mean the same: name and value, `*` for any value."""


@dataclass(frozen=True)
class Finding:
    """A construct at a place of a statement."""

    construct: Construct
    hit: Hit
    line: int


Finder = t.Callable[[Sql], "Iterator[Hit]"]


def row(*patterns: str, instead: str | None = None, where: Callable[[Sql], bool] | None = None) -> Finder:
    """Words that stand side by side: alternatives are parted by `|`, `*` is a name."""
    rows = [[frozenset(one.split("|")) for one in pattern.split()] for pattern in patterns]

    def find(sql: Sql) -> Iterator[Hit]:
        if where is not None and not where(sql):
            return
        for number in range(len(sql.words)):
            for wanted in rows:
                if _stands(sql, number, wanted):
                    last = sql.words[number + len(wanted) - 1]
                    yield Hit(sql.words[number].start, last.end, instead)
                    break

    return find


def _stands(sql: Sql, number: int, wanted: list[frozenset[str]]) -> bool:
    for offset, words in enumerate(wanted):
        word = sql.word(number + offset)
        if word is None:
            return False
        if ANY in words:
            if not word.names:
                return False
        elif word.upper not in words:
            return False
    return True


def first(*patterns: str) -> Finder:
    """Words that a statement begins with."""

    def find(sql: Sql) -> Iterator[Hit]:
        for pattern in patterns:
            if sql.begins(pattern):
                yield Hit(sql.words[0].start, sql.words[len(pattern.split()) - 1].end)
                return

    return find


_NO_CALL_AFTER: t.Final = listed(
    "INTO TABLE REFERENCES KEY INDEX EXISTS UNIQUE UPDATE JOIN WITH CONSTRAINT FULLTEXT SPATIAL . "
    "FUNCTION PROCEDURE COLUMN AS"
)
"""What stands before a name that has brackets after it and is no function."""


def calls(sql: Sql) -> list[tuple[int, Word]]:
    """Every word that is called as a function, with its number."""
    if "calls" not in sql.memory:
        sql.memory["calls"] = list(_calls(sql))
    found: list[tuple[int, Word]] = sql.memory["calls"]
    return found


def _calls(sql: Sql) -> Iterator[tuple[int, Word]]:
    declared = {one.number for one in types(sql)}
    for number, word in enumerate(sql.words):
        if word.kind != WORD or sql.at(number + 1) != "(" or sql.at(number - 1) in _NO_CALL_AFTER:
            continue
        if number in declared or (sql.at(number - 1) == "ON" and sql.kind == "CREATE INDEX"):
            continue
        yield number, word


def function(names: str, instead: str | None = None) -> Finder:
    """Calls of these functions; `instead` is the name to call."""
    wanted = frozenset(names.split())

    def find(sql: Sql) -> Iterator[Hit]:
        for _number, word in calls(sql):
            if word.upper in wanted:
                yield Hit(word.start, word.end, instead)

    return find


@dataclass(frozen=True)
class Type:
    """A type of a column: its word, what stands in brackets after it."""

    number: int
    word: Word
    arguments: tuple[str, ...]
    end: int
    """After its brackets."""
    last: int
    """The number of its last word."""


_NO_COLUMN: t.Final = listed(
    "CONSTRAINT PRIMARY UNIQUE KEY INDEX FOREIGN CHECK FULLTEXT SPATIAL COLUMN IF ADD DROP LIKE PARTITION "
    "VALUES SELECT TO RENAME DEFAULT BY"
)


def types(sql: Sql) -> list[Type]:
    """The type of each column that CREATE TABLE or ALTER TABLE declares."""
    if "types" not in sql.memory:
        sql.memory["types"] = list(_types(sql))
    found: list[Type] = sql.memory["types"]
    return found


def _types(sql: Sql) -> Iterator[Type]:
    if not sql.defines:
        return
    for number in range(2, len(sql.words)):
        word, column = sql.words[number], sql.words[number - 1]
        if word.kind not in (WORD, HOLE) or not _is_column(sql, number - 1, column):
            continue
        arguments: tuple[str, ...] = ()
        last = number
        if sql.at(number + 1) == "(":
            last = sql.closing(number + 1)
            arguments = tuple(one.text for one in sql.words[number + 2 : last] if one.text != ",")
        yield Type(number, word, arguments, sql.words[last].end, last)


def _is_column(sql: Sql, number: int, column: Word) -> bool:
    """Whether the word is the name of a column that is declared there."""
    if not column.names or column.upper in _NO_COLUMN:
        return False
    before, earlier = sql.at(number - 1), sql.at(number - 2)
    if before in ("(", ","):
        return column.depth == 1 and (sql.makes_table or _added_together(sql, number))
    if before in ("ADD", "MODIFY", "EXISTS"):
        return True
    if before == "COLUMN":
        return earlier in ("ADD", "MODIFY")
    old = sql.word(number - 1)
    return (
        old is not None
        and old.names
        and before != "CHANGE"
        and (earlier == "CHANGE" or (earlier == "COLUMN" and sql.at(number - 3) == "CHANGE"))
    )


def _added_together(sql: Sql, number: int) -> bool:
    """`ADD (a int, b int)`."""
    while number > 0 and not (sql.words[number].text == "(" and sql.words[number].depth == 0):
        number -= 1
    return sql.at(number - 1) in ("ADD", "COLUMN")


def of_type(names: str, instead: Callable[[Type], str | None] | str | None = None) -> Finder:
    """Columns of these types; `instead` is the type to write, or says it."""
    wanted = frozenset(names.split())

    def find(sql: Sql) -> Iterator[Hit]:
        for one in types(sql):
            if one.word.upper in wanted:
                yield Hit(one.word.start, one.end, instead(one) if callable(instead) else instead)

    return find


def words_of(names: Collection[str], sql: Sql) -> Iterator[tuple[int, Word]]:
    """Every word that is one of these, with its number."""
    for number, word in enumerate(sql.words):
        if word.upper in names:
            yield number, word


def with_comma(sql: Sql, number: int) -> int:
    """Where to cut so that the comma before the word at `number` goes with it."""
    before = sql.word(number - 1)
    return before.start if before is not None and before.text == "," else sql.words[number].start


__all__ = (
    "ADAPT",
    "ANY",
    "HARD",
    "NOTE",
    "SAFE",
    "SEVERITIES",
    "Construct",
    "Finder",
    "Finding",
    "Hit",
    "Type",
    "calls",
    "first",
    "function",
    "of_type",
    "row",
    "types",
    "with_comma",
    "words_of",
)
