# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.
"""A JSON array as an array of PostgreSQL: how its elements travel, and which do not fit, as SQL of the source.

The target gives its array back as a JSON document, and the two documents are compared like those of jsonb.
"""

from __future__ import annotations

import typing as t

from . import checks, misfits
from .checks import Check
from .pair import Pair

if t.TYPE_CHECKING:
    from .._catalog import Column

# JSON_TABLE ends the query for text that is no JSON. `kind` is the element as a document, `element` what it says.
# Another character set than the database's own, which may lack characters, is what the column says.
_DOCUMENT: t.Final = "IF(JSON_VALID({c}), {c}, '[]')"
_ELEMENTS: t.Final = (
    f"FROM JSON_TABLE({_DOCUMENT}, '$[*]' COLUMNS (place FOR ORDINALITY, kind JSON PATH '$',"
    " element LONGTEXT CHARACTER SET utf8mb4 PATH '$')) AS elements"
)
_QUOTED: t.Final = "CONCAT('\"', REPLACE(REPLACE(element, '\\', '\\\\'), '\"', '\\\"'), '\"')"
# NULL, which is refused, where an element has no text or GROUP_CONCAT cut the list.
_LITERAL: t.Final = (
    "(SELECT CASE WHEN COUNT(*) = 0 THEN '{}' WHEN COUNT(element) = COUNT(*) AND"
    " LENGTH(GROUP_CONCAT(ELEMENT ORDER BY place SEPARATOR ',')) = SUM(LENGTH(ELEMENT)) + COUNT(*) - 1"
    " THEN CONCAT('{', GROUP_CONCAT(ELEMENT ORDER BY place SEPARATOR ','), '}') END "
    f"{_ELEMENTS})"
)
# An array of more dimensions is a document of its own; one that does not count from 1 would look like one that does.
_TARGET: t.Final = (
    "CASE WHEN coalesce(array_lower({c}, 1), 1) = 1 THEN to_json({c})::text"
    " ELSE to_json('!' || {c}::text)::text END"
)

NOT_AN_ARRAY: t.Final = Check(misfits.NOT_AN_ARRAY, "(JSON_VALID({c}) AND JSON_TYPE({c}) <> 'ARRAY')")


def _unfit(fitting: str, *more: tuple[str, t.Callable[[Column, Column], bool]]) -> tuple[Check, ...]:
    """Arrays with an element for which `fitting` does not hold; `more` where the two columns make it possible."""
    condition = f"(SELECT COUNT(*) {_ELEMENTS} WHERE NOT COALESCE({{fitting}}, FALSE)) > 0"
    first = Check(misfits.ARRAY_ELEMENT, f"({condition.replace('{fitting}', fitting)})")
    return (
        first,
        *(
            Check(
                misfits.ARRAY_ELEMENT,
                f"({condition.replace('{fitting}', f'NOT ({fitting}) OR ({one})')})",
                possible,
            )
            for one, possible in more
        ),
    )


def _array(
    target: str, element: str, *found: Check, document: str = "CAST({c} AS BINARY)", note: str = ""
) -> Pair:
    return Pair(
        "json",
        target,
        text=_LITERAL.replace("ELEMENT", element),
        canonical_source=document,
        canonical_target=_TARGET,
        shape="json",
        escape=True,
        checks=(
            checks.NATIVE_JSON,
            *checks.JSON,
            *checks.BYTES,
            *checks.JSONB,
            NOT_AN_ARRAY,
            *found,
        ),
        note=f"a JSON array, in its order{note}; two separate reads, parsed and compared",
    )


def _has_length(source: Column, target: Column) -> bool:
    return target.length is not None


def _has_precision(source: Column, target: Column) -> bool:
    return target.precision is not None


_STRING: t.Final = "JSON_TYPE(kind) = 'STRING'"
_WHOLE: t.Final = "element REGEXP '^-?[0-9]+$' AND JSON_TYPE(kind) <> 'STRING'"
_NUMBER: t.Final = "JSON_TYPE(kind) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL')"

PAIRS: t.Final = (
    _array(
        "text[]",
        _QUOTED,
        *_unfit(_STRING, ("CHAR_LENGTH(element) <= {length}", _has_length)),
        note=" of strings",
    ),
    _array(
        "integer[]",
        "element",
        *_unfit(f"{_WHOLE} AND CAST(element AS DECIMAL(65,0)) BETWEEN {{low}} AND {{high}}"),
        note=" of whole numbers written without fraction and exponent",
    ),
    _array(
        "numeric[]",
        "element",
        *_unfit(
            _NUMBER,
            (
                "CAST(element AS DECIMAL(65,30)) = TRUNCATE(CAST(element AS DECIMAL(65,30)), {scale})"
                " AND ABS(CAST(element AS DECIMAL(65,30))) < {limit}",
                _has_precision,
            ),
        ),
        note=" of numbers, as the source writes them",
    ),
    _array("boolean[]", "element", *_unfit("JSON_TYPE(kind) = 'BOOLEAN'"), note=" of true and false"),
    _array(
        "uuid[]",
        "element",
        *_unfit(f"{_STRING} AND LENGTH(element) = 36 AND element REGEXP '^{checks.UUID_DIGITS}$'"),
        document="CAST(LOWER({c}) AS BINARY)",
        note=" of UUIDs in 8-4-4-4-12 hexadecimal digits",
    ),
)

__all__ = ("PAIRS",)
