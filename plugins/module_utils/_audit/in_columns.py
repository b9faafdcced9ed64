# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Constructs of columns: types and what is said about a column."""

from __future__ import annotations

import typing as t

from .finders import ADAPT, HARD, NOTE, SAFE, Construct, Hit, Type, of_type, row, types, words_of
from .sql import HOLE, STRING, Sql
from .words import PORTABLE_TYPES, listed

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_KNOWN: t.Final = listed(
    "TINYINT MEDIUMINT DATETIME TIMESTAMP YEAR DOUBLE FLOAT REAL LONGTEXT MEDIUMTEXT TINYTEXT BLOB "
    "LONGBLOB MEDIUMBLOB TINYBLOB BINARY VARBINARY ENUM SET BIT GEOMETRY POINT LINESTRING POLYGON "
    "MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION SERIAL UUID INET4 INET6 NATIONAL NCHAR "
    "NVARCHAR FIXED VECTOR INT1 INT2 INT3 INT4 INT8 MIDDLEINT LONG"
)


def _tinyint(with_one: bool) -> t.Callable[[Sql], Iterator[Hit]]:
    def find(sql: Sql) -> Iterator[Hit]:
        for one in types(sql):
            if one.word.upper == "TINYINT" and (one.arguments == ("1",)) == with_one:
                yield Hit(one.word.start, one.end)

    return find


def _widths(sql: Sql) -> Iterator[Hit]:
    for one in types(sql):
        if one.word.upper in ("INT", "INTEGER", "BIGINT", "SMALLINT") and one.arguments:
            yield Hit(one.word.start, one.end, one.word.text)


def _uuids(sql: Sql) -> Iterator[Hit]:
    for one in types(sql):
        if one.word.upper == "CHAR" and one.arguments == ("36",):
            yield Hit(one.word.start, one.end)


def _scaled(scaled: bool, names: tuple[str, ...], instead: str | None) -> t.Callable[[Sql], Iterator[Hit]]:
    """Floating point with digits behind the point, or without."""

    def find(sql: Sql) -> Iterator[Hit]:
        for one in types(sql):
            precise = one.word.upper == "DOUBLE" and sql.at(one.number + 1) == "PRECISION"
            if one.word.upper in names and (len(one.arguments) == 2) == scaled and not precise:
                yield Hit(one.word.start, one.end, instead)

    return find


def _floats(sql: Sql) -> Iterator[Hit]:
    for one in types(sql):
        if one.word.upper == "FLOAT" and len(one.arguments) < 2:
            wide = bool(one.arguments) and one.arguments[0].isdigit() and int(one.arguments[0]) > 24
            yield Hit(one.word.start, one.end, "double precision" if wide else "real")


def _timestamp(one: Type) -> str:
    return f"timestamp({one.arguments[0] if one.arguments else 0})"


def _unknown(sql: Sql) -> Iterator[Hit]:
    for one in types(sql):
        upper = one.word.upper
        if one.word.kind != HOLE and upper not in _KNOWN and upper not in PORTABLE_TYPES:
            yield Hit(one.word.start, one.end)


def _default_now(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"CURRENT_TIMESTAMP", "NOW"}, sql):
        if sql.defines and sql.at(number - 1) in ("DEFAULT", "("):
            yield Hit(word.start, word.end)


def comments(*, of_table: bool) -> t.Callable[[Sql], Iterator[Hit]]:
    """COMMENT of a column; that of a table stands outside the brackets, or has an equals sign."""

    def find(sql: Sql) -> Iterator[Hit]:
        for number, word in words_of({"COMMENT"}, sql):
            equals = sql.at(number + 1) == "="
            said = sql.word(number + 1 + equals)
            if not sql.defines or said is None or said.kind != STRING:
                continue
            outside = word.depth == 0 and (sql.makes_table or equals or number == 3)
            if outside == of_table:
                yield Hit(word.start, said.end)

    return find


def _positions(sql: Sql) -> Iterator[Hit]:
    if sql.kind != "ALTER TABLE":
        return
    for number, word in words_of({"AFTER", "FIRST"}, sql):
        after = sql.word(number + 1)
        if word.upper == "AFTER" and after is not None and after.names:
            yield Hit(sql.words[number - 1].end, after.end, "")
        elif word.upper == "FIRST" and (after is None or after.text == ",") and number > 3:
            yield Hit(sql.words[number - 1].end, word.end, "")


def _generated(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"AS"}, sql):
        if sql.defines and sql.at(number + 1) == "(" and sql.at(number + 2) != "SELECT":
            begins = sql.words[number - 2] if sql.at(number - 1) == "ALWAYS" else word
            yield Hit(begins.start, sql.words[sql.closing(number + 1)].end)


def _starts_at(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"AUTO_INCREMENT"}, sql):
        equals = sql.at(number + 1) == "="
        value = sql.word(number + 1 + equals)
        if value is not None and value.kind in ("number", HOLE):
            yield Hit(word.start, value.end)


def _counted(sql: Sql) -> Iterator[Hit]:
    starts = {hit.start for hit in _starts_at(sql)}
    for _number, word in words_of({"AUTO_INCREMENT"}, sql):
        if word.start not in starts and sql.defines:
            yield Hit(word.start, word.end)


def _charsets(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"CHARSET", "CHARACTER"}, sql):
        long = word.upper == "CHARACTER"
        if not sql.defines or (long and sql.at(number + 1) != "SET"):
            continue
        equals = sql.at(number + 1 + long) == "="
        last = sql.word(number + 1 + long + equals)
        begins = sql.words[number - 1] if sql.at(number - 1) == "DEFAULT" else word
        if last is not None:
            alone = sql.kind == "ALTER TABLE" and (
                word.depth == 0 and (equals or sql.at(number - 1) in ("TO", "DEFAULT"))
            )
            yield Hit(begins.start, last.end, None if alone else "")


def _collations(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"COLLATE"}, sql):
        last = sql.word(number + 1 + (sql.at(number + 1) == "="))
        if last is not None:
            yield Hit(word.start, last.end)


COLUMNS: t.Final = (
    Construct(
        "tinyint_1",
        "tinyint(1)",
        ADAPT,
        "`boolean`, with `false` and `true` for `0` and `1` in defaults and conditions.",
        _tinyint(True),
    ),
    Construct(
        "tinyint",
        "tinyint without width, or with another than 1",
        ADAPT,
        "`boolean` where the entity says so (TypeORM writes a boolean as `tinyint`), else `smallint`.",
        _tinyint(False),
        (("type", "tinyint"),),
    ),
    Construct(
        "integer_width", "width for show, int(11)", SAFE, "The type alone.", _widths, (("width", "*"),)
    ),
    Construct(
        "mediumint",
        "mediumint",
        SAFE,
        "`integer`.",
        of_type("MEDIUMINT MIDDLEINT INT3", "integer"),
        (("type", "mediumint"),),
    ),
    Construct(
        "unsigned",
        "UNSIGNED",
        ADAPT,
        "The next larger type if the values need it, and `CHECK (c >= 0)` if the application relies on it.",
        row("UNSIGNED", where=lambda sql: sql.defines),
        (("unsigned", "true"),),
    ),
    Construct(
        "zerofill",
        "ZEROFILL",
        ADAPT,
        "A number; the zeros are for the application to show.",
        row("ZEROFILL"),
        (("zerofill", "true"),),
    ),
    Construct(
        "char_36",
        "char(36)",
        ADAPT,
        "`uuid`, which TypeORM writes there for the same entity. A foreign key between the two types is refused.",
        _uuids,
    ),
    Construct(
        "datetime",
        "datetime",
        SAFE,
        "`timestamp(6)` for `datetime(6)`, `timestamp(0)` for `datetime`: both servers round alike.",
        of_type("DATETIME", _timestamp),
        (("type", "datetime"),),
    ),
    Construct(
        "timestamp",
        "timestamp",
        ADAPT,
        "`timestamptz`: MySQL's is a moment, PostgreSQL's `timestamp` is what a clock shows.",
        of_type("TIMESTAMP"),
    ),
    Construct("year", "year", ADAPT, "`smallint`.", of_type("YEAR"), (("type", "year"),)),
    Construct(
        "double",
        "double, real",
        SAFE,
        "`double precision`.",
        _scaled(False, ("DOUBLE", "REAL"), "double precision"),
        (("type", "double"),),
    ),
    Construct("float", "float", SAFE, "`real`: PostgreSQL's `float` has eight bytes.", _floats),
    Construct(
        "scaled_float",
        "float(p,s), double(p,s)",
        ADAPT,
        "`numeric(p,s)` where digits count, else `double precision`.",
        _scaled(True, ("FLOAT", "DOUBLE", "REAL"), None),
    ),
    Construct(
        "sized_text",
        "longtext, mediumtext, tinytext",
        SAFE,
        "`text`.",
        of_type("LONGTEXT MEDIUMTEXT TINYTEXT LONG", "text"),
        (("type", "longtext"), ("type", "mediumtext"), ("type", "tinytext")),
    ),
    Construct(
        "blob",
        "blob and its sizes",
        SAFE,
        "`bytea`.",
        of_type("BLOB LONGBLOB MEDIUMBLOB TINYBLOB", "bytea"),
        (("type", "blob"), ("type", "longblob"), ("type", "mediumblob"), ("type", "tinyblob")),
    ),
    Construct(
        "binary",
        "binary(n), varbinary(n)",
        ADAPT,
        "`bytea`, or `uuid` for sixteen bytes that are one. It has no length and nothing is filled up with zeros.",
        of_type("BINARY VARBINARY"),
        (("type", "binary"), ("type", "varbinary")),
    ),
    Construct(
        "enum",
        "enum",
        ADAPT,
        "`CREATE TYPE … AS ENUM (…)` before, and its name as the type; another value is `ALTER TYPE … ADD VALUE`.",
        of_type("ENUM"),
    ),
    Construct(
        "set",
        "set",
        HARD,
        "`text[]`, or a table of its own: the application reads it.",
        of_type("SET"),
        (("type", "set"),),
    ),
    Construct(
        "bit",
        "bit",
        ADAPT,
        "`boolean` for `bit(1)`, else `bit(n)`: its values are written as text there.",
        of_type("BIT"),
        (("type", "bit"),),
    ),
    Construct(
        "spatial_type",
        "types of the map",
        HARD,
        "PostGIS, or PostgreSQL's own `point` and `polygon`: the application reads them.",
        of_type(
            "GEOMETRY POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION"
        ),
        (("type", "geometry"), ("type", "point"), ("type", "polygon"), ("type", "linestring")),
    ),
    Construct(
        "json_type",
        "json",
        NOTE,
        "Runs. `jsonb` can be compared and indexed, and is what TypeORM's entities mostly mean.",
        of_type("JSON"),
        (("type", "json"),),
    ),
    Construct(
        "other_type",
        "type that only MySQL or MariaDB knows, or nobody",
        ADAPT,
        "Look the type up.",
        lambda sql: (
            hit
            for found in (
                _unknown(sql),
                of_type("SERIAL UUID INET4 INET6 NATIONAL NCHAR NVARCHAR FIXED VECTOR INT1 INT2 INT4 INT8")(
                    sql
                ),
            )
            for hit in found
        ),
    ),
    Construct(
        "auto_increment",
        "AUTO_INCREMENT of a column",
        ADAPT,
        "`serial`, as TypeORM writes it, or `GENERATED BY DEFAULT AS IDENTITY`.",
        _counted,
    ),
    Construct(
        "auto_increment_start",
        "AUTO_INCREMENT = n",
        ADAPT,
        "`ALTER SEQUENCE … RESTART WITH n`.",
        _starts_at,
    ),
    Construct(
        "on_update_now",
        "ON UPDATE CURRENT_TIMESTAMP",
        ADAPT,
        "Leave it away where TypeORM's `@UpdateDateColumn` sets the column; a trigger where raw SQL writes too.",
        row("ON UPDATE CURRENT_TIMESTAMP|NOW|LOCALTIME|LOCALTIMESTAMP"),
        (("onUpdate", "CURRENT_TIMESTAMP"),),
    ),
    Construct(
        "default_now",
        "CURRENT_TIMESTAMP as a default",
        NOTE,
        "Runs. In a `timestamp` without zone it is the time of the session's zone: keep that at UTC.",
        _default_now,
    ),
    Construct(
        "charset",
        "character set of a column or a table",
        SAFE,
        "Left away: the database has one, UTF-8.",
        _charsets,
        (("charset", "*"),),
    ),
    Construct(
        "collation",
        "collation",
        ADAPT,
        "Decide: bytes as they are, `citext`, or a collation of ICU. MySQL's ignore case and accents, in UNIQUE too.",
        _collations,
        (("collation", "*"),),
    ),
    Construct(
        "column_comment",
        "COMMENT of a column",
        ADAPT,
        "`COMMENT ON COLUMN t.c IS '…'`, a statement of its own.",
        comments(of_table=False),
    ),
    Construct(
        "column_position",
        "place of a column, AFTER c, FIRST",
        SAFE,
        "Left away: a new column is the last one. Statements must name their columns.",
        _positions,
    ),
    Construct(
        "generated_column",
        "generated column",
        ADAPT,
        "`GENERATED ALWAYS AS (…) STORED`, with an expression that PostgreSQL calls immutable.",
        _generated,
        (("generatedType", "*"),),
    ),
)

__all__ = ("COLUMNS", "comments")
