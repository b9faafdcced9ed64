# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Constructs of the text itself: how names and strings are written, comments, what a program puts in."""

from __future__ import annotations

import typing as t

from . import words
from .finders import ADAPT, HARD, NOTE, SAFE, Construct, Hit, row, words_of
from .parsers import exp
from .sql import BITS, EXECUTED, HOLE, NAME, PARAMETER, STRING, Sql

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPES: t.Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}


def said(raw: str) -> str:
    """What a string of MySQL says: quotes off, doubled quotes and backslashes undone."""
    quote, inside = raw[0], raw[1:-1]
    out = []
    at = 0
    while at < len(inside):
        one = inside[at]
        if one == "\\" and at + 1 < len(inside):
            after = inside[at + 1]
            # Both characters stay, for LIKE.
            out.append(one + after if after in ("%", "_") else _ESCAPES.get(after, after))
            at += 2
        elif one == quote and inside[at + 1 : at + 2] == quote:
            out.append(quote)
            at += 2
        else:
            out.append(one)
            at += 1
    return "".join(out)


def quoted(raw: str) -> str | None:
    """The same string for PostgreSQL; `None` if it has a character that no text of PostgreSQL can have."""
    value = said(raw)
    return None if "\0" in value else "'" + value.replace("'", "''") + "'"


def _backticks(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind == NAME:
            yield Hit(word.start, word.end, '"' + word.name.replace('"', '""') + '"')


def _double_quotes(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind == STRING and word.text.startswith('"'):
            yield Hit(word.start, word.end, quoted(word.text))


def _backslashes(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind == STRING and word.text[0] in "'\"" and "\\" in word.text:
            yield Hit(word.start, word.end, quoted(word.text))


def _string_names(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"AS"}, sql):
        after = sql.word(number + 1)
        if (
            after is not None
            and after.kind == STRING
            and word.depth == after.depth
            and sql.kind in ("SELECT", "WITH")
        ):
            yield Hit(after.start, after.end, '"' + said(after.text).replace('"', '""') + '"')


def _hashes(sql: Sql) -> Iterator[Hit]:
    """A comment from # to the end of the line, where no other comment has begun before it."""
    for start, end in sql.gaps():
        at = start
        while at < end:
            if sql.sql.startswith("/*", at):
                close = sql.sql.find("*/", at + 2, end)
                at = end if close < 0 else close + 2
            elif sql.sql.startswith("--", at) or sql.sql[at] == "#":
                if sql.sql[at] == "#":
                    yield Hit(at, at + 1, "-- ")
                line_end = sql.sql.find("\n", at, end)
                at = end if line_end < 0 else line_end
            else:
                at += 1


def _versioned(sql: Sql) -> Iterator[Hit]:
    for start, end in sql.gaps():
        for mark in EXECUTED:
            at = sql.sql.find(mark, start, end)
            while at >= 0:
                yield Hit(at, at + len(mark))
                at = sql.sql.find(mark, at + 1, end)


def _folded(name: str) -> bool:
    return name != name.lower() and name != name.upper()


def needs_quotes(name: str) -> bool:
    """Whether PostgreSQL would take a name without quotes for another one, or for a word of its own."""
    return _folded(name) or name.lower() in words.RESERVED_IN_POSTGRESQL


def _mixed_case(sql: Sql) -> Iterator[Hit]:
    if sql.tree is not None:
        for name, start, end in sql.identifiers():
            if _folded(name):
                yield Hit(start, end, f'"{name}"')
        return
    for number, word in enumerate(sql.words):
        if word.kind == "word" and _folded(word.text) and sql.at(number + 1) != "(":
            yield Hit(word.start, word.end)


_BEFORE_TABLE: t.Final = words.listed("FROM JOIN INTO UPDATE TABLE REFERENCES")
_NO_TABLE: t.Final = words.listed("TABLE SELECT IF LATERAL IGNORE ON")


def _plain_names(sql: Sql) -> Iterator[tuple[str, int, int]]:
    """Names without backticks: those of the tree; without one, those after a word that a table follows."""
    if sql.tree is not None:
        yield from sql.identifiers()
        return
    for number, _word in words_of(_BEFORE_TABLE, sql):
        after = sql.word(number + 1)
        if after is not None and after.kind == "word" and after.upper not in _NO_TABLE:
            yield after.text, after.start, after.end


def _reserved_there(sql: Sql) -> Iterator[Hit]:
    for name, start, end in _plain_names(sql):
        # PRIMARY is the name of MySQL's index in USE INDEX.
        if name.lower() in words.RESERVED_IN_POSTGRESQL and name.upper() != "PRIMARY":
            yield Hit(start, end, f'"{name}"')


def _reserved_later(sql: Sql) -> Iterator[Hit]:
    for name, start, end in _plain_names(sql):
        if name.upper() in words.RESERVED_SINCE:
            yield Hit(start, end)


def _parameters(sql: Sql) -> Iterator[Hit]:
    number = sql.memory.get("parameters_before", 0)
    for word in sql.words:
        if word.kind == PARAMETER and sql.in_program:
            number += 1
            yield Hit(word.start, word.end, f"${number}")


def _lists(sql: Sql) -> Iterator[Hit]:
    for number, word in enumerate(sql.words):
        if word.kind != PARAMETER or not sql.in_program:
            continue
        in_list = sql.at(number - 1) == "(" and sql.at(number - 2) == "IN" and sql.at(number + 1) == ")"
        if in_list or sql.at(number - 1) == "VALUES":
            yield Hit(word.start, word.end)


def _spliced_values(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind in (STRING, NAME):
            for name in sql.text.holes:
                at = word.text.find(name)
                if at >= 0:
                    yield Hit(word.start + at, word.start + at + len(name))


def _spliced_text(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind == HOLE or (word.kind == "word" and any(name in word.text for name in sql.text.holes)):
            yield Hit(word.start, word.end)


def _bits(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind == BITS:
            yield Hit(word.start, word.end)


def _introducers(sql: Sql) -> Iterator[Hit]:
    for number, word in enumerate(sql.words):
        after = sql.word(number + 1)
        if (
            word.kind == "word"
            and word.text.startswith("_")
            and after is not None
            and after.kind in (STRING, BITS)
        ):
            yield Hit(word.start, after.end)
        elif word.kind == STRING and word.text[:1] in ("N", "n"):
            yield Hit(word.start, word.end)


def _zero_dates(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind == STRING and said(word.text).startswith("0000-00-00"):
            yield Hit(word.start, word.end)


def _other_database(sql: Sql) -> Iterator[Hit]:
    """`db`.`table`, by the tree: elsewhere a point stands between a table and its column."""
    if sql.tree is None:
        return
    for table in sql.tree.find_all(exp.Table):
        part = table.args.get("db")
        start = part.meta.get("start") if part is not None else None
        if start is not None and part.name.lower() not in words.SYSTEM_DATABASES:
            yield Hit(start, part.meta["end"] + 1)


TEXT: t.Final = (
    Construct("backtick_name", "name in backticks", SAFE, 'Double quotes: `"name"`.', _backticks),
    Construct(
        "double_quoted_string",
        "string in double quotes",
        SAFE,
        "Single quotes. In double quotes PostgreSQL looks for a column of that name.",
        _double_quotes,
    ),
    Construct(
        "backslash_escape",
        "backslash in a string",
        SAFE,
        "PostgreSQL takes a backslash as it is: write the character itself, and a quote twice.",
        _backslashes,
    ),
    Construct(
        "string_as_name",
        "name of a result in quotes of a string",
        SAFE,
        'Double quotes: `AS "name"`.',
        _string_names,
    ),
    Construct("hash_comment", "comment that begins with #", SAFE, "`-- `.", _hashes),
    Construct(
        "versioned_comment",
        "comment that MySQL executes, `/*!…*/`",
        ADAPT,
        "PostgreSQL takes it as a comment: write out what it says, or leave it away.",
        _versioned,
    ),
    Construct(
        "mixed_case_name",
        "name with capitals, without quotes",
        SAFE,
        'PostgreSQL reads it in lower case: write it in double quotes, `"nameID"`.',
        _mixed_case,
    ),
    Construct(
        "reserved_there",
        "word that PostgreSQL reserves, as a name without quotes",
        SAFE,
        "Double quotes. `FROM user` is no error there: it reads the name of the session's role.",
        _reserved_there,
    ),
    Construct(
        "reserved_later",
        "word that a newer MySQL reserves, as a name without quotes",
        NOTE,
        "Nothing on PostgreSQL. The chain itself stops on such a server of MySQL.",
        _reserved_later,
    ),
    Construct(
        "parameter",
        "parameter `?`",
        SAFE,
        "`$1`, `$2` and so on, in the order of the list of values.",
        _parameters,
    ),
    Construct(
        "list_parameter",
        "parameter `?` that stands for a list",
        ADAPT,
        "`= ANY($1)` for `IN (?)`; a row of parameters for each row for `VALUES ?`.",
        _lists,
    ),
    Construct(
        "spliced_value",
        "value or name that the program puts between quotes",
        NOTE,
        "Runs if the text fits there. Rules for quotes and backslashes differ; a parameter is better.",
        _spliced_values,
    ),
    Construct(
        "spliced_text",
        "part of the statement that the program puts in",
        ADAPT,
        "Read what it puts in: the audit does not see it.",
        _spliced_text,
    ),
    Construct(
        "bits",
        "`x'…'`, `0x…` or `b'…'`",
        ADAPT,
        "`'\\x…'::bytea` for bytes, a plain number for a number.",
        _bits,
    ),
    Construct(
        "introducer",
        "string with its character set, `_utf8mb4'…'` or `N'…'`",
        ADAPT,
        "The string alone.",
        _introducers,
    ),
    Construct(
        "zero_date", "zero date", HARD, "PostgreSQL has none: decide for NULL or for a date.", _zero_dates
    ),
    Construct(
        "other_database",
        "table of a named database",
        ADAPT,
        "The name before the point is a schema on PostgreSQL. Other databases cannot be read.",
        _other_database,
    ),
    Construct(
        "variable",
        "user variable, `@name` or `:=`",
        HARD,
        "A subquery, a window function, or the program itself.",
        row("@ *", ":="),
    ),
)

__all__ = ("TEXT", "needs_quotes", "quoted", "said")
