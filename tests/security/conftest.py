# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that all tests of this folder share, a shop on each source, and moves of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import shop
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server


@pytest.fixture(scope="session")
def shop_source(mariadb: Server) -> str:
    return shop.new_source(mariadb)


@pytest.fixture
def moving(
    mariadb: Server,
    postgresql: Server,
    shop_source: str,
    tmp_path: Path,
) -> Iterator[Migration]:
    """A prepared move of the shop: both catalogs and the plan are there."""
    yield from shop.moved(mariadb, postgresql, shop_source, tmp_path / "run")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key as the documentation says to make one."""
    path = tmp_path / "snapshot.key"
    path.write_text("kR9pZ0Wl3nq8e7uYtB2mXcVf5hGdJs1aQwErTyUiOpAsDfGhJkLzXcVbNm\n", encoding="ascii")
    path.chmod(0o600)
    return path
