# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers as pytest fixtures; a conftest.py names them in pytest_plugins.

One server of each kind serves a whole session (and with pytest-xdist each worker has its own), so
tests make databases of their own names. A test that kills servers uses servers.running() itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import servers
from tests.support.servers.server import Server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    with servers.running("mariadb") as server:
        yield server


@pytest.fixture(scope="session")
def mysql() -> Iterator[Server]:
    with servers.running("mysql") as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with servers.running("postgresql") as server:
        yield server
