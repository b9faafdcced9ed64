# SPDX-License-Identifier: GPL-3.0-or-later
"""A throw-away server keeps its promises to the tests that lean on it."""

from __future__ import annotations

import contextlib
from typing import Any

import psycopg
import pymysql
import pytest

from tests.support import servers
from tests.support.servers.environment import Environment
from tests.support.servers.kinds import KINDS
from tests.support.servers.server import Server


def connect(server: Server) -> contextlib.AbstractContextManager[Any]:
    login: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
    }
    if server.kind == "postgresql":
        return contextlib.closing(psycopg.connect(dbname="postgres", autocommit=True, **login))
    return contextlib.closing(pymysql.connect(autocommit=True, **login))


def ask(server: Server, statement: str) -> Any:
    with connect(server) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_server_is_like_production_and_keeps_its_rows(kind: str) -> None:
    with servers.running(kind, settings={"max_connections": "123"}) as server:
        like_production(server)
        assert (
            int(ask(server, "SHOW max_connections" if kind == "postgresql" else "SELECT @@max_connections"))
            == 123
        )
        ask(server, "CREATE SCHEMA kept")
        ask(server, "CREATE TABLE kept.t (a int)")
        ask(server, "INSERT INTO kept.t VALUES (42)")
        server.kill()
        assert not server.running
        with pytest.raises((pymysql.OperationalError, psycopg.OperationalError)):
            ask(server, "SELECT 1")
        server.start()
        assert ask(server, "SELECT a FROM kept.t") == 42
        server.stop()
        server.start()
        assert ask(server, "SELECT a FROM kept.t") == 42
    assert not server.running
    assert not server.folder.exists()
    assert not Environment(server.name).file.exists()


def like_production(server: Server) -> None:
    if server.kind == "postgresql":
        target_like_production(server)
    else:
        source_like_production(server)


def source_like_production(server: Server) -> None:
    assert ask(server, "SELECT @@log_bin") == 1
    assert ask(server, "SELECT @@character_set_server") == "utf8mb4"
    assert ask(server, "SELECT @@time_zone") == "+00:00"
    assert ask(server, "SELECT @@max_allowed_packet") == 64 * 1024 * 1024
    assert ask(server, "SELECT COUNT(*) FROM mysql.user WHERE User IN ('', 'root')") == 0


def target_like_production(server: Server) -> None:
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SHOW TimeZone") == "UTC"
    assert ask(server, "SHOW fsync") == "on"
    assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(server, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'trust'") == 0
    for extension in ("uuid-ossp", "pg_trgm", "btree_gin", "citext", "hstore", "pgcrypto"):
        ask(server, f'CREATE EXTENSION "{extension}"')


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_wrong_setting_shows_what_the_server_said(kind: str) -> None:
    with (
        pytest.raises(servers.ServersError, match="no_such_setting"),
        servers.running(kind, {"no_such_setting": "1"}),
    ):
        pass


def test_a_second_up_keeps_what_runs_and_other_settings_restart_it() -> None:
    name = "life-test"
    try:
        first = servers.up(name, ["mariadb"])["mariadb"]
        assert servers.up(name, ["mariadb"])["mariadb"] == first
        ask(first, "CREATE SCHEMA kept")
        second = servers.up(name, ["mariadb"], {"mariadb": {"max_connections": "123"}})["mariadb"]
        assert second.pid != first.pid
        assert ask(second, "SELECT @@max_connections") == 123
        assert ask(second, "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = 'kept'") == 1
    finally:
        servers.down(name)
    assert not second.running


def test_a_server_started_again_by_another_program_is_known() -> None:
    with servers.running("mariadb") as server:
        written = Environment(server.name).servers["mariadb"]
        server.kill()
        assert not written.running
        server.start()
        assert written.process == server.process
        written.kill()
        assert not server.running


def test_what_a_killed_test_run_left_is_swept() -> None:
    with servers.running("postgresql") as server:
        left = Environment(server.name)
        assert left.owner is not None
        left.owner = type(left.owner)(left.owner.pid, "another boot:1")
        left.save()
        servers.sweep()
        assert not server.running
        assert not server.folder.exists()
