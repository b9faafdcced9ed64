# SPDX-License-Identifier: GPL-3.0-or-later
"""Random values by hypothesis, the same ones for the same seed."""

from __future__ import annotations

import os
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

SEED = int(os.environ.get("CONVERGENCE_SEED", "20260727"))


def values(strategy: SearchStrategy[Any], count: int) -> list[Any]:
    """About `count` values; each row of a table is one example, so nothing needs to be shrunk."""
    found: list[Any] = []

    @hypothesis.seed(SEED)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found
