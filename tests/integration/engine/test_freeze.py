# SPDX-License-Identifier: GPL-3.0-or-later
"""A frozen source takes no write, not even from an administrator and not after a restart; the thaw restores it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pymysql
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._engine.freeze import freeze, thaw
from ansible_collections.alkemio.convergence.plugins.module_utils._engine.sessions import client_sessions
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError, PrivilegeMissing
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin

from tests import servers
from tests.integration.engine import places
from tests.security import accounts
from tests.servers.server import Server

APPLICATION = "root@%"  # as the quickstart has it
FREEZE = {"mariadb": "The freeze: MariaDB", "mysql": "The freeze: MySQL"}  # headings of docs/privileges.md


@dataclass
class Source:
    """A server of its own, an application that is root, and the account of the freeze."""

    server: Server
    run: str

    @property
    def login(self) -> MySQLLogin:
        return MySQLLogin(self.server.host, self.server.port, "freezer", accounts.PASSWORD)

    def application(self) -> pymysql.connections.Connection:
        return pymysql.connect(
            host=self.server.host,
            port=self.server.port,
            user="root",
            password="toor",
            database="shop",
            autocommit=True,
        )

    def write(self) -> None:
        """As the application does, in a session of its own."""
        session = self.application()
        try:
            with session.cursor() as cursor:
                cursor.execute("INSERT INTO sale VALUES (NULL)")
        finally:
            session.close()

    def refuses(self) -> bool:
        try:
            self.write()
        except pymysql.MySQLError:
            return True
        return False

    def restart(self) -> None:
        self.server.stop()
        self.server.start()

    def freeze(self, *, check: bool = False, locked: tuple[str, ...] = (APPLICATION,)) -> list[str]:
        return freeze(self.login, self.run, locked, ["shop"], check=check).actions

    def thaw(self) -> bool:
        return thaw(self.login, self.run, check=False).changed


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with servers.running(request.param) as found:
        places.ask(
            found,
            None,
            "CREATE DATABASE shop",
            "CREATE TABLE shop.sale (id int NOT NULL AUTO_INCREMENT PRIMARY KEY)",
            "CREATE USER IF NOT EXISTS root@'%' IDENTIFIED BY 'toor'",
            "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION",
            "CREATE USER nobody IDENTIFIED BY 'secret'",
            *accounts.statements(FREEZE[found.kind]),
        )
        yield found


@pytest.fixture
def source(server: Server, tmp_path: Path) -> Iterator[Source]:
    found = Source(server, str(tmp_path / "run"))
    found.write()
    yield found
    if Path(found.run, "freeze.json").exists():
        thaw(found.login, found.run, check=False)


def test_an_administrator_cannot_write_and_a_restart_does_not_help(source: Source) -> None:
    assert source.freeze(check=True)
    assert not Path(source.run).exists()
    source.write()
    assert source.freeze()
    assert source.refuses()
    assert source.freeze() == []
    source.restart()
    assert source.refuses()
    # MariaDB forgets read_only, which only says no to others than administrators; the lock stays.
    assert source.thaw()
    source.write()
    assert not source.thaw()


def test_open_sessions_of_the_application_cannot_go_on(source: Source) -> None:
    session = source.application()
    clients = client_sessions(source.login, ["shop"], ["admin"])
    assert [one.user for one in clients.sessions] == ["root"]
    source.freeze()
    with session.cursor() as cursor, pytest.raises(pymysql.MySQLError):
        cursor.execute("INSERT INTO sale VALUES (NULL)")
    source.thaw()


def test_what_was_locked_or_read_only_before_stays_so(source: Source) -> None:
    variable = "read_only" if source.server.kind == "mariadb" else "super_read_only"
    places.ask(source.server, None, "ALTER USER nobody ACCOUNT LOCK", "SET GLOBAL read_only = 1")
    try:
        source.freeze(locked=(APPLICATION, "nobody@%"))
        assert source.thaw()
        state = places.ask(source.server, None, "SELECT @@GLOBAL.read_only")
        assert state == [(1,)]
        with pytest.raises(pymysql.MySQLError):
            places.ask(
                Server(**{**vars(source.server), "user": "nobody", "password": "secret"}), None, "SELECT 1"
            )
    finally:
        places.ask(source.server, None, f"SET GLOBAL {variable} = 0", "SET GLOBAL read_only = 0")
        places.ask(source.server, None, "ALTER USER nobody ACCOUNT UNLOCK")
    source.write()


def test_a_freeze_that_was_killed_before_its_first_change_can_be_repeated_and_thawed(source: Source) -> None:
    source.freeze(check=False)
    record = Path(source.run, "freeze.json")
    before = json.loads(record.read_text("utf-8"))
    source.thaw()
    # The record is there, nothing was done: as after a kill between the two.
    record.write_text(json.dumps({**before, "thawed": None}), "utf-8")
    source.write()
    assert source.freeze()
    assert source.refuses()
    assert source.thaw()
    source.write()


def test_the_account_of_the_freeze_is_never_locked(source: Source) -> None:
    with pytest.raises(InputError, match="cannot lock freezer@%"):
        source.freeze(locked=("freezer",))
    source.write()


def test_without_accounts_or_the_right_for_the_variable_it_refuses(source: Source) -> None:
    weak = MySQLLogin(source.server.host, source.server.port, "nobody", "secret")
    with pytest.raises(InputError, match="Name the application's accounts"):
        freeze(weak, source.run, (), ["shop"], check=False)
    source.write()


def test_an_account_that_sees_only_itself_proves_nothing(source: Source) -> None:
    weak = MySQLLogin(source.server.host, source.server.port, "nobody", "secret")
    with pytest.raises(PrivilegeMissing, match="PROCESS"):
        client_sessions(weak, ["shop"], [])
