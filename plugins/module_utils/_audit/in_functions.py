# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Constructs that are functions, or casts to a type."""

from __future__ import annotations

import typing as t

from .finders import ADAPT, HARD, SAFE, Construct, Hit, calls, function, row, words_of
from .sql import STRING, Sql
from .words import BEFORE_BRACKETS, PORTABLE_FUNCTIONS, PORTABLE_TYPES, listed

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_JSON_READ: t.Final = "JSON_EXTRACT JSON_VALUE JSON_QUERY"
_JSON_WRITE: t.Final = (
    "JSON_SET JSON_INSERT JSON_REPLACE JSON_REMOVE JSON_MERGE JSON_MERGE_PATCH JSON_MERGE_PRESERVE JSON_ARRAY_APPEND "
    "JSON_ARRAY_INSERT"
)
_JSON_MAKE: t.Final = "JSON_OBJECT JSON_ARRAY JSON_OBJECTAGG JSON_ARRAYAGG"
_JSON_REST: t.Final = (
    "JSON_CONTAINS JSON_CONTAINS_PATH JSON_SEARCH JSON_TABLE JSON_LENGTH JSON_UNQUOTE JSON_TYPE JSON_KEYS JSON_VALID "
    "JSON_OVERLAPS JSON_DEPTH JSON_QUOTE JSON_PRETTY JSON_STORAGE_SIZE JSON_SCHEMA_VALID JSON_EXISTS JSON_COMPACT "
    "JSON_DETAILED JSON_LOOSE JSON_NORMALIZE JSON_EQUALS"
)
_DATES: t.Final = (
    "UNIX_TIMESTAMP FROM_UNIXTIME DATE_FORMAT STR_TO_DATE DATE_ADD DATE_SUB ADDDATE SUBDATE DATEDIFF TIMEDIFF "
    "TIMESTAMPDIFF TIMESTAMPADD CURDATE CURTIME UTC_TIMESTAMP UTC_DATE UTC_TIME SYSDATE YEAR MONTH DAY DAYOFMONTH "
    "DAYOFWEEK DAYOFYEAR WEEKDAY WEEK WEEKOFYEAR QUARTER HOUR MINUTE SECOND MICROSECOND TIME_TO_SEC SEC_TO_TIME "
    "LAST_DAY CONVERT_TZ TIMESTAMP TIME DATE MAKEDATE MAKETIME TO_DAYS FROM_DAYS PERIOD_DIFF MONTHNAME DAYNAME "
    "ADDTIME SUBTIME TIME_FORMAT"
)
_TEXTS: t.Final = (
    "LOCATE INSTR SUBSTRING_INDEX FIND_IN_SET FIELD ELT MID LCASE UCASE SPACE STRCMP HEX UNHEX SHA SHA1 SHA2 "
    "TO_BASE64 FROM_BASE64 INET_ATON INET_NTOA INET6_ATON INET6_NTOA CHAR ORD BIN OCT CONV FORMAT QUOTE EXPORT_SET "
    "MAKE_SET INSERT SOUNDEX COMPRESS UNCOMPRESS AES_ENCRYPT AES_DECRYPT CRC32 REGEXP_LIKE WEIGHT_STRING EXTRACTVALUE "
    "UPDATEXML CHARSET COLLATION"
)
_NUMBERS: t.Final = "RAND TRUNCATE POW LOG LOG2 LOG10 ATAN2 BIT_COUNT"
_SESSION: t.Final = (
    "LAST_INSERT_ID ROW_COUNT FOUND_ROWS CONNECTION_ID GET_LOCK RELEASE_LOCK IS_FREE_LOCK IS_USED_LOCK SLEEP BENCHMARK "
    "VERSION USER SYSTEM_USER SESSION_USER MASTER_POS_WAIT UUID_SHORT ANY_VALUE"
)
_UUIDS: t.Final = "BIN_TO_UUID UUID_TO_BIN IS_UUID"
_ALL: t.Final = listed(
    " ".join((_JSON_READ, _JSON_WRITE, _JSON_MAKE, _JSON_REST, _DATES, _TEXTS, _NUMBERS, _SESSION, _UUIDS))
) | {"IFNULL", "IF", "ISNULL", "UUID", "LENGTH", "GROUP_CONCAT", "DATABASE", "SCHEMA", "CONVERT", "NVL"}
_DIFFERS: t.Final = "CONCAT"


def _unknown(sql: Sql) -> Iterator[Hit]:
    if sql.kind not in (
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "WITH",
        "REPLACE",
        "CREATE TABLE",
        "ALTER TABLE",
    ):
        return
    known = _ALL | PORTABLE_FUNCTIONS | BEFORE_BRACKETS | PORTABLE_TYPES
    casts = {
        "BINARY",
        "NCHAR",
        "DATETIME",
        "DOUBLE",
        "FLOAT",
        "SIGNED",
        "UNSIGNED",
        "ENUM",
        "SET",
        "VARBINARY",
    }
    for number, word in calls(sql):
        aliased = sql.at(number - 1) in ("FROM", ",") and sql.kind == "WITH"
        prefix = word.upper.startswith("ST_") or word.upper in casts
        if word.upper not in known and not prefix and not aliased and not _is_index_part(sql, number):
            yield Hit(word.start, word.end)


def _is_index_part(sql: Sql, number: int) -> bool:
    """`(column(10))` in an index looks like a call."""
    closes = sql.closing(number + 1)
    return sql.defines and closes == number + 3 and sql.words[number + 2].kind == "number"


def _arrows(sql: Sql) -> Iterator[Hit]:
    for number, word in enumerate(sql.words):
        path = sql.word(number + 1)
        if word.text in ("->", "->>") and path is not None and path.kind == STRING:
            yield Hit(word.start, path.end)


def _casts(names: frozenset[str]) -> t.Callable[[Sql], Iterator[Hit]]:
    def find(sql: Sql) -> Iterator[Hit]:
        for number, word in calls(sql):
            if word.upper != "CAST":
                continue
            for at in range(number + 1, sql.closing(number + 1)):
                if sql.at(at) == "AS" and sql.words[at].depth == word.depth + 1 and sql.at(at + 1) in names:
                    yield Hit(word.start, sql.words[at + 1].end)

    return find


def _cast_to_char(sql: Sql) -> Iterator[Hit]:
    for hit in _casts(frozenset({"CHAR"}))(sql):
        number = next(at for at, word in enumerate(sql.words) if word.end == hit.end)
        if sql.at(number + 1) != "(":
            yield Hit(sql.words[number].start, hit.end, "text")


def _databases(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"DATABASE", "SCHEMA"}, sql):
        if sql.at(number + 1) == "(" and sql.at(number + 2) == ")":
            yield Hit(word.start, sql.words[number + 2].end)


def _spatial(sql: Sql) -> Iterator[Hit]:
    for _number, word in calls(sql):
        if word.upper.startswith("ST_"):
            yield Hit(word.start, word.end)


FUNCTIONS: t.Final = (
    Construct("ifnull", "IFNULL()", SAFE, "`COALESCE()`.", function("IFNULL NVL", "COALESCE")),
    Construct(
        "if",
        "IF()",
        ADAPT,
        "`CASE WHEN … THEN … ELSE … END`, with a condition that is boolean.",
        function("IF"),
    ),
    Construct("isnull", "ISNULL()", ADAPT, "`x IS NULL`.", function("ISNULL")),
    Construct(
        "uuid",
        "UUID()",
        SAFE,
        "`gen_random_uuid()`: of version 4, MySQL's are of version 1.",
        function("UUID", "gen_random_uuid"),
    ),
    Construct(
        "uuid_bytes",
        "UUID_TO_BIN(), BIN_TO_UUID(), IS_UUID()",
        ADAPT,
        "The type `uuid` needs none of them.",
        function(_UUIDS),
    ),
    Construct(
        "length",
        "LENGTH()",
        SAFE,
        "`octet_length()`: MySQL counts bytes, PostgreSQL characters.",
        function("LENGTH", "octet_length"),
    ),
    Construct(
        "concat",
        "CONCAT()",
        ADAPT,
        "`a || b`: there one NULL makes all of it NULL, as it does here. PostgreSQL's `concat()` runs, and passes over "
        "NULL.",
        function(_DIFFERS),
    ),
    Construct(
        "group_concat",
        "GROUP_CONCAT()",
        ADAPT,
        "`string_agg(x, ',')`: it cuts nothing at 1024 bytes.",
        function("GROUP_CONCAT"),
    ),
    Construct(
        "json_read",
        "JSON_EXTRACT(), JSON_VALUE(), JSON_QUERY()",
        HARD,
        "`c -> 'a' -> 'b'`, `c #> '{a,b}'`, `jsonb_path_query`: decide between JSON and its text.",
        function(_JSON_READ),
    ),
    Construct(
        "json_arrow",
        "-> and ->> with a path",
        HARD,
        "`c -> 'a'`, `c #>> '{a,b}'`: a path that begins with `$` is a key there, and gives NULL without an error.",
        _arrows,
    ),
    Construct(
        "json_write",
        "JSON_SET(), JSON_REMOVE() and the like",
        HARD,
        "`jsonb_set()`, `c - 'a'`, `c #- '{a,b}'`, `||`: what becomes of a missing path differs.",
        function(_JSON_WRITE),
    ),
    Construct(
        "json_make",
        "JSON_OBJECT(), JSON_ARRAY() and their aggregates",
        HARD,
        "`jsonb_build_object()`, `jsonb_build_array()`, `jsonb_agg()`.",
        function(_JSON_MAKE),
    ),
    Construct(
        "json_search",
        "JSON_CONTAINS(), JSON_LENGTH(), JSON_UNQUOTE(), JSON_TABLE() and the like",
        HARD,
        "`@>`, `?`, `jsonb_array_length()`, `#>> '{}'`, `jsonb_to_recordset()`.",
        function(_JSON_REST),
    ),
    Construct("json_cast", "CAST(… AS JSON)", ADAPT, "`CAST(… AS jsonb)`.", _casts(frozenset({"JSON"}))),
    Construct(
        "cast_type",
        "CAST to SIGNED, UNSIGNED, DATETIME, BINARY and other types of MySQL's",
        ADAPT,
        "`bigint`, `timestamp`, `bytea`. PostgreSQL refuses a text that is no number; MySQL takes what it begins with.",
        _casts(frozenset({"SIGNED", "UNSIGNED", "DATETIME", "BINARY", "NCHAR", "DOUBLE", "FLOAT", "YEAR"})),
    ),
    Construct(
        "cast_to_char",
        "CAST(… AS CHAR)",
        SAFE,
        "`text`. PostgreSQL's `char` is one character: it cuts without a word.",
        _cast_to_char,
    ),
    Construct(
        "convert",
        "CONVERT()",
        ADAPT,
        "`CAST()`, or nothing where it changes the character set.",
        function("CONVERT"),
    ),
    Construct(
        "date_function",
        "functions of dates (DATE_FORMAT, UNIX_TIMESTAMP, DATEDIFF and the like)",
        ADAPT,
        "`to_char()`, `extract(epoch FROM …)`, `date_part()`, operators with intervals.",
        function(_DATES),
    ),
    Construct(
        "text_function",
        "functions of texts (LOCATE, FIND_IN_SET, SUBSTRING_INDEX, HEX and the like)",
        ADAPT,
        "`position()`, `split_part()`, `string_to_array()`, `encode()`.",
        function(_TEXTS),
    ),
    Construct(
        "number_function",
        "functions of numbers (RAND, TRUNCATE, LOG and the like)",
        ADAPT,
        "`random()`, `trunc()`, `power()`. PostgreSQL's `log()` is to the base 10.",
        function(_NUMBERS),
    ),
    Construct(
        "session_function",
        "functions of the session (LAST_INSERT_ID, ROW_COUNT, GET_LOCK and the like)",
        HARD,
        "`RETURNING id`, the count that the driver gives, advisory locks.",
        function(_SESSION),
    ),
    Construct("spatial_function", "ST_…()", HARD, "PostGIS has most of them.", _spatial),
    Construct("database_name", "DATABASE(), SCHEMA()", ADAPT, "`current_schema()`, mostly.", _databases),
    Construct("date_literal", "TIMESTAMP'…', DATE'…' of ODBC, {d '…'}", ADAPT, "`DATE '…'`.", row("{")),
    Construct(
        "other_function",
        "function that the audit does not know",
        ADAPT,
        "Look it up; a function of the database's own has to be made anew.",
        _unknown,
    ),
)

__all__ = ("FUNCTIONS",)
