# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that came, went or began anew on either side after the dump, where no log and no update time tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    ServerError,
    SourceMoved,
    TargetNotReady,
    VerifyFailed,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._prove import verify

from tests.engine.test_no_verdict import no_verdict_stands
from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A12")

LONE = "CREATE TABLE lone (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, word varchar(20) NOT NULL)"
WORDS = "INSERT INTO lone VALUES (1, 'one'), (2, 'two')"
SEEN = "CREATE VIEW seen AS SELECT id FROM lone"
SOURCE = (LONE, WORDS, SEEN)
TARGET = ("CREATE TABLE lone (id serial PRIMARY KEY, word varchar(20) NOT NULL)",)


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def migration(
    request: pytest.FixtureRequest, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    source = request.getfixturevalue(request.param)
    made = small.pair(source, postgresql, tmp_path_factory.mktemp("tables"), SOURCE, TARGET)
    made.all()
    yield made
    places.drop(source, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


@pytest.fixture(autouse=True)
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server keeps no log and has forgotten the times of updates, as after a restart."""
    monkeypatch.setattr(verify.moment, "moved", lambda *_positions: [])


def on_source(migration: Migration, *statements: str) -> None:
    places.ask(migration.source, migration.moves[0].source, *statements)


def on_target(migration: Migration, *statements: str) -> None:
    places.ask(migration.target, migration.moves[0].target, *statements)


@pytest.mark.parametrize(
    ("change", "undo", "error", "says"),
    [
        (["CREATE TABLE extra (id int)"], ["DROP TABLE extra"], SourceMoved, r"of the dump: extra came\."),
        (
            ["DROP VIEW seen", "CREATE TABLE seen (id int)"],
            ["DROP TABLE seen", SEEN],
            SourceMoved,
            r"of the dump: seen came\.",
        ),
        (["DROP TABLE lone"], [LONE, WORDS], SourceMoved, r"of the dump: lone went\."),
        (
            ["RENAME TABLE lone TO other"],
            ["RENAME TABLE other TO lone"],
            SourceMoved,
            r"of the dump: other came; lone went\.",
        ),
        (
            ["DROP TABLE lone", LONE.replace("20", "21"), WORDS],
            ["DROP TABLE lone", LONE, WORDS],
            SourceMoved,
            r"of the dump: lone were altered\.",
        ),
        (["TRUNCATE TABLE lone"], [WORDS], VerifyFailed, "lone: the row id=1 is unexpected"),
        (["DROP TABLE lone", LONE], [WORDS], VerifyFailed, "lone: the row id=1 is unexpected"),
        (
            ["INSERT INTO lone VALUES (9, 'nine')", "DELETE FROM lone WHERE id = 9"],
            ["ALTER TABLE lone AUTO_INCREMENT = 3"],
            VerifyFailed,
            "the sequence .*lone_id_seq.* 10",
        ),
    ],
    ids=["came", "view", "went", "renamed", "altered", "truncated", "made anew", "counter"],
)
def test_what_became_of_a_table_of_the_source_is_found(
    migration: Migration, change: list[str], undo: list[str], error: type[ConvergenceError], says: str
) -> None:
    on_source(migration, *change)
    try:
        with pytest.raises(error, match=says):
            migration.verify()
    finally:
        on_source(migration, *undo)
    assert migration.verify().equal


def test_a_database_of_the_source_that_was_made_anew(migration: Migration) -> None:
    """Without its rows it differs; with the same ones it is equal, since every value is there."""
    database = migration.moves[0].source
    places.ask(migration.source, None, f"DROP DATABASE {database}")
    with pytest.raises(ServerError, match="has no database"):
        migration.verify()
    assert no_verdict_stands(migration)
    places.ask(migration.source, None, f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    on_source(migration, LONE, SEEN)
    with pytest.raises(VerifyFailed, match="unexpected"):
        migration.verify()
    on_source(migration, WORDS)
    assert migration.verify().equal


def test_a_surplus_table_of_the_target_is_found(migration: Migration) -> None:
    on_target(migration, "CREATE TABLE surplus (id int)", "INSERT INTO surplus VALUES (1)")
    with pytest.raises(VerifyFailed, match="table surplus: it is new"):
        migration.verify()
    on_target(migration, "DROP TABLE surplus")
    assert migration.verify().equal


def test_a_database_of_the_target_that_was_made_anew(migration: Migration) -> None:
    database = migration.moves[0].target
    places.drop(migration.target, database)
    with pytest.raises(ServerError):
        migration.verify()
    places.ask(migration.target, None, f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'")
    on_target(migration, *TARGET, "INSERT INTO lone VALUES (1, 'one'), (2, 'two')")
    with pytest.raises(TargetNotReady, match="is not complete"):
        migration.verify()
    assert no_verdict_stands(migration)
    with pytest.raises(TargetNotReady, match="already holds rows in lone"):
        migration.load()


def test_a_table_that_came_while_a_source_goes_on_is_beyond_a_dump_in_mode_live(
    migration: Migration, tmp_path: Any
) -> None:
    """What is documented as not proved: a rehearsal is of the moment of its dump."""
    made = small.pair(migration.source, migration.target, tmp_path, SOURCE, TARGET).prepare()
    made.dump(mode="live")
    on_source(made, "CREATE TABLE extra (id int)", "INSERT INTO lone VALUES (3, 'three')")
    made.load()
    outcome = made.verify()
    assert outcome.equal
    assert outcome.report["proof"]["mode"] == "live"
    places.drop(made.source, made.moves[0].source)
    places.drop(made.target, made.moves[0].target)
