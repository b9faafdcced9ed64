# SPDX-License-Identifier: GPL-3.0-or-later
"""A frozen source that moves is found out, with and without a binary log; several readers see one moment."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pymysql
import pytest
import zstandard
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    InputError,
    SourceMoved,
    VerifyFailed,
)

from tests.support import servers
from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.engine.proxy import Proxy, Trap
from tests.support.engine.verb import Verb
from tests.support.servers.server import Server

_TABLES = ("account", "purse", "ledger")
_SMALL = {
    "mariadb": {"innodb_buffer_pool_size": "64M", "innodb_log_file_size": "16M"},
    "mysql": {"innodb_buffer_pool_size": "64M", "innodb_redo_log_capacity": "16M"},
}
_ROWS = 1500
# Not threads: the dump forks its readers, and a thread that begins a TLS session at that moment leaves them a lock that
# nobody opens.
_PROCESSES = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def target() -> Iterator[Server]:
    with servers.running("postgresql", {"shared_buffers": "64MB"}) as server:
        yield server


QUICK = ["mariadb with log", "mysql"]
LONG = ["mariadb with log", "mariadb", "mysql with log", "mysql"]


@pytest.fixture(scope="module", params=LONG if os.environ.get("FAULTS_LONG") else QUICK)
def source(request: pytest.FixtureRequest) -> Iterator[Server]:
    kind, _with, log = request.param.partition(" with ")
    without = {} if log else {"skip_log_bin": "1"}
    with servers.running(kind, {**_SMALL[kind], **without}) as server:
        assert bool(places.ask(server, None, "SELECT @@log_bin")[0][0]) == bool(log)
        yield server


@dataclass
class Frozen:
    """Two tables between which money moves, and one that nobody touches."""

    migration: Migration
    database: str
    proxy: Proxy
    source: Server
    """With the account that may write."""

    def write(self, statement: str = "UPDATE account SET balance = balance + 1 WHERE id = 7") -> None:
        places.ask(self.source, self.database, statement)

    def account(self, *grants: str) -> None:
        """Use an account with these privileges alone."""
        user = places.unique("reader")
        places.ask(
            self.source,
            None,
            f"CREATE USER {user} IDENTIFIED BY 'secret'",
            *(f"GRANT {grant} TO {user}" for grant in grants),
        )
        self.migration.source = replace(self.source, user=user, password="secret")

    def child(self, **more: Any) -> Verb:
        """A dump through the proxy."""
        server = self.migration.source
        login = {
            "host": "127.0.0.1",
            "port": self.proxy.port,
            "user": server.user,
            "password": server.password,
        }
        options = {"workers": 2, "chunk_bytes": 20_000, **more}
        run = str(self.migration.run)
        return Verb({"verb": "dump", "run_directory": run, "options": options, "source": login, "target": {}})


@pytest.fixture
def frozen(source: Server, target: Server, tmp_path: Path) -> Iterator[Frozen]:
    database = places.new_source(source)
    makers = [f"CREATE TABLE {name} (id int NOT NULL PRIMARY KEY, balance int NOT NULL)" for name in _TABLES]
    values = ", ".join(f"({number}, 100)" for number in range(_ROWS))
    places.ask(source, database, *makers, *(f"INSERT INTO {name} VALUES {values}" for name in _TABLES))
    wanted = places.new_target(target)
    for name in _TABLES:
        places.ask(target, wanted, f"CREATE TABLE {name} (id integer PRIMARY KEY, balance integer NOT NULL)")
    proxy = Proxy(source.host, source.port)
    migration = Migration(source, target, tmp_path / "run", [Move("bank", database, wanted)])
    found = Frozen(migration, database, proxy, source)
    migration.prepare()
    yield found
    proxy.close()
    places.drop(target, wanted)


def test_a_write_in_the_very_second_of_the_dump_is_found_before_verification(frozen: Frozen) -> None:
    frozen.write()
    frozen.migration.dump()
    frozen.write()
    frozen.migration.load()
    with pytest.raises(SourceMoved, match=r"\.account") as caught:
        frozen.migration.verify()
    assert caught.value.details["tables"] == [f"{frozen.database}.account"]


def test_an_account_that_sees_no_log_position_finds_the_write_as_well(frozen: Frozen) -> None:
    frozen.account(f"SELECT, LOCK TABLES ON {frozen.database}.*")
    frozen.migration.dump()
    frozen.write("DELETE FROM purse WHERE id = 3")
    with pytest.raises(SourceMoved, match=r"\.purse"):
        frozen.migration.dump()


def test_a_write_while_the_dump_reads_stops_it_and_names_the_table(frozen: Frozen) -> None:
    frozen.proxy.arm(None)
    assert frozen.child().wait().ok
    statement = "UPDATE purse SET balance = 5 WHERE id = 900"
    writer = threading.Thread(target=frozen.write, args=(statement,))

    def write() -> None:
        """The dump's statement waits for the write; not for ever, since a reader's lock may be in the way."""
        writer.start()
        writer.join(5)

    trap = Trap("up", frozen.proxy.pieces["up"] * 8 // 10, "pass", write)
    frozen.proxy.arm(trap)
    ending = frozen.child(restart=True).wait()
    assert trap.fired.is_set()
    writer.join()
    assert ending.error == "SourceMoved", ending
    assert f"{frozen.database}.purse" in ending.message
    again = frozen.child().wait()
    assert again.ok, again
    frozen.migration.load()
    assert frozen.migration.verify().equal


def test_chunks_of_before_a_write_are_not_kept(frozen: Frozen) -> None:
    left = frozen.migration.run / "snapshot/bank"
    child = frozen.child(chunk_bytes=4_000)
    while not list(left.glob("*.copy.zst")):
        assert child.process.poll() is None
    frozen.proxy.hold()
    assert not json.loads((left / "manifest.json").read_text("utf-8"))["complete"]
    child.kill()
    assert child.wait().killed
    frozen.proxy.release()
    frozen.write()
    frozen.write("INSERT INTO account VALUES (1000000, 1)")
    assert frozen.child().wait().ok
    frozen.migration.load()
    assert frozen.migration.verify().equal
    count = places.ask(
        frozen.migration.target, frozen.migration.moves[0].target, "SELECT count(*) FROM account"
    )
    assert count == [(_ROWS + 1,)]


@pytest.mark.parametrize("change", ["ADD note varchar(10)", "MODIFY balance bigint NOT NULL", "RENAME gone"])
def test_a_table_that_was_altered_is_named(frozen: Frozen, change: str) -> None:
    frozen.migration.dump()
    frozen.migration.load()
    frozen.write(f"ALTER TABLE account {change}")
    with pytest.raises(SourceMoved, match="account"):
        frozen.migration.verify()
    with pytest.raises(InputError, match="inspect"):
        frozen.migration.dump()


def test_a_restarted_source_is_no_moved_source(frozen: Frozen) -> None:
    frozen.migration.dump()
    frozen.migration.load()
    frozen.source.stop()
    frozen.source.start()
    assert not frozen.migration.dump().changed
    assert frozen.migration.verify().equal
    frozen.write("UPDATE purse SET balance = -1 WHERE id = 12")
    with pytest.raises((SourceMoved, VerifyFailed), match="purse"):
        frozen.migration.verify()


@pytest.mark.parametrize("grants", ["SELECT, LOCK TABLES ON {}.*", "SELECT ON {}.*|RELOAD ON *.*"])
def test_several_readers_see_one_moment_of_a_source_that_goes_on(frozen: Frozen, grants: str) -> None:
    granted = []
    for grant in grants.split("|"):
        granted.append(grant.format(frozen.database))
    frozen.account(*granted)
    stop = _PROCESSES.Event()
    writers = [_PROCESSES.Process(target=_transfer, args=(frozen, stop, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        for _number in range(5):
            frozen.migration.dump(workers=4, mode="live", chunk_bytes=20_000, restart=True)
            assert (
                sum(_balances(frozen.migration.run, name) for name in _TABLES) == len(_TABLES) * _ROWS * 100
            )
    finally:
        stop.set()
        for writer in writers:
            writer.join()


@pytest.mark.long
def test_an_account_that_may_not_lock_is_told_of_writers(frozen: Frozen) -> None:
    frozen.account(f"SELECT ON {frozen.database}.*")
    frozen.migration.dump()
    stop = _PROCESSES.Event()
    writer = _PROCESSES.Process(target=_transfer, args=(frozen, stop, 1))
    writer.start()
    try:
        with pytest.raises(SourceMoved, match="LOCK TABLES") as caught:
            for _number in range(20):
                frozen.migration.dump(workers=4, mode="live", restart=True)
        assert caught.value.details["tables"] or "its log says so" in str(caught.value)
    finally:
        stop.set()
        writer.join()


def _transfer(frozen: Frozen, stop: Event, number: int) -> None:
    """Take from one table and give to another, in one transaction, with a moment between."""
    dice = random.Random(number)
    with places.session(frozen.source, frozen.database) as connection, connection.cursor() as cursor:
        while not stop.is_set():
            one, other = dice.sample(_TABLES, 2)
            amount, key, place = dice.randint(1, 9), dice.randrange(_ROWS), dice.randrange(_ROWS)
            cursor.execute("START TRANSACTION")
            try:
                cursor.execute(f"UPDATE {one} SET balance = balance - {amount} WHERE id = {key}")
                time.sleep(0.002)
                cursor.execute(f"UPDATE {other} SET balance = balance + {amount} WHERE id = {place}")
                cursor.execute("COMMIT")
            except pymysql.err.OperationalError:  # the lock was asked for from the other side
                cursor.execute("ROLLBACK")


def _balances(run: Path, table: str) -> int:
    """The sum of a table's second column over its chunks, read as COPY's binary format."""
    manifest = json.loads((run / "snapshot/bank/manifest.json").read_text("utf-8"))
    total = 0
    for chunk in manifest["tables"][table]["chunks"]:
        path = run / "snapshot/bank" / chunk["file"]
        content = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
        assert content.startswith(b"PGCOPY\n\xff\r\n\0")
        for at in range(19, len(content) - 2, 18):
            total += struct.unpack_from("!hiiii", content, at)[4]
    return int(total)
