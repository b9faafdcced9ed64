# SPDX-License-Identifier: GPL-3.0-or-later
"""Every session variable of each server is decided about, and what is set stands, or is refused by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pymysql
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import settings as source_settings
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as target
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import (
    settings as target_settings,
)

from tests.engine import session_variables as variables
from tests.support.engine import places
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A2")
TARGET = {one.name: one for one in (*target_settings.START, *target_settings.LATER)}
SOURCE = {one.name: one for one in source_settings.SETTINGS}


def source_login(server: Server) -> MySQLLogin:
    return MySQLLogin(server.host, server.port, server.user, server.password)


def target_login(server: Server) -> PostgreSQLLogin:
    return PostgreSQLLogin(server.host, server.port, server.user, server.password)


def connect_target(login: PostgreSQLLogin) -> Any:
    return target.connect(login, "postgres", "test")


def _of_session(server: Server) -> set[str]:
    """Variables that a session of the server can have otherwise than its neighbour."""
    if server.kind == "mariadb":
        sql = "SELECT LOWER(variable_name), variable_scope FROM information_schema.system_variables"
        return {str(name) for name, scope in places.ask(server, None, sql) if scope.startswith("SESSION")}
    found = set()
    with places.session(server) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW SESSION VARIABLES")
        for name, _value in cursor.fetchall():
            try:
                cursor.execute(f"SET SESSION {name} = @@SESSION.{name}")
            except pymysql.MySQLError as error:
                if error.args[0] in {1229, 1238}:  # a global variable, one that only tells
                    continue
            found.add(str(name))
    return found


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_every_session_variable_of_the_source_is_decided_about(
    kind: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(kind)
    indifferent = variables.names(variables.MYSQL_FAMILY)
    set_by_us = {one.name for one in source_settings.of_family(kind == "mariadb")}
    there = _of_session(server)
    assert sorted(there - set_by_us - set(indifferent)) == []
    assert sorted(set(indifferent) & set(SOURCE)) == []
    assert len(there & set_by_us) > 30


def test_every_session_variable_of_the_target_is_decided_about(postgresql: Server) -> None:
    sql = (
        "SELECT name FROM pg_settings WHERE context IN ('user', 'superuser', 'backend', 'superuser-backend')"
    )
    there = {row[0] for row in places.ask(postgresql, None, sql)}
    indifferent = variables.names(variables.POSTGRESQL)
    assert sorted(there - set(TARGET) - set(indifferent)) == []
    assert sorted(set(TARGET) - there) == []
    assert sorted(set(indifferent) & set(TARGET)) == []


def test_every_setting_has_its_reason_and_a_hostile_value() -> None:
    assert set(variables.HOSTILE_SOURCE) == set(SOURCE)
    assert set(variables.HOSTILE_TARGET) == set(TARGET)
    assert all(one.reason for one in SOURCE.values())
    assert all(one.reason for one in TARGET.values())


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_what_an_account_may_not_set_is_refused_by_its_name(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that takes an administrator (sql_log_off here) stands in for one of a later server."""
    server: Server = request.getfixturevalue(kind)
    places.ask(
        server,
        None,
        "DROP USER IF EXISTS reader",
        "CREATE USER reader IDENTIFIED BY 'word'",
        "FLUSH PRIVILEGES",
    )
    login = replace(source_login(server), user="reader", password="word")
    strict = source_settings.Setting("sql_log_off", "1", "a reason to be read")
    monkeypatch.setattr(source_settings, "SETTINGS", (*source_settings.SETTINGS, strict))
    with pytest.raises(ServerError, match=r"keeps sql_log_off at '0'.*a reason to be read.*administrator"):
        mysql.connect(login)


@pytest.mark.parametrize(
    "name", ["session_replication_role", "zero_damaged_pages", "ignore_checksum_failure"]
)
def test_what_a_role_may_not_set_is_refused_by_its_name(postgresql: Server, name: str) -> None:
    role = places.unique("bound")
    hostile = variables.HOSTILE_TARGET[name]
    places.ask(
        postgresql,
        None,
        f"CREATE ROLE {role} LOGIN PASSWORD 'word'",
        f"ALTER ROLE {role} SET {name} = {hostile}",
    )
    login = replace(target_login(postgresql), user=role, password="word")
    with pytest.raises(ServerError, match=rf"keeps {name} at '{hostile}'.*{role}.*ALTER ROLE"):
        connect_target(login)
    places.ask(postgresql, None, f"GRANT SET ON PARAMETER {name} TO {role}")
    connect_target(login).close()
    places.ask(postgresql, None, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_settings_that_something_swallowed_are_named(
    postgresql: Server, mariadb: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a pooler does that takes our options or statements, and does nothing with them."""
    monkeypatch.setattr(target_settings, "options", lambda unix_socket: "")
    with pytest.raises(ServerError, match=r"although it was given with the login.*swallows"):
        connect_target(target_login(postgresql))
    monkeypatch.setattr(source_settings, "_set", lambda connection, settings: None)
    with pytest.raises(ServerError, match="in our session, where results depend on it"):
        mysql.connect(source_login(mariadb))
