# SPDX-License-Identifier: GPL-3.0-or-later
"""A contract finds every single deviation of a live schema by its kind and object, and none where there is none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._contract import contract
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.compare import Deviation, compare
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.contract import Contract
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.read import read
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection

from tests.engine import deviations, rich
from tests.engine.deviations import Planted
from tests.support.engine import places
from tests.support.servers.server import Server

SCHEMAS = ("public",)


@dataclass(frozen=True)
class Promised:
    """A database with everything in it, and its contract."""

    server: Server
    database: str
    tablespace: str
    contract: Contract

    def read(self, database: str, server: Server | None = None) -> Contract:
        server = server or self.server
        login = PostgreSQLLogin(
            host=server.host, port=server.port, user=server.user, password=server.password
        )
        with contextlib.closing(connection.connect(login, database, "test")) as session:
            return read(session, SCHEMAS, grants=True)

    @contextlib.contextmanager
    def copy(self) -> Iterator[str]:
        """A database that is the same, file by file."""
        name = places.unique("deviating")
        places.ask(self.server, None, f"CREATE DATABASE {name} TEMPLATE {self.database}")
        yield name
        places.drop(self.server, name)

    def deviations(self, database: str) -> list[Deviation]:
        return compare(self.contract, self.read(database))


@pytest.fixture(scope="module")
def promised(postgresql: Server) -> Iterator[Promised]:
    database, tablespace = places.new_target(postgresql, "promised"), places.unique("elsewhere")
    places.ask(
        postgresql, None, "SET allow_in_place_tablespaces = on", f"CREATE TABLESPACE {tablespace} LOCATION ''"
    )
    places.ask(postgresql, database, *deviations.SCHEMA)
    made = Promised(postgresql, database, tablespace, Contract((), False, {}))
    yield Promised(postgresql, database, tablespace, made.read(database))
    places.drop(postgresql, database)
    places.ask(postgresql, None, f"DROP TABLESPACE {tablespace}")


def test_an_untouched_schema_deviates_in_nothing(promised: Promised) -> None:
    with promised.copy() as database:
        assert promised.deviations(database) == []


def test_a_restored_dump_deviates_in_nothing(promised: Promised) -> None:
    """Not even in the words of conditions, which a restore prints in another form."""
    text = rich.text(promised.server, promised.database)
    database = places.new_target(promised.server, "restored")
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("\\"))
    places.ask(promised.server, database, plain)
    found = promised.deviations(database)
    places.drop(promised.server, database)
    assert found == []


def test_who_may_only_log_in_reads_the_same(promised: Promised) -> None:
    """No field needs a privilege: what one role is told, all are."""
    name = places.unique("clerk")
    places.ask(promised.server, None, f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    clerk = replace(promised.server, user=name, password="secret")
    assert promised.read(promised.database, clerk) == promised.contract
    places.ask(promised.server, None, f"DROP ROLE {name}")


def test_the_file_has_all_of_it(promised: Promised, tmp_path: Path) -> None:
    path = tmp_path / "contract.json"
    path.write_text(promised.contract.as_text())
    loaded = contract.load(path)
    assert compare(loaded, promised.read(promised.database)) == []
    assert loaded == promised.contract
    assert loaded.as_text() == promised.contract.as_text()


@pytest.mark.fault("A13")
@pytest.mark.parametrize("planted", deviations.PLANTED, ids=lambda one: one.name)
def test_a_single_deviation_is_found(promised: Promised, planted: Planted) -> None:
    with promised.copy() as database:
        statements = [one.replace("{tablespace}", promised.tablespace) for one in planted.sql]
        places.ask(promised.server, database, *statements)
        found = promised.deviations(database)
    wanted = {(kind, name.replace("{owner}", promised.server.user)) for kind, name in planted.found}
    assert {(one.kind, one.object) for one in found} == wanted
    assert all(one.was != one.now for one in found)
