# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One statement of MySQL's SQL as words and, where the parser can read all of it, as a tree."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import cache, cached_property

from .parsers import SqlglotError, exp, mysql_dialect, sqlglot, tokens
from .texts import Text

if t.TYPE_CHECKING:
    from collections.abc import Iterator

WORD, NAME, STRING, BITS, NUMBER, PARAMETER, SIGN, HOLE = (
    "word",
    "name",
    "string",
    "bits",
    "number",
    "parameter",
    "sign",
    "hole",
)
"""Kinds of words: a name stands in backticks; bits are b'…', x'…' and 0x…; a hole is filled at run time."""
EXECUTED: t.Final = ("/*!", "/*M!")
"""How comments begin that MySQL and MariaDB execute."""
_PROGRAMS: t.Final = frozenset({"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"})


@dataclass(frozen=True)
class Word:
    """One word, with where it begins and where the next character after it is."""

    kind: str
    text: str
    """As it stands there."""
    start: int
    end: int
    depth: int
    """How many round brackets are open around it."""

    @property
    def upper(self) -> str:
        """For comparing words of the language; empty for names in backticks, strings and numbers."""
        return self.text.upper() if self.kind in (WORD, SIGN) else ""

    @property
    def name(self) -> str:
        """What a name says."""
        return self.text[1:-1].replace("``", "`") if self.kind == NAME else self.text

    @property
    def names(self) -> bool:
        """Whether a name can be here: in backticks, plain, or put in at run time."""
        return self.kind in (NAME, WORD, HOLE)


@dataclass
class Sql:
    """One statement."""

    text: Text
    words: tuple[Word, ...]
    flags: frozenset[str] = frozenset()
    """Lower-case names of the columns that the chain declares as tinyint."""
    in_program: bool = True
    """Whether a program hands it to a driver, which knows parameters."""
    memory: dict[str, t.Any] = field(default_factory=dict)
    """What was found out about it once."""
    _upper: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self._upper = tuple(word.upper for word in self.words)

    @property
    def sql(self) -> str:
        """The text itself."""
        return self.text.sql

    @property
    def line(self) -> int:
        """Where its first word stands; comments may stand before it."""
        return self.text.line_at(self.words[0].start) if self.words else self.text.line

    @cached_property
    def tree(self) -> t.Any:
        """sqlglot's tree, `None` where it cannot read all of the statement."""
        return parsed(self.sql, "mysql")

    def at(self, number: int) -> str:
        """A word of the language by its number; empty before the first, after the last, and for anything else."""
        return self._upper[number] if 0 <= number < len(self._upper) else ""

    def word(self, number: int) -> Word | None:
        """A word by its number."""
        return self.words[number] if 0 <= number < len(self.words) else None

    def begins(self, *patterns: str) -> bool:
        """Whether the statement begins with one of these rows of words."""
        return any(self._upper[: len(one.split())] == tuple(one.split()) for one in patterns)

    @cached_property
    def kind(self) -> str:
        """What the statement does: `CREATE TABLE`, `ALTER TABLE`, `UPDATE` and so on."""
        first = self.at(0)
        if first in ("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"):
            for word in self._upper[1:16]:
                if word in ("TABLE", "INDEX", "VIEW", "DATABASE", "SCHEMA", "USER", *_PROGRAMS):
                    return f"{first} {word}"
        return first

    @property
    def makes_table(self) -> bool:
        """CREATE TABLE."""
        return self.kind == "CREATE TABLE"

    @property
    def defines(self) -> bool:
        """CREATE TABLE or ALTER TABLE: columns and their types are in it."""
        return self.kind in ("CREATE TABLE", "ALTER TABLE")

    def closing(self, number: int) -> int:
        """The number of the bracket that closes the one at `number`, or of the last word."""
        depth = self.words[number].depth
        for at in range(number + 1, len(self.words)):
            if self._upper[at] == ")" and self.words[at].depth == depth:
                return at
        return len(self.words) - 1

    def identifiers(self) -> Iterator[tuple[str, int, int]]:
        """Names without backticks that the tree is sure of: name, start, end."""
        if self.tree is None:
            return
        for one in self.tree.find_all(exp.Identifier):
            start = one.meta.get("start")
            if not one.args.get("quoted") and start is not None and one.name not in self.text.holes:
                end = one.meta["end"] + 1
                if self.sql[start:end] == one.name:
                    yield one.name, start, end

    def gaps(self) -> Iterator[tuple[int, int]]:
        """What stands between the words: blanks and comments."""
        at = 0
        for word in self.words:
            if word.start > at:
                yield at, word.start
            at = word.end
        if at < len(self.sql):
            yield at, len(self.sql)


def parsed(sql: str, dialect: str) -> t.Any:
    """sqlglot's tree of one statement in a dialect, `None` where it cannot read all of it."""
    try:
        trees = [one for one in sqlglot.parse(sql, dialect=dialect) if one is not None]
    except (SqlglotError, RecursionError):
        return None
    if len(trees) != 1 or any(True for _one in trees[0].find_all(exp.Command)):
        return None
    return trees[0]


def statements(
    text: Text, flags: frozenset[str] = frozenset(), *, in_program: bool = True
) -> list[Sql] | None:
    """The statements of a text; `None` where it has no end of a string, a name or a comment."""
    try:
        found = _tokenizer().tokenize(text.sql)
    except SqlglotError:
        return None
    lists: list[list[Word]] = [[]]
    cuts = [0]
    depth = 0
    for token in found:
        for word in _words(text, token, depth):
            depth += word.text == "("
            shown = word
            if word.text == ")":
                depth = max(depth - 1, 0)
                shown = Word(word.kind, word.text, word.start, word.end, depth)
            if word.text == ";" and not _is_program(lists[-1]):
                cuts.append(word.end)
                lists.append([])
                depth = 0
            else:
                lists[-1].append(shown)
    cuts.append(len(text.sql))
    result = []
    for number, words in enumerate(lists):
        start, end = cuts[number], cuts[number + 1]
        if words or any(mark in text.sql[start:end] for mark in EXECUTED):
            if number < len(lists) - 1:
                end -= 1
            moved = tuple(Word(w.kind, w.text, w.start - start, w.end - start, w.depth) for w in words)
            result.append(Sql(text.part(start, end), moved, flags, in_program))
    return result


def _is_program(words: list[Word]) -> bool:
    """CREATE PROCEDURE and the like, whose body has semicolons."""
    return bool(words) and words[0].upper == "CREATE" and any(word.upper in _PROGRAMS for word in words[1:10])


@cache
def _tokenizer() -> t.Any:
    # Statements that the parser takes as commands are one string to the tokenizer as it comes.
    class Words(mysql_dialect.MySQL.Tokenizer):
        COMMANDS: t.ClassVar[set[t.Any]] = set()

    return Words(dialect="mysql")


def _words(text: Text, token: t.Any, depth: int) -> Iterator[Word]:
    """A token as our words: the parser takes FOREIGN KEY as one."""
    kind, start, end = token.token_type, token.start, token.end + 1
    raw = text.sql[start:end]
    types = tokens.TokenType
    if kind == types.IDENTIFIER:
        yield Word(NAME, raw, start, end, depth)
    elif kind in (types.STRING, types.NATIONAL_STRING):
        yield Word(STRING, raw, start, end, depth)
    elif kind in (types.HEX_STRING, types.BIT_STRING, types.BYTE_STRING):
        yield Word(BITS, raw, start, end, depth)
    elif kind == types.NUMBER:
        yield Word(NUMBER, raw, start, end, depth)
    elif kind == types.PLACEHOLDER:
        yield Word(PARAMETER, raw, start, end, depth)
    elif raw[:1].isalpha() or raw[:1] in ("_", "$"):
        at = start
        for piece in raw.split():
            at = text.sql.index(piece, at)
            yield Word(HOLE if piece in text.holes else WORD, piece, at, at + len(piece), depth)
            at += len(piece)
    else:
        yield Word(SIGN, raw, start, end, depth)


__all__ = (
    "BITS",
    "EXECUTED",
    "HOLE",
    "NAME",
    "NUMBER",
    "PARAMETER",
    "SIGN",
    "STRING",
    "WORD",
    "Sql",
    "Word",
    "parsed",
    "statements",
)
