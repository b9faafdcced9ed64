# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that do not fit: every class, every policy, and what has to lie on the target afterwards."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.types.case import BOTH, hexadecimal, utf8

Outcome = str | None
"""PostgreSQL's own text of the value that has to be there."""


@dataclass(frozen=True)
class Misfit:
    """A column with values of one class among others that fit."""

    misfit: str
    source: str
    target: str
    bad: tuple[str, ...]
    """Literals of the class."""
    good: Mapping[str, Outcome]
    """Literals that fit, and what they become."""
    policies: Mapping[str, tuple[Outcome, ...]] = field(default_factory=dict)
    """Policy (`replace: VALUE` with its value) and what each bad value becomes."""
    families: tuple[str, ...] = BOTH
    prelude: tuple[str, ...] = ()
    nullable: bool = True
    engine: str = "InnoDB"
    converter: str | None = None
    """Of a pair that only a rule selects."""

    @property
    def name(self) -> str:
        rule = f" by {self.converter}" if self.converter else ""
        return f"{self.misfit} {self.source} to {self.target}{rule}"

    @property
    def table(self) -> str:
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")[:58]

    def __str__(self) -> str:
        return self.name


def _nulls(count: int) -> tuple[Outcome, ...]:
    return (None,) * count


def texts(*values: str) -> tuple[str, ...]:
    return tuple(utf8(value) for value in values)


def _point(srid: int) -> bytes:
    return struct.pack("<IBIdd", srid, 1, 1, 1.5, -2)


_UUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
_NIL = "00000000-0000-0000-0000-000000000000"
_NO_UUIDS = texts(
    "abc",
    _UUID.replace("-", "")[1:],
    _UUID.replace("-", "") + "0",
    f"{{{_UUID}}}",
    f" {_UUID}"[:36],
    f"{_UUID[:35]}g",
    f"{_UUID[:35]}\n",
)

STRINGS = (
    Misfit(
        "empty_string",
        "CHAR(36)",
        "uuid",
        texts("", "  "),
        {utf8(_UUID): _UUID, "NULL": None},
        {"null": _nulls(2), f"replace: {_NIL}": (_NIL,) * 2},
    ),
    Misfit(
        "empty_string",
        "VARCHAR(45)",
        "inet",
        texts(""),
        {utf8("::1"): "::1"},
        {"null": _nulls(1), "replace: 0.0.0.0": ("0.0.0.0",)},
    ),
    Misfit(
        "empty_string",
        "TEXT",
        "jsonb",
        texts(""),
        {utf8("[1]"): "[1]"},
        {"null": _nulls(1), "replace: {}": ("{}",)},
    ),
    Misfit("empty_string", "TEXT", "json", texts(""), {utf8("[1]"): "[1]"}, {"replace: {}": ("{}",)}),
    Misfit(
        "not_a_uuid",
        "VARCHAR(40)",
        "uuid",
        _NO_UUIDS,
        {utf8(_UUID): _UUID, utf8(_UUID.upper()): _UUID, utf8(_UUID.replace("-", "")): _UUID},
        {"null": _nulls(len(_NO_UUIDS)), f"replace: {_NIL}": (_NIL,) * len(_NO_UUIDS)},
    ),
    Misfit(
        "null_value",
        "INT",
        "integer",
        ("NULL", "NULL"),
        {"0": "0", "7": "7"},
        {"replace: -1": ("-1",) * 2},
        nullable=False,
    ),
    Misfit(
        "null_value",
        "VARCHAR(10)",
        "text",
        ("NULL",),
        {utf8(""): "", utf8("x"): "x"},
        {"replace: none": ("none",)},
        nullable=False,
    ),
    Misfit(
        "null_value",
        "BIGINT UNSIGNED",
        "numeric(20)",
        ("NULL",),
        {"18446744073709551615": "18446744073709551615"},
        {"replace: 0": ("0",)},
        nullable=False,
    ),
    Misfit(
        "null_value",
        "DATETIME(6)",
        "timestamp",
        ("NULL",),
        {"'2024-02-29 23:59:59.999999'": "2024-02-29 23:59:59.999999"},
        {"replace: 1970-01-01": ("1970-01-01 00:00:00",)},
        nullable=False,
    ),
    Misfit(
        "nul_character",
        "VARCHAR(20)",
        "text",
        texts("\0", "a\0b", "\0\0é"),
        {utf8("0"): "0", utf8(""): ""},
        {"null": _nulls(3), "strip": ("", "ab", "é"), "replace: ␀": ("␀", "a␀b", "␀␀é")},
    ),
    Misfit(
        "nul_character",
        "VARCHAR(20) CHARACTER SET latin1",
        "varchar(20)",
        texts("a\0b"),
        {utf8("é"): "é"},
        {"strip": ("ab",)},
    ),
    Misfit(
        "nul_character",
        "VARBINARY(20)",
        "text",
        (hexadecimal(b"a\0b"),),
        {hexadecimal("é".encode()): "é"},
        {"null": _nulls(1), "strip": ("ab",), "replace: ?": ("a?b",)},
    ),
    Misfit(
        "too_long",
        "VARCHAR(20)",
        "varchar(5)",
        texts("abcdef", "😀😀😀😀😀😀", "a     "),
        {utf8("😀😀é😀😀"): "😀😀é😀😀"},
        {"null": _nulls(3), "truncate": ("abcde", "😀😀😀😀😀", "a    ")},
    ),
    Misfit(
        "too_long",
        "CHAR(20) CHARACTER SET latin1",
        "char(3)",
        texts("éééé"),
        {utf8("é"): "é  "},
        {"truncate": ("ééé",)},
    ),
    Misfit(
        "too_long",
        "VARBINARY(60)",
        "varchar(5)",
        (hexadecimal("éééééé".encode()),),
        {hexadecimal("ééééé".encode()): "ééééé"},
        {"null": _nulls(1), "truncate": ("ééééé",)},
    ),
    Misfit(
        "too_long",
        "ENUM('short','much longer')",
        "varchar(5)",
        ("'much longer'",),
        {"'short'": "short"},
        {"null": _nulls(1), "truncate": ("much ",)},
    ),
    Misfit("too_long", "SET('a','bb')", "varchar(2)", ("'a,bb'",), {"'bb'": "bb"}, {"truncate": ("a,",)}),
    Misfit(
        "too_long", "INT", "varchar(3)", ("1234", "-100"), {"999": "999", "-99": "-99"}, {"null": _nulls(2)}
    ),
    Misfit("too_long", "DECIMAL(6,2)", "varchar(4)", ("10.25",), {"1.25": "1.25"}, {"null": _nulls(1)}),
    Misfit(
        "too_long",
        "DATETIME",
        "varchar(10)",
        ("'2024-02-29 01:02:03'",),
        {"NULL": None},
        {"null": _nulls(1), "truncate": ("2024-02-29",)},
    ),
    Misfit(
        "too_long", "TIME", "varchar(8)", ("'-12:00:00'",), {"'12:00:00'": "12:00:00"}, {"null": _nulls(1)}
    ),
    Misfit(
        "too_long",
        "JSON",
        "varchar(6)",
        ("'[1, 2, 3]'",),
        {"'[1, 2]'": "[1, 2]"},
        {"null": _nulls(1)},
    ),
    Misfit(
        "trailing_blanks",
        "VARCHAR(9)",
        "char(9)",
        texts("a ", "  ", "é  "),
        {utf8("a"): "a        ", utf8("a\t"): "a\t       "},
        {"strip": ("a        ", "         ", "é        ")},
    ),
    Misfit(
        "not_an_address",
        "VARCHAR(45)",
        "inet",
        texts("localhost", "1.2.3", "1.2.3.4/24", ":::", "1.2.3.256", "::1 "),
        {utf8("1.2.3.4"): "1.2.3.4", utf8("::ffff:1.2.3.4"): "::ffff:1.2.3.4"},
        {"null": _nulls(6), "replace: ::": ("::",) * 6},
    ),
    Misfit(
        "wrong_length",
        "VARBINARY(20)",
        "uuid",
        ("X''", "X'00'", f"X'{'00' * 17}'"),
        {f"X'{'00' * 16}'": _NIL},
        {"null": _nulls(3)},
    ),
    Misfit(
        "not_a_label",
        "ENUM('a','b','')",
        "ab",
        ("'neither'", "0"),
        {"'a'": "a", "'b'": "b", "''": "", "NULL": None},
        {"null": _nulls(2), "replace: a": ("a",) * 2},
        prelude=("CREATE TYPE ab AS ENUM ('b', 'a', '')",),
    ),
    Misfit(
        "not_a_label",
        "ENUM('a','b','A2','é')",
        "only_a",
        ("'b'", "'é'", "'A2'", "0"),
        {"'a'": "a"},
        {"null": _nulls(4), "replace: a": ("a",) * 4},
        prelude=("CREATE TYPE only_a AS ENUM ('a', 'A', 'a2')",),
    ),
    Misfit(
        "not_a_label",
        "ENUM('a','')",
        "text",
        ("'neither'",),
        {"'a'": "a", "''": ""},
        {"null": _nulls(1), "replace: unknown": ("unknown",)},
    ),
    Misfit(
        "not_a_label",
        "VARCHAR(9)",
        "just_a",
        texts("A", "a ", "", "á"),
        {utf8("a"): "a"},
        {"null": _nulls(4), "replace: a": ("a",) * 4},
        prelude=("CREATE TYPE just_a AS ENUM ('a')",),
    ),
    Misfit(
        "double_encoded",
        "VARCHAR(30) CHARACTER SET latin1",
        "text",
        (hexadecimal("é".encode(), "_latin1 "), hexadecimal("日本 x".encode(), "_latin1 ")),
        {hexadecimal(b"\xe9", "_latin1 "): "é", hexadecimal(b"plain", "_latin1 "): "plain"},
        # 0xE6 0x97 0xA5 and 0xE6 0x9C 0xAC as cp1252 shows them.
        {"keep": ("Ã©", "æ—¥æœ¬ x"), "reinterpret": ("é", "日本 x")},
    ),
    Misfit(
        "invalid_bytes",
        "VARBINARY(20)",
        "text",
        (
            hexadecimal(b"a\xff"),
            hexadecimal(b"\xed\xa0\x80"),
            hexadecimal(b"\xc0\x80"),
            hexadecimal(b"\xf4\x90\x80\x80"),
        ),
        {hexadecimal("é😀".encode()): "é😀", "X''": ""},
        {"null": _nulls(4), "replace": ("a?", "???", "??", "????")},
    ),
    Misfit(
        "broken_characters",
        "VARCHAR(20) CHARACTER SET ucs2",
        "text",
        ("_ucs2 X'0041D800'", "_ucs2 X'D83DDE00'"),
        {"_ucs2 X'003F20AC'": "?€"},
        {"null": _nulls(2)},
    ),
)

NUMBERS = (
    Misfit(
        "out_of_range",
        "BIGINT",
        "integer",
        ("2147483648", "-2147483649", "9223372036854775807"),
        {"2147483647": "2147483647", "-2147483648": "-2147483648", "NULL": None},
        {"null": _nulls(3), "replace: -7": ("-7",) * 3},
    ),
    Misfit(
        "out_of_range",
        "INT UNSIGNED",
        "smallint",
        ("32768", "4294967295"),
        {"32767": "32767"},
        {"null": _nulls(2)},
    ),
    Misfit(
        "out_of_range",
        "BIGINT UNSIGNED",
        "bigint",
        ("9223372036854775808", "18446744073709551615"),
        {"9223372036854775807": "9223372036854775807", "9007199254740993": "9007199254740993"},
        {"null": _nulls(2), "replace: 9223372036854775806": ("9223372036854775806",) * 2},
    ),
    Misfit(
        "out_of_range",
        "TINYINT UNSIGNED ZEROFILL",
        "numeric(2)",
        ("100", "255"),
        {"99": "99"},
        {"replace: 0": ("0",) * 2},
    ),
    Misfit(
        "out_of_range",
        "DECIMAL(30,2)",
        "numeric(20,2)",
        ("1000000000000000000.00", "-9999999999999999999999999999.99"),
        {"999999999999999999.99": "999999999999999999.99"},
        {"null": _nulls(2), "replace: 0.5": ("0.50",) * 2},
    ),
    Misfit(
        "out_of_range",
        "DECIMAL(30,0)",
        "bigint",
        ("9223372036854775808", "-9223372036854775809"),
        {"-9223372036854775808": "-9223372036854775808"},
        {"null": _nulls(2)},
    ),
    Misfit(
        "out_of_range",
        "BIT(64)",
        "bigint",
        ("0x8000000000000000",),
        {"0x7fffffffffffffff": "9223372036854775807"},
        {"null": _nulls(1)},
    ),
    Misfit(
        "out_of_range", "DECIMAL(5,2)", "numeric(4,3)", ("10.00",), {"9.99": "9.990"}, {"null": _nulls(1)}
    ),
    Misfit(
        "not_boolean",
        "TINYINT(1)",
        "boolean",
        ("2", "-1", "127"),
        {"0": "f", "1": "t", "NULL": None},
        {"null": _nulls(3), "true": ("t",) * 3},
    ),
    Misfit(
        "not_boolean",
        "BIT(8)",
        "boolean",
        ("b'10'", "b'11111111'"),
        {"b'0'": "f", "b'1'": "t"},
        {"null": _nulls(2), "true": ("t",) * 2},
    ),
    Misfit(
        "fraction_lost",
        "DECIMAL(20,6)",
        "numeric(20,2)",
        ("1.234567", "-1.235000", "0.005000", "0.995001"),
        {"1.230000": "1.23", "-7.000000": "-7.00"},
        {"truncate": ("1.23", "-1.23", "0.00", "0.99"), "round": ("1.23", "-1.24", "0.01", "1.00")},
    ),
    Misfit(
        "fraction_lost",
        "DECIMAL(20,1)",
        "bigint",
        ("1.5", "-2.5", "9007199254740993.5"),
        {"7.0": "7"},
        {"truncate": ("1", "-2", "9007199254740993"), "round": ("2", "-3", "9007199254740994")},
    ),
    Misfit(
        "out_of_range",
        "DOUBLE",
        "real",
        ("1e300", "-3.5e38", "3.4028235e38"),
        {"3.4028234663852886e38": "3.4028235e+38", "0.5e0": "0.5"},
        {"null": _nulls(3), "replace: 7": ("7",) * 3},
    ),
    Misfit(
        "inexact",
        "DOUBLE",
        "real",
        ("0.1e0", "16777217e0", "1e-60", "123456789e0"),
        {"0.5e0": "0.5", "NULL": None, "16777216e0": "1.6777216e+07"},
        {"round": ("0.1", "1.6777216e+07", "0", "1.2345679e+08")},
    ),
)

_DATES = {"'2024-02-29'": "2024-02-29", "'1000-01-01'": "1000-01-01", "NULL": None}
_TIMES = {"'2024-02-29 23:59:59'": "2024-02-29 23:59:59", "NULL": None}
_PARTIAL = ("'2024-00-15'", "'2024-05-00'", "'2024-00-00'", "'0000-05-05'")
_IMPOSSIBLE = ("'2024-02-30'", "'2023-02-29'", "'2024-04-31'", "'1900-02-29'")


def _after_midnight(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{value[:-1]} 12:34:56'" for value in values)


TIMES = (
    *(
        Misfit(
            misfit,
            "DATE",
            "date",
            bad,
            _DATES,
            {"null": _nulls(len(bad)), "replace: 1970-01-01": ("1970-01-01",) * len(bad)},
        )
        for misfit, bad in (
            ("zero_date", ("'0000-00-00'",)),
            ("partial_date", _PARTIAL),
            ("impossible_date", _IMPOSSIBLE),
        )
    ),
    *(
        Misfit(
            misfit,
            "DATETIME",
            "timestamp",
            bad,
            _TIMES,
            {
                "null": _nulls(len(bad)),
                "replace: 1970-01-01": ("1970-01-01 00:00:00",) * len(bad),
                "replace: 2000-01-02 03:04:05": ("2000-01-02 03:04:05",) * len(bad),
            },
        )
        for misfit, bad in (
            ("zero_date", ("'0000-00-00 00:00:00'",)),
            ("partial_date", _after_midnight(_PARTIAL)),
            ("impossible_date", _after_midnight(_IMPOSSIBLE)),
        )
    ),
    Misfit(
        "zero_date",
        "DATE",
        "timestamptz",
        ("'0000-00-00'",),
        {"'2024-02-29'": "2024-02-29 00:00:00+00"},
        {"null": _nulls(1), "replace: 1970-01-01": ("1970-01-01 00:00:00+00",)},
    ),
    Misfit(
        "zero_date",
        "TIMESTAMP",
        "timestamptz",
        ("'0000-00-00 00:00:00'",),
        {"'2024-02-29 01:02:03'": "2024-02-29 01:02:03+00"},
        {"null": _nulls(1), "replace: 1970-01-01": ("1970-01-01 00:00:00+00",)},
    ),
    Misfit(
        "zero_date",
        "DATETIME(6)",
        "date",
        ("'0000-00-00 00:00:00'",),
        {"'2024-02-29 00:00:00'": "2024-02-29"},
        {"null": _nulls(1), "replace: 1970-01-01": ("1970-01-01",)},
    ),
    Misfit(
        "fraction_lost",
        "DATETIME(6)",
        "timestamp(0)",
        ("'2024-12-31 23:59:59.500000'", "'2024-01-01 00:00:00.499999'"),
        _TIMES,
        {
            "truncate": ("2024-12-31 23:59:59", "2024-01-01 00:00:00"),
            "round": ("2025-01-01 00:00:00", "2024-01-01 00:00:00"),
        },
    ),
    Misfit(
        "fraction_lost",
        "TIMESTAMP(6)",
        "timestamptz(3)",
        ("'2024-12-31 23:59:59.999500'", "'2024-01-01 00:00:00.000001'"),
        {"'2024-02-29 23:59:59.123'": "2024-02-29 23:59:59.123+00"},
        {
            "truncate": ("2024-12-31 23:59:59.999+00", "2024-01-01 00:00:00+00"),
            "round": ("2025-01-01 00:00:00+00", "2024-01-01 00:00:00+00"),
        },
    ),
    Misfit(
        "fraction_lost",
        "TIME(6)",
        "time(0)",
        ("'12:00:00.500000'", "'12:00:00.499999'"),
        {"'12:00:00'": "12:00:00"},
        {"truncate": ("12:00:00", "12:00:00"), "round": ("12:00:01", "12:00:00")},
    ),
    Misfit(
        "fraction_lost",
        "TIME(6)",
        "interval(3)",
        ("'-12:00:00.000500'", "'838:59:58.999499'"),
        {"'12:00:00.123'": "12:00:00.123"},
        {"truncate": ("-12:00:00", "838:59:58.999"), "round": ("-12:00:00.001", "838:59:58.999")},
    ),
    Misfit(
        "time_lost",
        "DATETIME(6)",
        "date",
        ("'2024-02-29 12:00:00'", "'2024-02-29 00:00:00.000001'"),
        {"'2024-02-29 00:00:00'": "2024-02-29"},
        {"truncate": ("2024-02-29", "2024-02-29")},
    ),
    Misfit(
        "not_a_time_of_day",
        "TIME(6)",
        "time",
        ("'-00:00:00.000001'", "'24:00:00.000001'", "'838:59:59'"),
        {"'24:00:00'": "24:00:00", "'00:00:00'": "00:00:00"},
        {"null": _nulls(3), "replace: 00:00:00": ("00:00:00",) * 3},
    ),
)

_NUL_JSON = texts('"\\u0000"', '{"a": ["x\\u0000"]}', '{"\\u0000": 1}', '"\\\\\\u0000"')
_NUL_POLICIES = {
    "null": _nulls(4),
    "strip": ('""', '{"a": ["x"]}', '{"": 1}', '"\\\\"'),
    "replace: \ufffd": ('"\ufffd"', '{"a": ["x\ufffd"]}', '{"\ufffd": 1}', '"\\\\\ufffd"'),
    'replace: a"\\': ('"a\\"\\\\"', '{"a": ["xa\\"\\\\"]}', '{"a\\"\\\\": 1}', '"\\\\a\\"\\\\"'),
}
_HALF = texts(
    '"\\ud800"',
    '"\\udc00"',
    '["\\ud83d \\ude00"]',
    '"\\ude00\\ud83d"',
    '"\\\\\\ud800"',
    '"\\ud83d\\ud83d\\ude00"',
)
_HUGE = texts("1e131072", "-1E+200000", '{"a": [1e200000]}', "0.1e-99999", "0e-16384")
_LESS_DEEP = "[" * 6000 + "]" * 6000
_DEEP = texts("[" * 6001 + "]" * 6001, '{"a":' * 6001 + "1" + "}" * 6001)
_ODD_ESCAPE = texts('"\\x41"', '["\\q"]')
_NO_JSON = texts("x", "{", "{'a': 1}", "[1,]", "nul", '"a', "01", "[1] x")
_FINE_JSON = {
    utf8('"\\\\u0000"'): '"\\\\u0000"',
    utf8('"\\ud83d\\ude00"'): '"😀"',
    utf8('"1e199999"'): '"1e199999"',
    "NULL": None,
}

JSON = (
    Misfit(
        "invalid_json",
        "LONGTEXT",
        "jsonb",
        _NO_JSON,
        {utf8("[1]"): "[1]", "NULL": None},
        {"null": _nulls(8), "replace: null": ("null",) * 8},
    ),
    Misfit(
        "invalid_json",
        "LONGTEXT",
        "json",
        _NO_JSON,
        {utf8("[1 ]"): "[1 ]"},
        {"null": _nulls(8), "replace: {}": ("{}",) * 8},
    ),
    Misfit(
        "invalid_json",
        "JSON",
        "json",
        _NO_JSON,
        {utf8("[1 ]"): "[1 ]"},
        {"null": _nulls(8)},
        families=("mariadb",),
    ),
    Misfit(
        "invalid_json",
        "JSON",
        "jsonb",
        _NO_JSON,
        {utf8("[1]"): "[1]"},
        {"null": _nulls(8)},
        families=("mariadb",),
    ),
    Misfit("json_nul", "JSON", "jsonb", _NUL_JSON, _FINE_JSON, _NUL_POLICIES),
    Misfit("json_nul", "LONGTEXT", "jsonb", _NUL_JSON, _FINE_JSON, _NUL_POLICIES),
    Misfit("json_surrogate", "JSON", "jsonb", _HALF, _FINE_JSON, {"null": _nulls(6)}, families=("mariadb",)),
    Misfit("json_surrogate", "LONGTEXT", "jsonb", _HALF, _FINE_JSON, {"null": _nulls(6)}),
    Misfit("json_number", "JSON", "jsonb", _HUGE, _FINE_JSON, {"null": _nulls(5)}, families=("mariadb",)),
    Misfit("json_number", "LONGTEXT", "jsonb", _HUGE, _FINE_JSON, {"null": _nulls(5)}),
    Misfit(
        "json_depth",
        "LONGTEXT",
        "json",
        _DEEP,
        {utf8("[" * 3000 + "]" * 3000): "[" * 3000 + "]" * 3000},
        {"null": _nulls(2)},
    ),
    Misfit(
        "json_dialect",
        "LONGTEXT",
        "json",
        _ODD_ESCAPE,
        {utf8('"\\\\x41"'): '"\\\\x41"'},
        {"null": _nulls(2)},
        families=("mariadb",),
    ),
    Misfit(
        "json_dialect",
        "JSON",
        "jsonb",
        _ODD_ESCAPE,
        {utf8('"\\\\x41"'): '"\\\\x41"'},
        {"null": _nulls(2)},
        families=("mariadb",),
    ),
)

_NO_WORDS = texts("", "tru", "yess", "2", "t ", "-1")

CROSSINGS = (
    Misfit(
        "not_boolean",
        "VARCHAR(5)",
        "boolean",
        _NO_WORDS,
        {utf8("T"): "t", utf8("off"): "f", "NULL": None},
        {"null": _nulls(6), "true": ("t",) * 6},
    ),
    Misfit(
        "not_boolean", "ENUM('Y','N','x')", "boolean", ("'x'",), {"'Y'": "t", "'N'": "f"}, {"null": _nulls(1)}
    ),
    Misfit(
        "not_a_label",
        "ENUM('Y','N')",
        "boolean",
        ("0",),
        {"'Y'": "t"},
        {"null": _nulls(1), "replace: n": ("f",)},
    ),
    Misfit(
        "not_boolean",
        "DECIMAL(3,1)",
        "boolean",
        ("0.5", "-1.0", "1.1"),
        {"0.0": "f", "1.0": "t", "NULL": None},
        {"null": _nulls(3), "true": ("t",) * 3},
    ),
    Misfit(
        "out_of_range",
        "TINYINT",
        "bit(1)",
        ("2", "-1"),
        {"0": "0", "1": "1"},
        {"null": _nulls(2), "replace: 1": ("1", "1")},
    ),
    Misfit(
        "wrong_length",
        "VARBINARY(20)",
        "inet",
        ("X''", "X'7f0000'", f"X'{'00' * 17}'"),
        {"X'7f000001'": "127.0.0.1"},
        {"null": _nulls(3)},
    ),
    Misfit(
        "inexact",
        "BIGINT",
        "float8",
        ("9007199254740993", "-9007199254740993", "9223372036854775807"),
        {
            "9007199254740992": "9.007199254740992e+15",
            "-9223372036854775808": "-9.223372036854776e+18",
            "NULL": None,
        },
        {"round": ("9.007199254740992e+15", "-9.007199254740992e+15", "9.223372036854776e+18")},
    ),
    Misfit(
        "inexact",
        "BIGINT UNSIGNED",
        "float8",
        ("18446744073709551615", "9007199254740993"),
        {"9223372036854775808": "9.223372036854776e+18"},
        {"round": ("1.8446744073709552e+19", "9.007199254740992e+15")},
    ),
    Misfit(
        "inexact",
        "DECIMAL(30,4)",
        "float8",
        ("12345678901234567.8901", "99999999999999999999.9999"),
        {"0.1000": "0.1", "1234567890.1234": "1234567890.1234", "NULL": None},
        {"round": ("1.2345678901234568e+16", "1e+20")},
    ),
    Misfit(
        "fraction_lost",
        "DOUBLE",
        "numeric(10,2)",
        ("1.234e0", "-1.235e0", "0.005e0", "1e-300"),
        {"0.29e0": "0.29", "-8.1e0": "-8.10", "1e7": "10000000.00", "NULL": None},
        {"truncate": ("1.23", "-1.23", "0.00", "0.00"), "round": ("1.23", "-1.24", "0.01", "0.00")},
    ),
    Misfit(
        "out_of_range",
        "DOUBLE",
        "numeric(10,2)",
        ("1e8", "-1e300", "100000000e0"),
        {"99999999.99e0": "99999999.99"},
        {"null": _nulls(3), "replace: 7": ("7.00",) * 3},
    ),
    Misfit(
        "fraction_lost",
        "FLOAT",
        "numeric(10,1)",
        ("0.25e0", "16777.2167e0"),
        {"0.1e0": "0.1", "16777216e0": "16777216.0"},
        {"truncate": ("0.2", "16777.2"), "round": ("0.3", "16777.2")},
    ),
    Misfit(
        "time_lost",
        "TIMESTAMP",
        "date",
        ("'2024-02-29 12:00:00'",),
        {"'2024-02-29 00:00:00'": "2024-02-29"},
        {"truncate": ("2024-02-29",)},
    ),
    Misfit(
        "too_long", "YEAR", "varchar(3)", ("'1999'", "'0000'"), {"NULL": None}, {"truncate": ("199", "000")}
    ),
    Misfit(
        "srid_lost",
        "POINT",
        "point",
        (hexadecimal(_point(4326)),),
        {hexadecimal(_point(0)): "(1.5,-2)"},
        {"drop": ("(1.5,-2)",)},
    ),
    Misfit(
        "invalid_json",
        "BLOB",
        "jsonb",
        texts("{", "x"),
        {utf8("[1]"): "[1]", "NULL": None},
        {"null": _nulls(2)},
    ),
    Misfit(
        "invalid_bytes", "BLOB", "json", (hexadecimal(b'"\xff"'),), {utf8('"é"'): '"é"'}, {"null": _nulls(1)}
    ),
    Misfit("json_nul", "BLOB", "jsonb", texts('"\\u0000"'), {utf8("[1]"): "[1]"}, {"null": _nulls(1)}),
    Misfit(
        "json_number",
        "BLOB",
        "jsonb",
        texts("1e200000"),
        {utf8("[1]"): "[1]"},
        {"null": _nulls(1)},
        families=("mariadb",),
    ),
    Misfit(
        "empty_string",
        "BLOB",
        "json",
        ("X''",),
        {utf8("[1]"): "[1]"},
        {"null": _nulls(1), "replace: {}": ("{}",)},
    ),
)

_ARRAYS = {
    # Target, arrays that do not fit, and one that does.
    "text[]": (('["a", 1]', "[null]", '[["a"]]', "[true]", '["a", {}]'), '["null"]', '{"null"}'),
    "varchar(3)[]": (('["four"]', '["😀😀😀😀"]', "[1]"), '["😀😀é"]', "{😀😀é}"),
    "integer[]": (
        ("[1.5]", '["1"]', "[2147483648]", "[-2147483649]", "[null]", "[true]"),
        "[2147483647]",
        "{2147483647}",
    ),
    "numeric(4,2)[]": (('["1"]', "[1.234]", "[100]", "[-100]", "[true]"), "[99.99]", "{99.99}"),
    "boolean[]": (("[1]", '["true"]', "[null]"), "[true]", "{t}"),
    "uuid[]": ((f'["{_UUID[1:]}"]', "[1]", f'["{_UUID}\\n"]'), f'["{_UUID.upper()}"]', f"{{{_UUID}}}"),
}

ARRAYS = (
    *(
        Misfit(
            "array_element",
            "JSON",
            target,
            texts(*bad),
            {utf8(good): shown, "NULL": None, utf8("[]"): "{}"},
            {"null": _nulls(len(bad)), "replace: []": ("{}",) * len(bad)},
        )
        for target, (bad, good, shown) in _ARRAYS.items()
    ),
    Misfit(
        "not_an_array",
        "JSON",
        "text[]",
        texts('"a"', "{}", "1", "null"),
        {utf8('["a"]'): "{a}"},
        {"null": _nulls(4), 'replace: ["b"]': ("{b}",) * 4},
    ),
)

BY_RULE = (
    Misfit(
        "fraction_lost",
        "DATETIME(6)",
        "bigint",
        ("'1970-01-01 00:00:01.500000'", "'1969-12-31 23:59:59.000001'"),
        {"'2001-09-09 01:46:40'": "1000000000", "NULL": None},
        {"truncate": ("1", "-1"), "round": ("2", "-1")},
        converter="seconds_since_1970",
    ),
    Misfit(
        "fraction_lost",
        "TIMESTAMP(6)",
        "bigint",
        ("'1970-01-02 00:00:00.001500'",),
        {"'2001-09-09 01:46:40.123'": "1000000000123"},
        {"truncate": ("86400001",), "round": ("86400002",)},
        converter="milliseconds_since_1970",
    ),
    Misfit(
        "out_of_range",
        "DATETIME",
        "integer",
        ("'2038-01-19 03:14:08'", "'1901-12-13 20:45:51'"),
        {"'2038-01-19 03:14:07'": "2147483647"},
        {"null": _nulls(2), "replace: 1970-01-01 00:00:07": ("7",) * 2},
        converter="seconds_since_1970",
    ),
    Misfit(
        "zero_date",
        "DATETIME",
        "bigint",
        ("'0000-00-00 00:00:00'",),
        {"'1970-01-01 00:00:00'": "0"},
        {"null": _nulls(1), "replace: 1970-01-01 00:00:07": ("7",)},
        converter="seconds_since_1970",
    ),
    *(
        Misfit(
            "out_of_range",
            source,
            target,
            (f"253402300800{'0' * places}", *more),
            {f"1000000000{'0' * places}": f"2001-09-09 01:46:40{zone}"},
            {
                "null": _nulls(1 + len(more)),
                "replace: 1970-01-01": (f"1970-01-01 00:00:00{zone}",) * (1 + len(more)),
            },
            converter=f"{unit}_since_1970",
        )
        for unit, places in (("seconds", 0), ("milliseconds", 3), ("microseconds", 6))
        for source, more in (
            ("BIGINT", ("-9223372036854775808",)),
            ("BIGINT UNSIGNED", ("18446744073709551615",)),
        )
        for target, zone in (("timestamptz", "+00"),)
    ),
    Misfit(
        "fraction_lost",
        "BIGINT",
        "timestamptz(0)",
        ("1500", "-1"),
        {"2000": "1970-01-01 00:00:02+00"},
        {
            "truncate": ("1970-01-01 00:00:01+00", "1969-12-31 23:59:59+00"),
            "round": ("1970-01-01 00:00:02+00", "1970-01-01 00:00:00+00"),
        },
        converter="milliseconds_since_1970",
    ),
    Misfit(
        "out_of_range",
        "BIGINT UNSIGNED",
        "interval",
        ("9223372036854775808", "18446744073709551615"),
        {"90000000": "00:01:30"},
        {"null": _nulls(2), "replace: 0": ("00:00:00",) * 2},
        converter="microseconds_as_interval",
    ),
    Misfit(
        "out_of_range",
        "SMALLINT",
        "bit(4)",
        ("16", "-1"),
        {"5": "0101"},
        {"null": _nulls(2), "replace: 15": ("1111",) * 2},
        converter="binary_digits",
    ),
)

ALL: tuple[Misfit, ...] = (*STRINGS, *NUMBERS, *TIMES, *JSON, *CROSSINGS, *ARRAYS, *BY_RULE)


def of_family(family: str) -> list[Misfit]:
    """The misfits that this kind of source can hold."""
    return [misfit for misfit in ALL if family in misfit.families]
