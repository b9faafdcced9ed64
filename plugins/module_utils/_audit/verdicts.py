# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What becomes of a migration and of the chain, and how much work that is."""

from __future__ import annotations

import typing as t

from .constructs import ADAPT, HARD, NOTE, SAFE, WEIGHT, heaviest

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MINUTES: t.Final = {NOTE: 0, SAFE: 1, ADAPT: 10, HARD: 45}
"""Of one person, for one statement by its heaviest construct. Estimates, no measurements."""
BASELINE_MINUTES: t.Final = 16 * 60
"""For a new baseline: the schema from the entities, what the chain seeds, a comparison with the old schema."""

RUNS, TO_ADAPT, IS_HARD, EMPTY, OWN = "runs as is", "adapt", "hard", "empty", "own file"
"""Verdicts on a migration; `own file`: the chain has another one for PostgreSQL in its place."""
KEEP, ADAPT_CHAIN, NEW_BASELINE = "keep", "adapt", "new baseline"
"""Verdicts on a chain."""


def of_migration(severities: Iterable[str]) -> str:
    """By the heaviest of all that it says to the server."""
    worst = heaviest(severities) or NOTE
    if worst == HARD:
        return IS_HARD
    return TO_ADAPT if WEIGHT[worst] > WEIGHT[NOTE] else RUNS


def minutes(severities: Iterable[str]) -> int:
    """Of work on these statements."""
    return sum(MINUTES[one] for one in severities)


def of_chain(verdicts: Sequence[str], effort: int) -> str:
    """`verdicts` on all migrations; `effort` in minutes, for up and down together."""
    if all(one in (RUNS, EMPTY, OWN) for one in verdicts):
        return KEEP
    return ADAPT_CHAIN if effort <= BASELINE_MINUTES else NEW_BASELINE


__all__ = (
    "ADAPT_CHAIN",
    "BASELINE_MINUTES",
    "EMPTY",
    "IS_HARD",
    "KEEP",
    "MINUTES",
    "NEW_BASELINE",
    "OWN",
    "RUNS",
    "TO_ADAPT",
    "minutes",
    "of_chain",
    "of_migration",
)
