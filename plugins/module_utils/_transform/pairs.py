# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The one table of type pairs: how a value travels, how both servers prove it, what cannot fit.

A new type is a new row here and its test vectors; nothing else knows types. Templates are SQL of the
server they run on; C({c}) is the value after the column's policies and is never NULL when a template is
used (NULL is decided around it), C({raw}) the bare column. The other names are made by I(parameters).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .floats import double_bits
from .misfits import (
    EMPTY_STRING,
    IMPOSSIBLE_DATE,
    INVALID_JSON,
    JSON_NUL,
    JSON_SURROGATE,
    NOT_A_LABEL,
    NOT_A_UUID,
    NOT_BOOLEAN,
    NUL_CHARACTER,
    OUT_OF_RANGE,
    PARTIAL_DATE,
    TOO_LONG,
    ZERO_DATE,
    MisfitClass,
)
from .types import source_kind, source_range, target_bytes, target_kind, target_range

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .._catalog import Column

Shape = t.Literal["token", "text", "bytes", "json"]
"""How a canonical value enters the row hash: C(token) is text of a restricted alphabet (no C(|), never a
lone C(N)); C(text) is any text, entered with its length, or as its own SHA-256 where the column is long;
C(bytes) enters as its own SHA-256; C(json) is compared outside the servers (the one exception)."""


@dataclass(frozen=True)
class Check:
    """Values of one class that do not fit: a predicate on the source, and whether the types allow any."""

    misfit: MisfitClass
    predicate: str
    possible: Callable[[Column, Column], bool] = lambda source, target: True


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
    """I(text) already escaped for COPY, where that is cheaper than replacing characters."""
    binary: str | None = None
    """On the source: the value's bytes in PostgreSQL's binary format; C(None) where SQL cannot build them."""
    binary_size: int | None = None
    """Length of I(binary) where it is always the same; 0 means the target integer's width."""
    checks: tuple[Check, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        """As the transform file and the guide spell it."""
        return f"{self.source}→{self.target}"


def _narrower_integer(source: Column, target: Column) -> bool:
    low, high = source_range(source)
    target_low, target_high = target_range(target)
    return low < target_low or high > target_high


def _narrower_text(source: Column, target: Column) -> bool:
    return target.length is not None and (source.length is None or source.length > target.length)


def _foreign_labels(source: Column, target: Column) -> bool:
    return not set(source.labels) <= set(target.labels)


_DATE_CHECKS = (
    Check(ZERO_DATE, "(YEAR({c}) = 0 AND MONTH({c}) = 0 AND DAYOFMONTH({c}) = 0)"),
    Check(
        PARTIAL_DATE,
        "((YEAR({c}) = 0 OR MONTH({c}) = 0 OR DAYOFMONTH({c}) = 0)"
        " AND NOT (YEAR({c}) = 0 AND MONTH({c}) = 0 AND DAYOFMONTH({c}) = 0))",
    ),
    Check(
        IMPOSSIBLE_DATE,
        "(YEAR({c}) > 0 AND MONTH({c}) > 0 AND DAYOFMONTH({c}) > 28 AND DAYOFMONTH({c}) >"
        " DAYOFMONTH(LAST_DAY(CONCAT(YEAR({c}), '-', MONTH({c}), '-01'))))",
    ),
)
_NUL = Check(NUL_CHARACTER, "(LOCATE(X'00', CAST({c} AS BINARY)) > 0)")
_LONG = Check(TOO_LONG, "(CHAR_LENGTH({c}) > {length})", _narrower_text)
_UUID_CHECKS = (
    Check(EMPTY_STRING, "(LENGTH({c}) = 0)"),
    Check(
        NOT_A_UUID,
        "(LENGTH({c}) > 0 AND NOT (LENGTH({c}) = 36 AND {c} REGEXP"
        " '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$'))",
    ),
)
# A string escape counts only after an even number of backslashes. LOCATE first: it is cheap and nearly
# always decides.
_JSON_NUL = Check(
    JSON_NUL, r"(LOCATE('\u0000', CAST({c} AS BINARY)) > 0 AND {c} REGEXP '(?<!\\)(?:\\\\)*\\u0000')"
)
_JSON_SURROGATE = Check(
    JSON_SURROGATE,
    r"(LOCATE('\u', CAST({c} AS BINARY)) > 0 AND {c} REGEXP"
    r" '(?<!\\)(?:\\\\)*\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F][0-9a-fA-F]{2})')",
)
_TEXT_BYTES = "CAST({c} AS BINARY)"
_TIMESTAMP_TEXT = "DATE_FORMAT({c}, '%Y-%m-%d %H:%i:%s.%f')"
_TIMESTAMP_BINARY = "UNHEX(LPAD(HEX(TIMESTAMPDIFF(MICROSECOND, '2000-01-01 00:00:00', {c})), 16, '0'))"


def _instant(source: str, target: str, shown: str) -> Pair:
    """DATETIME and TIMESTAMP differ in meaning only; every session of ours is in UTC."""
    return Pair(
        source,
        target,
        text="CONCAT({c}, '+00')" if target == "timestamptz" else "{c}",
        canonical_source=_TIMESTAMP_TEXT,
        canonical_target=f"to_char({shown}, 'YYYY-MM-DD HH24:MI:SS.US')",
        binary=_TIMESTAMP_BINARY,
        binary_size=8,
        checks=_DATE_CHECKS,
        note="read and written in UTC",
    )


def _text(source: str, target: str, checks: tuple[Check, ...], note: str = "") -> Pair:
    return Pair(
        source,
        target,
        text=_TEXT_BYTES,
        canonical_source=_TEXT_BYTES,
        canonical_target="{c}::text",
        shape="text",
        escape=True,
        binary=_TEXT_BYTES,
        checks=checks,
        note=note,
    )


_BITS_SOURCE = double_bits("{c}")
_NUMERIC_CHECK = Check(
    OUT_OF_RANGE,
    "(ABS({c}) >= {limit})",
    lambda source, target: (
        target.precision is not None and (target.precision - (target.scale or 0)) < _whole_digits(source)
    ),
)


def _whole_digits(source: Column) -> int:
    if source.family == "decimal":
        return (source.precision or 10) - (source.scale or 0)
    return 20


PAIRS: t.Final[tuple[Pair, ...]] = (
    Pair(
        "integer",
        "integer",
        text="{c}",
        canonical_source="{c}",
        canonical_target="{c}::text",
        binary="UNHEX(LPAD(HEX({c} & {mask}), {hexdigits}, '0'))",
        binary_size=0,
        checks=(Check(OUT_OF_RANGE, "({c} NOT BETWEEN {low} AND {high})", _narrower_integer),),
    ),
    Pair(
        "integer",
        "boolean",
        text="{c}",
        canonical_source="{c}",
        canonical_target="({c}::int)::text",
        binary="IF({c}, X'01', X'00')",
        binary_size=1,
        checks=(Check(NOT_BOOLEAN, "({c} NOT IN (0, 1))"),),
        note="the target's type decides: 0 is false, 1 is true, any other number is a misfit",
    ),
    Pair(
        "integer",
        "numeric",
        text="{c}",
        canonical_source="{c}",
        canonical_target="trim_scale({c})::text",
        checks=(_NUMERIC_CHECK,),
    ),
    Pair(
        "decimal",
        "numeric",
        text="{c}",
        canonical_source="{trimmed}",
        canonical_target="trim_scale({c})::text",
        checks=(_NUMERIC_CHECK,),
        note="compared without trailing zeros of the fraction",
    ),
    Pair(
        "float",
        "real",
        text="{c}",
        canonical_source=_BITS_SOURCE,
        canonical_target="encode(float8send({c}::float8), 'hex')",
        note="read as a double, never as MySQL's six-digit text; compared by bits",
    ),
    Pair(
        "float",
        "double",
        text="{c}",
        canonical_source=_BITS_SOURCE,
        canonical_target="encode(float8send({c}), 'hex')",
        note="read as a double, never as MySQL's six-digit text; compared by bits",
    ),
    Pair(
        "double",
        "double",
        text="{c}",
        canonical_source=_BITS_SOURCE,
        canonical_target="encode(float8send({c}), 'hex')",
        note="compared by bits",
    ),
    Pair(
        "date",
        "date",
        text="{c}",
        canonical_source="DATE_FORMAT({c}, '%Y-%m-%d')",
        canonical_target="to_char({c}, 'YYYY-MM-DD')",
        binary="UNHEX(LPAD(HEX((TO_DAYS({c}) - 730485) & 4294967295), 8, '0'))",
        binary_size=4,
        checks=_DATE_CHECKS,
    ),
    _instant("datetime", "timestamp", "{c}"),
    _instant("datetime", "timestamptz", "{c} AT TIME ZONE 'UTC'"),
    _instant("timestamp", "timestamp", "{c}"),
    _instant("timestamp", "timestamptz", "{c} AT TIME ZONE 'UTC'"),
    _text("text", "text", (_NUL, _LONG)),
    _text("text", "char", (_NUL, _LONG), note="compared without the blanks either server pads with"),
    Pair(
        "text",
        "uuid",
        text="{c}",
        canonical_source="LOWER({c})",
        canonical_target="{c}::text",
        binary="UNHEX(REPLACE({c}, '-', ''))",
        binary_size=16,
        checks=_UUID_CHECKS,
        note="upper-case digits arrive as the same UUID, printed in lower case",
    ),
    _text(
        "text",
        "json",
        (
            Check(EMPTY_STRING, "(LENGTH({c}) = 0)"),
            Check(INVALID_JSON, "(LENGTH({c}) > 0 AND NOT JSON_VALID({c}))"),
        ),
    ),
    _text("json", "json", (), note="the text arrives byte for byte"),
    _text("json", "text", (_LONG,)),
    Pair(
        "json",
        "jsonb",
        text=_TEXT_BYTES,
        canonical_source=_TEXT_BYTES,
        canonical_target="{c}::text",
        shape="json",
        escape=True,
        binary="CONCAT(X'01', CAST({c} AS BINARY))",
        checks=(_JSON_NUL, _JSON_SURROGATE),
        note="two separate reads, parsed and compared with exact decimals; marked in the report",
    ),
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
    _text(
        "enum",
        "enum",
        (
            Check(NOT_A_LABEL, "({raw} + 0 = 0)"),
            Check(
                NOT_A_LABEL,
                "({raw} + 0 > 0 AND CAST({c} AS BINARY) NOT IN ({labels}))",
                _foreign_labels,
            ),
        ),
    ),
    _text("enum", "text", (Check(NOT_A_LABEL, "({raw} + 0 = 0)"), _LONG)),
)

_BY_KINDS: t.Final = {(pair.source, pair.target): pair for pair in PAIRS}
BY_NAME: t.Final = {pair.name: pair for pair in PAIRS}


def find_pair(source: Column, target: Column) -> Pair | None:
    """The row for these two columns, or C(None): the transform step refuses a pair without a row."""
    kinds = source_kind(source), target_kind(target)
    return _BY_KINDS.get(kinds) if kinds[0] and kinds[1] else None  # type: ignore[arg-type]


def parameters(source: Column, target: Column) -> dict[str, str]:
    """Values of the placeholders that depend on the two columns, as SQL literals."""
    values: dict[str, str] = {}
    if target_kind(target) == "integer":
        width = target_bytes(target)
        low, high = target_range(target)
        values |= {
            "low": str(low),
            "high": str(high),
            "mask": str(2 ** (8 * width) - 1),
            "hexdigits": str(2 * width),
        }
    if target.length is not None:
        values["length"] = str(target.length)
    if target.precision is not None:
        values["limit"] = "1" + "0" * (target.precision - (target.scale or 0))
    if target.labels:
        values["labels"] = ", ".join(f"X'{label.encode().hex()}'" for label in target.labels)
    if source.family == "decimal":
        values["trimmed"] = "{c}"
        if source.scale:
            values["trimmed"] = "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {c}))"
    return values


__all__ = ("BY_NAME", "PAIRS", "Check", "Pair", "Shape", "find_pair", "parameters")
