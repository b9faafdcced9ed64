# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick form of the injections: each kind once, at a random moment, then the same end and evidence."""

from __future__ import annotations

import random

import pytest

from tests.faults import rounds
from tests.faults.stage import Stage

ROUNDS = [
    ("kill module", "kill worker", "drop connections"),
    ("truncate a packet", "kill the server", "swallow an answer"),
    ("restart the server", "kill a backend", "kill ansible-playbook"),
]


@pytest.mark.fault("D2")
@pytest.mark.parametrize("kinds", ROUNDS, ids=", ".join)
def test_whatever_dies_the_same_commands_end_in_the_same_state(stage: Stage, kinds: tuple[str, ...]) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    tally = rounds.Tally()
    rounds.play(stage, random.Random(seed), tally, kinds)
    print("\n".join(tally.table()))
    assert tally.failures == []
    assert [str(hit.injection) for hit in tally.hits if not hit.fired] == []
    assert len(tally.fired) == len(kinds)
