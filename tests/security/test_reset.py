# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back inside the tool: from every state of a load the target becomes what it was before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    InputError,
    ServerError,
    TargetNotReady,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move import reset as reset_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import ResetOutcome, reset
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import progress

from tests.security import shop
from tests.support.engine import aim, places, state, zoo
from tests.support.engine.aim import Place
from tests.support.engine.migration import Migration, Move
from tests.support.engine.verb import Verb
from tests.support.servers.server import Server

# Rows that a fresh target already has, a sequence that has been used, triggers in three states, partitions.
_SEEDS = (
    "INSERT INTO log VALUES ('seed', 9), ('seed', NULL)",
    "INSERT INTO parent (name) VALUES ('first'), ('second')",
    "UPDATE parent SET boss = 1",
    "INSERT INTO event VALUES (1, '2020-01-01', 'old'), (2, '2025-01-01', NULL)",
    "SELECT nextval('child_id_seq'), nextval('child_id_seq')",
)
# Each lock can be taken while the verb waits at the place before, or when its rehearsal lets go of the table.
LOAD: Sequence[Place] = (
    Place("rehearsing", "LOCK TABLE log IN ACCESS SHARE MODE"),
    Place("taking off", "LOCK TABLE child IN ACCESS SHARE MODE"),
    Place("copying", "LOCK TABLE convergence.chunk IN SHARE MODE"),
    Place("building indexes", "LOCK TABLE log IN ROW EXCLUSIVE MODE"),
    Place("finishing", "SELECT FROM convergence.run FOR UPDATE"),
)
RESET: Sequence[Place] = (
    Place("emptying", "LOCK TABLE log IN ACCESS SHARE MODE"),
    Place("putting keys back", "LOCK TABLE child IN ROW EXCLUSIVE MODE"),
    Place("dropping the ledger", "LOCK TABLE convergence.filled IN ACCESS SHARE MODE"),
)
ZOO: dict[str, Any] = {"name": "zoo", "seed_tables": ["log", "parent", "event"]}


@dataclass
class Held:
    """Two moves in one run directory, and what their targets held before."""

    migration: Migration
    before: list[Any]

    def now(self) -> list[Any]:
        """Rows, everything on them, sequences."""
        target = self.migration.target
        return [
            [state.rows(target, name), state.catalog(target, name), exact_sequences(target, name)]
            for name in (move.target for move in self.migration.moves)
        ]

    def reset(self, *, confirm: bool = True, check: bool = False, accept: bool = False) -> ResetOutcome:
        run = str(self.migration.run)
        return reset(self.migration.target_login, run, confirm=confirm, accept_loss=accept, check=check)

    def child(self, verb: str, **options: Any) -> Verb:
        migration = self.migration
        logins = {"source": asdict(migration.source_login), "target": asdict(migration.target_login)}
        return Verb({"verb": verb, "run_directory": str(migration.run), "options": options, **logins})

    def assert_as_before(self) -> None:
        found = [
            line for old, new in zip(self.before, self.now(), strict=True) for line in differences(old, new)
        ]
        assert found == []
        assert [self.ledger(move.target) for move in self.migration.moves] == [False, False]

    def ledger(self, database: str) -> bool:
        rows = places.ask(
            self.migration.target, database, "SELECT to_regnamespace('convergence') IS NOT NULL"
        )
        return bool(rows[0][0])


def differences(old: list[Any], new: list[Any]) -> list[str]:
    names = ("rows", "catalog", "sequences")
    return [
        line for name, a, b in zip(names, old, new, strict=True) for line in state.differences(name, a, b)
    ]


def exact_sequences(server: Server, database: str) -> list[tuple[Any, ...]]:
    names = places.ask(server, database, "SELECT format('%I', sequencename) FROM pg_sequences ORDER BY 1")
    return [
        (name, *places.ask(server, database, f"SELECT last_value, is_called FROM {name}")[0])
        for (name,) in names
    ]


@pytest.fixture(scope="module")
def template(postgresql: Server) -> str:
    name = places.new_target(postgresql, "zoo_template")
    with places.session(postgresql, name) as connection:
        zoo.create_target(connection)
        for statement in _SEEDS:
            connection.execute(statement)
    return name


@pytest.fixture(scope="module")
def zoo_source(mariadb: Server) -> str:
    name = places.new_source(mariadb, "zoo")
    with places.session(mariadb, name) as connection:
        zoo.create_source(connection, 0.001)
    return name


@pytest.fixture(scope="module")
def dumped(
    mariadb: Server,
    postgresql: Server,
    template: str,
    zoo_source: str,
    shop_source: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Held]:
    targets = [places.new_target(postgresql, "zoo", template), shop.new_target(postgresql)]
    moves = [Move("zoo", zoo_source, targets[0], "zoo"), Move("shop", shop_source, targets[1], "shop")]
    profiles = {"zoo": ZOO, "shop": shop.PROFILE}
    run = tmp_path_factory.mktemp("reset") / "run"
    migration = Migration(mariadb, postgresql, run, moves, profiles).prepare()
    found = Held(migration, [])
    found.before = found.now()
    migration.dump(chunk_bytes=40_000)
    yield found
    places.drop(postgresql, *targets)


@pytest.fixture
def held(dumped: Held) -> Iterator[Held]:
    """What every test finds, since every one ends with a reset."""
    yield Held(replace(dumped.migration), dumped.before)
    dumped.reset(accept=True)


def test_a_finished_load_is_taken_back_and_can_be_done_again(held: Held) -> None:
    held.migration.load()
    evidence = held.migration.verify().report["evidence_hash"]
    foreseen = held.reset(confirm=False, check=True)
    assert foreseen.changed
    assert len(foreseen.databases) == 2
    with pytest.raises(
        InputError, match=r"A reset empties 6 tables with \d+ loaded rows in zoo_.* confirm=true"
    ):
        held.reset(confirm=False)
    assert held.migration.verify().report["evidence_hash"] == evidence

    outcome = held.reset()
    assert outcome.changed
    assert [entry["kept_rows"] for entry in outcome.databases] == [6, 2]
    held.assert_as_before()
    assert progress.info(str(held.migration.run)).state == "dumped"
    assert not (held.migration.run / "report.json").exists()

    again = held.reset(confirm=False)
    assert (again.changed, again.databases, again.actions) == (False, (), ())
    held.migration.load()
    assert held.migration.verify().report["evidence_hash"] == evidence


def test_the_source_is_not_even_asked(held: Held) -> None:
    held.migration.load()
    held.migration.source = None  # type: ignore[assignment]
    assert held.reset().changed
    held.assert_as_before()


@pytest.mark.fault("D2")
@pytest.mark.parametrize(
    ("place", "state", "chunks"),
    [
        ("taking off", "emptied", False),
        ("copying", "emptied", False),
        ("building indexes", "loaded", True),
        ("finishing", "loaded", True),
    ],
)
def test_a_load_killed_at_a_known_place_is_taken_back(
    held: Held, place: str, state: str, chunks: bool
) -> None:
    server, database = held.migration.target, held.migration.moves[0].target
    aim.kill_at(server, database, aim.upto(LOAD, place), lambda: held.child("load", workers=2).process)
    found = {entry["name"]: entry for entry in held.reset().databases}[database]
    assert (found["state"], found["loaded_rows"] > 0) == (state, chunks)
    held.assert_as_before()


@pytest.mark.fault("D2")
def test_a_load_killed_in_its_rehearsal_has_changed_nothing(held: Held) -> None:
    server, database = held.migration.target, held.migration.moves[0].target
    aim.kill_at(
        server,
        database,
        aim.upto(LOAD, "rehearsing"),
        lambda: held.child("load", workers=2).process,
    )
    assert held.reset(confirm=False).databases == ()
    held.assert_as_before()


@pytest.mark.fault("D2")
@pytest.mark.parametrize("place", [place.name for place in RESET])
def test_a_reset_killed_at_a_known_place_goes_on_with_the_same_command(held: Held, place: str) -> None:
    held.migration.load()
    server, database = held.migration.target, held.migration.moves[0].target
    aim.kill_at(server, database, aim.upto(RESET, place), lambda: held.child("reset", confirm=True).process)
    assert places.ask(server, database, "SELECT state FROM convergence.run") == [("resetting",)]
    assert places.ask(server, database, "SELECT count(*) FROM child") == [(0,)]
    left = places.ask(server, database, "SELECT count(*) FROM parent")[0][0]
    assert (left > 2) == (place == "emptying")
    held.reset()
    held.assert_as_before()


def test_a_reset_that_was_stopped_keeps_every_other_step_away(held: Held) -> None:
    held.migration.load()
    database = held.migration.moves[1].target
    places.ask(held.migration.target, database, "UPDATE convergence.run SET state = 'resetting'")
    for step in (held.migration.load, held.migration.verify):
        with pytest.raises(
            TargetNotReady, match=r"A reset of the target database .* has begun and not ended"
        ):
            step()
    held.reset()
    held.assert_as_before()


def test_a_row_of_another_table_that_needs_a_loaded_one_stops_the_reset_at_its_key(held: Held) -> None:
    held.migration.load()
    database = held.migration.moves[1].target
    places.ask(held.migration.target, database, "INSERT INTO setting (name) VALUES ('new')")
    places.ask(held.migration.target, database, "INSERT INTO marker SELECT max(id) FROM setting")
    with pytest.raises(
        ServerError, match=r"marker_setting .*correct the cause and run the same command again"
    ):
        held.reset(accept=True)
    places.ask(held.migration.target, database, "DELETE FROM marker WHERE setting > 2")
    held.reset()
    held.assert_as_before()


def test_another_runs_load_is_not_touched(held: Held, tmp_path: Path) -> None:
    held.migration.load()
    other = Migration(
        held.migration.source,
        held.migration.target,
        tmp_path / "other",
        held.migration.moves,
        held.migration.profiles,
    )
    other.inspect()
    with pytest.raises(TargetNotReady, match="holds the ledger of another run"):
        reset(other.target_login, str(other.run), confirm=True)
    assert held.migration.verify().equal


def test_a_target_that_was_never_loaded_needs_nothing(held: Held) -> None:
    assert not held.reset(confirm=False).changed
    with pytest.raises(ConvergenceError):
        reset(held.migration.target_login, str(held.migration.run) + "-none", confirm=True)


@pytest.mark.fault("B4")
def test_seed_rows_that_do_not_all_come_back_stop_the_reset(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a trigger that somebody makes after the reset has disabled those that it found."""
    held.migration.load()
    target, database = held.migration.target, held.migration.moves[0].target
    places.ask(
        target,
        database,
        "CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER keep_out BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION keep_out()",
    )
    with monkeypatch.context() as patch:
        patch.setattr(reset_verb.rebuild, "take_off", lambda *_arguments, **_options: 0)
        with pytest.raises(
            TargetNotReady, match=r"Of the 2 rows that event held before the load only 0 came back"
        ):
            held.reset()
    places.ask(target, database, "DROP FUNCTION keep_out() CASCADE")
    held.reset()
    held.assert_as_before()


@pytest.mark.fault("B4")
def test_what_was_written_since_the_load_is_counted_and_kept(held: Held) -> None:
    held.migration.load()
    target, database = held.migration.target, held.migration.moves[1].target
    places.ask(
        target,
        database,
        "INSERT INTO customer (email) SELECT 'new' || n FROM generate_series(1, 748) n",
        "UPDATE purchase SET total = 0 WHERE id <= 3",
        "DELETE FROM purchase WHERE id = 300",
    )
    for options in ({}, {"check": True}, {"confirm": False, "check": True}):
        with pytest.raises(InputError, match=r"migration_reset_accept_loss") as told:
            held.reset(**options)
        assert f"{database}.customer: 748 rows added or changed, 0 changed or deleted" in str(told.value)
        assert f"{database}.purchase: 3 rows added or changed, 4 changed or deleted" in str(told.value)
    assert places.ask(target, database, "SELECT count(*) FROM customer") == [(1048,)]
    with pytest.raises(InputError, match=r"was not confirmed\. The target holds what the load did not bring"):
        held.reset(confirm=False, accept=True)
    held.reset(accept=True)
    held.assert_as_before()


@pytest.mark.fault("B4")
@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE purchase", "DELETE FROM setting WHERE id = 1", "UPDATE event SET kind = kind WHERE id = 1"],
)
def test_rows_that_were_changed_or_are_gone_since_the_load_are_loss_too(held: Held, statement: str) -> None:
    held.migration.load()
    # The event is one of a partitioned table.
    database = held.migration.moves[0 if "event" in statement else 1].target
    places.ask(held.migration.target, database, statement)
    with pytest.raises(InputError, match="A reset would lose rows, and nothing was changed"):
        held.reset()


@pytest.mark.fault("B4")
def test_a_row_that_comes_while_it_resets_is_not_lost(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    held.migration.load()
    target, database = held.migration.target, held.migration.moves[1].target
    refuse = reset_verb._Reset.refuse_loss

    def late(job: Any) -> None:
        """Everything was counted by then."""
        refuse(job)
        places.ask(target, database, "INSERT INTO purchase (customer, total) VALUES (1, 5)")

    monkeypatch.setattr(reset_verb._Reset, "refuse_loss", late)
    with pytest.raises(TargetNotReady, match=r"Somebody writes to .*purchase: 1 rows added"):
        held.reset()
    assert places.ask(target, database, "SELECT count(*) FROM purchase") == [(301,)]
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"purchase: 1 rows added or changed"):
        held.reset()
    held.reset(accept=True)
    held.assert_as_before()


@pytest.mark.fault("B4")
def test_rows_of_somebody_else_in_a_half_done_load_are_loss(held: Held) -> None:
    held.migration.load()
    target, database = held.migration.target, held.migration.moves[1].target
    places.ask(target, database, "UPDATE convergence.run SET state = 'loaded'")
    assert held.reset(confirm=False, check=True).changed
    places.ask(target, database, "INSERT INTO purchase (customer, total) VALUES (1, 5)")
    with pytest.raises(InputError, match=r"purchase: 1 rows added or changed"):
        held.reset()


def test_tables_that_the_application_changed_later_are_left_alone(held: Held) -> None:
    held.migration.load()
    database = held.migration.moves[1].target
    places.ask(held.migration.target, database, "ALTER TABLE purchase ADD COLUMN note text")
    with pytest.raises(TargetNotReady, match=r"purchase: column .* Nothing was reset"):
        held.reset()
    assert places.ask(held.migration.target, database, "SELECT count(*) FROM purchase") == [(300,)]
    places.ask(held.migration.target, database, "ALTER TABLE purchase DROP COLUMN note")
    held.reset()
    found = [line for old, new in zip(held.before, held.now(), strict=True) for line in differences(old, new)]
    assert [line for line in found if "pg.dropped" not in line] == []
