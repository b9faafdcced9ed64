# SPDX-License-Identifier: GPL-3.0-or-later
"""The claim of a chunk: its ledger row and its rows are one transaction, whoever comes twice and whenever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    DamagedSnapshot,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._move import chunk_in
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection, ledger
from ansible_collections.alkemio.convergence.plugins.module_utils._range import Range
from ansible_collections.alkemio.convergence.plugins.module_utils._run.chunks import ChunkWriter
from ansible_collections.alkemio.convergence.plugins.module_utils._run.manifest import Chunk, TableSnapshot

from tests.support.engine import places
from tests.support.servers.server import Server

# No key: a chunk that came twice would stand there twice, and nobody would complain.
TABLE = "CREATE TABLE log (n integer)"


@dataclass
class Ground:
    """A database with a ledger, a table without a key, and a chunk of three rows."""

    server: Server
    database: str
    table: TableSnapshot
    chunk: Chunk
    path: Path

    def session(self) -> Any:
        server = self.server
        login = PostgreSQLLogin(server.host, server.port, server.user, server.password)
        return connection.connect(login, self.database, "claim")

    def load(self, session: Any, chunk: Chunk | None = None) -> bool:
        return chunk_in.load_chunk(
            ledger.Ledger(session), "public", self.table, chunk or self.chunk, self.path
        )

    def rows(self) -> list[int]:
        return [row[0] for row in places.ask(self.server, self.database, "SELECT n FROM log ORDER BY n")]

    def claimed(self) -> int:
        return int(places.ask(self.server, self.database, "SELECT count(*) FROM convergence.chunk")[0][0])


@pytest.fixture
def ground(postgresql: Server, tmp_path: Path) -> Iterator[Ground]:
    database = places.new_target(postgresql, "claim")
    places.ask(postgresql, database, TABLE)
    writer = ChunkWriter(tmp_path / "0000-000000.copy.zst")
    writer.write(b"1\n2\n3\n")
    sha256 = writer.finish()
    chunk = Chunk(0, Range(), "0000-000000.copy.zst", 3, writer.bytes, writer.file_bytes, sha256)
    found = Ground(
        postgresql, database, TableSnapshot("log", "text", ["n"], [chunk]), chunk, tmp_path / chunk.file
    )
    with found.session() as session, connection.transaction(session):
        ledger.create(ledger.Ledger(session), "run", "plan")
    yield found
    places.drop(postgresql, database)


def test_a_chunk_in_the_ledger_is_not_loaded_again(ground: Ground) -> None:
    with ground.session() as session:
        assert ground.load(session)
        assert not ground.load(session)
    assert (ground.rows(), ground.claimed()) == ([1, 2, 3], 1)


def test_a_chunk_whose_commit_is_in_doubt_is_waited_for(ground: Ground) -> None:
    """As after a kill: the session of the dead run still has the transaction open, then it ends either way."""
    outcomes: list[bool] = []
    for ending in ("ROLLBACK", "COMMIT"):
        with ground.session() as dead, ground.session() as session:
            dead.execute("BEGIN")
            assert ledger.claim_chunk(ledger.Ledger(dead), "log", 0, ground.chunk.sha256, 3)
            if ending == "COMMIT":
                dead.execute("INSERT INTO public.log VALUES (1), (2), (3)")
            thread = threading.Thread(target=lambda s=session: outcomes.append(ground.load(s)))
            thread.start()
            thread.join(0.3)
            assert thread.is_alive(), "the chunk was loaded beside a session that had claimed it"
            dead.execute(ending)
            thread.join(30)
        assert (ground.rows(), ground.claimed()) == ([1, 2, 3], 1)
        places.ask(ground.server, ground.database, "TRUNCATE log", "TRUNCATE convergence.chunk")
    assert outcomes == [True, False]


def test_rows_and_ledger_go_together_when_the_count_is_not_that_of_the_manifest(ground: Ground) -> None:
    for rows in (2, 4):
        with ground.session() as session, pytest.raises(DamagedSnapshot, match=rf"3 rows.*{rows}"):
            ground.load(session, replace(ground.chunk, rows=rows))
        assert (ground.rows(), ground.claimed()) == ([], 0)


def test_rows_and_ledger_go_together_when_the_file_is_not_what_was_written(ground: Ground) -> None:
    with ground.session() as session, pytest.raises(ConvergenceError):
        ground.load(session, replace(ground.chunk, sha256="0" * 64))
    assert (ground.rows(), ground.claimed()) == ([], 0)
