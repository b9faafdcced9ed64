# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a platform, part by part."""

from __future__ import annotations

from tests.support.generator.scales import ALKEMIO

from .bookkeeping import add_bookkeeping, leftover_tables
from .contributors import add_contributors
from .events import add_activity, add_events
from .nasty import add_nasty
from .platform import Part, Platform
from .singletons import add_singletons
from .spaces import add_spaces


def platform(scale: str, seed: int) -> Platform:
    """What all parts share."""
    return Platform(ALKEMIO[scale], seed)


def fill(part: Part) -> None:
    """Makes every row of a part."""
    if part.number == 0:
        add_singletons(part)
        part.sink.know(leftover_tables())
        add_bookkeeping(part)
        add_nasty(part)
    add_contributors(part)
    add_spaces(part)
    add_events(part)
    top_up(part)


def top_up(part: Part) -> None:
    """Policies whose owners are long gone, and old activity, until this part has its share.

    The first part's share is larger, because it has the singletons.
    """
    scale = part.platform.scale
    missing = _share(part, scale.policies) - len(part.sink.rows["authorization_policy"])
    part.parent = None
    for _ in range(missing):
        part.policy("unknown")
    for _ in range(_share(part, scale.rows) - part.sink.count):
        add_activity(part, *part.dice.pick(part.recall("space")))


def _share(part: Part, total: int) -> int:
    """This part's share of a total; all shares add up to it."""
    weight = part.platform.scale.parts + 2
    first = total - total // weight * (weight - 3)
    return first if part.number == 0 else total // weight
