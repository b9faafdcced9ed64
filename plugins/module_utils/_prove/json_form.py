# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""JSON in one canonical form, for the one comparison that no common SQL form exists for.

Equal means: same structure, same strings, same numbers as exact decimals (1.50 = 1.5 = 15e-1), objects
without order and, as jsonb itself, with the last of equal keys.
"""

from __future__ import annotations

import json
import typing as t
from decimal import Decimal

from .._transform import json_text

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._transform.plan import ColumnPlan

    Form = Callable[[bytes], bytes | None]

# jsonb holds no U+0000, so no string of a document can look like a number's stand-in.
_NUMBER: t.Final = "\0"
_DIGITS: t.Final = 1000
"""Longer integers are kept as text: Python limits the digits it converts."""


def source_forms(columns: Sequence[ColumnPlan]) -> list[Form]:
    """What of each column's values is compared: after the policies, and of jsonb in canonical form."""
    return [_treated(column, form) for column, form in zip(columns, target_forms(columns), strict=True)]


def target_forms(columns: Sequence[ColumnPlan]) -> list[Form]:
    """As `source_forms`, of values that have arrived; json is compared byte for byte."""
    return [canonical_json if column.pair.shape == "json" else _as_it_is for column in columns]


def _as_it_is(value: bytes) -> bytes:
    return value


def _treated(column: ColumnPlan, form: Form) -> Form:
    rules = column.json_rules
    if rules is None or not column.changes_json:
        return form

    def treated(value: bytes) -> bytes | None:
        document = rules.treated(value)
        return None if document is None else form(document)

    return treated


def canonical_json(document: bytes) -> bytes:
    """The canonical form of one document in UTF-8; raises ValueError: no JSON."""
    text = document.decode("utf-8")
    integers = _integer if len(document) >= _DIGITS else None
    try:
        try:
            value = json.loads(text, parse_float=_number, parse_int=integers)
            return _written(value).encode()
        except RecursionError:  # Python's own parser and writer, which are quick, end at some depth
            value = json_text.parse(text, _any_number, depth=None)
            return "".join(json_text.written(value, _written)).encode()
    except ArithmeticError as error:
        raise ValueError("a number with an exponent beyond any server's") from error


def _written(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _any_number(text: str) -> int | str:
    return _number(text) if {*text} & {*".eE"} else _integer(text)


def _integer(text: str) -> int | str:
    """As the same number written with an exponent."""
    return int(text) if len(text) < _DIGITS else _number(text)


def _number(text: str) -> int | str:
    """Whole numbers as int, so that 1.0 and 1 are one; others as digits and exponent without zeros."""
    parsed = Decimal(text).as_tuple()
    sign, digits, exponent = parsed.sign, parsed.digits, int(parsed.exponent)
    kept = "".join(map(str, digits)).lstrip("0")
    stripped = kept.rstrip("0")
    exponent += len(kept) - len(stripped)
    if not stripped:
        return 0
    if exponent >= 0 and len(stripped) + exponent < _DIGITS:
        return int(("-" if sign else "") + stripped + "0" * exponent)
    return f"{_NUMBER}{'-' if sign else ''}{stripped}e{exponent}"


__all__ = ("canonical_json", "source_forms", "target_forms")
