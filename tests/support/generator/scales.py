# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of everything: the three scales."""

from __future__ import annotations

from dataclasses import dataclass

SCALES = ("tiny", "demo", "production")


@dataclass(frozen=True)
class AlkemioScale:
    """Counts of an Alkemio platform.

    ``rules`` are the usual and the largest number of rules in a policy, which decide its bytes: the old
    development database has 0.9 kB per policy, production 2.5 kB. ``policies`` and ``rows`` are topped
    up to, where set.
    """

    parts: int
    users: int
    organizations: int
    virtual_contributors: int
    spaces: int
    subspaces: tuple[int, ...]
    callouts_per_space: int
    contributions_per_callout: int
    activities_per_space: int
    notifications_per_space: int
    interactions_per_part: int
    stores: int
    discussions: int
    board_pool: int
    rules: tuple[int, int]
    large_boards: int = 0
    policies: int = 0
    rows: int = 0


@dataclass(frozen=True)
class KratosScale:
    """Counts of a Kratos database. Flows are per identity and kind."""

    parts: int
    identities: int
    flows: int
    sessions: int
    messages: int


# Kratos keeps every page view of the login page for ever, if nobody cleans up.
KRATOS = {
    "tiny": KratosScale(parts=1, identities=12, flows=2, sessions=2, messages=2),
    "demo": KratosScale(parts=4, identities=300, flows=8, sessions=4, messages=6),
    "production": KratosScale(parts=32, identities=2073, flows=60, sessions=12, messages=30),
}

ALKEMIO = {
    "tiny": AlkemioScale(
        parts=1,
        users=12,
        organizations=4,
        virtual_contributors=3,
        spaces=3,
        subspaces=(1, 1),
        callouts_per_space=2,
        contributions_per_callout=4,
        activities_per_space=3,
        notifications_per_space=6,
        interactions_per_part=9,
        stores=3,
        discussions=3,
        board_pool=12,
        rules=(3, 8),
    ),
    "demo": AlkemioScale(
        parts=8,
        users=300,
        organizations=40,
        virtual_contributors=30,
        spaces=40,
        subspaces=(2, 1),
        callouts_per_space=4,
        contributions_per_callout=5,
        activities_per_space=30,
        notifications_per_space=40,
        interactions_per_part=30,
        stores=10,
        discussions=40,
        board_pool=60,
        rules=(4, 10),
        large_boards=1,
    ),
    "production": AlkemioScale(
        parts=256,
        users=2073,
        organizations=500,
        virtual_contributors=256,
        spaces=512,
        subspaces=(2, 1),
        callouts_per_space=7,
        contributions_per_callout=6,
        activities_per_space=30,
        notifications_per_space=70,
        interactions_per_part=2,
        stores=60,
        discussions=200,
        board_pool=200,
        rules=(7, 16),
        large_boards=4,
        policies=1_670_243,
        rows=3_497_287,
    ),
}
