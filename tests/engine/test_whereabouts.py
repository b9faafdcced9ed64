# SPDX-License-Identifier: GPL-3.0-or-later
"""Real sessions on both servers: where the application's are, and what a login sees of others'."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ForeignRunDirectory,
    InputError,
    ServerError,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.cutover import cutover
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.question import ask
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.whereabouts import (
    Finding,
    whereabouts,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

APPLICATION = "application_of_sessions"


@dataclass
class Stage:
    """A run whose cut-over has begun, with an account of the application on either server."""

    migration: Migration

    @property
    def target(self) -> str:
        return self.migration.moves[0].target

    @property
    def source(self) -> str:
        return self.migration.moves[0].source

    def find(self, timeout: float = 0, **options: Any) -> Finding:
        login = options.pop("login", self.migration.target_login)
        source = options.pop("source_login", self.migration.source_login)
        service = {
            "name": "server",
            "target_users": [APPLICATION],
            "target_databases": [self.target],
            "source_users": [APPLICATION],
            "source_databases": [self.source],
            **options,
        }
        return whereabouts(login, source, [service], str(self.migration.run), timeout).findings[0]

    @contextlib.contextmanager
    def works(self, application: str = "node") -> Iterator[None]:
        server = self.migration.target
        with psycopg.connect(
            host=server.host,
            port=server.port,
            user=APPLICATION,
            password="secret",
            dbname=self.target,
            application_name=application,
        ):
            yield

    def still_works(self) -> Any:
        seen = replace(self.migration.source, user=APPLICATION, password="secret")
        return places.session(seen, self.source)


@pytest.fixture(params=["mariadb", "mysql"])
def stage(request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path) -> Iterator[Stage]:
    source: Server = request.getfixturevalue(request.param)
    found = Stage(small.pair(source, postgresql, tmp_path).prepare())
    places.ask(
        source,
        None,
        f"CREATE USER IF NOT EXISTS {APPLICATION}@'%' IDENTIFIED BY 'secret'",
        f"GRANT ALL ON {found.source}.* TO {APPLICATION}@'%'",
    )
    if not places.ask(postgresql, None, f"SELECT 1 FROM pg_roles WHERE rolname = '{APPLICATION}'"):
        places.ask(postgresql, None, f"CREATE ROLE {APPLICATION} LOGIN PASSWORD 'secret'")
    cutover(str(found.migration.run), "begun", check=False)
    yield found
    places.drop(source, found.source)
    places.drop(postgresql, found.target)


def test_the_application_is_found_where_it_is(stage: Stage) -> None:
    assert f"no session as {APPLICATION} on {stage.target}" in stage.find().failed[0]
    with stage.works("psql"):
        assert stage.find().failed != ()
    with stage.works():
        finding = stage.find()
        assert finding.failed == finding.not_proved == ()
        assert "1 session on PostgreSQL" in finding.proved[0]
        assert "(from 127.0.0.1, named node)" in finding.proved[0]
        assert stage.find(addresses=["127.0.0.0/8"]).failed == ()
        assert stage.find(addresses=["10.0.0.0/8"]).failed != ()
        with stage.still_works():
            (told,) = stage.find().failed
            assert told.startswith(f"still on the source: {APPLICATION} from ")
            assert f"on {stage.source}" in told
        assert stage.find(timeout=5).failed == ()  # the server may take a moment to see that it has gone


def test_a_pool_that_connects_later_is_waited_for(stage: Stage) -> None:
    def late() -> None:
        time.sleep(1.5)
        with stage.works():
            time.sleep(3)

    thread = threading.Thread(target=late)
    thread.start()
    assert stage.find(timeout=20).failed == ()
    thread.join()
    began = time.monotonic()
    assert stage.find(timeout=1).failed != ()
    assert time.monotonic() - began < 10


def test_a_session_of_before_the_cut_over_is_not_the_application(stage: Stage) -> None:
    with stage.works():
        assert stage.find().failed == ()
        time.sleep(3)  # more than what two clocks may be apart
        begin_anew(stage.migration.run)
        assert "1 session began before the cut-over" in stage.find().failed[0]


def begin_anew(folder: Path) -> None:
    """The cut-over of this run begins now."""
    run = RunDirectory(str(folder))
    run.cutover.unlink()
    cutover(str(folder), "begun", check=False)


def test_another_server_than_that_of_the_run_is_refused(stage: Stage) -> None:
    run = RunDirectory(str(stage.migration.run))
    catalog = run.read(run.target_catalog, "inspect")
    catalog["server"]["identity"] = "another"
    run.write(run.target_catalog, catalog)
    with pytest.raises(ForeignRunDirectory):
        stage.find()


def test_a_login_that_does_not_see_ages_says_so(stage: Stage) -> None:
    clerk = places.unique("clerk")
    server = stage.migration.target
    places.ask(server, None, f"CREATE ROLE {clerk} LOGIN PASSWORD 'secret'")
    login = PostgreSQLLogin(server.host, server.port, clerk, "secret")
    with stage.works():
        (told,) = stage.find(login=login).failed
        assert "GRANT pg_read_all_stats" in told
        places.ask(server, None, f"GRANT pg_read_all_stats TO {clerk}")
        assert stage.find(login=login).failed == ()


def test_a_source_that_cannot_be_asked_is_said_and_fails_nothing(stage: Stage) -> None:
    with stage.works():
        off = replace(stage.migration.source_login, port=1)
        finding = stage.find(source_login=off)
        assert finding.failed == ()
        assert "which was not asked: Cannot connect to the source server" in finding.not_proved[0]
        blind = replace(stage.migration.source_login, user=APPLICATION, password="secret")
        finding = stage.find(source_login=blind)
        assert "sees only its own sessions" in finding.not_proved[0]
        assert "no account for it is given" in stage.find(source_login=None).not_proved[0]


def test_a_question_is_answered_by_yes_or_no_and_writes_nothing(stage: Stage) -> None:
    login, database = stage.migration.target_login, stage.target
    assert not ask(login, database, "SELECT count(*) FROM item WHERE name LIKE '%a 100 % check%'", 0).yes
    assert ask(login, database, "SELECT EXISTS (SELECT 1)", 0).yes
    for question in ("SELECT id, name FROM item", "SELECT 'secret'", "SELECT 1 WHERE false"):
        with pytest.raises(InputError, match="one row with one column") as told:
            ask(login, database, question, 0)
        assert "secret" not in str(told.value)
    with pytest.raises(ServerError, match="read-only"):
        ask(login, database, "INSERT INTO item VALUES (1, 'x') RETURNING 1", 0)
    assert places.ask(stage.migration.target, database, "SELECT count(*) FROM item") == [(0,)]

    def late() -> None:
        time.sleep(1)
        places.ask(stage.migration.target, database, "INSERT INTO item VALUES (9, 'late')")

    thread = threading.Thread(target=late)
    thread.start()
    assert ask(login, database, "SELECT count(*) FROM item WHERE name = 'late'", 20).yes
    thread.join()
