# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs that only a rule selects: seconds since 1970, lengths of time, binary digits."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import partial

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import Case, Flip, Form, quoted

_UNITS = {"seconds": 0, "milliseconds": 3, "microseconds": 6}
_EPOCH = dt.datetime(1970, 1, 1)
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
_MOMENTS = (
    *("1970-01-01 00:00:01", "2001-09-09 01:46:40", "2024-10-27 00:30:00", "2024-10-27 01:30:00"),
    *("2024-03-31 01:30:00", "2038-01-19 03:14:07"),
)
_FAR = ("0001-01-01 00:00:00", "1582-10-10 12:00:00", "1969-12-31 23:59:59", "9999-12-31 23:59:59")


def _count(moment: str, places: int) -> int:
    """Units since 1970 of the text of a moment without zone."""
    length = dt.datetime.fromisoformat(moment) - _EPOCH
    return length // dt.timedelta(microseconds=10 ** (6 - places))


def _moment(number: int, places: int) -> str:
    found = _EPOCH + dt.timedelta(microseconds=number * 10 ** (6 - places))
    return forms.moment(found.isoformat(" ").encode())


def _counted(raw: bytes, places: int) -> int:
    """A moment that the source prints, as the number that the target should hold."""
    return _count(forms.moment(raw), places)


def epochs() -> Iterator[Case]:
    for unit, places in _UNITS.items():
        to_number = Form(partial(_counted, places=places), int)
        for source, more in (("TIMESTAMP", ()), ("DATETIME", _FAR)):
            first = dt.datetime(1970, 1, 2) if source == "TIMESTAMP" else dt.datetime(1, 1, 1)
            last = dt.datetime(2038, 1, 18) if source == "TIMESTAMP" else dt.datetime(9999, 12, 31)
            step = 10 ** (6 - places)
            yield Case(
                f"{source}({places}) to bigint in {unit}",
                f"{source.lower()}→integer by {unit}_since_1970",
                f"{source}({places})",
                "bigint",
                to_number,
                (*_MOMENTS, *more),
                quoted,
                (
                    Flip("2001-09-09 01:46:40", "v + 1"),
                    Flip("2024-10-27 00:30:00", "v + 3600"),
                    Flip(None, "0"),
                ),
                st.datetimes(first, last).map(partial(_whole, step=step)),
                meaning=partial(_count, places=places),
            )
        to_moment: Callable[[bytes], str] = partial(_of_number, places=places)
        for target in ("timestamptz", "timestamp"):
            numbers = (0, 1, -1, 1_000_000_000, 1_729_992_600, 2**31, _FIRST, _LAST)
            yield Case(
                f"BIGINT in {unit} to {target}",
                f"integer→{target} by {unit}_since_1970",
                "BIGINT",
                target,
                Form(to_moment, forms.moment),
                (*(number * 10**places for number in numbers), (_LAST + 1) * 10**places - 1),
                str,
                (
                    Flip(0, "v + interval '1 microsecond'"),
                    Flip(1_000_000_000 * 10**places, "v - interval '1 hour'"),
                    Flip(None, "'epoch'"),
                ),
                st.integers(_FIRST * 10**places, _LAST * 10**places),
                meaning=partial(_moment, places=places),
            )
    yield Case(
        "INT UNSIGNED in seconds to timestamptz", "integer→timestamptz by seconds_since_1970", "INT UNSIGNED",
        "timestamptz(0)", Form(partial(_of_number, places=0), forms.moment), (0, 2**31, 2**32 - 1), str,
        (Flip(0, "v + interval '1 second'"), Flip(None, "'epoch'")), st.integers(0, 2**32 - 1),
        meaning=partial(_moment, places=0),
    )  # fmt: skip


def _whole(moment: dt.datetime, step: int) -> str:
    return moment.replace(microsecond=moment.microsecond // step * step).isoformat(" ")


def _of_number(raw: bytes, places: int) -> str:
    return _moment(int(raw), places)


def lengths() -> Iterator[Case]:
    for unit, places in _UNITS.items():
        scale = 10 ** (6 - places)
        most = (2**63 - 1) // scale
        yield Case(
            f"BIGINT in {unit} to interval",
            f"integer→interval by {unit}_as_interval",
            "BIGINT",
            "interval",
            Form(partial(_scaled, scale=scale), _long_span),
            (0, 1, -1, 90_000_000, -1_500_000, 93_784_000_005, most, -most),
            str,
            (
                Flip(1, "v + interval '1 microsecond'"),
                Flip(90_000_000, "justify_hours(v) + interval '1 day -24:00:00'"),
                Flip(-1, "-v"),
                Flip(None, "'0'"),
            ),
            st.integers(-most, most),
            meaning=partial(_times, scale=scale),
        )


def _scaled(raw: bytes, scale: int) -> int:
    return int(raw) * scale


def _times(number: int, scale: int) -> int:
    return number * scale


def _long_span(raw: bytes) -> int:
    """A length of time of hours, minutes and seconds alone, in microseconds."""
    assert re.fullmatch(rb"-?\d+:\d\d:\d\d(\.\d+)?", raw), raw
    return forms.microseconds(raw)


def bits() -> Iterator[Case]:
    for source, width in (("TINYINT(1)", 1), ("SMALLINT", 9), ("BIGINT UNSIGNED", 64)):
        yield Case(
            f"{source} to bit({width}) by its digits",
            "integer→bit by binary_digits",
            source,
            f"bit({width})",
            Form(int, lambda raw: int(raw, 2)),
            tuple(sorted({0, 1, 2 ** (width - 1), 2**width - 1})),
            str,
            (
                Flip(1, "set_bit(v, length(v) - 1, 0)"),
                Flip(0, "set_bit(v, 0, 1)"),
                Flip(None, "repeat('0', {width})::varbit".replace("{width}", str(width))),
            ),
            st.integers(0, 2**width - 1),
        )


def cases() -> list[Case]:
    """All of this subject."""
    return [*epochs(), *lengths(), *bits()]
