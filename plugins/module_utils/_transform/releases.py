# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The releases of an application whose schemas a profile is made for, as its own list of migrations tells them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Side = t.Literal["source", "target"]
SIDES: t.Final[tuple[Side, ...]] = ("source", "target")


@dataclass(frozen=True)
class Release:
    """One release: what people call it, and its last migration as the application lists it."""

    release: str
    migration: str


@dataclass(frozen=True)
class Releases:
    """What one side may be: every release of the source in `fits` goes with every one of the target."""

    side: Side
    query: str
    """SQL of that side whose first value is the last migration."""
    fits: tuple[Release, ...]
    otherwise: str = ""
    """What to do where the side is of another release, for people."""

    @property
    def names(self) -> str:
        """The releases, for a sentence."""
        return " or ".join(one.release for one in self.fits)

    @property
    def in_full(self) -> str:
        """The releases with their last migrations, each migration once."""
        migrations = dict.fromkeys(one.migration for one in self.fits)
        return ", or ".join(
            f"{' or '.join(one.release for one in self.fits if one.migration == migration)} "
            f"(last migration {migration})"
            for migration in migrations
        )

    def to_json(self) -> dict[str, t.Any]:
        """As the transform file shows it."""
        return {
            "side": self.side,
            "query": self.query,
            "fits": [dict(vars(one)) for one in self.fits],
            "otherwise": self.otherwise,
        }


def from_json(entry: t.Mapping[str, t.Any]) -> Releases:
    """One side of a transform file; raises KeyError, TypeError: damaged."""
    fits = tuple(Release(**one) for one in entry["fits"])
    return Releases(entry["side"], entry["query"], fits, entry["otherwise"])


def of_side(releases: t.Iterable[Releases], side: str) -> Releases | None:
    """The last word on one side."""
    found = [one for one in releases if one.side == side]
    return found[-1] if found else None


__all__ = ("SIDES", "Release", "Releases", "Side", "from_json", "of_side")
