# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates and times, with fractions of a second and without, in and out of zones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import BOTH, Case, Flip, Form, quoted

_DAYS = (
    *("0001-01-01", "0004-02-29", "0999-12-31", "1000-01-01", "1582-10-04", "1582-10-15", "1899-12-31"),
    *("1969-12-31", "1970-01-01", "1999-12-31", "2000-01-01", "2000-02-29", "2024-02-29", "2038-01-20"),
    "9999-12-31",
)
_MOMENTS = (
    *(
        "0001-01-01 00:00:00",
        "1582-10-10 12:00:00.000001",
        "1883-11-18 12:03:58",
        "1969-12-31 23:59:59.999999",
    ),
    *(
        "1970-01-01 00:00:00",
        "1999-12-31 23:59:59.999999",
        "2000-01-01 00:00:00",
        "2000-01-01 00:00:00.000001",
    ),
    # The hours that daylight saving time skips and repeats, in Amsterdam and in New York.
    *("2024-03-31 02:30:00", "2024-10-27 02:30:00", "2024-03-10 02:30:00", "2024-11-03 01:30:00"),
    *("2016-12-31 23:59:59.999999", "2038-01-19 03:14:08", "9999-12-31 23:59:59.999999"),
)
_STAMPS = (
    *("1970-01-01 00:00:01", "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00", "2001-09-09 01:46:40.5"),
    *("2024-03-31 01:30:00", "2024-10-27 00:30:00", "2024-10-27 01:30:00", "2024-03-10 07:30:00"),
    "2038-01-19 03:14:07.999999",
)
_LATE_STAMPS = ("2038-01-19 03:14:08", "2106-02-07 06:28:15.999999")
_SPANS = (
    *("00:00:00", "00:00:00.000001", "-00:00:00.000001", "-00:00:01", "12:34:56.789", "23:59:59.999999"),
    *("24:00:00", "24:00:00.000001", "838:59:59", "-838:59:59"),
)
# MySQL has no fraction at its bounds.
_BOUNDS = ("838:59:59.999999", "-838:59:59.999999")


def _shown(value: dt.datetime) -> str:
    return value.isoformat(" ")


_ANY_DAY = st.dates().map(dt.date.isoformat)
_ANY_MOMENT = st.datetimes().map(_shown)
_ANY_STAMP = st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2038, 1, 18)).map(_shown)


def _full(value: str) -> str:
    return forms.moment(value.encode())


def _flips(kind: str) -> tuple[Flip, ...]:
    if kind == "text":
        return (Flip("2024-02-29", "v || ' '"), Flip(None, "''"))
    step = "1" if kind == "date" else "interval '1 microsecond'"
    return (Flip("2024-02-29", f"v + {step}"), Flip("1969-12-31", f"v - {step}"), Flip(None, "'epoch'"))


def _cut(values: tuple[str, ...], digits: int) -> tuple[str, ...]:
    """The values with so many digits of the second's fraction."""
    return tuple(dict.fromkeys(_fewer(value, digits) for value in values))


def _fewer(value: str, digits: int) -> str:
    whole, _point, fraction = value.partition(".")
    return f"{whole}.{fraction[:digits]}" if digits and fraction else whole


def instants() -> Iterator[Case]:
    for target in ("date", "timestamp", "timestamptz", "text"):
        yield _instant("DATE", target, _DAYS, _ANY_DAY)
    for source, digits, values, random in (
        ("DATETIME", 0, _MOMENTS, _ANY_MOMENT),
        ("DATETIME", 3, _MOMENTS, _ANY_MOMENT),
        ("DATETIME", 6, _MOMENTS, _ANY_MOMENT),
        ("TIMESTAMP", 0, _STAMPS, _ANY_STAMP),
        ("TIMESTAMP", 6, _STAMPS, _ANY_STAMP),
    ):
        cut = _cut(values, digits)
        some = random.map(partial(_fewer, digits=digits))
        for target in ("timestamp", f"timestamp({digits})", "timestamptz", f"timestamptz({digits})", "text"):
            yield _instant(f"{source}({digits})", target, cut, some)
    yield _instant("DATETIME(6)", "date", tuple(f"{day} 00:00:00" for day in _DAYS), _ANY_DAY)
    for target in ("timestamp", "timestamptz"):
        yield _instant("TIMESTAMP(6)", target, _LATE_STAMPS, None, " after 2038", ("mariadb",))


def _instant(
    source: str,
    target: str,
    values: tuple[str, ...],
    random: st.SearchStrategy[str] | None,
    more: str = "",
    families: tuple[str, ...] = BOTH,
) -> Case:
    kind = target.partition("(")[0]
    flips = _flips(kind)
    if "TIMESTAMP" in source:
        flips = tuple(Flip("2000-01-01", flip.sql) if flip.value else flip for flip in flips)
    if kind.startswith("timestamp") and target.endswith("(0)"):
        flips = tuple(Flip(flip.value, flip.sql.replace("micro", "")) for flip in flips)
    if kind.startswith("timestamp") and target.endswith("(3)"):
        flips = tuple(Flip(flip.value, flip.sql.replace("micro", "milli")) for flip in flips)
    return Case(
        f"{source} to {target}{more}",
        f"{source.partition('(')[0].lower()}→{kind}",
        source,
        target,
        forms.TEXT if kind == "text" else forms.MOMENT,
        values,
        quoted,
        flips,
        random,
        meaning=(lambda value: None) if kind == "text" else _full,
        families=families,
        identical=kind == "text" or (kind == "date" and source == "DATE"),
    )


_MICROSECONDS = st.integers(-3020399000000, 3020399000000)


def _clock(span: int) -> str:
    sign, span = ("-", -span) if span < 0 else ("", span)
    seconds, fraction = divmod(span, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours:02d}:{minutes:02d}:{seconds:02d}.{fraction:06d}"


def _span(value: str) -> int:
    return forms.microseconds(value.encode())


def spans() -> Iterator[Case]:
    change = Flip("12:34:56", "v + interval '1 microsecond'")
    none = Flip(None, "'00:00:00'")
    of_day = tuple(value for value in _SPANS if 0 <= _span(value) <= 86_400_000_000)
    any_span = _MICROSECONDS.map(_clock)
    any_time = st.integers(0, 86_399_999_999).map(_clock)
    yield _time("TIME(6)", "interval", _SPANS, any_span, (change, Flip("-00:00:01", "'00:00:01'"), none))
    yield _time("TIME", "interval", _cut(_SPANS, 0), None, (change, none))
    yield _time("TIME(6)", "time", of_day, any_time, (change, Flip("24:00:00", "'00:00:00'"), none))
    for target in ("interval", "text"):
        yield _time("TIME(6)", target, _BOUNDS, None, (none,), " at its bounds", ("mariadb",))
    cut = any_time.map(lambda value: _fewer(value, 3))
    yield _time("TIME(3)", "time(3)", _cut(of_day, 3), cut, (none, Flip("12:34:56", "'12:34:56.001'")))
    yield _time("TIME(6)", "text", _SPANS, any_span, (Flip("12:34:56", "'12:34:56'"), none))


def _time(
    source: str,
    target: str,
    values: tuple[str, ...],
    random: st.SearchStrategy[str] | None,
    flips: tuple[Flip, ...],
    more: str = "",
    families: tuple[str, ...] = BOTH,
) -> Case:
    return Case(
        f"{source} to {target}{more}",
        f"time→{target.partition('(')[0]}",
        source,
        target,
        Form(forms.microseconds, forms.microseconds),
        values,
        quoted,
        flips,
        random,
        meaning=_span,
        families=families,
        identical=target == "text",
    )


def cases() -> list[Case]:
    """All of this subject."""
    return [*instants(), *spans()]
