# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.
"""A floating point number as the decimal that its digits say, as SQL of both servers.

The source's shortest digits travel: text that reads back as the same number. A column of DOUBLE prints all of
them; of a FLOAT it prints six, which stand where they are enough, else all digits of its value stand for it.
"""

from __future__ import annotations

import typing as t

from .floats import double_text

READ_DOUBLE: t.Final = double_text("{c}", column=True)
_SIX: t.Final = "CONCAT(CAST({c} AS FLOAT))"
READ_FLOAT: t.Final = (
    f"(CASE WHEN CAST({_SIX} + 0e0 AS FLOAT) * 1e0 = {{c}} THEN {_SIX}"
    " ELSE CONCAT(IF({c} < 0, '-', ''), ABS({c})) END)"
)

_MANTISSA: t.Final = "SUBSTRING_INDEX({c}, 'e', 1)"
_DIGITS: t.Final = f"REPLACE(REPLACE({_MANTISSA}, '-', ''), '.', '')"
_WITHOUT_ZEROS: t.Final = f"TRIM(TRAILING '0' FROM {_DIGITS})"
_POWER: t.Final = "IF(LOCATE('e', {c}) > 0, CAST(SUBSTRING_INDEX({c}, 'e', -1) AS SIGNED), 0)"
_FRACTION: t.Final = f"IF(LOCATE('.', {{c}}) > 0, LENGTH(SUBSTRING_INDEX({_MANTISSA}, '.', -1)), 0)"
EXPONENT: t.Final = f"({_POWER} - {_FRACTION} + LENGTH({_DIGITS}) - LENGTH({_WITHOUT_ZEROS}))"
"""Of the last digit that is not 0."""
CANONICAL_SOURCE: t.Final = (
    f"IF({_WITHOUT_ZEROS} = '', '0', CONCAT(IF(LEFT({{c}}, 1) = '-', '-', ''),"
    f" TRIM(LEADING '0' FROM {_WITHOUT_ZEROS}), 'e', {EXPONENT}))"
)
"""Digits without zeros at either end, and the exponent of the last one."""

_TRIMMED: t.Final = "replace(trim_scale(abs({c}))::text, '.', '')"
CANONICAL_TARGET: t.Final = (
    "CASE WHEN {c} IN ('NaN', 'Infinity', '-Infinity') THEN '!' || {c}::text WHEN {c} = 0 THEN '0'"
    f" ELSE CASE WHEN {{c}} < 0 THEN '-' ELSE '' END || trim(both '0' from {_TRIMMED}) || 'e'"
    f" || (length({_TRIMMED}) - length(rtrim({_TRIMMED}, '0')) - scale(trim_scale({{c}})))::text END"
)
DECIMAL: t.Final = "CAST({c} AS DECIMAL(65,30))"
"""What the digits say, to 30 places: MySQL and MariaDB keep no more."""
PLACES: t.Final = 30

__all__ = (
    "CANONICAL_SOURCE",
    "CANONICAL_TARGET",
    "DECIMAL",
    "EXPONENT",
    "PLACES",
    "READ_DOUBLE",
    "READ_FLOAT",
)
