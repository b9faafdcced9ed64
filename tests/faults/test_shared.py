# SPDX-License-Identifier: GPL-3.0-or-later
"""A source server that other databases are written on all the time: ours are moved, proved and proved again.

Whatever is written to a table of ours is found all the same, by its update time or by the sums of its rows.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    GateRefused,
    SourceMoved,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.gate import GateOutcome, gate
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.readiness import source_readiness
from ansible_collections.alkemio.convergence.plugins.module_utils._prove import sums

from tests.support import servers
from tests.support.engine import accounts, places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("F")

_PROCESSES = multiprocessing.get_context("fork")
QUICK = ["mariadb with log", "mysql with log"]
LONG = [*QUICK, "mariadb", "mysql"]
SECOND = 1.1
"""Update times count whole seconds."""


@pytest.fixture(scope="module", params=LONG if os.environ.get("FAULTS_LONG") else QUICK)
def source(request: pytest.FixtureRequest) -> Iterator[Server]:
    kind, _with, log = request.param.partition(" with ")
    with servers.running(kind, {} if log else {"skip_log_bin": "1"}) as server:
        assert bool(places.ask(server, None, "SELECT @@log_bin")[0][0]) == bool(log)
        yield server


@dataclass
class Shared:
    """Our small database beside a neighbour's."""

    migration: Migration
    source: Server
    """With the account that may write."""
    neighbour: str
    log: bool

    @property
    def database(self) -> str:
        return self.migration.moves[0].source

    def write(self, *statements: str) -> None:
        places.ask(self.source, self.database, *statements)

    def restart(self) -> None:
        self.source.stop()
        self.source.start()

    def proof(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.migration.run / "report.json").read_text("utf-8"))["proof"]
        return found

    def gate(self) -> GateOutcome:
        login = self.migration.source_login
        run = str(self.migration.run)
        return gate(self.migration.target_login, login, None, run, accept_unfrozen=True, check=True)

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """The neighbour writes all the time."""
        stop, writes = _PROCESSES.Event(), _PROCESSES.Event()
        writer = _PROCESSES.Process(target=_write, args=(self.source, self.neighbour, stop, writes))
        writer.start()
        try:
            assert writes.wait(30)
            yield
            assert writer.is_alive()
        finally:
            stop.set()
            writer.join()


def _write(source: Server, database: str, stop: Event, writes: Event) -> None:
    with places.session(source, database) as connection, connection.cursor() as cursor:
        while not stop.is_set():
            cursor.execute("INSERT INTO noise (what) VALUES ('a'), ('b')")
            cursor.execute("UPDATE noise SET what = 'c' ORDER BY id DESC LIMIT 1")
            cursor.execute(f"CREATE DATABASE {database}_more")
            cursor.execute(f"DROP DATABASE {database}_more")
            writes.set()
            time.sleep(0.005)


@pytest.fixture
def shared(source: Server, postgresql: Server, tmp_path: Path) -> Iterator[Shared]:
    neighbour = places.new_source(source, "neighbour")
    places.ask(source, neighbour, "CREATE TABLE noise (id int AUTO_INCREMENT PRIMARY KEY, what varchar(9))")
    log = bool(places.ask(source, None, "SELECT @@log_bin")[0][0])
    found = Shared(small.pair(source, postgresql, tmp_path), source, neighbour, log)
    yield found
    places.drop(source, found.database, neighbour, f"{neighbour}_more")
    places.drop(postgresql, found.migration.moves[0].target)


def test_a_run_beside_a_neighbour_who_writes_is_proved_and_proved_again(shared: Shared) -> None:
    with shared.busy():
        assert shared.migration.all().equal
        assert shared.proof()["still_by"] == "sums"
        assert not shared.migration.dump().changed
        assert not shared.migration.load().changed
        again = shared.migration.verify()
        assert (again.equal, again.changed) == (True, False)
        told = [line for line in shared.gate().lines if "position of the source" in line]
        assert told
        assert "by the sums of its rows" in told[0]
    shared.restart()
    with shared.busy():
        assert not shared.migration.dump().changed
        assert shared.migration.verify().equal
        assert shared.gate().changed


def test_where_nobody_wrote_the_log_is_the_proof(shared: Shared) -> None:
    shared.migration.all()
    assert shared.proof()["still_by"] == ("log" if shared.log else "sums")
    with shared.busy():
        assert shared.migration.verify().changed == shared.log  # the report says which proof it is
    assert shared.proof()["still_by"] == "sums"


def test_an_interrupted_dump_goes_on_beside_a_neighbour(shared: Shared) -> None:
    shared.migration.prepare().dump()
    manifest = shared.migration.run / "snapshot/small/manifest.json"
    assert json.loads(manifest.read_text("utf-8"))["complete"]
    with shared.busy():
        shared.write("UPDATE part SET weight = 11 WHERE weight = 10")
        with pytest.raises(SourceMoved, match=rf"{shared.database}\.part") as told:
            shared.migration.dump()
        assert told.value.details["tables"] == [f"{shared.database}.part"]
        shared.migration.dump(restart=True)
        shared.migration.load()
        assert shared.migration.verify().equal


# --- whatever is written to a table of ours ---------------------------------------------------------------


def update(shared: Shared) -> None:
    shared.write("UPDATE part SET weight = 11 WHERE weight = 10")


def update_unlogged(shared: Shared) -> None:
    shared.write("SET sql_log_bin = 0", "UPDATE part SET weight = 11 WHERE weight = 10")


def update_and_restart(shared: Shared) -> None:
    update(shared)
    shared.restart()


def write_and_revert(shared: Shared) -> None:
    update(shared)
    shared.write("UPDATE part SET weight = 10 WHERE weight = 11")


def truncate(shared: Shared) -> None:
    shared.write("TRUNCATE part")


def truncate_after_a_restart(shared: Shared) -> None:
    shared.restart()
    truncate(shared)


def by_a_trigger(shared: Shared) -> None:
    places.ask(
        shared.source,
        shared.neighbour,
        "CREATE TRIGGER spills AFTER INSERT ON noise FOR EACH ROW "
        f"UPDATE {shared.database}.part SET weight = 11 WHERE weight = 10",
        "INSERT INTO noise (what) VALUES ('spilt')",
        "DROP TRIGGER spills",
    )


def by_an_event(shared: Shared) -> None:
    places.ask(
        shared.source,
        shared.neighbour,
        "SET GLOBAL event_scheduler = ON",
        "CREATE EVENT spills ON SCHEDULE AT CURRENT_TIMESTAMP DO "
        f"UPDATE {shared.database}.part SET weight = 11 WHERE weight = 10",
    )
    until = time.monotonic() + 30
    while not places.ask(shared.source, shared.database, "SELECT 1 FROM part WHERE weight = 11"):
        assert time.monotonic() < until
        time.sleep(0.1)
    places.ask(shared.source, None, "SET GLOBAL event_scheduler = OFF")


def by_a_cascade(shared: Shared) -> None:
    shared.write("DELETE FROM owner WHERE id = 1")


def made_anew(shared: Shared) -> None:
    rows = places.ask(shared.source, shared.database, "SELECT id, item_id, weight FROM part")
    made = places.ask(shared.source, shared.database, "SHOW CREATE TABLE part")[0][1]
    shared.write("DROP TABLE part", made, f"INSERT INTO part VALUES {', '.join(map(str, rows))}")


def swapped(shared: Shared) -> None:
    shared.write(
        "CREATE TABLE kept LIKE note",
        "INSERT INTO kept VALUES (1, 'another')",
        "RENAME TABLE note TO gone, kept TO note",
        "DROP TABLE gone",
    )


def altered(shared: Shared) -> None:
    shared.write("ALTER TABLE part ADD more int")


WRITES = {
    update: "part",
    update_unlogged: "part",
    update_and_restart: "part",
    write_and_revert: "part",
    truncate: "part",
    truncate_after_a_restart: "part",
    by_a_trigger: "part",
    by_an_event: "part",
    by_a_cascade: "pet",
    made_anew: "part",
    swapped: "note",
    altered: "part",
}
MORE_SOURCE = (
    "CREATE TABLE owner (id int NOT NULL PRIMARY KEY)",
    "CREATE TABLE pet (id int NOT NULL PRIMARY KEY, owner_id int NOT NULL,"
    " FOREIGN KEY (owner_id) REFERENCES owner (id) ON DELETE CASCADE)",
    "CREATE TABLE note (id int NOT NULL PRIMARY KEY, words varchar(20) NOT NULL)",
    "INSERT INTO owner VALUES (1), (2)",
    "INSERT INTO pet VALUES (1, 1), (2, 2)",
    "INSERT INTO note VALUES (1, 'one')",
)
MORE_TARGET = (
    "CREATE TABLE owner (id integer PRIMARY KEY)",
    "CREATE TABLE pet (id integer PRIMARY KEY, owner_id integer NOT NULL REFERENCES owner ON DELETE CASCADE)",
    "CREATE TABLE note (id integer PRIMARY KEY, words varchar(20) NOT NULL)",
)


@pytest.fixture
def more(shared: Shared) -> Shared:
    """With tables of which one hangs on the other."""
    places.ask(shared.source, shared.database, *MORE_SOURCE)
    places.ask(shared.migration.target, shared.migration.moves[0].target, *MORE_TARGET)
    time.sleep(SECOND)
    return shared


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_write_to_a_table_of_ours_is_found_and_named_beside_a_neighbour(more: Shared, write: Any) -> None:
    with more.busy():
        more.migration.all()
    write(more)
    with more.busy():
        with pytest.raises(GateRefused) as told:
            more.gate()
        with pytest.raises(ConvergenceError, match=WRITES[write]):
            more.migration.verify()
    refused = told.value.details["refused"]
    assert [one for one in refused if f"{more.database}.{WRITES[write]}" in one], refused


@contextlib.contextmanager
def begun_before(shared: Shared, before: str, later: str) -> Iterator[Any]:
    """A transaction that began in the second of the last write, and writes when it is told to.

    MariaDB notes when a transaction began as the time of its writes: such a one leaves no trace there.
    """
    while time.time() % 1 > 0.3:
        time.sleep(0.01)
    with places.session(shared.source, shared.database) as connection, connection.cursor() as cursor:
        cursor.execute("START TRANSACTION")
        cursor.execute("SELECT * FROM note")
        shared.write(before)

        def commit() -> None:
            cursor.execute(later)
            cursor.execute("COMMIT")

        yield commit


BEFORE = "UPDATE part SET weight = 21 WHERE id = 2"
LATER = "UPDATE part SET weight = 11 WHERE id = 1"


def test_a_transaction_that_began_before_the_proof_and_ended_after_it_is_found(more: Shared) -> None:
    with begun_before(more, BEFORE, LATER) as commit:
        with more.busy():
            more.migration.all()
        commit()
    with more.busy():
        with pytest.raises(GateRefused, match=rf"{more.database}\.part"):
            more.gate()
        with pytest.raises(ConvergenceError, match="part"):
            more.migration.verify()


def test_a_transaction_that_ends_while_a_proof_works_is_after_its_one_moment(
    more: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All readers see the moment before it, and the gate finds it; MySQL's update time tells of it at once."""
    with begun_before(more, BEFORE, LATER) as commit, more.busy():
        more.migration.prepare().dump()
        more.migration.load()
        while_it_works(monkeypatch, commit)
        if more.source.kind == "mariadb":
            assert more.migration.verify(workers=3).equal
        else:
            with pytest.raises(SourceMoved, match=rf"{more.database}\.part"):
                more.migration.verify(workers=3)
    if more.source.kind == "mariadb":
        with pytest.raises(GateRefused, match=rf"{more.database}\.part"):
            more.gate()


def test_a_write_while_a_proof_works_is_found_before_its_end(
    more: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    with more.busy():
        more.migration.prepare().dump()
        more.migration.load()
        while_it_works(monkeypatch, lambda: update(more))
        with pytest.raises(SourceMoved, match=rf"{more.database}\.part"):
            more.migration.verify(workers=3)


def while_it_works(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    """Once a verification has opened its readers, and before any of them sums a row."""
    original, waiting = sums.page_ranges, [do]

    def wrapped(*args: Any) -> Any:
        if waiting:
            waiting.pop()()
        return original(*args)

    monkeypatch.setattr(sums, "page_ranges", wrapped)


# --- an account that may not lock tables ------------------------------------------------------------------


def test_without_locks_a_dump_beside_a_neighbour_asks_for_them_and_a_proof_says_so(shared: Shared) -> None:
    migration = shared.migration
    migration.source = accounts.source_account(shared.source, shared.database, "LOCK TABLES")
    migration.prepare()
    if shared.log:
        with shared.busy(), pytest.raises(SourceMoved, match="Grant LOCK TABLES"):
            migration.dump()
    migration.dump()
    migration.load()
    with shared.busy():
        assert migration.verify().equal
    assert shared.proof()["still_by"] == "sums of parts"


# --- said before ----------------------------------------------------------------------------------------


def test_preflight_says_that_other_databases_are_written_to(shared: Shared) -> None:
    time.sleep(SECOND)
    login, run = shared.migration.source_login, str(shared.migration.run)
    quiet = source_readiness(login, [shared.database], run, 2)
    assert not [one for one in quiet.notices if "ther databases" in one]
    with shared.busy():
        found = source_readiness(login, [shared.database], run, 2)
    assert found.problems == []
    assert bool([one for one in found.notices if "ther databases" in one]) == shared.log
