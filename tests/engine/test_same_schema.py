# SPDX-License-Identifier: GPL-3.0-or-later
"""What the target had, it has: pg_dump writes the same schema before and after a load, a reset and killed ones."""

from __future__ import annotations

import difflib
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset

from tests.engine import rich
from tests.support.engine import places
from tests.support.engine.aim import Place, kill_at
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A14")


@dataclass
class Rich:
    """The migration, and its target's schema as it was before anything."""

    run: Migration
    before: str

    @property
    def target(self) -> str:
        return self.run.moves[0].target

    def assert_as_before(self) -> None:
        now = rich.text(self.run.target, self.target)
        lines = difflib.unified_diff(
            self.before.splitlines(), now.splitlines(), "before", "now", lineterm="", n=2
        )
        assert "\n".join(lines) == ""

    def reset(self) -> None:
        reset(self.run.target_login, str(self.run.run), confirm=True)

    def rows(self, table: str) -> int:
        return int(places.ask(self.run.target, self.target, f"SELECT count(*) FROM ONLY {table}")[0][0])


@pytest.fixture(scope="module")
def held(mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rich]:
    with rich.pair(mariadb, postgresql, tmp_path_factory.mktemp("rich")) as run:
        before = rich.text(postgresql, run.moves[0].target)
        run.prepare()
        run.dump()
        yield Rich(run, before)


@pytest.fixture
def fresh(held: Rich) -> Iterator[Rich]:
    """Not loaded before, reset after."""
    yield held
    held.reset()


def test_the_text_of_the_schema_says_much(held: Rich) -> None:
    """A dump that left these out would prove nothing."""
    for words in (
        *(
            "SET STATISTICS 1000",
            "SET STATISTICS 77",
            "DEPENDS ON EXTENSION",
            "CLUSTER ON",
            "REPLICA IDENTITY USING",
        ),
        *(
            "SET default_tablespace = fast",
            "ENABLE ALWAYS TRIGGER visit_row",
            "ENABLE REPLICA TRIGGER visit_row",
        ),
        *(
            "DISABLE TRIGGER visit_row",
            "COMMENT ON TRIGGER",
            "COMMENT ON CONSTRAINT visit_old_own",
            "NOT VALID",
        ),
        *(
            "EXCLUDE USING gist",
            "NULLS NOT DISTINCT",
            "DISABLE RULE setting_off",
            "UNLOGGED",
            "COMMENT ON INDEX",
        ),
    ):
        assert words in held.before, words


def test_after_a_load_and_after_its_reset(held: Rich) -> None:
    held.run.load()
    held.assert_as_before()
    assert held.run.verify().equal
    assert {name: held.rows(name) for name in ("person", "word", "archive.word_old", "setting")} == {
        "person": 3,
        "word": 3,
        "archive.word_old": 1,
        "setting": 1,
    }
    held.reset()
    held.assert_as_before()
    assert held.rows("archive.word_old") == 1
    assert places.ask(held.run.target, held.target, "SELECT * FROM setting") == [("seed", "from before")]


# The rehearsal waits for visit_rest when it has taken person; the load has taken one key off when it gets there.
TAKING_OFF = (
    Place("rehearsing", "LOCK TABLE visit_rest IN ACCESS SHARE MODE"),
    Place("taking off", "LOCK TABLE person IN ACCESS SHARE MODE"),
)


def test_after_a_load_that_was_killed_while_it_took_off_and_again_while_it_rebuilt(fresh: Rich) -> None:
    kill_at(fresh.run.target, fresh.target, TAKING_OFF, partial(fresh.run.start, "load", workers=2))
    assert fresh_objects(fresh) > 0
    with _locked(fresh, f"SELECT pg_advisory_xact_lock({rich.HOLD})"):
        _kill(
            fresh,
            f"SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = {rich.HOLD}",
        )
    assert places.ask(fresh.run.target, fresh.target, "SELECT state FROM convergence.run") == [("loaded",)]
    fresh.run.load()
    fresh.assert_as_before()
    assert fresh.run.verify().equal


def test_after_a_reset_of_a_half_loaded_target(held: Rich) -> None:
    with _locked(held, f"SELECT pg_advisory_xact_lock({rich.HOLD})"):
        _kill(
            held,
            f"SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = {rich.HOLD}",
        )
    assert fresh_objects(held) > 0
    held.reset()
    held.assert_as_before()


def fresh_objects(held: Rich) -> int:
    return int(places.ask(held.run.target, held.target, "SELECT count(*) FROM convergence.object")[0][0])


@contextmanager
def _locked(held: Rich, statement: str) -> Iterator[None]:
    with places.session(held.run.target, held.target) as connection, connection.transaction():
        connection.execute(statement)
        yield


def _kill(held: Rich, observed: str) -> None:
    """SIGKILL a load as soon as the server shows what is `observed`, and wait for the end of its sessions."""
    process = held.run.start("load", workers=2)
    try:
        _wait(
            held, f"{observed} AND database = (SELECT oid FROM pg_database WHERE datname = '{held.target}')"
        )
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    finally:
        process.kill()
        process.communicate()
    ours = f"datname = '{held.target}' AND application_name LIKE 'convergence:%'"
    places.ask(
        held.run.target, None, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {ours}"
    )


def _wait(held: Rich, observed: str) -> None:
    patience = time.monotonic() + 60
    while not places.ask(held.run.target, None, observed):
        assert time.monotonic() < patience, f"never seen: {observed}"
        time.sleep(0.05)
