# SPDX-License-Identifier: GPL-3.0-or-later
"""What the source cannot judge is listed; a trial puts it to the target, and leaves nothing behind there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound
from ansible_collections.alkemio.convergence.plugins.module_utils._move import trial
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import (
    connection as postgresql_connection,
)

from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("D")

BOOKINGS = (
    "CREATE TABLE booking (id int NOT NULL PRIMARY KEY, room int NOT NULL, starts int NOT NULL, ends int NOT NULL)",
    "INSERT INTO booking VALUES (1, 1, 10, 12), (2, 1, 11, 13), (3, 2, 11, 13)",
)
EXCLUSION = (
    "CREATE TABLE booking (id integer PRIMARY KEY, room integer NOT NULL, starts integer NOT NULL,"
    " ends integer NOT NULL, CONSTRAINT no_overlap EXCLUDE USING gist"
    " (int4range(room, room, '[]') WITH &&, int4range(starts, ends) WITH &&))",
)
AGES = (
    "CREATE TABLE meta (id int NOT NULL PRIMARY KEY, age varchar(10) NOT NULL)",
    "INSERT INTO meta VALUES (1, '36'), (2, 'unknown'), (3, '40')",
)
COMPUTED = (
    "CREATE TABLE meta (id integer PRIMARY KEY, age varchar(10) NOT NULL,"
    " years integer GENERATED ALWAYS AS (age::integer) STORED)",
)
WORDS = (
    "CREATE TABLE word (id int NOT NULL PRIMARY KEY, word varchar(20) COLLATE utf8mb4_bin NOT NULL)",
    "INSERT INTO word VALUES (1, 'Résumé'), (2, 'resume'), (3, 'other')",
)
FOLDED = (
    "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
    "CREATE TABLE word (id integer PRIMARY KEY, word text COLLATE folding NOT NULL UNIQUE)",
)
DIVIDED = ("CREATE TABLE word (id integer PRIMARY KEY, word text NOT NULL CHECK (100 / (id - 2) > 0))",)
OUTSIDE = (
    "CREATE TABLE other (word text PRIMARY KEY)",
    "INSERT INTO other VALUES ('other'), ('resume')",
    "CREATE TABLE word (id integer PRIMARY KEY, word text NOT NULL REFERENCES other (word))",
)
HASHED = (
    "CREATE TABLE word (id integer PRIMARY KEY, word text NOT NULL) PARTITION BY HASH (id)",
    "CREATE TABLE word_0 PARTITION OF word FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
)
CASES: dict[str, tuple[Any, Any, str, str | None]] = {
    "an exclusion constraint": (BOOKINGS, EXCLUSION, "no_overlap", "id=2"),
    "a computed column": (AGES, COMPUTED, "years", "id=2"),
    "a collation that folds": (WORDS, FOLDED, "word_word_key", "id=2"),
    "a division": (WORDS, DIVIDED, "word_id_check", "id=1"),
    "a key to a table outside the plan": (WORDS, OUTSIDE, "word_word_fkey", "id=1"),
    "partitions by hash": (WORDS, HASHED, "its partitions", None),
}


@pytest.fixture(params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def prepared(source: Server, target: Server, folder: Path, case: str) -> Migration:
    left, right, _name, _row = CASES[case]
    run = small.pair(source, target, folder, left, right)
    if case == "a key to a table outside the plan":
        run.moves = [
            type(run.moves[0])(run.moves[0].name, run.moves[0].source, run.moves[0].target, "outside")
        ]
        run.profiles = {"outside": {"skip_tables": ["other"]}}
    return run.prepare()


def everything(run: Migration) -> list[tuple[Any, ...]]:
    """All objects of the target and where its sequences stand."""
    return places.ask(
        run.target,
        run.moves[0].target,
        "SELECT relname, relkind::text FROM pg_class WHERE relnamespace > 16384 OR relnamespace = 2200 "
        "UNION ALL SELECT nspname, 'schema' FROM pg_namespace WHERE oid > 16384 ORDER BY 1, 2",
    )


@pytest.mark.parametrize("case", CASES)
def test_it_is_listed_with_its_definition_and_a_full_trial_names_the_row(
    source: Server, postgresql: Server, tmp_path: Path, case: str
) -> None:
    run = prepared(source, postgresql, tmp_path, case)
    _left, _right, name, row = CASES[case]
    listed = run.dump(check=True).untested
    assert [one.name for one in listed if one.name == name] == [name], listed
    before = everything(run)
    with pytest.raises(MisfitsFound) as refused:
        run.dump(trial="full", target=run.target_login)
    misfits = refused.value.details["misfits"]
    assert {misfit["class"] for misfit in misfits} == {"refused_in_trial"}
    assert name in {misfit["column"] for misfit in misfits}
    assert row is None or row in [key for misfit in misfits for key in misfit["examples"]]
    assert [one for one in refused.value.details["untested"] if one["name"] == name] == []
    assert everything(run) == before


def test_good_rows_become_tested(source: Server, postgresql: Server, tmp_path: Path) -> None:
    run = prepared(source, postgresql, tmp_path, "a computed column")
    places.ask(source, run.moves[0].source, "UPDATE meta SET age = '0' WHERE id = 2")
    assert [one.name for one in run.dump(check=True).untested] == ["years"]
    assert run.dump(trial="full", target=run.target_login).untested == ()
    run.load()
    assert run.verify().equal


def test_a_sample_finds_what_is_in_it_and_calls_nothing_tested_that_it_did_not_try(
    source: Server, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "SAMPLE", 1)
    run = prepared(source, postgresql, tmp_path, "a computed column")
    places.ask(source, run.moves[0].source, "DELETE FROM meta WHERE id = 2")
    (one,) = run.dump(check=True, trial="sample", target=run.target_login).untested
    assert one.name == "years"
    assert "only 1 rows were tried" in one.why


def test_what_a_trial_makes_is_gone_with_its_transaction(
    source: Server, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporary tables would go with the session anyway: the session is held open past the trial's end."""
    run = prepared(source, postgresql, tmp_path, "a computed column")
    places.ask(source, run.moves[0].source, "DELETE FROM meta WHERE id = 2")
    kept: list[Any] = []
    open_session = postgresql_connection.connect

    def connect(*words: Any, **more: Any) -> Any:
        session = open_session(*words, **more)
        kept.append(session)
        monkeypatch.setattr(session, "close", lambda: None)
        return session

    monkeypatch.setattr(postgresql_connection, "connect", connect)
    assert run.dump(check=True, trial="full", target=run.target_login).untested == ()
    (session,) = kept
    left = session.execute("SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()").fetchall()
    monkeypatch.undo()
    session.close()
    assert left == []
