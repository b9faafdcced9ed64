# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The one table of type pairs: how a value travels, how both servers prove it, what cannot fit.

A new type is a new row here and its test vectors; nothing else knows types. What the templates of a row may
name stands in `pair`.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from . import arrays, checks, digits, times
from .checks import Check
from .floats import computed_text, double_bits, double_text
from .named import NAMED, binary_digits
from .pair import Pair, Shape
from .types import source_kind, target_bytes, target_kind, target_range

if t.TYPE_CHECKING:
    from .._catalog import Column

# --- forms that several rows share --------------------------------------------------------------------

_BYTES: t.Final = "CAST({c} AS BINARY)"
_PRINTED: t.Final = "CAST({c} AS CHAR)"
_INTEGER: t.Final = "UNHEX(LPAD(HEX({c} & {mask}), {hexdigits}, '0'))"
_DAY: t.Final = "UNHEX(LPAD(HEX((TO_DAYS({c}) - 730485) & 4294967295), 8, '0'))"
_MICROSECONDS: t.Final = (
    "(CASE WHEN LEFT(CAST({c} AS CHAR), 1) = '-' THEN -1 ELSE 1 END"
    " * (((HOUR({c}) * 60 + MINUTE({c})) * 60 + SECOND({c})) * 1000000 + MICROSECOND({c})))"
)
_HEX_UUID: t.Final = (
    "LOWER(CONCAT(HEX(SUBSTR({c}, 1, 4)), '-', HEX(SUBSTR({c}, 5, 2)), '-', HEX(SUBSTR({c}, 7, 2)), '-',"
    " HEX(SUBSTR({c}, 9, 2)), '-', HEX(SUBSTR({c}, 11))))"
)
_ADDRESS: t.Final = "CONCAT(HEX(INET6_ATON({c})), IF(IS_IPV4({c}), '/32', '/128'))"
_ADDRESS_TARGET: t.Final = "upper(encode(substr(inet_send({c}), 5), 'hex')) || '/' || masklen({c})"
# MySQL keeps SRID (little endian) before the WKB; EWKB has it behind the type, with a flag in the type.
_EWKB: t.Final = (
    "LOWER(HEX(CASE WHEN SUBSTR({c}, 1, 4) = X'00000000' THEN SUBSTR({c}, 5)"
    " ELSE CONCAT(SUBSTR({c}, 5, 4), X'20', SUBSTR({c}, 1, 4), SUBSTR({c}, 10)) END))"
)
# Members joined like the source's; an array that is not a plain list (with a NULL, of two dimensions, not counted
# from 1) prints the same members and is another value.
_SET_ARRAY_TARGET: t.Final = (
    "cardinality({c}) || CASE WHEN coalesce(array_ndims({c}), 1) = 1 AND coalesce(array_lower({c}, 1), 1) = 1"
    " AND array_to_string({c}, ',', '') = array_to_string({c}, ',', 'N') THEN ':' ELSE '!' END"
    " || array_to_string({c}, ',', '')"
)
_SET_ARRAY: t.Final = (
    "CASE WHEN LENGTH({c}) = 0 THEN '{}' ELSE CONCAT('{\"', REPLACE(REPLACE(REPLACE({c}, '\\', '\\\\'),"
    " '\"', '\\\"'), ',', '\",\"'), '\"}') END"
)


def _instant(source: str, target: str, *more: Check) -> Pair:
    """DATE, DATETIME and TIMESTAMP as instants; every session of ours is in UTC."""
    return Pair(
        source,
        target,
        text="CONCAT({c}, '+00')" if target == "timestamptz" else "{c}",
        canonical_source=times.INSTANT_TEXT,
        canonical_target=times.instant_target(target),
        binary=times.INSTANT,
        binary_size=8,
        checks=(*checks.DATES, *more),
        note="midnight" if source == "date" else "read and written in UTC",
    )


_UUID: t.Final = (
    "LOWER(IF(LENGTH({c}) = 32, CONCAT(LEFT({c}, 8), '-', SUBSTR({c}, 9, 4), '-', SUBSTR({c}, 13, 4), '-',"
    " SUBSTR({c}, 17, 4), '-', SUBSTR({c}, 21)), {c}))"
)
# Behind the SRID (4 bytes), the order of bytes (1) and the type (4), with the lowest byte first.
_POINT: t.Final = "CONCAT(REVERSE(SUBSTR({c}, 10, 8)), REVERSE(SUBSTR({c}, 18, 8)))"
_POINT_X, _POINT_Y = (f"ST_{axis}(ST_GeomFromWKB(SUBSTR({{c}}, 5)))" for axis in "XY")


def _day(source: str, *more: Check, note: str = "") -> Pair:
    return Pair(
        source,
        "date",
        text="DATE({c})",
        canonical_source="DATE_FORMAT({c}, '%Y-%m-%d')",
        canonical_target=times.of_our_era("to_char({c}, 'YYYY-MM-DD')", "date", "9999-12-31"),
        binary=_DAY,
        binary_size=4,
        checks=(*checks.DATES, *more),
        note=note,
    )


def _text(source: str, target: str, *found: Check, note: str = "", blind: str = "", read: str = "") -> Pair:
    return Pair(
        source,
        target,
        text=_BYTES,
        canonical_source=_BYTES,
        canonical_target="{c}::text",
        shape="text",
        escape=True,
        binary=_BYTES,
        checks=found,
        note=note,
        blind=blind,
        read=read,
    )


def _printed(
    source: str, note: str = "as the source prints it", *, target: str = "text", read: str = ""
) -> Pair:
    """A value kept as text: what the source prints, byte for byte."""
    return Pair(
        source,
        target,
        text=_PRINTED,
        canonical_source=_PRINTED,
        canonical_target="{c}::text",
        shape="text",
        binary="CAST(CAST({c} AS CHAR) AS BINARY)",
        checks=(checks.LENGTH,),
        note=note,
        read=read,
    )


def _float(source: str, target: str, *found: Check, note: str = "") -> Pair:
    return Pair(
        source,
        target,
        text=double_text("{c}", column=source == "double"),
        canonical_source=double_bits("CAST({c} AS FLOAT) * 1e0" if found else "{c}"),
        canonical_target="encode(float8send({c}::float8), 'hex')",
        checks=found,
        note=f"{note}compared by bits",
    )


def _exact_double(source: str, *found: Check, note: str) -> Pair:
    """A number that the target reads as the nearest double."""
    return Pair(
        source,
        "double",
        text="{c}",
        canonical_source=double_bits("({c} * 1e0)"),
        canonical_target="encode(float8send({c}::float8), 'hex')",
        checks=found,
        note=f"{note}; compared by bits",
    )


def _digits(source: str, read: str, note: str) -> Pair:
    """The decimal that the digits of a floating point number say."""
    return Pair(
        source,
        "numeric",
        text="{c}",
        canonical_source=digits.CANONICAL_SOURCE,
        canonical_target=digits.CANONICAL_TARGET,
        checks=(checks.DIGITS_RANGE, checks.DIGITS_FRACTION),
        note=f"{note}; -0 is 0",
        blind="1.5 and 1.50",
        read=read,
        fits=lambda source, target: (target.scale or 0) <= digits.PLACES,
        own=(
            ("truncated", f"TRUNCATE({digits.DECIMAL}, {{scale}})"),
            ("rounded", f"ROUND({digits.DECIMAL}, {{scale}})"),
        ),
    )


def _number(source: str, *found: Check) -> Pair:
    return Pair(
        source,
        "numeric",
        text="{c}",
        canonical_source="{trimmed}",
        canonical_target="trim_scale({c})::text",
        checks=found,
        note="compared without trailing zeros of the fraction",
        blind="1.5 and 1.50",
    )


def _integer(source: str, *found: Check, text: str = "{c}") -> Pair:
    return Pair(
        source,
        "integer",
        text=text,
        canonical_source=text,
        canonical_target="{c}::text",
        binary=_INTEGER,
        binary_size=0,
        checks=found,
    )


def _boolean(source: str) -> Pair:
    return Pair(
        source,
        "boolean",
        text="{c}",
        canonical_source="{c}",
        canonical_target="({c}::int)::text",
        binary="IF({c}, X'01', X'00')",
        binary_size=1,
        checks=(checks.BOOLEAN,),
        note="the target's type decides: 0 is false, 1 is true, any other number is a misfit",
    )


def _truth(source: str, *found: Check) -> Pair:
    """Text that PostgreSQL reads as a boolean."""
    true, false = (", ".join(map(repr, words)) for words in (checks.TRUE, checks.FALSE))

    def form(one: str, other: str) -> str:
        return f"(CASE WHEN {checks.TRUTH} IN ({true}) THEN {one} WHEN {checks.TRUTH} IN ({false}) THEN {other} END)"

    return Pair(
        source,
        "boolean",
        text=form("'t'", "'f'"),
        canonical_source=form("'1'", "'0'"),
        canonical_target="({c}::int)::text",
        binary=form("X'01'", "X'00'"),
        binary_size=1,
        checks=(*found, checks.BOOLEAN_TEXT, *checks.FOREIGN_BYTES),
        note="t, true, y, yes, on, 1 are true, f, false, n, no, off, 0 are false, in letters of either case",
    )


def _of_bytes(*found: Check) -> tuple[Check, ...]:
    """The checks of bytes that are read as text, which only well-formed UTF-8 can be."""
    bytes_first = f"(NOT {checks.BYTES_OF_TEXT.predicate} AND {{predicate}})"
    return (
        checks.BYTES_OF_TEXT,
        *(replace(one, predicate=bytes_first.replace("{predicate}", one.predicate)) for one in found),
    )


def _jsonb(source: str, *found: Check, read: str = "") -> Pair:
    known = (*found, *checks.JSONB)
    if source == "binary":
        known = _of_bytes(checks.EMPTY_JSON, *checks.JSON, *checks.JSONB)
    return Pair(
        source,
        "jsonb",
        text=_BYTES,
        canonical_source=_BYTES,
        canonical_target="{c}::text",
        shape="json",
        escape=True,
        binary="CONCAT(X'01', CAST({c} AS BINARY))",
        checks=known,
        note="two separate reads, parsed and compared with exact decimals; marked in the report",
        blind="1.5, 1.50 and 15e-1 in a document",
        read=read,
    )


def _inet(source: str, *found: Check) -> Pair:
    return Pair(
        source,
        "inet",
        text="{c}",
        canonical_source=_ADDRESS,
        canonical_target=_ADDRESS_TARGET,
        checks=found,
        note="compared by the bytes of the address",
    )


# --- the table ----------------------------------------------------------------------------------------

_FOUR_DIGITS: t.Final = "LPAD({c}, 4, '0')"
_BYTES_AS_TEXT: t.Final = "CONVERT({c} USING utf8mb4)"
_PLAIN_TEXT: t.Final = (checks.NUL, checks.LENGTH, *checks.BYTES, checks.DOUBLE)

PAIRS: t.Final[tuple[Pair, ...]] = (
    _integer("integer", checks.INTEGER_RANGE),
    _boolean("integer"),
    _number("integer", checks.NUMBER_RANGE),
    _printed("integer"),
    _exact_double("integer", checks.INEXACT_INTEGER, note="every number up to 2^53 is exact"),
    binary_digits(),
    _number("decimal", checks.NUMBER_RANGE, checks.NUMBER_FRACTION),
    _integer("decimal", checks.INTEGER_RANGE, checks.NUMBER_FRACTION, text="TRUNCATE({c}, 0)"),
    Pair(
        "decimal",
        "boolean",
        text="(CASE WHEN {c} = 1 THEN 't' WHEN {c} = 0 THEN 'f' END)",
        canonical_source="(CASE WHEN {c} = 1 THEN '1' WHEN {c} = 0 THEN '0' END)",
        canonical_target="({c}::int)::text",
        binary="(CASE WHEN {c} = 1 THEN X'01' WHEN {c} = 0 THEN X'00' END)",
        binary_size=1,
        checks=(checks.BOOLEAN,),
        note="0 is false, 1 is true, any other number is a misfit",
    ),
    _printed("decimal"),
    _exact_double(
        "decimal",
        checks.INEXACT_DECIMAL,
        note="the nearest double, exact where its shortest digits are the decimal's",
    ),
    _float("float", "real", note="read as a double, never as MySQL's six-digit text; "),
    _float("float", "double", note="read as a double, never as MySQL's six-digit text; "),
    _digits(
        "float",
        digits.READ_FLOAT,
        "the six digits that the source prints where they read back as the same FLOAT, else all digits of its value",
    ),
    _float("double", "double"),
    _float("double", "real", checks.BEYOND_REAL, checks.INEXACT),
    _digits(
        "double",
        digits.READ_DOUBLE,
        "the shortest digits that read back as the same DOUBLE",
    ),
    _integer("bit", checks.INTEGER_RANGE),
    _boolean("bit"),
    Pair(
        "bit",
        "bit",
        text="LPAD(BIN({c}), {bits}, '0')",
        canonical_source="LPAD(BIN({c}), {bits}, '0')",
        canonical_target="{c}::text",
        note="as many digits as the source column has bits",
        # PostgreSQL's bit(n) takes exactly n digits.
        fits=lambda source, target: target.family != "bit" or target.length == source.length,
    ),
    _integer("year", checks.INTEGER_RANGE),
    _printed("year", "four digits", read=_FOUR_DIGITS),
    _printed("year", "four digits", target="char", read=_FOUR_DIGITS),
    _day("date"),
    _day("datetime", checks.TIME_LOST),
    _day("timestamp", checks.TIME_LOST, note="the day in UTC"),
    _instant("date", "timestamp"),
    _instant("date", "timestamptz"),
    _instant("datetime", "timestamp", checks.SECONDS),
    _instant("datetime", "timestamptz", checks.SECONDS),
    _instant("timestamp", "timestamp", checks.SECONDS),
    _instant("timestamp", "timestamptz", checks.SECONDS),
    _printed("date", "as the source prints it, zero and partial dates too"),
    _printed("datetime", "as the source prints it, zero and partial dates too"),
    _printed("timestamp", "as the source prints it in UTC, zero too"),
    Pair(
        "time",
        "time",
        text="{c}",
        canonical_source=_MICROSECONDS,
        canonical_target=times.EPOCH,
        checks=(checks.TIME_OF_DAY, checks.SECONDS),
        note="compared in microseconds",
    ),
    Pair(
        "time",
        "interval",
        text="{c}",
        canonical_source=_MICROSECONDS,
        canonical_target=times.SPAN_TARGET,
        checks=(checks.SECONDS,),
        note="from -838:59:59 to 838:59:59, compared in microseconds",
    ),
    _printed("time"),
    _text("text", "text", *_PLAIN_TEXT),
    _text(
        "text",
        "char",
        *_PLAIN_TEXT,
        checks.BLANKS,
        note="compared without the blanks either server pads with",
        blind="nothing: the blanks behind a char(n) are no part of its value",
    ),
    Pair(
        "text",
        "uuid",
        text="{c}",
        canonical_source=_UUID,
        canonical_target="{c}::text",
        binary="UNHEX(REPLACE({c}, '-', ''))",
        binary_size=16,
        checks=(*checks.UUID_TEXT, *checks.FOREIGN_BYTES),
        note="32 digits alone and upper-case digits arrive as the same UUID, printed as 8-4-4-4-12 in lower case",
    ),
    _truth("text"),
    _text("text", "json", checks.EMPTY_JSON, *checks.JSON, *checks.BYTES),
    _jsonb("text", checks.EMPTY_JSON, *checks.JSON, *checks.BYTES),
    _text("text", "enum", checks.LABEL_TEXT, *checks.FOREIGN_BYTES),
    _inet("text", *checks.ADDRESS, *checks.FOREIGN_BYTES),
    Pair(
        "text",
        "bytea",
        text="CONCAT('\\x', HEX({c}))",
        copy_text="CONCAT('\\\\x', HEX({c}))",
        canonical_source=_BYTES,
        canonical_target="{c}",
        shape="bytes",
        binary=_BYTES,
        checks=checks.FOREIGN_BYTES,
        note="the text in UTF-8; of a column of UTF-8 the bytes, whatever they are",
    ),
    _text(
        "json",
        "json",
        checks.NATIVE_JSON,
        *checks.JSON,
        *checks.BYTES,
        note="the text arrives byte for byte",
    ),
    _text("json", "text", checks.NATIVE_JSON, checks.LENGTH, *checks.BYTES),
    _jsonb("json", checks.NATIVE_JSON, *checks.JSON, *checks.BYTES),
    Pair(
        "binary",
        "bytea",
        text="CONCAT('\\x', HEX({c}))",
        copy_text="CONCAT('\\\\x', HEX({c}))",
        canonical_source="{c}",
        canonical_target="{c}",
        shape="bytes",
        binary="{c}",
    ),
    Pair(
        "binary",
        "uuid",
        text=_HEX_UUID,
        canonical_source=_HEX_UUID,
        canonical_target="{c}::text",
        binary="{c}",
        binary_size=16,
        checks=(checks.UUID_BYTES,),
        note="the 16 bytes in their stored order; UUID_TO_BIN(…, 1) has swapped them and needs an expression rule",
    ),
    _text(
        "binary",
        "text",
        checks.BYTES_OF_TEXT,
        checks.NUL_OF_BYTES,
        checks.LENGTH_OF_BYTES,
        note="bytes that are UTF-8",
    ),
    Pair(
        "binary",
        "inet",
        text="INET6_NTOA({c})",
        canonical_source="CONCAT(HEX({c}), IF(LENGTH({c}) = 4, '/32', '/128'))",
        canonical_target=_ADDRESS_TARGET,
        # Family, bits of the network, no cidr, bytes.
        binary="CONCAT(IF(LENGTH({c}) = 4, X'02200004', X'03800010'), {c})",
        checks=(checks.ADDRESS_BYTES,),
        note="4 bytes are an IPv4 address, 16 an IPv6 address, as INET6_ATON makes them; compared by the bytes",
    ),
    _text(
        "binary",
        "json",
        *_of_bytes(checks.EMPTY_JSON, *checks.JSON),
        note="bytes that are JSON in UTF-8 arrive as they are",
        read=_BYTES_AS_TEXT,
    ),
    _jsonb("binary", read=_BYTES_AS_TEXT),
    _text("enum", "enum", *checks.LABELS, *checks.FOREIGN_BYTES),
    _truth("enum", checks.ENUM_INDEX),
    _text("enum", "text", checks.ENUM_INDEX, checks.LENGTH, *checks.FOREIGN_BYTES),
    _text(
        "set",
        "text",
        checks.LENGTH,
        *checks.FOREIGN_BYTES,
        note="members joined by commas, in the order of the declaration",
    ),
    Pair(
        "set",
        "text[]",
        text=_SET_ARRAY,
        canonical_source=(
            "CONCAT(IF(LENGTH({c}) = 0, 0, LENGTH({c}) - LENGTH(REPLACE({c}, ',', '')) + 1), ':', {c})"
        ),
        canonical_target=_SET_ARRAY_TARGET,
        shape="text",
        escape=True,
        checks=checks.FOREIGN_BYTES,
        note="the empty set is the empty array",
    ),
    Pair(
        "uuid",
        "uuid",
        text="{c}",
        canonical_source="LOWER({c})",
        canonical_target="{c}::text",
        binary="UNHEX(REPLACE({c}, '-', ''))",
        binary_size=16,
    ),
    _printed("uuid"),
    _printed("uuid", target="char"),
    _inet("inet"),
    _printed("inet"),
    Pair(
        "geometry",
        "bytea",
        text="CONCAT('\\x', HEX({c}))",
        copy_text="CONCAT('\\\\x', HEX({c}))",
        canonical_source="{c}",
        canonical_target="{c}",
        shape="bytes",
        binary="{c}",
        note="the stored bytes: SRID (4 bytes, little endian) and WKB",
    ),
    Pair(
        "geometry",
        "geometry",
        text=_EWKB,
        canonical_source=_EWKB,
        canonical_target="lower({c}::text)",
        shape="text",
        note="needs PostGIS; the stored bytes with their SRID, x before y on both servers",
    ),
    Pair(
        "geometry",
        "point",
        text=f"CONCAT('(', {computed_text(_POINT_X)}, ',', {computed_text(_POINT_Y)}, ')')",
        canonical_source=f"LOWER(HEX({_POINT}))",
        canonical_target="encode(point_send({c}), 'hex')",
        binary=_POINT,
        binary_size=16,
        checks=(checks.SRID,),
        note="of a column of POINT; x before y as they are stored, compared by bits",
        fits=lambda source, target: source.family == "point",
    ),
    Pair(
        "vector",
        "bytea",
        text="CONCAT('\\x', HEX({c}))",
        copy_text="CONCAT('\\\\x', HEX({c}))",
        canonical_source="{c}",
        canonical_target="{c}",
        shape="bytes",
        binary="{c}",
        note="the stored bytes: 4 for each element, a single in little endian",
    ),
    *arrays.PAIRS,
    *NAMED,
)

AS_PRINTED: t.Final = Pair(
    "text",
    "as printed",
    text=_BYTES,
    canonical_source=_BYTES,
    canonical_target="{c}::text",
    shape="text",
    escape=True,
    checks=(checks.NUL, *checks.BYTES),
    note="of a rule's expression alone, for any type of the target without a pair: what the target itself prints",
)
"""The way for a type without a pair: the text that the target's input takes, proved by its output."""

_BY_KINDS: t.Final = {(pair.source, pair.target, pair.converter): pair for pair in PAIRS}
CONVERTERS: t.Final = frozenset(pair.converter for pair in NAMED)
"""Names by which rules select a pair of `named`."""
BY_NAME: t.Final = {pair.name: pair for pair in (*PAIRS, AS_PRINTED)}


def find_pair(source: Column, target: Column, converter: str = "") -> Pair | None:
    """The row for these two columns, or `None`: the transform step refuses a pair without a row.

    `converter`: the name of one that rules alone select.
    """
    pair = _BY_KINDS.get((source_kind(source) or "", target_kind(target) or "", converter))
    return pair if pair is not None and pair.fits(source, target) else None


def find_pair_of_expression(source: Column, target: Column, converter: str = "") -> Pair | None:
    """As `find_pair`, for a value that a rule's expression gives: text has a way to every type."""
    found = find_pair(source, target, converter)
    by_text = source_kind(source) == "text" and not converter
    return found or (AS_PRINTED if by_text else None)


def parameters(source: Column, target: Column) -> dict[str, str]:
    """Values of the placeholders that depend on the two columns, as SQL."""
    values = _target_parameters(target)
    if source.length is not None:
        values["bits"] = str(source.length)
    values["own_scale"] = str(source.scale or 0)
    values["nearest"] = "(CAST({c} AS FLOAT) * 1e0)" if target.family == "float4" else "{c}"
    values["trimmed"] = "{c}"
    if source.family == "decimal" and source.scale:
        values["trimmed"] = "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {c}))"
    return values


def _target_parameters(target: Column) -> dict[str, str]:
    values: dict[str, str] = {}
    kind = target_kind(target)
    if kind in {"integer", "integer[]"}:
        width = target_bytes(target)
        low, high = target_range(target)
        values |= {"low": str(low), "high": str(high)}
        values |= {"mask": str(2 ** (8 * width) - 1), "hexdigits": str(2 * width)}
    if target.length is not None:
        values["length"] = str(target.length)
    if kind in {"numeric", "integer", "numeric[]"}:
        values["scale"] = str(target.scale or 0)
        values["truncated"] = f"TRUNCATE({{c}}, {target.scale or 0})"
        values["rounded"] = f"ROUND({{c}}, {target.scale or 0})"
    if kind in {"numeric", "numeric[]"} and target.precision is not None:
        values["limit"] = "1" + "0" * (target.precision - (target.scale or 0))
    if kind in {"timestamp", "timestamptz", "time", "interval"} and target.precision is not None:
        values |= times.steps(10 ** (6 - target.precision), signed=kind == "interval")
    if target.labels:
        values["labels"] = ", ".join(f"X'{label.encode().hex()}'" for label in target.labels)
    return values


__all__ = (
    "BY_NAME",
    "CONVERTERS",
    "PAIRS",
    "Check",
    "Pair",
    "Shape",
    "find_pair",
    "find_pair_of_expression",
    "parameters",
)
