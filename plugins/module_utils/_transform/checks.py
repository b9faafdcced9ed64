# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The checks that pairs share: predicates of the source for each class of misfits, and when they can apply.

A predicate is true for a value that does not fit. `{c}` is the value as it is read, `{raw}` the bare
column. Every comparison is byte-wise or on numbers: no collation takes part.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import charsets, digits, misfits
from .misfits import MisfitClass
from .types import source_kind, source_range, target_kind, target_range

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .._catalog import Column


@dataclass(frozen=True)
class Check:
    """Values of one class that do not fit: a predicate on the source, and whether the types allow any."""

    misfit: MisfitClass
    predicate: str
    possible: Callable[[Column, Column], bool] = lambda source, target: True
    any_size: bool = False
    """The predicate holds for values above max_allowed_packet, too; others leave those to `oversize`."""
    read: bool = False
    """The predicate only leaves out values that fit; the others are read whole, and `json_rules` decides."""


def _narrower_integer(source: Column, target: Column) -> bool:
    low, high = _integer_range(source)
    target_low, target_high = target_range(target)
    return low < target_low or high > target_high


def _integer_range(source: Column) -> tuple[int, int]:
    kind = source_kind(source)
    if kind == "integer":
        return source_range(source)
    if kind == "bit":
        return 0, 2 ** (source.length or 1) - 1
    if kind == "year":
        return 0, 2155
    whole = 10 ** ((source.precision or 10) - (source.scale or 0))
    return -whole, whole


def _narrower_text(source: Column, target: Column) -> bool:
    return target.length is not None and (source.length is None or source.length > target.length)


def _narrower_number(source: Column, target: Column) -> bool:
    if target.precision is None:
        return False
    if source_kind(source) == "decimal":
        whole = (source.precision or 10) - (source.scale or 0)
    else:
        whole = len(str(max(map(abs, _integer_range(source)))))
    return target.precision - (target.scale or 0) < whole


def _has_digits(source: Column, target: Column) -> bool:
    """A number with so many digits that it has; a limit beyond the largest double is none."""
    return target.precision is not None and target.precision - (target.scale or 0) <= 308


def _has_scale(source: Column, target: Column) -> bool:
    return target.precision is not None


def _beyond_53_bits(source: Column, target: Column) -> bool:
    low, high = _integer_range(source)
    return low < -(2**53) or high > 2**53


def _narrower_fraction(source: Column, target: Column) -> bool:
    """Digits behind the point of a number; an integer target keeps none."""
    if target_kind(target) == "numeric" and target.precision is None:
        return False
    return (source.scale or 0) > (target.scale or 0)


def _narrower_second(source: Column, target: Column) -> bool:
    return (source.precision or 0) > (6 if target.precision is None else target.precision)


def _foreign_labels(source: Column, target: Column) -> bool:
    return not set(source.labels) <= set(target.labels)


def _foreign_truths(source: Column, target: Column) -> bool:
    return not source.labels or not {label.lower() for label in source.labels} <= {*TRUE, *FALSE}


def _is_utf8_text(source: Column, target: Column) -> bool:
    return source.charset == "utf8mb4"


def _is_utf8mb3_text(source: Column, target: Column) -> bool:
    return source.charset in charsets.UTF8 and not _is_utf8_text(source, target)


def _is_unicode_text(source: Column, target: Column) -> bool:
    return source.charset in charsets.UNICODE


def _is_multi_byte_text(source: Column, target: Column) -> bool:
    return source.charset in charsets.MULTI_BYTE


def _is_ascii_text(source: Column, target: Column) -> bool:
    return source.charset == "ascii"


def _is_one_byte_text(source: Column, target: Column) -> bool:
    elsewhere = {None, "binary", "ascii"} | charsets.UTF8 | charsets.UNICODE | charsets.MULTI_BYTE
    return source.charset not in elsewhere


def _is_single_byte_text(source: Column, target: Column) -> bool:
    return source.charset is not None and source.charset.startswith(("latin", "cp", "koi8"))


def _is_written_json(source: Column, target: Column) -> bool:
    """JSON as somebody wrote it: in text, bytes and MariaDB's JSON. MySQL's own writes it anew."""
    return source.family != "json" or source.charset is not None


# MariaDB's regular expressions read a text only after they have checked, as strictly as PostgreSQL, that it is
# UTF-8: no match for '^' means invalid bytes. For longer texts that takes a fifth of the time of the ways that copy
# the text, and there is no limit of size, where a copy above max_allowed_packet is NULL. Half a surrogate pair, which
# MariaDB lets CONVERT make, shows whether the server is one of these; MySQL makes NULL of it.
_STRICT_REGEXP: t.Final = (
    "(LENGTH({raw}) > 255 AND COALESCE(CONVERT(X'eda080' USING utf8mb4) NOT REGEXP '^', FALSE))"
)

DATES: t.Final = (
    Check(misfits.ZERO_DATE, "(YEAR({c}) = 0 AND MONTH({c}) = 0 AND DAYOFMONTH({c}) = 0)"),
    Check(
        misfits.PARTIAL_DATE,
        "((YEAR({c}) = 0 OR MONTH({c}) = 0 OR DAYOFMONTH({c}) = 0)"
        " AND NOT (YEAR({c}) = 0 AND MONTH({c}) = 0 AND DAYOFMONTH({c}) = 0))",
    ),
    Check(
        misfits.IMPOSSIBLE_DATE,
        "(YEAR({c}) > 0 AND MONTH({c}) > 0 AND DAYOFMONTH({c}) > 28 AND DAYOFMONTH({c}) >"
        " DAYOFMONTH(LAST_DAY(CONCAT(LPAD(YEAR({c}), 4, '0'), '-', MONTH({c}), '-01'))))",
    ),
)
SECONDS: t.Final = Check(misfits.FRACTION_LOST, "(MICROSECOND({c}) % {fraction} <> 0)", _narrower_second)
TIME_OF_DAY: t.Final = Check(
    misfits.NOT_A_TIME_OF_DAY, "({c} < CAST('00:00:00' AS TIME) OR {c} > CAST('24:00:00' AS TIME))"
)
TIME_LOST: t.Final = Check(misfits.TIME_LOST, "(TIME_TO_SEC(TIME({c})) <> 0 OR MICROSECOND({c}) <> 0)")
INTEGER_RANGE: t.Final = Check(misfits.OUT_OF_RANGE, "({c} NOT BETWEEN {low} AND {high})", _narrower_integer)
NUMBER_RANGE: t.Final = Check(misfits.OUT_OF_RANGE, "(ABS({c}) >= {limit})", _narrower_number)
NUMBER_FRACTION: t.Final = Check(misfits.FRACTION_LOST, "(TRUNCATE({c}, {scale}) <> {c})", _narrower_fraction)
BOOLEAN: t.Final = Check(misfits.NOT_BOOLEAN, "({c} NOT IN (0, 1))")
# PostgreSQL's own spellings, without their beginnings (tru, of).
TRUE: t.Final = ("t", "true", "y", "yes", "on", "1")
FALSE: t.Final = ("f", "false", "n", "no", "off", "0")
TRUTH: t.Final = "COALESCE(CAST(LOWER({c}) AS BINARY), '')"
BOOLEAN_TEXT: t.Final = Check(
    misfits.NOT_BOOLEAN,
    f"({{raw}} IS NOT NULL AND {TRUTH} NOT IN ({', '.join(map(repr, TRUE + FALSE))}))",
    _foreign_truths,
)
NUL: t.Final = Check(
    misfits.NUL_CHARACTER,
    f"IF({_STRICT_REGEXP} AND {{c}} REGEXP '^', {{c}} REGEXP '[\\x00]',"
    " COALESCE(LOCATE(X'00', CAST({c} AS BINARY)) > 0,"
    " LOCATE(_utf8mb4 X'00', CONVERT({c} USING utf8mb4) COLLATE utf8mb4_bin) > 0))",
)
NUL_OF_BYTES: t.Final = Check(misfits.NUL_CHARACTER, "(LOCATE(X'00', {c}) > 0)")
LENGTH: t.Final = Check(misfits.TOO_LONG, "(CHAR_LENGTH({c}) > {length})", _narrower_text)
# Bytes count as the characters they are; more than four each cannot be UTF-8 of so few.
LENGTH_OF_BYTES: t.Final = Check(
    misfits.TOO_LONG,
    "(LENGTH({c}) > 4 * {length} OR CHAR_LENGTH(CONVERT({c} USING utf8mb4)) > {length})",
    _narrower_text,
)
# A CHAR column gives its values without blanks at the end.
BLANKS: t.Final = Check(
    misfits.TRAILING_BLANKS,
    "(CAST(RIGHT({c}, 1) AS BINARY) = X'20')",
    lambda source, target: source.family != "char",
)
# Elsewhere one pass of the server's own reading of bytes as UTF-8. It may take half a surrogate pair (ED A0 80
# and on) for a character, which does not come back from another Unicode form.
_NOT_UTF8: t.Final = (
    "COALESCE(CAST(CONVERT(CAST({raw} AS BINARY) USING utf8mb4) AS BINARY), '') <> CAST({raw} AS BINARY)"
)
# Four bytes are no character of this set: the server hands them out as they are or as four '?', by the route.
_NOT_UTF8MB3: t.Final = _NOT_UTF8.replace("utf8mb4", "utf8mb3")
_HALF_PAIR: t.Final = (
    "LOCATE(X'ed', CAST({raw} AS BINARY)) > 0 AND COALESCE(CAST(CONVERT(CONVERT(CONVERT("
    "CAST({raw} AS BINARY) USING utf8mb4) USING utf16) USING utf8mb4) AS BINARY), '') <> CAST({raw} AS BINARY)"
)
_INVALID_UTF8: t.Final = f"IF({_STRICT_REGEXP}, {{raw}} NOT REGEXP '^', {_NOT_UTF8} OR ({_HALF_PAIR}))"
FOREIGN_BYTES: t.Final = (
    Check(misfits.INVALID_BYTES, charsets.NO_CHARACTER, _is_one_byte_text, any_size=True),
    Check(misfits.INVALID_BYTES, f"({charsets.CHANGED})", _is_ascii_text, any_size=True),
    Check(misfits.INVALID_BYTES, charsets.NO_CHARACTER_BUT_WHOLE, _is_multi_byte_text, any_size=True),
    Check(misfits.BROKEN_CHARACTERS, charsets.LEFT_OUT, _is_multi_byte_text, any_size=True),
    Check(misfits.BROKEN_CHARACTERS, charsets.NOT_UNICODE, _is_unicode_text, any_size=True),
)
BYTES: t.Final = (
    Check(misfits.INVALID_BYTES, _INVALID_UTF8, _is_utf8_text),
    Check(misfits.INVALID_BYTES, f"({_NOT_UTF8MB3} OR ({_HALF_PAIR}))", _is_utf8mb3_text),
    *FOREIGN_BYTES,
)
# The set of an expression's value is not in the catalog.
BYTES_OF_EXPRESSION: t.Final = Check(
    misfits.INVALID_BYTES,
    f"IF(CHARSET({{raw}}) LIKE 'utf8%' OR CHARSET({{raw}}) = 'binary', {_INVALID_UTF8}, {charsets.EXPRESSED})",
)
# Bytes that survive being read as UTF-8 although a longer text shows that they are not all ASCII.
DOUBLE: t.Final = Check(
    misfits.DOUBLE_ENCODED,
    "(LENGTH(CONVERT({raw} USING utf8mb4)) <> LENGTH({raw}) AND"
    " CAST(CONVERT(CAST({raw} AS BINARY) USING utf8mb4) AS BINARY) = CAST({raw} AS BINARY))",
    _is_single_byte_text,
)
BYTES_OF_TEXT: t.Final = Check(misfits.INVALID_BYTES, f"({_NOT_UTF8} OR ({_HALF_PAIR}))")
UUID_DIGITS: t.Final = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
UUID_TEXT: t.Final = (
    Check(misfits.EMPTY_STRING, "(LENGTH({c}) = 0)"),
    Check(
        misfits.NOT_A_UUID,
        f"(LENGTH({{c}}) > 0 AND NOT (LENGTH({{c}}) = 36 AND {{c}} REGEXP '^{UUID_DIGITS}$'"
        " OR LENGTH({c}) = 32 AND {c} REGEXP '^[0-9A-Fa-f]{32}$'))",
    ),
)
UUID_BYTES: t.Final = Check(misfits.WRONG_LENGTH, "(LENGTH({c}) <> 16)")
ADDRESS_BYTES: t.Final = Check(misfits.WRONG_LENGTH, "(LENGTH({c}) NOT IN (4, 16))")
ADDRESS: t.Final = (
    Check(misfits.EMPTY_STRING, "(LENGTH({c}) = 0)"),
    Check(misfits.NOT_AN_ADDRESS, "(LENGTH({c}) > 0 AND NOT (IS_IPV4({c}) OR IS_IPV6({c})))"),
)
LABELS: t.Final = (
    Check(misfits.NOT_A_LABEL, "({raw} + 0 = 0)"),
    Check(
        misfits.NOT_A_LABEL,
        "({raw} + 0 > 0 AND CAST({c} AS BINARY) NOT IN ({labels}))",
        _foreign_labels,
    ),
)
LABEL_TEXT: t.Final = Check(misfits.NOT_A_LABEL, "(CAST({c} AS BINARY) NOT IN ({labels}))")
ENUM_INDEX: t.Final = Check(misfits.NOT_A_LABEL, "({raw} + 0 = 0)")
# What no SQL of a source can tell, see `json_text`.
_ANY_VALUE: t.Final = "({raw} IS NOT NULL)"
# Above max_allowed_packet there may be no copy to look into.
_ESCAPED_NUL: t.Final = r"COALESCE(LOCATE('\u0000', CAST({c} AS BINARY)) > 0, {raw} IS NOT NULL)"


def _read(misfit: MisfitClass) -> Check:
    """MariaDB's JSON is text with a constraint, and check_constraint_checks = 0 lets everything pass."""
    return Check(misfit, _ANY_VALUE, _is_written_json, read=True)


# Text without a document is a class of its own in columns of text; MariaDB's JSON is not meant to be empty.
EMPTY_JSON: t.Final = Check(misfits.EMPTY_STRING, "(LENGTH({c}) = 0)")
JSON: t.Final = (_read(misfits.INVALID_JSON), _read(misfits.JSON_DIALECT), _read(misfits.JSON_DEPTH))
JSONB: t.Final = (
    Check(misfits.JSON_NUL, _ESCAPED_NUL, read=True),
    Check(misfits.JSON_KEYS, _ESCAPED_NUL, read=True),
    _read(misfits.JSON_SURROGATE),
    _read(misfits.JSON_NUMBER),
)
# MySQL's own JSON is never empty, and neither does it tell: the text is '' with a warning.
NATIVE_JSON: t.Final = Check(
    misfits.BEYOND_PACKET, "(LENGTH({raw}) = 0)", lambda source, target: not _is_written_json(source, target)
)
# Of rules that give another value than the column's: the rows that the rule changes.
EXPRESSED: t.Final = Check(misfits.EXPRESSION, "(NOT ({original} <=> {raw}))")
# A collation would take what an expression changes in case or at the end for the same.
EXPRESSED_TEXT: t.Final = Check(
    misfits.EXPRESSION,
    "(NOT (CAST(CONVERT({original} USING utf8mb4) AS BINARY) <=> CAST(CONVERT({raw} USING utf8mb4) AS BINARY)))",
)
# Of an expression of another type than the column's, or without a column: all that it makes, and what it makes NULL.
COMPUTED: t.Final = Check(misfits.EXPRESSION, "({raw} IS NOT NULL OR {original} IS NOT NULL)")
# As in charsets, of the column's bytes in the set that the rule names; where the rule first makes bytes of characters
# (double), none of those may get lost.
_NAMED: t.Final = "CONVERT({bytes} USING {charset})"
REINTERPRETED: t.Final = (
    Check(misfits.REINTERPRET, "(CAST({c} AS BINARY) <> CAST(CONVERT({raw} USING utf8mb4) AS BINARY))"),
    Check(
        misfits.INVALID_BYTES,
        f"(COALESCE(CAST({_NAMED} AS BINARY), '') <> {{bytes}} OR (COALESCE(CAST(CONVERT({{c}} USING {{charset}})"
        f" AS BINARY), '') <> {{bytes}} AND {charsets.SUBSTITUTED.replace('{raw}', _NAMED)})"
        f" OR {charsets.HALVES.replace('{raw}', _NAMED)} OR ({{lossy}}))",
    ),
)
# Compared first: MySQL ends a query that casts more to FLOAT with an error.
_LARGEST_REAL: t.Final = "3.4028234663852886e38"
BEYOND_REAL: t.Final = Check(misfits.OUT_OF_RANGE, f"(ABS({{c}}) > {_LARGEST_REAL})")
INEXACT: t.Final = Check(
    misfits.INEXACT,
    f"(CASE WHEN ABS({{c}}) > {_LARGEST_REAL} THEN 0 ELSE CAST({{c}} AS FLOAT) * 1e0 <> {{c}} END)",
)

# A DOUBLE has 53 bits: lower ones of a longer number have to be 0.
_BITS_BEHIND: t.Final = "GREATEST(LENGTH(BIN(IF({c} < 0, ~{c}, {c}))) - 53, 0)"
INEXACT_INTEGER: t.Final = Check(
    misfits.INEXACT, f"(({{c}} & ((1 << {_BITS_BEHIND}) - 1)) <> 0)", _beyond_53_bits
)
# Fifteen digits always come back from a DOUBLE. ABS: MySQL prints 22 characters of one that is computed.
INEXACT_DECIMAL: t.Final = Check(
    misfits.INEXACT,
    "(CAST(CONCAT(ABS({c} * 1e0)) AS DECIMAL(65,{own_scale})) <> ABS({c}))",
    lambda source, target: (source.precision or 10) > 15,
)
DIGITS_RANGE: t.Final = Check(misfits.OUT_OF_RANGE, "(ABS({c} + 0e0) >= {limit})", _has_digits)
DIGITS_FRACTION: t.Final = Check(misfits.FRACTION_LOST, f"(-{digits.EXPONENT} > {{scale}})", _has_scale)
# Four bytes of the SRID stand before the WKB.
SRID: t.Final = Check(misfits.SRID_LOST, "(SUBSTR({c}, 1, 4) <> X'00000000')")

__all__ = ("Check",)
