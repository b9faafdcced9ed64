# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a platform, part by part."""

from __future__ import annotations

from ..scales import ALKEMIO
from .bookkeeping import add_bookkeeping, leftover_tables
from .contributors import add_contributors
from .events import add_events
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
