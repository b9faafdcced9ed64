# SPDX-License-Identifier: GPL-3.0-or-later
"""The example inventories before one world of real database servers and stand-ins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.inventories import world as worlds
from tests.inventories.world import World
from tests.support import servers
from tests.support.playbooks import stage
from tests.support.servers.server import Server

# In the quick form the family that production runs, for every test of it: one world serves all of them.
FAMILIES = [
    pytest.param("mysql", id="as-production"),
    pytest.param("mariadb", id="the-other-family", marks=pytest.mark.long),
]


@pytest.fixture(scope="session", params=FAMILIES)
def source(request: pytest.FixtureRequest) -> Iterator[Server]:
    with servers.running(request.param) as server:
        yield server


@pytest.fixture(scope="session")
def world(source: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Its servers are its own: the inventories name the databases alkemio and kratos."""
    with servers.running("postgresql") as target:
        found = stage.make(source, target)
        for profile in stage.DATABASES:
            with found.on_target(profile) as connection:
                connection.execute('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"')
        with worlds.made(found, tmp_path_factory.mktemp("world")) as made:
            yield made
