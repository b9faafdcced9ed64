# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that all tests of a session share, started when first asked for; databases are each test's own."""

from __future__ import annotations

import pytest

from tests.support import families
from tests.support.servers.fixtures import mariadb, mysql, postgresql  # noqa: F401 - fixtures


def pytest_report_header(config: pytest.Config) -> str:
    both = families.both(config)
    return (
        f"families of sources: {'each test on both' if both else 'each test on one (FAMILIES=both for both)'}"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not families.both(config):
        left = families.left_out(items)
        config.hook.pytest_deselected(items=left)
        gone = set(map(id, left))
        items[:] = [item for item in items if id(item) not in gone]
