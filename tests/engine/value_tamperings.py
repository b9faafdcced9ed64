# SPDX-License-Identifier: GPL-3.0-or-later
"""Tamperings with single values of a loaded target, as data: column by column, what its type tells apart."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tampered:
    """A value of the target put in the place of the loaded one; `sql` may name the column as `{c}`.

    `unseen`: why no verification can tell the two apart.
    """

    name: str
    sql: str
    unseen: str = ""


@dataclass(frozen=True)
class Column:
    """A column on both sides, and the value that every row of the source has (SQL of the source)."""

    name: str
    source: str
    target: str
    value: str
    tamperings: tuple[Tampered, ...]
    families: tuple[str, ...] = field(default=("mariadb", "mysql"))


def _column(name: str, source: str, target: str, value: str, *tamperings: tuple[str, ...]) -> Column:
    return Column(name, source, target, value, tuple(Tampered(*one) for one in tamperings))


_NULL = ("null instead of the value", "NULL")
_PRINTS = "the type prints and compares both alike"

NUMBERS = (
    _column("small", "smallint", "smallint", "7", ("one more", "{c} + 1"), ("the sign", "-{c}"), _NULL),
    _column(
        "big",
        "bigint",
        "bigint",
        "9223372036854775807",
        ("one less at the end of the range", "{c} - 1"),
        ("as a double would have it", "9223372036854774784"),
    ),
    _column("wide", "int unsigned", "bigint", "4294967295", ("as signed", "-1"), _NULL),
    _column("yes", "tinyint(1)", "boolean", "1", ("the other truth", "NOT {c}"), _NULL),
    _column(
        "money",
        "decimal(20,6)",
        "numeric",
        "12345678901234.567890",
        ("one in the last place", "{c} + 0.000001"),
        ("one beyond the source's scale", "{c} + 0.0000001"),
        ("more zeros behind the point", "12345678901234.567890000", _PRINTS),
        ("NaN", "'NaN'"),
        ("infinity", "'Infinity'"),
    ),
    _column("single", "float", "real", "0.1", ("the next float", "'0.10000001'::real"), ("NaN", "'NaN'")),
    _column(
        "twice",
        "double",
        "double precision",
        "1e23",
        ("the next double", "1.0000000000000001e23"),
        ("infinity", "'-Infinity'"),
        ("NaN", "'NaN'"),
    ),
    _column("zero", "double", "double precision", "0", ("the sign of zero", "'-0'::float8")),
    _column("flags", "bit(8)", "bit(8)", "b'00000001'", ("a bit", "B'00000011'"), ("all bits", "~{c}")),
    _column("nibble", "bit(4)", "integer", "b'1010'", ("a bit", "{c} | 1")),
    _column("vintage", "year", "smallint", "1999", ("a century", "{c} - 100")),
)

TEXTS = (
    _column(
        "short",
        "varchar(60)",
        "varchar(60)",
        "'Größe é'",
        ("its case", "upper({c})"),
        ("a blank behind", "{c} || ' '"),
        ("another form of the same letter", "normalize({c}, NFD)"),
        ("a letter that looks the same", "replace({c}, 'e', U&'\\0435')"),
        ("a zero-width letter", "{c} || U&'\\200B'"),
        ("a line break behind", "{c} || chr(10)"),
        ("empty", "''"),
        ("the letter that stands for NULL", "'N'"),
        _NULL,
    ),
    _column(
        "hollow", "varchar(60)", "varchar(60)", "''", ("NULL instead of empty", "NULL"), ("a blank", "' '")
    ),
    _column("nothing", "varchar(60)", "varchar(60)", "NULL", ("empty instead of NULL", "''"), ("N", "'N'")),
    _column(
        "long",
        "longtext",
        "text",
        "REPEAT('0123456789abcdef', 64)",
        ("one character in the middle", "overlay({c} placing 'X' from 500)"),
        ("its last character cut", "left({c}, -1)"),
        ("two parts exchanged", "right({c}, 8) || left({c}, -8)"),
    ),
    _column(
        "padded",
        "char(10)",
        "char(10)",
        "'abc'",
        ("a letter", "'abd'"),
        ("blanks behind", "'abc   '", _PRINTS),
        ("a blank before", "' abc'"),
    ),
    _column("mood", "enum('sad','ok','glad')", "mood", "'ok'", ("another label", "'glad'"), _NULL),
    _column("mood_text", "enum('sad','ok','glad')", "text", "'ok'", ("its case", "'OK'")),
    _column(
        "members",
        "set('a','b','c')",
        "text[]",
        "'a,b'",
        ("another order", "'{b,a}'"),
        ("a member twice", "'{a,b,b}'"),
        ("a member less", "'{a}'"),
        ("one member with a comma", "'{\"a,b\"}'"),
        ("two dimensions", "'{{a,b}}'"),
        ("counted from zero", "'[0:1]={a,b}'"),
        ("a NULL member", "'{a,b,NULL}'"),
        ("empty", "'{}'"),
    ),
)

DOCUMENTS = (
    _column(
        "uid", "char(36)", "uuid", "'0f8fad5b-d9cb-469f-a165-70867728950e'", ("a digit", "gen_random_uuid()")
    ),
    _column(
        "packed",
        "binary(16)",
        "uuid",
        "X'0f8fad5bd9cb469fa16570867728950e'",
        ("its halves exchanged", "'d9cb469f-ad5b-0f8f-a165-70867728950e'"),
    ),
    _column(
        "host",
        "varchar(50)",
        "inet",
        "'192.168.0.1'",
        ("a netmask", "'192.168.0.1/24'"),
        ("another host", "'192.168.0.2'"),
        ("as IPv6", "'::ffff:192.168.0.1'"),
    ),
    _column(
        "written",
        "longtext",
        "json",
        '\'{"b": 1, "a": [1.0, 2]}\'',
        ("a blank less", '\'{"b":1, "a": [1.0, 2]}\''),
        ("another order of keys", '\'{"a": [1.0, 2], "b": 1}\''),
        ("a key twice", '\'{"b": 1, "b": 1, "a": [1.0, 2]}\''),
    ),
    _column(
        "parsed",
        "json",
        "jsonb",
        '\'{"b": 1, "a": [1.5, 2, null, "x"]}\'',
        ("an order of an array", '\'{"b": 1, "a": [2, 1.5, null, "x"]}\''),
        ("a number as a text", '\'{"b": "1", "a": [1.5, 2, null, "x"]}\''),
        ("null as a missing key", '\'{"b": 1, "a": [1.5, 2, "x"]}\''),
        ("a number's last digit", '\'{"b": 1, "a": [1.50000000000000000001, 2, null, "x"]}\''),
        ("JSON's null", "'null'"),
        ("more zeros behind the point", '\'{"b": 1, "a": [1.50, 2, null, "x"]}\'', _PRINTS),
        _NULL,
    ),
    _column(
        "bytes",
        "varbinary(60)",
        "bytea",
        "X'00ff10'",
        ("a bit", "'\\x00ff11'"),
        ("a zero byte behind", "{c} || '\\x00'"),
        ("a zero byte before", "'\\x00' || {c}"),
        ("empty", "''"),
    ),
    _column("spelled", "varchar(60)", "bytea", "'é'", ("another encoding", "'\\xe9'")),
)

TIMES = (
    _column(
        "day",
        "date",
        "date",
        "'2024-03-01'",
        ("the next day", "{c} + 1"),
        ("the era", "'2024-03-01 BC'"),
        ("infinity", "'infinity'"),
        _NULL,
    ),
    _column(
        "local",
        "datetime(6)",
        "timestamp",
        "'2024-07-15 12:00:00.000001'",
        ("a microsecond", "{c} + interval '1 microsecond'"),
        ("the era", "'2024-07-15 12:00:00.000001 BC'"),
        ("infinity", "'-infinity'"),
    ),
    _column(
        "instant",
        "timestamp NULL",
        "timestamptz",
        "'2024-07-15 12:00:00'",
        ("an hour", "{c} + interval '1 hour'"),
        ("another zone of the same moment", "'2024-07-15 12:00:00+00'", _PRINTS),
        ("the era", "'2024-07-15 12:00:00+00 BC'"),
        ("infinity", "'infinity'"),
    ),
    _column(
        "clock",
        "time(6)",
        "time",
        "'00:00:00'",
        ("the end of the day", "'24:00:00'"),
        ("a microsecond", "'00:00:00.000001'"),
    ),
    _column(
        "span",
        "time",
        "interval",
        "'720:00:00'",
        ("days instead of hours", "'30 days'"),
        ("a month instead of hours", "'1 month'"),
        ("the sign", "-{c}"),
        ("a month more and 30 days less", "{c} + '1 month'::interval - '30 days'::interval"),
    ),
    _column(
        "midnight",
        "date",
        "timestamp",
        "'2024-07-15'",
        ("a second", "{c} + interval '1 second'"),
        ("the era", "'2024-07-15 BC'"),
    ),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "numbers": NUMBERS,
    "texts": TEXTS,
    "documents": DOCUMENTS,
    "times": TIMES,
}


def cases(table: str) -> list[tuple[int, Column, Tampered]]:
    """The row that each tampering of a table has for itself, its column, and what is done."""
    return [
        (number, column, one)
        for number, (column, one) in enumerate(
            ((column, one) for column in TABLES[table] for one in column.tamperings), start=1
        )
    ]
