# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases about the way to a database: who logs in, by which address and plugin, and what it is called."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    PlanError,
    ServerError,
    SourceMoved,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql.quoting import identifier
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql.quoting import (
    identifier as target_identifier,
)

from tests.cases.case import DATA, Attempt, Case
from tests.cases.outcome import one_line, photograph
from tests.cases.stage import Stage, script, staged
from tests.engine.test_pgbouncer import pooled
from tests.security.rogue import Rogue, at_port
from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.families import FAMILIES
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("E", "F")

PLAIN = Attempt("")
ROWS = [["1", "2"], ["2", "3"]]

Staging = Callable[[str], AbstractContextManager[Stage]]


def plain(folder: str) -> Case:
    """A case whose outcome its test tells."""
    return Case(DATA / folder, folder, (PLAIN,))


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    """Every test of this file that has a source is there for both."""
    return str(request.param)


@pytest.fixture
def staging(source: Server, postgresql: Server, tmp_path: Path) -> Staging:
    """Puts the case of a folder on the test's servers."""
    return lambda folder: staged(plain(folder), PLAIN, source, postgresql, tmp_path)


# --- 51: the login is not the owner ---------------------------------------------------------------------


@contextmanager
def member(stage: Stage, *statements: str) -> Iterator[str]:
    """A login that the owner's role was granted to; the stage's own is renamed to it."""
    name = places.unique("member")
    places.ask(
        stage.target,
        stage.database,
        f"CREATE ROLE {name} LOGIN PASSWORD 'word'",
        *(one.format(owner=stage.owner, member=name, database=stage.database) for one in statements),
    )
    before = stage.run.target
    stage.run.target = replace(before, user=name, password="word")
    try:
        yield name
    finally:
        stage.run.target = before
        places.ask(stage.target, stage.database, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


_OWNERS = (
    "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace <> ALL (ARRAY['pg_catalog', 'pg_toast',"
    " 'information_schema']::regnamespace[]) UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname"
    " !~ '^(pg_|public|information_schema)'"
)


@pytest.mark.long
def test_a_login_that_becomes_the_owner_leaves_nothing_of_its_own(staging: Staging) -> None:
    with (
        staging("51-login-that-becomes-the-owner") as stage,
        member(stage, "GRANT {owner} TO {member}", "ALTER ROLE {member} SET role = {owner}"),
    ):
        owner = stage.fetch("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'a'")
        assert stage.run.all().equal
        assert stage.fetch("SELECT * FROM a ORDER BY id") == ROWS
        assert stage.fetch(_OWNERS) == owner


@pytest.mark.long
def test_a_login_without_the_owners_rights_is_refused_with_the_way_to_them(staging: Staging) -> None:
    with (
        staging("51-login-that-becomes-the-owner") as stage,
        member(
            stage,
            "GRANT {owner} TO {member} WITH INHERIT FALSE",
            "GRANT CONNECT ON DATABASE {database} TO {member}",
            "GRANT USAGE ON SCHEMA public TO {member}",
        ),
    ):
        owner = stage.fetch("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'a'")[0][0]
        before = photograph(stage.target, stage.database)
        with pytest.raises(PlanError, match="does not own the table a") as refused:
            stage.run.prepare()
        one_line(refused.value)
        assert f"belongs to {owner}" in str(refused.value) and "SET role" in str(refused.value)
        assert photograph(stage.target, stage.database) == before


# --- 52: a pooler -------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_address_of_a_pooler_is_told_to_be_one(staging: Staging) -> None:
    with (
        staging("52-pooler") as stage,
        pooled(stage.target, "transaction", ignore=False) as port,
    ):
        stage.run.target = replace(stage.target, port=port)
        with pytest.raises(ServerError, match=r"pooler \(PgBouncer.*Name the server itself") as refused:
            stage.run.inspect()
        one_line(refused.value)


# --- 63: plugins of accounts ----------------------------------------------------------------------------


@pytest.mark.parametrize("plugin", ["client_ed25519", "parsec"])
def test_an_account_by_a_plugin_that_the_driver_has_not_is_named_with_the_way(plugin: str) -> None:
    """Before a stand-in of the server: the servers of these tests come without MariaDB's plugins."""
    with at_port(Rogue(plugin)) as rogue, pytest.raises(ServerError) as refused:
        mysql.connect(MySQLLogin("127.0.0.1", rogue.port, "app", "a-secret-word"))
    one_line(refused.value)
    assert rogue.calls == 1 and not rogue.knows("a-secret-word")
    for words in (plugin.removeprefix("client_"), "'app'", "mysql_native_password"):
        assert words in str(refused.value)
    assert "login_host" not in str(refused.value)


# --- 66: names as people have them ----------------------------------------------------------------------

NAMES = ("my-app.v2", "App Data 100%", "quo\"te'd", "üñï")


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_database_with_a_name_of_this_kind_arrives(
    source: Server, postgresql: Server, tmp_path: Path, name: str
) -> None:
    case = plain("66-name-of-a-database")
    left, right = identifier(name), target_identifier(name)
    try:
        places.ask(source, None, f"CREATE DATABASE {left}")
        places.ask(postgresql, None, f"CREATE DATABASE {right} TEMPLATE template0 ENCODING 'UTF8'")
        script(source, name, case.sql("source"))
        places.ask(postgresql, name, case.sql("target"))
        run = Migration(source, postgresql, tmp_path / "run", [Move(name, name, name)])
        assert run.all().report["verdict"] == "equal"
        assert places.ask(postgresql, name, "SELECT * FROM a ORDER BY id") == [(1,), (2,)]
    finally:
        places.drop(source, left)
        places.drop(postgresql, right)


# --- 69: a neighbour on the source ----------------------------------------------------------------------


@contextmanager
def neighbour(server: Server) -> Iterator[list[int]]:
    """Somebody else's database on the same server, written to all the time; gives the rows so far."""
    name = places.new_source(server, "neighbour")
    places.ask(server, name, "CREATE TABLE visit (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY)")
    ended, written = threading.Event(), [0]

    def write() -> None:
        with places.session(server, name) as session, session.cursor() as cursor:
            while not ended.wait(0.02):
                cursor.execute("INSERT INTO visit VALUES ()")
                written[0] += 1

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield written
    finally:
        ended.set()
        thread.join(10)
        places.drop(server, name)


@pytest.mark.long
def test_a_stopped_database_beside_one_that_is_written_to_is_moved_and_proved(staging: Staging) -> None:
    with (
        staging("69-shared-server") as stage,
        neighbour(stage.source) as written,
    ):
        assert stage.run.all().report["verdict"] == "equal"
        assert stage.fetch("SELECT * FROM a ORDER BY id") == ROWS
        before = written[0]
        assert before
        places.ask(stage.source, None, "CREATE DATABASE another_neighbour", "DROP DATABASE another_neighbour")
        assert stage.run.verify().report["verdict"] == "equal"
        assert written[0] > before
        places.ask(stage.source, stage.run.moves[0].source, "UPDATE a SET n = 9 WHERE id = 1")
        with pytest.raises(SourceMoved, match=rf"{stage.run.moves[0].source}\.a\b"):
            stage.run.verify()
