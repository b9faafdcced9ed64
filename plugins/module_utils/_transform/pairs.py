# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The one table of type pairs: how a value travels, how both servers prove it, what cannot fit.

A new type is a new row here and its test vectors; nothing else knows types. Templates are SQL of the
server they run on; `{c}` is the value after the column's policies and is never NULL when a template is
used (NULL is decided around it), `{raw}` the bare column. The other names are made by `parameters`.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import checks
from .checks import Check
from .floats import double_bits, double_text
from .types import source_kind, target_bytes, target_kind, target_range

if t.TYPE_CHECKING:
    from .._catalog import Column

Shape = t.Literal["token", "text", "bytes", "json"]
"""How a canonical value enters the row hash: `token` is text of a restricted alphabet (no `|`, never a
lone `N`); `text` is any text, entered with its length, or as its own SHA-256 where the column is long;
`bytes` enters as its own SHA-256; `json` is compared outside the servers (the one exception)."""


@dataclass(frozen=True)
class Pair:
    """One row of the table."""

    source: str
    target: str
    text: str
    """On the source: the value as PostgreSQL's text input reads it, not escaped for COPY."""
    canonical_source: str
    canonical_target: str
    shape: Shape = "token"
    escape: bool = False
    """The text can hold a tab, a line break or a backslash, which COPY wants escaped."""
    copy_text: str | None = None
    """`text` already escaped for COPY, where that is cheaper than replacing characters."""
    binary: str | None = None
    """On the source: the value's bytes in PostgreSQL's binary format; `None` where SQL cannot build them."""
    binary_size: int | None = None
    """Length of `binary` where it is always the same; 0 means the target integer's width."""
    checks: tuple[Check, ...] = ()
    note: str = ""
    blind: str = ""
    """Different values of the target that the proof takes for one, because they mean one."""

    @property
    def name(self) -> str:
        """As the transform file and the guide spell it."""
        return f"{self.source}→{self.target}"


# --- forms that several rows share --------------------------------------------------------------------

_BYTES: t.Final = "CAST({c} AS BINARY)"
_PRINTED: t.Final = "CAST({c} AS CHAR)"
_INTEGER: t.Final = "UNHEX(LPAD(HEX({c} & {mask}), {hexdigits}, '0'))"
_INSTANT: t.Final = "UNHEX(LPAD(HEX(TIMESTAMPDIFF(MICROSECOND, '2000-01-01 00:00:00', {c})), 16, '0'))"
_DAY: t.Final = "UNHEX(LPAD(HEX((TO_DAYS({c}) - 730485) & 4294967295), 8, '0'))"
_MICROSECONDS: t.Final = (
    "(CASE WHEN LEFT(CAST({c} AS CHAR), 1) = '-' THEN -1 ELSE 1 END"
    " * (((HOUR({c}) * 60 + MINUTE({c})) * 60 + SECOND({c})) * 1000000 + MICROSECOND({c})))"
)
_EPOCH: t.Final = "((extract(epoch from {c}) * 1000000)::bigint)::text"
# Behind the microseconds stand days and months: 30 days, a month and 720 hours are three values of one length, and
# an infinite interval is none at all.
_SPAN_TARGET: t.Final = (
    f"CASE WHEN substr(interval_send({{c}}), 9) = '\\x0000000000000000'::bytea THEN {_EPOCH}"
    " ELSE '!' || {c}::text END"
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


def _of_our_era(form: str, kind: str, last: str) -> str:
    """`form` of what the source can hold; the pattern of to_char has no era, and no text for infinity."""
    zone = "+00" if kind == "timestamptz" else ""
    return (
        f"CASE WHEN {{c}} BETWEEN '0001-01-01{zone and ' 00:00:00'}{zone}'::{kind} AND '{last}{zone}'::{kind}"
        f" THEN {form} ELSE '!' || {{c}}::text END"
    )


def _instant(source: str, target: str, *more: Check) -> Pair:
    """DATE, DATETIME and TIMESTAMP as instants; every session of ours is in UTC."""
    shown = "{c} AT TIME ZONE 'UTC'" if target == "timestamptz" else "{c}"
    return Pair(
        source,
        target,
        text="CONCAT({c}, '+00')" if target == "timestamptz" else "{c}",
        canonical_source="DATE_FORMAT({c}, '%Y-%m-%d %H:%i:%s.%f')",
        canonical_target=_of_our_era(
            f"to_char({shown}, 'YYYY-MM-DD HH24:MI:SS.US')", target, "9999-12-31 23:59:59.999999"
        ),
        binary=_INSTANT,
        binary_size=8,
        checks=(*checks.DATES, *more),
        note="midnight" if source == "date" else "read and written in UTC",
    )


def _day(source: str, *more: Check) -> Pair:
    return Pair(
        source,
        "date",
        text="DATE({c})",
        canonical_source="DATE_FORMAT({c}, '%Y-%m-%d')",
        canonical_target=_of_our_era("to_char({c}, 'YYYY-MM-DD')", "date", "9999-12-31"),
        binary=_DAY,
        binary_size=4,
        checks=(*checks.DATES, *more),
    )


def _text(source: str, target: str, *found: Check, note: str = "", blind: str = "") -> Pair:
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
    )


def _printed(source: str, note: str = "as the source prints it") -> Pair:
    """A value kept as text: what the source prints, byte for byte."""
    return Pair(
        source,
        "text",
        text=_PRINTED,
        canonical_source=_PRINTED,
        canonical_target="{c}::text",
        shape="text",
        binary="CAST(CAST({c} AS CHAR) AS BINARY)",
        checks=(checks.LENGTH,),
        note=note,
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


def _jsonb(source: str, *found: Check) -> Pair:
    return Pair(
        source,
        "jsonb",
        text=_BYTES,
        canonical_source=_BYTES,
        canonical_target="{c}::text",
        shape="json",
        escape=True,
        binary="CONCAT(X'01', CAST({c} AS BINARY))",
        checks=(*found, *checks.JSONB),
        note="two separate reads, parsed and compared with exact decimals; marked in the report",
        blind="1.5, 1.50 and 15e-1 in a document",
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

_PLAIN_TEXT: t.Final = (checks.NUL, checks.LENGTH, *checks.BYTES, checks.DOUBLE)

PAIRS: t.Final[tuple[Pair, ...]] = (
    _integer("integer", checks.INTEGER_RANGE),
    _boolean("integer"),
    _number("integer", checks.NUMBER_RANGE),
    _printed("integer"),
    _number("decimal", checks.NUMBER_RANGE, checks.NUMBER_FRACTION),
    _integer("decimal", checks.INTEGER_RANGE, checks.NUMBER_FRACTION, text="TRUNCATE({c}, 0)"),
    _printed("decimal"),
    _float("float", "real", note="read as a double, never as MySQL's six-digit text; "),
    _float("float", "double", note="read as a double, never as MySQL's six-digit text; "),
    _float("double", "double"),
    _float("double", "real", checks.BEYOND_REAL, checks.INEXACT),
    _integer("bit", checks.INTEGER_RANGE),
    _boolean("bit"),
    Pair(
        "bit",
        "bit",
        text="LPAD(BIN({c}), {bits}, '0')",
        canonical_source="LPAD(BIN({c}), {bits}, '0')",
        canonical_target="{c}::text",
        note="as many digits as the source column has bits",
    ),
    _integer("year", checks.INTEGER_RANGE),
    _day("date"),
    _day("datetime", checks.TIME_LOST),
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
        canonical_target=_EPOCH,
        checks=(checks.TIME_OF_DAY, checks.SECONDS),
        note="compared in microseconds",
    ),
    Pair(
        "time",
        "interval",
        text="{c}",
        canonical_source=_MICROSECONDS,
        canonical_target=_SPAN_TARGET,
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
        canonical_source="LOWER({c})",
        canonical_target="{c}::text",
        binary="UNHEX(REPLACE({c}, '-', ''))",
        binary_size=16,
        checks=(*checks.UUID_TEXT, *checks.FOREIGN_BYTES),
        note="upper-case digits arrive as the same UUID, printed in lower case",
    ),
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
    _text("enum", "enum", *checks.LABELS, *checks.FOREIGN_BYTES),
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

_BY_KINDS: t.Final = {(pair.source, pair.target): pair for pair in PAIRS}
BY_NAME: t.Final = {pair.name: pair for pair in (*PAIRS, AS_PRINTED)}


def find_pair(source: Column, target: Column) -> Pair | None:
    """The row for these two columns, or `None`: the transform step refuses a pair without a row."""
    pair = _BY_KINDS.get((source_kind(source) or "", target_kind(target) or ""))
    if (
        pair is not None
        and pair.name == "bit→bit"
        and target.family == "bit"
        and target.length != source.length
    ):
        return None  # PostgreSQL's bit(n) takes exactly n digits
    return pair


def find_pair_of_expression(source: Column, target: Column) -> Pair | None:
    """As `find_pair`, for a value that a rule's expression gives: text has a way to every type."""
    return find_pair(source, target) or (AS_PRINTED if source_kind(source) == "text" else None)


def parameters(source: Column, target: Column) -> dict[str, str]:
    """Values of the placeholders that depend on the two columns, as SQL."""
    values = _target_parameters(target)
    if source.length is not None:
        values["bits"] = str(source.length)
    values["trimmed"] = "{c}"
    if source.family == "decimal" and source.scale:
        values["trimmed"] = "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {c}))"
    return values


def _target_parameters(target: Column) -> dict[str, str]:
    values: dict[str, str] = {}
    kind = target_kind(target)
    if kind == "integer":
        width = target_bytes(target)
        low, high = target_range(target)
        values |= {"low": str(low), "high": str(high)}
        values |= {"mask": str(2 ** (8 * width) - 1), "hexdigits": str(2 * width)}
    if target.length is not None:
        values["length"] = str(target.length)
    if kind in {"numeric", "integer"}:
        values["scale"] = str(target.scale or 0)
        values["truncated"] = f"TRUNCATE({{c}}, {target.scale or 0})"
        values["rounded"] = f"ROUND({{c}}, {target.scale or 0})"
    if kind == "numeric" and target.precision is not None:
        values["limit"] = "1" + "0" * (target.precision - (target.scale or 0))
    if kind in {"timestamp", "timestamptz", "time", "interval"} and target.precision is not None:
        step = 10 ** (6 - target.precision)
        # MICROSECOND() has no sign, and half of a negative time lies below it.
        sign = "IF({c} < CAST('00:00:00' AS TIME), -1, 1) * " if kind == "interval" else ""
        half = f"({{c}} + INTERVAL ({sign}{step // 2}) MICROSECOND)"
        values["fraction"] = str(step)
        values["truncated"] = f"({{c}} - INTERVAL ({sign}(MICROSECOND({{c}}) % {step})) MICROSECOND)"
        values["rounded"] = f"({half} - INTERVAL ({sign}(MICROSECOND({half}) % {step})) MICROSECOND)"
    if target.labels:
        values["labels"] = ", ".join(f"X'{label.encode().hex()}'" for label in target.labels)
    return values


__all__ = (
    "BY_NAME",
    "PAIRS",
    "Check",
    "Pair",
    "Shape",
    "find_pair",
    "find_pair_of_expression",
    "parameters",
)
