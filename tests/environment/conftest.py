# SPDX-License-Identifier: GPL-3.0-or-later
"""The small environment as a fixture, on a source of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import servers
from tests.support.engine import places
from tests.support.environment.place import WRITERS, Environment, configure, leave, let_root_in, make_tables
from tests.support.servers.server import Server


# In the quick form the family that production runs.
@pytest.fixture(scope="module", params=["mysql", pytest.param("mariadb", marks=pytest.mark.long)])
def source(request: pytest.FixtureRequest) -> Iterator[Server]:
    with servers.running(request.param) as server:
        let_root_in(server)
        yield server


@pytest.fixture
def environment(source: Server, postgresql: Server, tmp_path: Path) -> Iterator[Environment]:
    database = places.new_target(postgresql, "shop")
    places.ask(source, None, f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    make_tables(source, postgresql, database)
    found = Environment(source, postgresql, tmp_path, database)
    configure(found, "mysql")
    for writer in WRITERS:
        subprocess.run(found.command("start", writer), check=True)
    yield found
    leave(found)
