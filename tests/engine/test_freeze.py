# SPDX-License-Identifier: GPL-3.0-or-later
"""A frozen source takes no write, not even from an administrator and not after a restart; the thaw restores it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pymysql
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    InputError,
    NotFrozen,
    PrivilegeMissing,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.freeze import (
    FreezeOutcome,
    freeze,
    thaw,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.sessions import client_sessions

from tests.support import servers
from tests.support.engine import accounts, forgery, places
from tests.support.servers.server import Server

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

    def freeze(
        self,
        *,
        check: bool = False,
        locked: tuple[str, ...] = (APPLICATION,),
        login: MySQLLogin | None = None,
        ignore: tuple[str, ...] = (),
    ) -> FreezeOutcome:
        return freeze(login or self.login, self.run, locked, ["shop"], check=check, ignore_users=ignore)

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
    assert source.freeze(check=True).actions
    assert not Path(source.run).exists()
    source.write()
    assert source.freeze().actions
    assert source.refuses()
    assert source.freeze().actions == []
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
    before = forgery.content(Path(source.run, "freeze.json"))
    source.thaw()
    # The record is there, nothing was done: as after a kill between the two.
    forgery.forge(Path(source.run), "freeze.json", {**before, "thawed": None})
    source.write()
    assert source.freeze().actions
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


# --- A12b: whoever the application can come in as ------------------------------------------------------

OTHERS = ("root@127.0.0.1", "root@localhost", "root@10.%", "@%", "@10.%", "clerk@%")
"""Accounts beside the application's own: its other host parts, two without a name, and one of another name."""


@pytest.fixture
def crowd(source: Source) -> Iterator[list[str]]:
    """Everybody who may write to the shop; gives the accounts."""
    for account in OTHERS:
        user, _at, host = account.rpartition("@")
        password = "toor" if user else ""
        places.ask(
            source.server,
            None,
            f"CREATE USER '{user}'@'{host}' IDENTIFIED BY '{password}'",
            f"GRANT ALL ON shop.* TO '{user}'@'{host}'",
        )
    yield [APPLICATION, *OTHERS]
    for account in OTHERS:
        user, _at, host = account.rpartition("@")
        places.ask(source.server, None, f"DROP USER '{user}'@'{host}'")


def as_everybody(source: Source) -> list[str]:
    """Who of the crowd can write, each in a session of its own; a name that no account has is the nameless one's."""
    wrote = []
    for user, password in (("root", "toor"), ("clerk", "toor"), ("zed", "")):
        with contextlib.suppress(pymysql.MySQLError):
            server = replace(source.server, user=user, password=password)
            places.ask(server, "shop", "INSERT INTO sale VALUES (NULL)")
            wrote.append(user)
    return wrote


def locks(source: Source) -> dict[tuple[str, str], bool]:
    table = "mysql.global_priv" if source.server.kind == "mariadb" else "mysql.user"
    locked = "JSON_VALUE(Priv, '$.account_locked')" if source.server.kind == "mariadb" else "account_locked"
    with places.session(source.server) as session, session.cursor() as cursor:
        cursor.execute(f"SELECT User, Host, COALESCE({locked}, '0') FROM {table}")
        return {(user, host): str(value).lower() in {"1", "y", "true"} for user, host, value in cursor}


@pytest.mark.fault("A12b")
def test_nobody_who_was_there_can_write_and_the_thaw_restores_each(source: Source, crowd: list[str]) -> None:
    # As "root" from this machine the server takes root@127.0.0.1, and as "zed" an account without a name.
    before = locks(source)
    assert as_everybody(source) == ["root", "clerk", "zed"]
    outcome = source.freeze()
    assert as_everybody(source) == []
    if source.server.kind == "mariadb":
        assert {account for account in crowd if account.startswith(("root@", "@"))} == set(outcome.locked)
        assert outcome.not_kept_out == ["admin@%"]
    assert source.thaw()
    assert locks(source) == before
    assert as_everybody(source) == ["root", "clerk", "zed"]


@pytest.mark.fault("A12b")
def test_who_may_act_for_the_application_is_locked_with_it(source: Source) -> None:
    if source.server.kind == "mysql":
        return  # super_read_only binds everybody
    places.ask(
        source.server,
        None,
        "CREATE USER deputy@'10.1.%' IDENTIFIED BY 'toor'",
        # GRANT PROXY takes an administrator who may hand it on, which MariaDB gives root@localhost alone.
        "INSERT INTO mysql.proxies_priv (Host, User, Proxied_host, Proxied_user)"
        " VALUES ('10.1.%', 'deputy', '%', 'root')",
        "FLUSH PRIVILEGES",
    )
    try:
        assert "deputy@10.1.%" in source.freeze().locked
    finally:
        places.ask(source.server, None, "DROP USER deputy@'10.1.%'")
    assert source.thaw()  # an account that is no more keeps nothing from being restored


@pytest.mark.fault("A12b")
def test_a_session_that_remains_fails_a_freeze_by_locks(source: Source) -> None:
    places.ask(
        source.server,
        None,
        "CREATE USER clerk@'%' IDENTIFIED BY 'toor'",
        "GRANT ALL ON shop.* TO clerk@'%'",
    )
    clerk = replace(source.server, user="clerk", password="toor")
    try:
        with places.session(clerk, "shop"):
            if source.server.kind == "mysql":
                assert [one for one in source.freeze().sessions if one.startswith("clerk from ")]
                return
            with pytest.raises(NotFrozen, match=r"clerk from 127\.0\.0\.1 on shop"):
                source.freeze()
            assert source.freeze(ignore=("clerk",)).sessions == []
    finally:
        source.thaw()
        places.ask(source.server, None, "DROP USER clerk@'%'")


@pytest.mark.fault("A12b")
def test_a_prepared_transaction_fails_the_freeze(source: Source) -> None:
    places.ask(
        source.server,
        "shop",
        "XA START 'half'",
        "INSERT INTO sale VALUES (NULL)",
        "XA END 'half'",
        "XA PREPARE 'half'",
    )
    try:
        with pytest.raises(NotFrozen, match="prepared XA transaction"):
            source.freeze()
    finally:
        source.thaw()
        places.ask(source.server, None, "XA ROLLBACK 'half'")
    assert source.freeze().actions


@pytest.mark.fault("A12b")
def test_replication_that_writes_fails_the_freeze(source: Source) -> None:
    start, stop, reset = (
        (
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='x', MASTER_PASSWORD='x'",
            "STOP SLAVE SQL_THREAD",
            "RESET SLAVE ALL",
        )
        if source.server.kind == "mariadb"
        else (
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='x',"
            " SOURCE_PASSWORD='x'",
            "STOP REPLICA SQL_THREAD",
            "RESET REPLICA ALL",
        )
    )
    word = start.split(" ")[1].replace("MASTER", "SLAVE").replace("REPLICATION", "REPLICA")
    places.ask(source.server, None, start, f"START {word}")
    try:
        with pytest.raises(NotFrozen, match="replication, which applies"):
            source.freeze()
        source.thaw()
        places.ask(source.server, None, stop)
        assert source.freeze().actions  # what only fetches writes to no table
    finally:
        source.thaw()
        places.ask(source.server, None, f"STOP {word}", reset)


@pytest.mark.fault("A12b")
def test_events_fail_a_freeze_by_locks_or_are_switched_off_and_on_again(source: Source) -> None:
    if source.server.kind == "mysql":
        return  # super_read_only binds events too
    administrator = MySQLLogin(
        source.server.host, source.server.port, source.server.user, source.server.password
    )
    places.ask(source.server, None, "SET GLOBAL event_scheduler = ON")
    try:
        with pytest.raises(NotFrozen, match="SET GLOBAL event_scheduler = OFF"):
            source.freeze()
        source.thaw()
        assert "set event_scheduler off" in source.freeze(login=administrator).actions
        assert places.ask(source.server, None, "SELECT @@GLOBAL.event_scheduler") == [("OFF",)]
        thaw(administrator, source.run, check=False)
        assert places.ask(source.server, None, "SELECT @@GLOBAL.event_scheduler") == [("ON",)]
    finally:
        places.ask(source.server, None, "SET GLOBAL event_scheduler = OFF")


@pytest.mark.fault("A12b")
def test_where_the_variable_may_not_be_set_mysql_locks_and_stays_frozen_for_a_check(source: Source) -> None:
    if source.server.kind == "mariadb":
        return
    places.ask(
        source.server,
        None,
        "CREATE USER locker@'%' IDENTIFIED BY 'toor'",
        "GRANT CREATE USER, PROCESS, CONNECTION_ADMIN, SYSTEM_USER ON *.* TO locker@'%'",
        "GRANT SELECT ON mysql.user TO locker@'%'",
        "GRANT SELECT ON mysql.proxies_priv TO locker@'%'",
    )
    login = MySQLLogin(source.server.host, source.server.port, "locker", "toor")
    try:
        with pytest.raises(NotFrozen, match="SET GLOBAL event_scheduler = OFF"):
            source.freeze(login=login)
        thaw(login, source.run, check=False)
        places.ask(source.server, None, "SET GLOBAL event_scheduler = OFF")
        outcome = source.freeze(login=login)
        assert (outcome.read_only, outcome.locked) == (False, [APPLICATION])
        assert "every account that was not named, since read_only is off" in outcome.not_kept_out
        assert source.refuses()
        assert source.freeze(login=login, check=True).actions == []
        assert thaw(login, source.run, check=False).changed
    finally:
        places.ask(source.server, None, "SET GLOBAL event_scheduler = ON", "DROP USER locker@'%'")
    source.write()


@pytest.mark.fault("A12b")
def test_an_account_that_sees_only_itself_locks_nobody(source: Source) -> None:
    """With every other right: it could not say that no session remains."""
    mariadb = source.server.kind == "mariadb"
    rights = "CREATE USER, " + (
        "CONNECTION ADMIN, READ_ONLY ADMIN" if mariadb else "CONNECTION_ADMIN, SYSTEM_USER"
    )
    places.ask(
        source.server,
        None,
        "CREATE USER half@'%' IDENTIFIED BY 'toor'",
        f"GRANT {rights} ON *.* TO half@'%'",
        *(
            f"GRANT SELECT ON mysql.{table} TO half@'%'"
            for table in ("global_priv" if mariadb else "user", "proxies_priv")
        ),
    )
    try:
        with pytest.raises(PrivilegeMissing, match="GRANT PROCESS"):
            source.freeze(login=MySQLLogin(source.server.host, source.server.port, "half", "toor"))
    finally:
        places.ask(source.server, None, "DROP USER half@'%'")
    source.write()


def test_an_account_that_sees_only_itself_proves_nothing(source: Source) -> None:
    weak = MySQLLogin(source.server.host, source.server.port, "nobody", "secret")
    with pytest.raises(PrivilegeMissing, match="PROCESS"):
        client_sessions(weak, ["shop"], [])
