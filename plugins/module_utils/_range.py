# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A part of a table: what one chunk holds, what one statement of a scan or a proof is about."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from itertools import pairwise

if t.TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Range:
    """A half-open range of a table along its range column, in that column's own order.

    Bounds are a value's own bytes, of text in the column's character set; `None` is open.
    """

    lower: bytes | None = None
    upper: bytes | None = None

    @classmethod
    def between(cls, cuts: Sequence[bytes]) -> list[Range]:
        """The ranges that rising `cuts` make of a whole table: one more than there are cuts."""
        return [cls(lower, upper) for lower, upper in pairwise([None, *cuts, None])]

    @classmethod
    def from_json(cls, lower: str | None, upper: str | None) -> Range:
        """From hexadecimal digits; raises ValueError: they are none."""
        return cls(
            None if lower is None else bytes.fromhex(lower), None if upper is None else bytes.fromhex(upper)
        )

    def to_json(self) -> dict[str, str | None]:
        """Both bounds as hexadecimal digits, as the manifest keeps them."""
        return {
            "lower": None if self.lower is None else self.lower.hex(),
            "upper": None if self.upper is None else self.upper.hex(),
        }


__all__ = ("Range",)
