# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a Kratos database, part by part."""

from __future__ import annotations

from tests.support.generator.scales import KRATOS

from .courier import add_courier
from .flows import add_flows
from .identities import add_identities
from .nasty import add_nasty
from .part import Database, Part
from .reference import add_reference


def database(scale: str, seed: int) -> Database:
    """What all parts share."""
    return Database(KRATOS[scale], seed)


def fill(part: Part) -> None:
    """Makes every row of a part."""
    if part.number == 0:
        add_reference(part)
        add_nasty(part)
    add_identities(part)
    add_flows(part)
    add_courier(part)
