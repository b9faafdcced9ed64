# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources filled once for a session and only read, and fresh targets to fill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

Fresh = Callable[..., Migration]


@dataclass(frozen=True)
class Family:
    """A source server and the databases on it that no test writes to."""

    server: Server
    alkemio: str
    kratos: str

    def __str__(self) -> str:
        return self.server.kind


def _family(server: Server) -> Family:
    return Family(server, places.seeded_source(server, "alkemio"), places.seeded_source(server, "kratos"))


@pytest.fixture(scope="session")
def of_mariadb(mariadb: Server) -> Family:
    return _family(mariadb)


@pytest.fixture(scope="session")
def of_mysql(mysql: Server) -> Family:
    return _family(mysql)


@pytest.fixture(scope="session")
def templates(postgresql: Server) -> dict[str, str]:
    """By profile the database that fresh targets are copies of."""
    return {profile: places.target_template(postgresql, profile) for profile in ("alkemio", "kratos")}


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def family(request: pytest.FixtureRequest) -> Any:
    """Each of the two families of sources in turn."""
    return request.getfixturevalue(f"of_{request.param}")


@pytest.fixture(scope="module")
def fresh(
    postgresql: Server, templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fresh]:
    """Makes migrations of the shared databases into targets of their own."""
    made: list[str] = []

    def make(family: Family, *profiles: str, run: Path | None = None, **sources: str) -> Migration:
        moves = []
        for profile in profiles or ("alkemio", "kratos"):
            target = places.new_target(postgresql, profile, templates[profile])
            made.append(target)
            source = sources.get(profile) or getattr(family, profile)
            moves.append(Move(profile, source, target, profile))
        folder = run or tmp_path_factory.mktemp("migration") / "run"
        return Migration(family.server, postgresql, folder, moves)

    yield make
    places.drop(postgresql, *made)
