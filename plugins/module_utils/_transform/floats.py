# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The exact bits of a DOUBLE as SQL of the source, since MySQL has no function for them.

Decimal text cannot decide whether two doubles are equal across servers (their digits differ for a few
values in 100,000), so sign, exponent and mantissa are computed with operations that are exact in
IEEE 754: division by and multiplication with powers of two, and integers below 2**53.
"""

from __future__ import annotations

_TWO_52 = "4503599627370496"


def double_bits(value: str) -> str:
    """Sixteen lower-case hexadecimal digits, equal to `encode(float8send(x), 'hex')` of PostgreSQL.

    `value` is a DOUBLE expression that is not NULL.
    """
    size = f"ABS({value})"
    # LOG2 can be off by one beside a power of two: the comparison corrects it. Of the largest doubles it is
    # 1024, a power that no double can hold.
    guess = f"LEAST(FLOOR(LOG2({size})), 1023)"
    above = f"({guess} < 1023 AND {size} >= POW(2, LEAST({guess} + 1, 1023)))"
    exponent = f"({guess} - ({size} < POW(2, {guess})) + {above})"
    normal = (
        f"CAST(({size} / POW(2, {exponent}) - 1) * {_TWO_52} AS UNSIGNED)"
        f" + CAST({exponent} + 1023 AS UNSIGNED) * {_TWO_52}"
    )
    # 2**1074 is not a double: two steps of 2**537.
    subnormal = f"CAST({size} * POW(2, 537) * POW(2, 537) AS UNSIGNED)"
    # A signed 0 beside unsigned numbers makes MariaDB calculate in DOUBLE, which loses the last eleven bits.
    zero = "CAST(0 AS UNSIGNED)"
    bits = f"CASE WHEN {value} = 0 THEN {zero} WHEN {size} < POW(2, -1022) THEN {subnormal} ELSE {normal} END"
    negative = f"{value} < 0 OR {negative_zero(value)}"
    sign = f"CASE WHEN {negative} THEN 9223372036854775808 ELSE {zero} END"
    return f"LOWER(LPAD(HEX({bits} + {sign}), 16, '0'))"


def negative_zero(value: str) -> str:
    """A condition: `value`, a DOUBLE expression, is -0.

    Only the angle shows it on every server: MariaDB 11.8.9 prints a stored -0 as 0 (11.8.6 printed -0).
    """
    return f"({value} = 0 AND ATAN2(0e0, {value}) > 0)"


def all_digits(value: str) -> str:
    """The digits of `value`, a DOUBLE expression, without its sign.

    As text MySQL gives 22 characters of a computed DOUBLE, within a document of JSON all. MariaDB gives all of both.
    """
    return f"REPLACE(REPLACE(JSON_ARRAY(ABS({value})), '[', ''), ']', '')"


def double_text(value: str, column: bool) -> str:
    """The digits that read back as the same DOUBLE, with the sign of -0.

    MySQL prints all digits of a `column`, as long as no rule or policy makes an expression of it, and of what a FLOAT
    becomes: its 22 characters are enough without the sign.
    """
    sign = f"IF({value} < 0 OR {negative_zero(value)}, '-', '')"
    if column:
        whole = f"IF(CONCAT({value}) + 0e0 = {value}, CONCAT({value}), CONCAT({sign}, {all_digits(value)}))"
        return f"IF({negative_zero(value)}, '-0', {whole})"
    return f"CONCAT({sign}, ABS({value}))"


def computed_text(value: str) -> str:
    """The same of any other DOUBLE expression."""
    return f"CONCAT(IF({value} < 0 OR {negative_zero(value)}, '-', ''), {all_digits(value)})"


__all__ = ("all_digits", "computed_text", "double_bits", "double_text")
