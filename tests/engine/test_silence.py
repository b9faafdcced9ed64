# SPDX-License-Identifier: GPL-3.0-or-later
"""A server, a way to it, or somebody's lock that lets us wait: every wait ends with a message that says what for.

The kernel of what stands between answers all the while (the proxies' own does), as with a stopped process.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _waits
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._move import dump as dump_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move import load as load_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as target
from ansible_collections.alkemio.convergence.plugins.module_utils._prove import verify as verify_verb

from tests.engine import hostile
from tests.engine.hostile import Hostile
from tests.support.engine import places
from tests.support.engine.between import Falling, Relay
from tests.support.engine.proxy import Proxy
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("C")
PATIENCE = 20.0
"""Seconds within which each wait has to end; the parts of it are shortened to one second each."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_waits, "WATCH_SECONDS", 1.0)
    monkeypatch.setattr(_waits, "PROBE_SECONDS", 1)


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> tuple[Server, str]:
    """A source of each family, and beside the documented account one that sees every session."""
    server: Server = request.getfixturevalue(request.param)
    places.ask(
        server,
        None,
        "CREATE USER IF NOT EXISTS seer IDENTIFIED BY 'word'",
        "GRANT SELECT, LOCK TABLES, PROCESS, RELOAD ON *.* TO seer",
    )
    return server, hostile.source_of(server)


@pytest.fixture(scope="module")
def loaded(
    source: tuple[Server, str], postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Hostile:
    """A run that is ready to be verified, and to be dumped anew."""
    found = hostile.migration(*source, postgresql, tmp_path_factory.mktemp("silence"))
    found.prepare()
    found.dump(chunk_bytes=20_000)
    found.load()
    return found


@pytest.fixture
def run(loaded: Hostile) -> Hostile:
    loaded.reader = Hostile.reader
    return loaded


@pytest.fixture
def dumped(mariadb: Server, postgresql: Server, tmp_path: Path) -> Hostile:
    """A run that is ready to be loaded."""
    found = hostile.migration(mariadb, hostile.source_of(mariadb), postgresql, tmp_path)
    found.prepare()
    found.dump(chunk_bytes=20_000)
    return found


@pytest.fixture
def proxies(source: tuple[Server, str], postgresql: Server) -> Iterator[dict[str, Proxy]]:
    found = {
        "source": Proxy(source[0].host, source[0].port),
        "target": Proxy(postgresql.host, postgresql.port),
    }
    yield found
    for proxy in found.values():
        proxy.release()
        proxy.close()


def verb(run: Hostile, name: str, source_port: int | None = None, target_port: int | None = None) -> Any:
    """Run it, over other ports perhaps."""
    source = replace(run.source_login, port=source_port or run.source.port)
    goal = replace(run.target_login, port=target_port or run.target.port)
    folder = str(run.run)
    if name == "dump":  # in a copy: the other verbs need this run's own snapshot whole
        folder += "-dumped-anew"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(run.run, folder)
        return dump_verb.dump(source, folder, workers=2, chunk_bytes=20_000, restart=True)
    if name == "load":
        return load_verb.load(goal, folder, workers=2)
    return verify_verb.verify(goal, source, folder, workers=2)


STATEMENT = {
    ("dump", "source"): b"SELECT CONCAT(",
    ("verify", "source"): b"SUM(CAST(CONV(",
    ("load", "target"): b"COPY ",
    ("verify", "target"): b"sum(('x'",
}
"""The one of each verb whose answer does not come."""


def falls_silent(run: Hostile, server: Server, name: str, side: str) -> None:
    """The way of one side lets nothing pass any more, from a worker's statement on."""
    with Falling([server], STATEMENT[name, side]) as way:
        began = time.monotonic()
        with pytest.raises(
            ServerError, match=f"Nothing has come from the {side} server .*second session"
        ) as caught:
            verb(run, name, **{f"{side}_port": way.port})
        assert way.fell.is_set()
        assert time.monotonic() - began < PATIENCE
    assert "balancer" in str(caught.value)


@pytest.mark.parametrize("name", ["dump", "verify"])
def test_a_way_to_the_source_that_falls_silent_ends_the_verb(run: Hostile, name: str) -> None:
    falls_silent(run, run.source, name, "source")


def test_a_way_to_the_target_that_falls_silent_ends_the_verb(dumped: Hostile, postgresql: Server) -> None:
    for name in ("load", "verify"):
        falls_silent(dumped, postgresql, name, "target")
        verb(dumped, name)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_connection_whose_answers_are_lost_is_told_from_a_server_that_works(
    run: Hostile, source: tuple[Server, str], postgresql: Server, side: str
) -> None:
    """Something between forgets the connection alone: a second session works, and sees ours idle."""
    with Relay([source[0] if side == "source" else postgresql]) as relay:
        if side == "source":
            session: Any = mysql.connect(replace(run.source_login, port=relay.port))
            ask: Callable[[], Any] = lambda: mysql.query(session, "SELECT 1")  # noqa: E731
        else:
            session = target.connect(replace(run.target_login, port=relay.port), "postgres", "test")
            ask = lambda: target.query(session, "SELECT 1")  # noqa: E731
        ask()
        relay.mute()
        began = time.monotonic()
        with pytest.raises(ServerError, match=r"broke without a word: our session \d+ is idle"):
            ask()
        assert time.monotonic() - began < PATIENCE


def test_a_server_that_works_is_waited_for(run: Hostile) -> None:
    """Longer than three looks, on both sides."""
    source = mysql.connect(run.source_login)
    assert mysql.query(source, "SELECT SLEEP(3.5)") == [(0,)]
    source.close()
    goal = target.connect(run.target_login, "postgres", "test")
    assert target.query(goal, "SELECT 1 FROM (SELECT pg_sleep(3.5)) AS slept") == [(1,)]
    goal.close()


def test_a_server_that_greets_nobody_ends_the_login(run: Hostile, proxies: dict[str, Proxy]) -> None:
    for proxy in proxies.values():
        proxy.hold()
    began = time.monotonic()
    with pytest.raises(ServerError, match="Cannot connect to the source server"):
        mysql.connect(replace(run.source_login, port=proxies["source"].port, connect_timeout=2))
    with pytest.raises(ServerError, match="Cannot connect to the target server"):
        target.connect(
            replace(run.target_login, port=proxies["target"].port, connect_timeout=2), "postgres", "test"
        )
    assert time.monotonic() - began < PATIENCE


# --- locks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["documented", "administrator"])
@pytest.mark.parametrize("name", ["dump", "verify"])
def test_the_lock_of_another_session_on_the_source_is_named(run: Hostile, name: str, account: str) -> None:
    if account == "administrator":
        run.reader = "seer"
    with places.session(run.source, run.moves[0].source) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLES part WRITE")
        began = time.monotonic()
        with pytest.raises(ServerError, match=r"gets no further.*Another session holds the lock") as caught:
            verb(run, name)
        assert time.monotonic() - began < PATIENCE
        number = other.thread_id()
    if account == "administrator":
        assert f"{number} of {run.source.user}" in str(caught.value), caught.value
    else:
        assert "SHOW FULL PROCESSLIST" in str(caught.value)


def test_the_lock_of_another_session_on_the_target_is_named(dumped: Hostile, postgresql: Server) -> None:
    locks = {
        "load": ("AccessShareLock", "SELECT 1 FROM part"),
        "verify": ("AccessExclusiveLock", "LOCK TABLE part IN ACCESS EXCLUSIVE MODE"),
    }
    for name, (mode, statement) in locks.items():
        with places.session(postgresql, dumped.moves[0].target) as other:
            other.execute("BEGIN")
            other.execute("SET application_name = 'the shop'")
            other.execute(statement)
            began = time.monotonic()
            with pytest.raises(ServerError, match="another session holds a lock") as caught:
                verb(dumped, name)
            assert time.monotonic() - began < PATIENCE
            number = other.info.backend_pid
        for part in (
            f"session {number} of admin (the shop)",
            f"{mode} on public.part",
            f"pg_terminate_backend({number})",
        ):
            assert part in str(caught.value)
        verb(dumped, name)


def test_a_lock_that_is_let_go_in_time_costs_nothing_but_the_wait(run: Hostile, postgresql: Server) -> None:
    with places.session(postgresql, run.moves[0].target) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE part IN ACCESS EXCLUSIVE MODE")
        timer = threading.Timer(0.6, other.rollback)
        timer.start()
        assert run.verify().equal
        timer.join()
