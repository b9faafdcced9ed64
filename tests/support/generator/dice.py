# SPDX-License-Identifier: GPL-3.0-or-later
"""The one source of chance: a seeded random.Random with the shapes that rows need."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

DEFAULT_SEED = 20251122

_FIRST_DAY = datetime.date(2021, 6, 1)
_LAST_DAY = datetime.date(2025, 11, 20)
# Formatting a date is slow and there are only some 1600 of them.
_DAYS = [
    (_FIRST_DAY + datetime.timedelta(days=offset)).isoformat()
    for offset in range((_LAST_DAY - _FIRST_DAY).days)
]
_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_URL_SAFE = _ALPHANUMERIC + "-_"


class Dice(random.Random):
    """Random values in the shapes of both databases. Equal seeds throw equal rows."""

    def uuid(self, low: int = 0, high: int = 1 << 32) -> str:
        """A version 4 uuid whose first eight digits lie in [low, high)."""
        bits = self.getrandbits(96)
        first = low + self.getrandbits(32) * (high - low) // 4294967296
        text = f"{bits:024x}"
        variant = "89ab"[bits & 3]
        return f"{first:08x}-{text[:4]}-4{text[5:8]}-{variant}{text[9:12]}-{text[12:]}"

    def alphanumeric(self, length: int) -> str:
        """Mixed case letters and digits."""
        return "".join(self.choices(_ALPHANUMERIC, k=length))

    def url_safe(self, length: int) -> str:
        """The alphabet of base64url."""
        return "".join(self.choices(_URL_SAFE, k=length))

    def hexadecimal(self, length: int) -> str:
        """Lower-case hexadecimal digits."""
        return f"{self.getrandbits(4 * length):0{length}x}"

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.random() < probability

    def between(self, low: int, high: int) -> int:
        """An integer from low to high, both included; quicker than randint."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One of the items; quicker than choice."""
        return items[int(self.random() * len(items))]

    def second(self) -> str:
        """A moment with whole seconds."""
        clock = int(self.random() * 86400)
        return f"{self.pick(_DAYS)} {clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"

    def moment(self) -> str:
        """A moment with microseconds."""
        return f"{self.second()}.{int(self.random() * 1000000):06}"

    def created_and_updated(self) -> tuple[str, str]:
        """The two stamps of a row as the ORM and the server wrote them over the years.

        updatedDate often has second or millisecond precision, and may lie exactly three hours before
        createdDate, because clients of several zones wrote into one column.
        """
        created = self.moment()
        kind = self.random()
        if kind < 0.35:
            return created, created
        day, hour = created[:10], int(created[11:13])
        if kind < 0.40 and hour >= 3:
            return created, f"{day} {hour - 3:02}{created[13:]}"
        later = f"{self.pick(_DAYS)}{created[10:19]}"
        later = max(later, created[:19])
        if kind < 0.75:
            return created, later + ".000000"
        if kind < 0.85:
            return created, later + ".913000"
        return created, f"{later}.{int(self.random() * 1000000):06}"
