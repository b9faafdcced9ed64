# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed anywhere, cut in any way, read by however many: the same end and the same evidence."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import DamagedSnapshot, SourceMoved

from tests.engine.conftest import Family, Fresh
from tests.engine.test_main_job import versions_of_rows
from tests.support.engine import places
from tests.support.engine.aim import Place, kill_at
from tests.support.engine.comparison import compare
from tests.support.engine.migration import Migration

CHUNK = 40_000  # bytes, so that larger tables of the tiny platform have several


@pytest.fixture(scope="module")
def undisturbed(family: Family, fresh: Fresh) -> str:
    """The evidence of a run that nobody disturbed."""
    evidence: str = fresh(family).all().report["evidence_hash"]
    return evidence


def has_chunk_files(migration: Migration, number: int) -> bool:
    return len(list(migration.run.glob("snapshot/*/*.copy.zst"))) >= number


def kill_when(migration: Migration, verb: str, reached: Callable[[], bool], **options: int) -> None:
    """Start a verb and kill it at that moment, which has to come before its end."""
    process = migration.start(verb, workers=2, **options)
    while process.poll() is None and not reached():
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL, process.stderr and process.stderr.read()


@pytest.mark.parametrize("family", ["mariadb", pytest.param("mysql", marks=pytest.mark.long)], indirect=True)
def test_a_dump_killed_at_several_moments_ends_the_same(
    family: Family, fresh: Fresh, undisturbed: str
) -> None:
    migration = fresh(family).prepare()
    for files in (1, 40, 90):
        kill_when(migration, "dump", partial(has_chunk_files, migration, files), chunk_bytes=CHUNK)
    outcome = migration.dump(chunk_bytes=CHUNK)
    assert sum(found.chunks for found in outcome.manifests) > 110
    assert not migration.dump(chunk_bytes=CHUNK).changed
    migration.load()
    assert migration.verify().report["evidence_hash"] == undisturbed


# The rehearsal waits for whiteboard when it has taken account; the load gets account after us.
LOAD: Sequence[Place] = (
    Place("rehearsing", "LOCK TABLE whiteboard IN ACCESS SHARE MODE"),
    Place("nothing off yet", "LOCK TABLE account IN ACCESS SHARE MODE"),
    Place("no chunk yet", "LOCK TABLE convergence.chunk IN SHARE MODE"),
    Place("some chunks", "LOCK TABLE platform IN SHARE MODE"),
    Place("some indexes back", "LOCK TABLE whiteboard IN ROW EXCLUSIVE MODE"),
    Place(
        "foreign keys half done",
        "SELECT FROM convergence.object WHERE kind = 'foreign key' AND table_name LIKE '%.whiteboard' FOR UPDATE",
    ),
    Place("rebuilt but not noted", "SELECT FROM convergence.run FOR UPDATE"),
)
STATE = (
    "SELECT state, (SELECT count(*) FROM convergence.chunk),"
    " (SELECT count(*) FROM convergence.object WHERE kind = 'index'),"
    " (SELECT count(*) FROM convergence.object WHERE state = 'not validated') FROM convergence.run"
)
REACHED: dict[str, Callable[[str, int, int, int], bool]] = {
    "nothing off yet": lambda state, chunks, indexes, half: (state, chunks, indexes) == ("emptied", 0, 0),
    "no chunk yet": lambda state, chunks, indexes, half: state == "emptied" and chunks == 0 and indexes > 200,
    "some chunks": lambda state, chunks, indexes, half: state == "emptied" and chunks > 0,
    "some indexes back": lambda state, chunks, indexes, half: state == "loaded" and 0 < indexes < 200,
    "foreign keys half done": lambda state, chunks, indexes, half: (
        (state, indexes) == ("loaded", 0) and half > 10
    ),
    "rebuilt but not noted": lambda state, chunks, indexes, half: (state, indexes, half) == ("loaded", 0, 0),
}


@pytest.mark.long
@pytest.mark.fault("D2")
@pytest.mark.parametrize("family", ["mariadb"], indirect=True)
def test_a_load_killed_at_several_moments_ends_the_same(
    family: Family, fresh: Fresh, undisturbed: str
) -> None:
    migration = fresh(family).prepare()
    migration.dump(chunk_bytes=CHUNK)
    database = migration.move("alkemio").target
    for place in LOAD[1:]:
        # What the kill before left done is not waited for again, so that its lock can be taken at the start.
        way = LOAD[:2] if place is LOAD[1] else (place,)
        kill_at(migration.target, database, way, partial(migration.start, "load", workers=2))
        reached = places.ask(migration.target, database, STATE)[0]
        assert REACHED[place.name](*reached), (place.name, reached)
    migration.load()
    assert migration.verify().report["evidence_hash"] == undisturbed
    for move in migration.moves:
        assert compare(migration.source, migration.target, move).differences == []
        assert places.ask(migration.target, move.target, "SELECT count(*) FROM convergence.object") == [(0,)]
    before = versions_of_rows(migration)
    assert not migration.load().changed
    assert versions_of_rows(migration) == before


@pytest.mark.parametrize("family", ["mariadb"], indirect=True)
@pytest.mark.parametrize(
    ("workers", "chunk_bytes"), [(3, 200_000), pytest.param(1, 20_000, marks=pytest.mark.long)]
)
def test_workers_and_chunks_leave_no_trace_in_the_evidence(
    family: Family, fresh: Fresh, undisturbed: str, workers: int, chunk_bytes: int
) -> None:
    migration = fresh(family).prepare()
    migration.dump(workers=workers, chunk_bytes=chunk_bytes)
    migration.load(workers=workers)
    assert migration.verify(workers=workers).report["evidence_hash"] == undisturbed


@pytest.mark.parametrize("damage", ["bit", "cut", "gone", "swapped"])
@pytest.mark.parametrize("family", ["mariadb"], indirect=True)
def test_a_damaged_chunk_is_named_before_its_first_row_is_loaded(
    family: Family, fresh: Fresh, damage: str
) -> None:
    migration = fresh(family, "kratos").prepare()
    migration.dump(chunk_bytes=CHUNK)
    first, second = sorted(
        migration.run.glob("snapshot/kratos/*.copy.zst"), key=lambda path: path.stat().st_size
    )[-2:]
    if damage == "bit":
        content = bytearray(first.read_bytes())
        content[len(content) // 2] ^= 4
        first.write_bytes(content)
    elif damage == "cut":
        first.write_bytes(first.read_bytes()[:-1])
    elif damage == "gone":
        first.unlink()
    else:
        one, other = first.read_bytes(), second.read_bytes()
        first.write_bytes(other)
        second.write_bytes(one)
    with pytest.raises(DamagedSnapshot, match=r"restart") as caught:
        migration.load()
    assert first.name in str(caught.value) or second.name in str(caught.value)


# --- sources that move ------------------------------------------------------------------------------------


@pytest.fixture
def own(family: Family, fresh: Fresh) -> Migration:
    """A migration of a Kratos database that the test may write to."""
    source = places.seeded_source(family.server, "kratos")
    return fresh(family, "kratos", kratos=source)


def write(migration: Migration) -> None:
    # Update times count whole seconds.
    time.sleep(1.1)
    places.ask(
        migration.source,
        migration.moves[0].source,
        "UPDATE identities SET state = 'inactive' ORDER BY id LIMIT 1",
    )


def test_a_write_between_dump_and_verification_is_refused(own: Migration) -> None:
    own.prepare().dump()
    own.load()
    assert own.verify().equal
    write(own)
    with pytest.raises(SourceMoved, match=r"identities|\(unknown\)"):
        own.verify()


def test_a_finished_dump_is_not_taken_for_a_source_that_has_moved(own: Migration) -> None:
    own.prepare().dump()
    write(own)
    with pytest.raises(SourceMoved, match=r"restart=true"):
        own.dump()
    assert own.dump(restart=True).changed
    own.load()
    assert own.verify().equal


def test_an_unfinished_dump_of_a_source_that_moved_begins_anew(own: Migration) -> None:
    own.prepare()
    kill_when(own, "dump", partial(has_chunk_files, own, 10), chunk_bytes=CHUNK)
    write(own)
    own.dump()
    own.load()
    assert own.verify().equal
    assert compare(own.source, own.target, own.moves[0]).differences == []


def test_live_mode_proves_a_moment_while_a_writer_goes_on(own: Migration) -> None:
    own.prepare()
    stop = threading.Event()
    written = 0

    def writer() -> None:
        nonlocal written
        with places.session(own.source, own.moves[0].source) as connection:
            cursor = connection.cursor()
            while not stop.is_set():
                # Whole transactions over two tables: a torn view would show one half.
                cursor.execute("START TRANSACTION")
                cursor.execute("UPDATE identities SET state_changed_at = NOW() ORDER BY RAND() LIMIT 1")
                cursor.execute(
                    "INSERT INTO courier_messages SELECT UUID(), type, status, body, subject, recipient, created_at,"
                    " updated_at, template_type, template_data, nid, send_count, channel FROM courier_messages LIMIT 1"
                )
                cursor.execute("COMMIT")
                written += 1

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        while not written:
            assert thread.is_alive()
            time.sleep(0.01)
        own.dump(mode="live", chunk_bytes=CHUNK)
        own.load()
        assert own.verify().equal
    finally:
        stop.set()
        thread.join()
    assert written > 1
