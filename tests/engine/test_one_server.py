# SPDX-License-Identifier: GPL-3.0-or-later
"""Every session of a run is on the server of the run, whatever its address leads to, and on the server itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.bound import Bound
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.changes import changes
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ForeignRunDirectory,
    ServerError,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move import dump as dump_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move import load as load_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move import reset as reset_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move.inspect import (
    inspect_source,
    inspect_target,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import freeze as freeze_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.readiness import (
    source_readiness,
    target_readiness,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as target
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import identity
from ansible_collections.alkemio.convergence.plugins.module_utils._prove import verify as verify_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.support import servers
from tests.support.engine import places, small
from tests.support.engine.between import PoolerOfSource, PoolerOfTarget, Relay
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

SEVERAL = r"leads to more than one server.*name the one server itself"
SMALL_SOURCE = {"innodb_buffer_pool_size": "64M", "innodb_log_file_size": "32M"}
SMALL_TARGET = {"shared_buffers": "64MB"}
ROWS = small.many_rows(2000)


@dataclass
class Twins:
    """Two servers of each side with databases of the same names; the second source lacks a row."""

    sources: tuple[Server, Server]
    targets: tuple[Server, Server]
    run: Migration


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with contextlib.ExitStack() as stack:
        sources = [stack.enter_context(servers.running("mariadb", SMALL_SOURCE)) for _ in range(2)]
        targets = [stack.enter_context(servers.running("postgresql", SMALL_TARGET)) for _ in range(2)]
        for first, second in (sources, targets):  # one login for both, as behind a balancer
            account = f"USER {second.user}" if second in targets else f"USER '{second.user}'@'%'"
            word = (
                f"PASSWORD '{first.password}'" if second in targets else f"IDENTIFIED BY '{first.password}'"
            )
            places.ask(second, None, f"ALTER {account} {word}")
            second.password = first.password
        folder = tmp_path_factory.mktemp("twins")
        run = small.pair(sources[0], targets[0], folder, ROWS, small.MANY_TARGET)
        move = run.moves[0]
        places.ask(sources[1], None, f"CREATE DATABASE {move.source} CHARACTER SET utf8mb4")
        places.ask(sources[1], move.source, *ROWS, "DELETE FROM many WHERE id = 7")
        places.ask(targets[1], None, f"CREATE DATABASE {move.target} TEMPLATE template0 ENCODING 'UTF8'")
        places.ask(targets[1], move.target, *small.MANY_TARGET)
        run.prepare()
        yield Twins((sources[0], sources[1]), (targets[0], targets[1]), run)


Verb = Callable[[Twins, int], Any]


def _dump(twins: Twins, port: int) -> Any:
    login = replace(twins.run.source_login, port=port)
    return dump_verb.dump(login, str(twins.run.run), workers=3, chunk_bytes=20_000)


def _load(twins: Twins, port: int) -> Any:
    return load_verb.load(replace(twins.run.target_login, port=port), str(twins.run.run), workers=3)


def _verify_source(twins: Twins, port: int) -> Any:
    login = replace(twins.run.source_login, port=port)
    return verify_verb.verify(twins.run.target_login, login, str(twins.run.run), workers=3)


def _verify_target(twins: Twins, port: int) -> Any:
    login = replace(twins.run.target_login, port=port)
    return verify_verb.verify(login, twins.run.source_login, str(twins.run.run), workers=3)


@pytest.mark.fault("A3")
def test_no_session_of_a_run_is_on_another_server(twins: Twins) -> None:
    """A balancer in the place of each server in turn: the session of the verb itself is right, the next is not."""
    steps: list[tuple[Verb, tuple[Server, Server], Callable[[], Any]]] = [
        (_dump, twins.sources, lambda: twins.run.dump(chunk_bytes=20_000)),
        (_load, twins.targets, twins.run.load),
        (_verify_source, twins.sources, lambda: None),
        (_verify_target, twins.targets, twins.run.verify),
    ]
    for verb, pair, undisturbed in steps:
        with Relay(pair) as balancer:
            with pytest.raises(ForeignRunDirectory, match=SEVERAL):
                verb(twins, balancer.port)
            assert balancer.connections >= 2, verb
        undisturbed()
    assert places.ask(twins.targets[0], twins.run.moves[0].target, "SELECT count(*) FROM many") == [(2000,)]
    assert places.ask(twins.targets[1], twins.run.moves[0].target, "SELECT count(*) FROM many") == [(0,)]


@pytest.mark.fault("A3")
def test_other_verbs_refuse_another_server_too(twins: Twins, tmp_path: Path) -> None:
    run, move = twins.run, twins.run.moves[0]
    other = replace(run.target_login, port=twins.targets[1].port)
    with pytest.raises(ForeignRunDirectory, match=SEVERAL):
        changes(other, str(run.run))
    with pytest.raises(ForeignRunDirectory, match=SEVERAL):
        reset_verb.reset(other, str(run.run), confirm=False, check=True)
    with Relay(twins.targets) as balancer, pytest.raises(ForeignRunDirectory, match=SEVERAL):
        login = replace(run.target_login, port=balancer.port)
        inspect_target(login, [move.target, "postgres"], None, check=False)


@pytest.mark.fault("A3", "A12b")
def test_what_is_frozen_is_what_is_read_and_thawed(twins: Twins, tmp_path: Path) -> None:
    move, folder = twins.run.moves[0], str(tmp_path / "run")
    for server in twins.sources:
        places.ask(server, None, "CREATE USER IF NOT EXISTS app IDENTIFIED BY 'word'")
    freeze_verb.freeze(twins.run.source_login, folder, ["app@%"], [move.source], check=False)
    other = replace(twins.run.source_login, port=twins.sources[1].port)
    with pytest.raises(ForeignRunDirectory, match=SEVERAL):
        inspect_source(other, [move.source], folder, check=False)
    with pytest.raises(ForeignRunDirectory, match=SEVERAL):
        freeze_verb.thaw(other, folder, check=False)
    with pytest.raises(ForeignRunDirectory, match=r"freeze\.json was written for another server"):
        freeze_verb.freeze(other, folder, ["app@%"], [move.source], check=False)
    freeze_verb.thaw(twins.run.source_login, folder, check=False)


@pytest.mark.fault("A3")
def test_a_restarted_server_is_the_same_one(twins: Twins) -> None:
    """Of either side, by a signal and by a kill; and the proof goes on."""
    before = mysql.connect(twins.run.source_login)
    twins.sources[0].stop()
    twins.targets[0].kill()
    for server in (twins.sources[0], twins.targets[0]):
        server.start()
    before.close()
    source, goal = twins.run.source_login, twins.run.target_login
    bound = Bound(RunDirectory(str(twins.run.run)))
    mysql.connect(bound.on_source(source)).close()
    target.connect(bound.on_target(goal), "postgres", "test").close()


# --- poolers ------------------------------------------------------------------------------------------


@pytest.mark.fault("B8")
def test_a_pooler_of_the_target_is_named_and_keeps_nothing_of_ours(
    postgresql: Server, mariadb: Server, tmp_path: Path
) -> None:
    """Before a stand-in for one; the real PgBouncer in test_pgbouncer."""
    run = small.pair(mariadb, postgresql, tmp_path)
    name = run.moves[0].target
    run.prepare()
    run.dump()
    with PoolerOfTarget([postgresql]) as pooler:
        login = replace(run.target_login, port=pooler.port)
        for plain in (False, True):
            with pytest.raises(ServerError, match=r"is that of a pooler \(PgBouncer"):
                target.connect(login, name, "test", plain=plain)
        with pytest.raises(ServerError, match="is that of a pooler"):
            load_verb.load(login, str(run.run), workers=2)
        found = target_readiness(login, [name], "public", extensions={}, connections=0, workers=1)
        assert len(found.problems) == 1
        assert "is that of a pooler" in found.problems[0]


@pytest.mark.fault("B8")
@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_a_pooler_of_the_source_is_named(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server: Server = request.getfixturevalue(kind)
    login = Migration(server, server, tmp_path, []).source_login
    with PoolerOfSource([server]) as pooler:
        behind = replace(login, port=pooler.port)
        with pytest.raises(ServerError, match="is that of a pooler or proxy"):
            mysql.connect(behind)
        found = source_readiness(behind, ["mysql"], str(tmp_path), 1)
        assert "is that of a pooler or proxy" in found.problems[0]
    with Relay([server]) as relay:  # a plain forwarder of ports is none
        mysql.connect(replace(login, port=relay.port)).close()


@pytest.mark.fault("A3", "B8")
def test_a_replica_is_no_target(
    postgresql: Server, mariadb: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica has its primary's identity. A stand-in: the server says that it is in recovery."""
    run = small.pair(mariadb, postgresql, tmp_path)
    monkeypatch.setattr(identity, "_DIRECT", "SELECT pg_catalog.pg_backend_pid(), true")
    with pytest.raises(ServerError, match=r"is a replica.*Name its primary"):
        target.connect(run.target_login, "postgres", "test")
