# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the rows of both sides come to, table by table, and what a verification knows of them otherwise."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._bound.counts import Counts
from .._run import manifest
from .sums import Sums

if t.TYPE_CHECKING:
    from .._bound.bound import Bound
    from .._run.manifest import Manifest
    from .._transform.plan import Place


@dataclass
class Totals:
    """Sums and counts of all tables."""

    manifests: list[Manifest]
    source: dict[Place, Sums] = field(default_factory=dict)
    """Summed by the source in this verification."""
    kept: dict[Place, tuple[int, str]] = field(default_factory=dict)
    """Where the source is not asked: rows and digest that were kept of it."""
    target: dict[Place, Sums] = field(default_factory=dict)
    counted: dict[Place, int] = field(default_factory=dict)
    """COUNT(*) of the target, where its sums are not one statement over the whole table."""
    ledger: list[dict[str, int]] = field(default_factory=list)
    """Per database: table -> rows that its load entered."""

    def of_source(self, place: Place) -> tuple[int, str]:
        """Rows and digest of a table on the source."""
        return self.kept.get(place) or (self.source[place].rows, self.source[place].digest())

    def equal(self, place: Place) -> bool:
        """Whether the table's sums agree."""
        if place in self.kept:
            return self.kept[place] == (self.target[place].rows, self.target[place].digest())
        return not self.source[place].differing(self.target[place])

    def counts(self, place: Place) -> Counts:
        """The rows of one table by every step."""
        number, name = place
        table = self.manifests[number].tables[name]
        summed = self.target[place].rows
        return Counts(
            counted_source=table.counted,
            filtered=table.filtered,
            scanned=table.scanned,
            dumped=table.rows,
            ledger=self.ledger[number].get(name, 0),
            target=self.counted.get(place, summed),
            summed_source=self.of_source(place)[0],
            summed_target=summed,
        )

    def gaps(self) -> list[str]:
        """Every table whose rows became more or fewer on the way, in words."""
        return [
            f"{self.manifests[number].database}: {table}: {gap}"
            for number, table in self.target
            for gap in self.counts((number, table)).gaps()
        ]


class Verified:
    """What a verification is about, and what it has found so far."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.manifests = bound.manifests()
        self.snapshot = manifest.snapshot_fingerprint(self.manifests)
        self.totals = Totals(self.manifests)
        self.passed_by: dict[str, dict[str, t.Any]] = {}
        """By database, what the load passed by."""
        self.problems: list[str] = []
        """What is wrong beside the sums, in words."""
        self.sums_of: str | None = None
        """When the sums kept of the source were computed."""
        self.position: dict[str, t.Any] | None = None
        """Where the source stood at the moment whose rows it summed."""
        self.one_moment = False
        """Whether nobody could write to the source's tables while its readers opened."""
        self.logged_nothing = True
        """The server's log proves that nothing was written from the dump to the end of this verification."""


__all__ = ("Totals", "Verified")
