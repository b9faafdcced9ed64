# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Constructs of statements that read and write rows, but for functions."""

from __future__ import annotations

import typing as t

from .finders import ADAPT, HARD, NOTE, SAFE, Construct, Hit, first, row, words_of
from .parsers import exp
from .sql import NUMBER, PARAMETER, STRING, Sql
from .words import listed

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_UNITS: t.Final = listed("MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH YEAR")
_WRITERS: t.Final = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_MODIFIERS: t.Final = frozenset(["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK"])


def _writes(sql: Sql) -> bool:
    return sql.kind in ("UPDATE", "DELETE")


def _before(sql: Sql, stop: str) -> Iterator[tuple[int, str]]:
    """Words outside brackets up to the word `stop`."""
    for number, word in enumerate(sql.words):
        if word.depth == 0:
            if word.upper == stop:
                return
            yield number, word.upper


def _joined_updates(sql: Sql) -> Iterator[Hit]:
    if sql.kind == "UPDATE" and any(word in ("JOIN", ",") for _number, word in _before(sql, "SET")):
        yield Hit(sql.words[0].start, sql.words[0].end)


def _joined_deletes(sql: Sql) -> Iterator[Hit]:
    if sql.kind != "DELETE":
        return
    number = 1
    while sql.at(number) in (*_MODIFIERS, "IGNORE"):
        number += 1
    others = any(word in ("JOIN", "USING", ",") for _number, word in _before(sql, "WHERE"))
    if sql.at(number) != "FROM" or others:
        yield Hit(sql.words[0].start, sql.words[0].end)


def _limited_writes(sql: Sql) -> Iterator[Hit]:
    for _number, word in words_of({"LIMIT", "ORDER"}, sql):
        if _writes(sql) and word.depth == 0:
            yield Hit(word.start, word.end)
            return


def _limits(sql: Sql) -> Iterator[Hit]:
    for number, _word in words_of({"LIMIT"}, sql):
        parts = [sql.word(number + offset) for offset in (1, 2, 3)]
        if all(parts) and sql.at(number + 2) == ",":
            skipped, _comma, rows = (t.cast("t.Any", one) for one in parts)
            numbered = PARAMETER not in (skipped.kind, rows.kind)
            yield Hit(skipped.start, rows.end, f"{rows.text} OFFSET {skipped.text}" if numbered else None)


def _ignored(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"IGNORE"}, sql):
        if number <= 2 and sql.kind in ("INSERT", "UPDATE", "DELETE"):
            yield Hit(word.start, word.end)


def _no_columns(sql: Sql) -> Iterator[Hit]:
    """INSERT INTO t VALUES, INSERT INTO t SELECT."""
    if sql.kind not in ("INSERT", "REPLACE"):
        return
    for number, _word in words_of({"INTO"}, sql):
        at = number + 1
        while sql.at(at + 1) == ".":
            at += 2
        after = (sql.at(at + 1), sql.at(at + 2))
        if after[0] in ("VALUES", "VALUE", "SELECT") or after == ("(", "SELECT"):
            yield Hit(sql.words[number + 1].start, sql.words[at].end)
        return


def _empty_rows(sql: Sql) -> Iterator[Hit]:
    if sql.kind != "INSERT":
        return
    for number, word in enumerate(sql.words):
        after = [sql.at(number + offset) for offset in range(1, 5)]
        if word.text == "(" and after in ([")", "VALUES", "(", ")"], [")", "VALUE", "(", ")"]):
            yield Hit(word.start, sql.words[number + 4].end, "DEFAULT VALUES")


def _set_inserts(sql: Sql) -> Iterator[Hit]:
    if sql.kind in ("INSERT", "REPLACE"):
        for number, word in words_of({"SET"}, sql):
            if number <= 6 and word.depth == 0:
                yield Hit(word.start, word.end)
                return


def _single_value(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"VALUE"}, sql):
        if sql.kind == "INSERT" and sql.at(number + 1) == "(" and word.depth == 0:
            yield Hit(word.start, word.end, "VALUES")


def _qualified_columns(sql: Sql) -> Iterator[Hit]:
    """`UPDATE t a SET a.c = 1`, `INSERT INTO t (t.c)`: PostgreSQL wants the column alone."""
    if sql.kind == "INSERT":
        opened = next((at for at in range(len(sql.words)) if sql.at(at) == "("), None)
        values = next((at for at in range(len(sql.words)) if sql.at(at) in ("VALUES", "SELECT", "SET")), 0)
        for number in (
            range(opened + 1, sql.closing(opened)) if opened is not None and opened < values else ()
        ):
            if sql.at(number + 1) == ".":
                yield Hit(sql.words[number].start, sql.words[number + 1].end, "")
    if sql.kind != "UPDATE":
        return
    for number, word in enumerate(sql.words):
        named = sql.word(number + 1)
        first_of_set = word.upper == "SET" or (word.text == "," and _in_set(sql, number))
        if (
            word.depth == 0
            and first_of_set
            and named is not None
            and named.names
            and sql.at(number + 2) == "."
        ):
            yield Hit(named.start, sql.words[number + 2].end, "")


def _in_set(sql: Sql, number: int) -> bool:
    outside = [sql.at(one) for one in range(number) if sql.words[one].depth == 0]
    return "SET" in outside and "WHERE" not in outside


def _flags(sql: Sql) -> Iterator[Hit]:
    """A column that the chain declares as tinyint, compared with 0 or 1, or set to it."""
    if sql.tree is None or not sql.flags:
        return
    for one in sql.tree.find_all(exp.EQ, exp.NEQ):
        column, value = one.this, one.expression
        if (
            isinstance(column, exp.Column)
            and column.name.lower() in sql.flags
            and isinstance(value, exp.Literal)
            and not value.is_string
            and value.name in ("0", "1")
        ):
            start = column.this.meta.get("start")
            if start is not None:
                yield Hit(start, column.this.meta["end"] + 1)


def _flag_rows(sql: Sql) -> Iterator[Hit]:
    """0 and 1 in the rows of an INSERT, in the place of such a column."""
    if not isinstance(sql.tree, exp.Insert) or not isinstance(sql.tree.this, exp.Schema):
        return
    columns = [one.name.lower() for one in sql.tree.this.expressions]
    named = list(sql.tree.this.expressions)
    rows = sql.tree.expression
    for one in rows.expressions if isinstance(rows, exp.Values) else ():
        for number, value in enumerate(one.expressions[: len(columns)] if isinstance(one, exp.Tuple) else ()):
            is_number = isinstance(value, exp.Literal) and not value.is_string and value.name in ("0", "1")
            start = named[number].meta.get("start")
            if columns[number] in sql.flags and is_number and start is not None:
                yield Hit(start, named[number].meta["end"] + 1)


def _hints(sql: Sql) -> Iterator[Hit]:
    for number, _word in words_of({"USE", "FORCE", "IGNORE"}, sql):
        if sql.at(number + 1) in ("INDEX", "KEY") and number > 0:
            opened = next((at for at in range(number, len(sql.words)) if sql.at(at) == "("), None)
            if opened is not None:
                yield Hit(sql.words[number - 1].end, sql.words[sql.closing(opened)].end, "")


def _intervals(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"INTERVAL"}, sql):
        amount, unit = sql.word(number + 1), sql.word(number + 2)
        if amount is None or unit is None or unit.upper not in _UNITS:
            if sql.at(number + 1) == "(" or (unit is not None and "_" in unit.upper):
                yield Hit(word.start, word.end)
            continue
        known = amount.kind in (NUMBER, STRING)
        said = amount.text.strip("'\"")
        yield Hit(word.start, unit.end, f"INTERVAL '{said} {unit.text}'" if known else None)


def _operators(sql: Sql) -> Iterator[Hit]:
    for number, word in enumerate(sql.words):
        if (
            (word.kind == "sign" and word.text in ("||", "&&", "!", "^"))
            or word.upper in ("XOR", "DIV")
            or (word.upper == "MOD" and sql.at(number + 1) != "(")
        ):
            yield Hit(word.start, word.end)


def _divisions(sql: Sql) -> Iterator[Hit]:
    for word in sql.words:
        if word.kind == "sign" and word.text == "/":
            yield Hit(word.start, word.end)


def _patterns(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"LIKE"}, sql):
        if not sql.defines and sql.kind != "SHOW" and sql.at(number - 1) != "SHOW":
            yield Hit(word.start, word.end)


def _binary(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"BINARY"}, sql):
        if not sql.defines and sql.at(number - 1) != "AS":
            yield Hit(word.start, word.end)


ROWS: t.Final = (
    Construct(
        "update_join",
        "UPDATE of joined tables",
        ADAPT,
        "`UPDATE a SET … FROM b WHERE a.id = b.a_id`; the updated table is not named again in FROM.",
        _joined_updates,
    ),
    Construct(
        "delete_join",
        "DELETE from joined tables",
        ADAPT,
        "`DELETE FROM a USING b WHERE a.id = b.a_id`, one statement for each table.",
        _joined_deletes,
    ),
    Construct(
        "limited_write",
        "UPDATE, DELETE with ORDER BY or LIMIT",
        HARD,
        "`WHERE id IN (SELECT id … ORDER BY … LIMIT n)`: decide which rows are meant.",
        _limited_writes,
    ),
    Construct(
        "insert_ignore",
        "INSERT IGNORE, UPDATE IGNORE",
        ADAPT,
        "`ON CONFLICT DO NOTHING`: it passes over rows that are there, and over no other error.",
        _ignored,
    ),
    Construct(
        "replace_row",
        "REPLACE",
        HARD,
        "`INSERT … ON CONFLICT (key) DO UPDATE`: REPLACE deletes the row first, and with it what depends on it.",
        first("REPLACE"),
    ),
    Construct(
        "on_duplicate_key",
        "ON DUPLICATE KEY UPDATE",
        ADAPT,
        "`ON CONFLICT (key) DO UPDATE SET c = EXCLUDED.c`: the key has to be named.",
        row("ON DUPLICATE KEY"),
    ),
    Construct(
        "insert_without_columns",
        "INSERT without columns",
        ADAPT,
        "Name the columns: their order differs between the two schemas.",
        _no_columns,
    ),
    Construct("insert_set", "INSERT … SET", ADAPT, "`INSERT INTO t (…) VALUES (…)`.", _set_inserts),
    Construct("empty_row", "INSERT … () VALUES ()", SAFE, "`DEFAULT VALUES`.", _empty_rows),
    Construct("value_for_values", "VALUE for VALUES", SAFE, "`VALUES`.", _single_value),
    Construct(
        "qualified_column",
        "column with its table behind SET, or in the columns of INSERT",
        SAFE,
        "The column alone.",
        _qualified_columns,
    ),
    Construct(
        "flag_as_number",
        "0 or 1 for a column that is tinyint",
        ADAPT,
        "`false` or `true` if the column is boolean there.",
        lambda sql: (hit for found in (_flags(sql), _flag_rows(sql)) for hit in found),
    ),
    Construct("limit_pair", "LIMIT a, b", SAFE, "`LIMIT b OFFSET a`.", _limits),
    Construct("index_hint", "USE INDEX, FORCE INDEX, IGNORE INDEX", SAFE, "Left away.", _hints),
    Construct(
        "select_option",
        "options of SELECT (STRAIGHT_JOIN, SQL_CALC_FOUND_ROWS and the like)",
        ADAPT,
        "Leave them away; `count(*) OVER ()` for the number of all rows.",
        row(
            "STRAIGHT_JOIN|SQL_CALC_FOUND_ROWS|SQL_NO_CACHE|SQL_CACHE|SQL_SMALL_RESULT|SQL_BIG_RESULT|DISTINCTROW"
        ),
    ),
    Construct(
        "write_option",
        "options of a write (LOW_PRIORITY and the like)",
        SAFE,
        "Left away.",
        row("LOW_PRIORITY|HIGH_PRIORITY|DELAYED|QUICK", instead="", where=lambda sql: sql.kind in _WRITERS),
    ),
    Construct(
        "share_lock",
        "LOCK IN SHARE MODE",
        SAFE,
        "`FOR SHARE`.",
        row("LOCK IN SHARE MODE", instead="FOR SHARE"),
    ),
    Construct("from_dual", "FROM DUAL", SAFE, "Left away.", row("FROM DUAL", instead="")),
    Construct(
        "null_safe_equal",
        "<=>",
        SAFE,
        "`IS NOT DISTINCT FROM`.",
        row("<=>", instead="IS NOT DISTINCT FROM"),
    ),
    Construct(
        "pattern_match",
        "REGEXP, RLIKE",
        ADAPT,
        "`~*` (without case) or `~`; the two languages of patterns differ.",
        row("REGEXP|RLIKE"),
    ),
    Construct(
        "like",
        "LIKE",
        NOTE,
        "Runs, and counts case and accents: `ILIKE` for case. MySQL's `=` ignores both as well.",
        _patterns,
    ),
    Construct(
        "operator",
        "||, &&, !, ^, XOR, DIV, MOD",
        ADAPT,
        "`OR`, `AND`, `NOT`, `#`, `<>` of booleans, `div()`, `%`. To PostgreSQL `||` joins texts.",
        _operators,
    ),
    Construct(
        "division",
        "division",
        NOTE,
        "Runs. Of two integers PostgreSQL gives the integer part, MySQL a fraction.",
        _divisions,
    ),
    Construct("binary_operator", "BINARY before a text", ADAPT, 'Nothing, or `COLLATE "C"`.', _binary),
    Construct(
        "interval",
        "INTERVAL n UNIT",
        SAFE,
        "`INTERVAL 'n unit'`; `n * INTERVAL '1 day'` for a number that is computed.",
        _intervals,
    ),
    Construct("json_member", "MEMBER OF", HARD, "`@>` of `jsonb`.", row("MEMBER OF")),
)

__all__ = ("ROWS",)
