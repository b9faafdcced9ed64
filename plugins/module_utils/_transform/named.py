# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.
"""Pairs that only a rule selects, by the name of a converter: the two types alone do not say what is meant."""

from __future__ import annotations

import typing as t

from . import checks, misfits, times
from .checks import Check
from .pair import Pair

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalog import Column


class _Unit(t.NamedTuple):
    """What a number counts."""

    name: str
    sql: str
    """As INTERVAL and TIMESTAMPDIFF name it."""
    places: int
    """Digits of a second's fraction that it can say."""

    @property
    def microseconds(self) -> int:
        return int(10 ** (6 - self.places))

    @property
    def multiple(self) -> int:
        """Of the SQL unit: there is none of milliseconds."""
        return 1000 if self.name == "milliseconds" else 1

    @property
    def finer(self) -> str:
        """A number of them as the SQL unit."""
        return f"({{c}} * {self.multiple})" if self.multiple > 1 else "{c}"


_UNITS: t.Final = (
    _Unit("seconds", "SECOND", 0),
    _Unit("milliseconds", "MICROSECOND", 3),
    _Unit("microseconds", "MICROSECOND", 6),
)
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
"""Seconds since 1970 of the first and the last second of the years 1 to 9999."""
_LONGEST: t.Final = 2**63 - 1
"""Microseconds of PostgreSQL's longest interval."""


def _epoch(unit: _Unit) -> Iterator[Pair]:
    name = f"{unit.name}_since_1970"
    number = f"TIMESTAMPDIFF({unit.sql}, '1970-01-01 00:00:00', {{c}})"
    if unit.multiple > 1:
        number = f"({number} DIV {unit.multiple})"
    for source in ("timestamp", "datetime"):
        yield Pair(
            source,
            "integer",
            text=number,
            canonical_source=number,
            canonical_target="{c}::text",
            binary=f"UNHEX(LPAD(HEX({number} & {{mask}}), {{hexdigits}}, '0'))",
            binary_size=0,
            checks=(
                *checks.DATES,
                Check(
                    misfits.FRACTION_LOST,
                    "(MICROSECOND({c}) % {fraction} <> 0)",
                    lambda source, target: (source.precision or 0) > unit.places,
                ),
                Check(misfits.OUT_OF_RANGE, f"({number} NOT BETWEEN {{low}} AND {{high}})", _narrower),
            ),
            note=f"{unit.name} since 1970-01-01, in UTC",
            converter=name,
            own=tuple(times.steps(unit.microseconds).items()),
        )
    low, high = _FIRST * 10**unit.places, (_LAST + 1) * 10**unit.places - 1
    moment = f"TIMESTAMP '1970-01-01 00:00:00' + INTERVAL {unit.finer} {unit.sql}"
    for target in ("timestamptz", "timestamp"):
        yield Pair(
            "integer",
            target,
            read=f"(CASE WHEN {{c}} BETWEEN {low} AND {high} THEN {moment} END)",
            text="CONCAT({c}, '+00')" if target == "timestamptz" else "{c}",
            canonical_source=times.INSTANT_TEXT,
            canonical_target=times.instant_target(target),
            binary=times.INSTANT,
            binary_size=8,
            checks=(
                Check(
                    misfits.OUT_OF_RANGE,
                    f"({{raw}} NOT BETWEEN {low} AND {high})",
                    _wide,
                ),
                Check(
                    misfits.FRACTION_LOST,
                    "(MICROSECOND({c}) % {fraction} <> 0)",
                    lambda source, target: target.precision is not None and target.precision < unit.places,
                ),
            ),
            note=f"{unit.name} since 1970-01-01, in UTC",
            converter=name,
        )


def _narrower(source: Column, target: Column) -> bool:
    return target.family != "int8"


def _wide(source: Column, target: Column) -> bool:
    return source.family == "bigint"


def _length(unit: _Unit) -> Pair:
    """A number of time units as an interval."""
    limit = _LONGEST // unit.microseconds
    microseconds = f"(CAST({{c}} AS SIGNED) * {unit.microseconds})"  # beside a policy's text it is one, too
    return Pair(
        "integer",
        "interval",
        text=f"CONCAT({{c}}, ' {unit.name}')",
        canonical_source=microseconds,
        canonical_target=times.SPAN_TARGET,
        binary=f"CONCAT(UNHEX(LPAD(HEX({microseconds} & 18446744073709551615), 16, '0')), X'{'00' * 8}')",
        binary_size=16,
        checks=(
            Check(
                misfits.OUT_OF_RANGE,
                f"({{c}} NOT BETWEEN -{limit} AND {limit})",
                _wide,
            ),
        ),
        note=f"a number of {unit.name}",
        converter=f"{unit.name}_as_interval",
        fits=lambda source, target: target.precision is None or target.precision >= unit.places,
    )


BITS: t.Final = Check(misfits.OUT_OF_RANGE, "({c} < 0 OR LENGTH(BIN({c})) > {length})")


def binary_digits(converter: str = "") -> Pair:
    """A number as the bits that it is written in."""
    return Pair(
        "integer",
        "bit",
        text="LPAD(BIN({c}), {length}, '0')",
        canonical_source="LPAD(BIN({c}), {length}, '0')",
        canonical_target="{c}::text",
        checks=(BITS,),
        note="bit(1) alone: 0 and 1" if not converter else "bit(n): the number in n binary digits",
        converter=converter,
        fits=lambda source, target: target.family == "bit" and (bool(converter) or target.length == 1),
    )


NAMED: t.Final[tuple[Pair, ...]] = (
    *(pair for unit in _UNITS for pair in _epoch(unit)),
    *(_length(unit) for unit in _UNITS),
    binary_digits("binary_digits"),
)

__all__ = ("NAMED", "binary_digits")
