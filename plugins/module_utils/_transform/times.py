# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Forms of moments and of fractions of a second that pairs share, as SQL of both servers."""

from __future__ import annotations

import typing as t

INSTANT: t.Final = "UNHEX(LPAD(HEX(TIMESTAMPDIFF(MICROSECOND, '2000-01-01 00:00:00', {c})), 16, '0'))"
"""Of the source: PostgreSQL's binary form of a timestamp."""
INSTANT_TEXT: t.Final = "DATE_FORMAT({c}, '%Y-%m-%d %H:%i:%s.%f')"
"""Of the source: the canonical form of a timestamp."""
EPOCH: t.Final = "((extract(epoch from {c}) * 1000000)::bigint)::text"
"""Of the target: microseconds."""
# Behind the microseconds stand days and months: 30 days, a month and 720 hours are three values of one length, and
# an infinite interval is none at all.
SPAN_TARGET: t.Final = (
    f"CASE WHEN substr(interval_send({{c}}), 9) = '\\x0000000000000000'::bytea THEN {EPOCH}"
    " ELSE '!' || {c}::text END"
)


def of_our_era(form: str, kind: str, last: str) -> str:
    """`form` of what the source can hold; the pattern of to_char has no era, and no text for infinity."""
    zone = "+00" if kind == "timestamptz" else ""
    return (
        f"CASE WHEN {{c}} BETWEEN '0001-01-01{zone and ' 00:00:00'}{zone}'::{kind} AND '{last}{zone}'::{kind}"
        f" THEN {form} ELSE '!' || {{c}}::text END"
    )


def instant_target(kind: str) -> str:
    """Of the target: the canonical form of a timestamp of `kind`."""
    shown = "{c} AT TIME ZONE 'UTC'" if kind == "timestamptz" else "{c}"
    return of_our_era(f"to_char({shown}, 'YYYY-MM-DD HH24:MI:SS.US')", kind, "9999-12-31 23:59:59.999999")


def steps(step: int, signed: bool = False) -> dict[str, str]:
    """The parameters of a moment, or of a `signed` length of time, kept in steps of so many microseconds."""
    # MICROSECOND() has no sign, and half of a negative time lies below it.
    sign = "IF({c} < CAST('00:00:00' AS TIME), -1, 1) * " if signed else ""
    half = f"({{c}} + INTERVAL ({sign}{step // 2}) MICROSECOND)"
    return {
        "fraction": str(step),
        "truncated": f"({{c}} - INTERVAL ({sign}(MICROSECOND({{c}}) % {step})) MICROSECOND)",
        "rounded": f"({half} - INTERVAL ({sign}(MICROSECOND({half}) % {step})) MICROSECOND)",
    }


__all__ = ("EPOCH", "INSTANT", "INSTANT_TEXT", "SPAN_TARGET", "instant_target", "of_our_era", "steps")
