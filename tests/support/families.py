# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that exist for both families of sources, MariaDB and MySQL: the quick run takes each on one of them.

Which one is a matter of the test's own parameters, always the same: half of the tests run on each family, and a case
runs on one family in every file. `FAMILIES=both` in the environment, and every run that takes the long tests too, runs
each on both.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable

import pytest

FAMILIES = ("mariadb", "mysql")
_FAMILY = re.compile(r"\b(mariadb|mysql)\b")


def both(config: pytest.Config) -> bool:
    """Whether this run takes each test on both."""
    return "not long" not in str(config.getoption("markexpr")) or os.environ.get("FAMILIES") == "both"


def of(case: str) -> str:
    """The family that a case runs on in the quick run."""
    return FAMILIES[zlib.crc32(case.encode()) % 2]


def left_out(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Of each test that is there on both families, the one that the quick run leaves to the other runs."""
    pairs: dict[tuple[str, str], dict[str, pytest.Item]] = {}
    for item in items:
        # A form that only the long run takes stands for no other: the quick run would have neither.
        if item.get_closest_marker("long") is not None:
            continue
        known = getattr(getattr(item, "callspec", None), "id", "")
        named = _FAMILY.findall(known)
        if len(named) == 1:
            test = f"{item.path}::{getattr(item, 'originalname', item.name)}"
            pairs.setdefault((test, _FAMILY.sub("*", known)), {})[named[0]] = item
    found = []
    for (test, known), pair in pairs.items():
        case = known.replace("*", "").strip("-")
        kept = of(case or test.rpartition("/")[2])
        if len(pair) == len(FAMILIES):
            found += [item for family, item in pair.items() if family != kept]
    return found
