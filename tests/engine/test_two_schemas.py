# SPDX-License-Identifier: GPL-3.0-or-later
"""Two databases of the source into two schemas of one database of the target, in one run.

Both have a table of the same name, a key leads from one schema to the other, and both keep seed rows.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.changes import changes
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    GateRefused,
    InputError,
    PreflightFound,
    TargetNotReady,
    VerifyFailed,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move.cleanup import cleanup
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import preflight as look
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.gate import gate
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.readiness import target_readiness

from tests.support.engine import places
from tests.support.engine.aim import Place, kill_at, stopped_at
from tests.support.engine.migration import Migration, Move
from tests.support.engine.verb import Verb
from tests.support.families import FAMILIES
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("G")

SHOP = (
    "CREATE TABLE item (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20), UNIQUE KEY item_name (name))",
    "CREATE TABLE setting (id INT NOT NULL PRIMARY KEY, value VARCHAR(20))",
    "INSERT INTO item (name) VALUES ('chair'), ('table'), ('lamp')",
    "INSERT INTO setting VALUES (1, 'of the shop')",
)
WIKI = (
    "CREATE TABLE item (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, shop_item INT NOT NULL, text LONGTEXT)",
    "CREATE TABLE setting (id INT NOT NULL PRIMARY KEY, value VARCHAR(20))",
    "CREATE TABLE topic (id INT NOT NULL PRIMARY KEY)",
    "INSERT INTO item (id, shop_item, text) VALUES (7, 1, 'four legs'), (8, 3, 'light'), (20, 3, 'more light')",
    "INSERT INTO setting VALUES (1, 'of the wiki'), (2, NULL)",
)
TARGET = (
    "CREATE SCHEMA shop",
    "CREATE SCHEMA wiki",
    "CREATE TABLE shop.item (id serial PRIMARY KEY, name varchar(20), CONSTRAINT item_name UNIQUE (name))",
    "CREATE TABLE wiki.item (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " shop_item integer NOT NULL REFERENCES shop.item (id), text text)",
    "CREATE INDEX of_shop ON wiki.item (shop_item)",
    *(f"CREATE TABLE {schema}.setting (id integer PRIMARY KEY, value text)" for schema in ("shop", "wiki")),
    "INSERT INTO shop.setting VALUES (5, 'seed of the shop')",
    "INSERT INTO wiki.setting VALUES (6, 'seed of the wiki')",
    "CREATE TABLE wiki.topic (id integer PRIMARY KEY)",
    "CREATE TABLE wiki.visit (at timestamptz)",
    "SELECT setval('shop.item_id_seq', 40), setval('wiki.item_id_seq', 50)",
)
RULES = {"seed_tables": ["setting"]}
OF_WIKI = {
    **RULES,
    "skip_tables": ["visit"],
    "after_load": [{"statement": "INSERT INTO visit VALUES (now())", "reason": "the first visit"}],
}
HELD = (
    "SELECT 'shop', id, name, NULL FROM shop.item UNION ALL SELECT 'wiki', id, text, shop_item FROM wiki.item"
    " UNION ALL SELECT 'shop setting', id, value, NULL FROM shop.setting"
    " UNION ALL SELECT 'wiki setting', id, value, NULL FROM wiki.setting ORDER BY 1, 2"
)
ARRIVED = [
    ("shop", 1, "chair", None),
    ("shop", 2, "table", None),
    ("shop", 3, "lamp", None),
    ("shop setting", 1, "of the shop", None),
    ("wiki", 7, "four legs", 1),
    ("wiki", 8, "light", 3),
    ("wiki", 20, "more light", 3),
    ("wiki setting", 1, "of the wiki", None),
    ("wiki setting", 2, None, None),
]
SEEDS = [("shop setting", 5, "seed of the shop", None), ("wiki setting", 6, "seed of the wiki", None)]
STRUCTURE = (
    "SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), c.convalidated FROM pg_constraint c"
    " WHERE c.connamespace IN ('shop'::regnamespace, 'wiki'::regnamespace) UNION ALL"
    " SELECT tablename, indexname, indexdef, true FROM pg_indexes WHERE schemaname IN ('shop', 'wiki') ORDER BY 1, 2, 3"
)
SEQUENCES = "SELECT nextval('shop.item_id_seq'), nextval('wiki.item_id_seq')"
LEDGERS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'convergence%' ORDER BY 1"


@dataclass
class Two:
    """The run, and what the target held before it."""

    run: Migration
    structure: list[tuple[Any, ...]]

    @property
    def into(self) -> str:
        return self.run.moves[0].target

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return places.ask(self.run.target, self.into, sql)

    def reset(self) -> subprocess.Popen[str]:
        """In a process of its own, to be killed."""
        logins = {
            side: {"host": one.host, "port": one.port, "user": one.user, "password": one.password}
            for side, one in (("source", self.run.source), ("target", self.run.target))
        }
        job = {**logins, "verb": "reset", "run_directory": str(self.run.run), "options": {"confirm": True}}
        return Verb(job).process

    def assert_arrived(self) -> None:
        assert self.rows(HELD) == ARRIVED
        assert self.rows(STRUCTURE) == self.structure
        assert self.rows("SELECT count(*) FROM wiki.visit") == [(1,)]

    def assert_as_before(self) -> None:
        assert self.rows(HELD) == SEEDS
        assert self.rows(STRUCTURE) == self.structure
        assert self.rows(LEDGERS) == []
        assert self.rows(SEQUENCES) == [(41, 51)]


@pytest.fixture(params=FAMILIES)
def two(request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path) -> Iterator[Two]:
    source: Server = request.getfixturevalue(request.param)
    shop, wiki = places.new_source(source, "shop"), places.new_source(source, "wiki")
    places.ask(source, shop, *SHOP)
    places.ask(source, wiki, *WIKI)
    into = places.new_target(postgresql, "company")
    places.ask(postgresql, into, *TARGET)
    moves = [
        Move("shop", shop, into, None, RULES, "shop"),
        Move("wiki", wiki, into, None, OF_WIKI, "wiki"),
    ]
    run = Migration(source, postgresql, tmp_path / "run", moves)
    yield Two(run, places.ask(postgresql, into, STRUCTURE))
    places.drop(source, shop, wiki)
    places.drop(postgresql, into)


def test_both_arrive_in_one_run_and_are_proved(two: Two) -> None:
    assert two.run.all().equal
    two.assert_arrived()
    # Past the source's rows and its counters, and not below what stood there.
    assert two.rows(SEQUENCES) == [(41, 51)]
    assert two.rows(LEDGERS) == [("convergence",), ("convergence_2",)]
    again = two.run.load()
    assert not again.changed
    assert two.run.verify().equal
    assert not any(one.changed for one in two.run.inspect())


def differs(two: Two) -> dict[str, Any]:
    """The report of a verification that fails."""
    with pytest.raises(VerifyFailed):
        two.run.verify()
    report: dict[str, Any] = json.loads((two.run.run / "report.json").read_text("utf-8"))
    return report


def test_what_differs_is_named_where_it_is(two: Two) -> None:
    assert two.run.all().equal
    places.ask(two.run.target, two.into, "UPDATE wiki.item SET text = 'dark' WHERE id = 8")
    report = differs(two)
    assert [entry["verdict"] for entry in report["databases"]] == ["equal", "different"]
    assert report["shown"] == ["wiki.item: the row id=8 is changed in column text"]
    found = changes(two.run.target_login, str(two.run.run)).as_result()
    assert found["texts"] == ["wiki.item: 1 rows added or changed, 1 changed or deleted"]
    places.ask(two.run.target, two.into, "DROP INDEX wiki.of_shop")
    assert any(f"The schema of {two.into}.wiki" in problem for problem in differs(two)["problems"])


# --- killed and resumed -----------------------------------------------------------------------------------

LOAD: Sequence[Place] = (
    # The rehearsal waits for it when it has taken setting; the load gets setting after us.
    Place("rehearsing", "LOCK TABLE wiki.topic IN ACCESS SHARE MODE"),
    Place("the shop's keys off, the wiki's not", "LOCK TABLE wiki.setting IN ACCESS SHARE MODE"),
    Place("no chunk of the wiki", "LOCK TABLE convergence_2.chunk IN SHARE MODE"),
    Place("the shop noted as loaded, the wiki not", "SELECT FROM convergence_2.run FOR UPDATE"),
    Place(
        "the key between them not valid yet",
        "SELECT FROM convergence.object WHERE kind = 'foreign key' FOR UPDATE",
    ),
    Place("the shop complete, the wiki not", "LOCK TABLE convergence_2.step IN SHARE MODE"),
)
STATES = (
    "SELECT a.state, b.state, (SELECT count(*) FROM convergence.chunk), (SELECT count(*) FROM convergence_2.chunk),"
    " (SELECT count(*) FROM convergence.object), (SELECT count(*) FROM convergence_2.object)"
    " FROM convergence.run a, convergence_2.run b"
)
REACHED = {
    "the shop's keys off, the wiki's not": ("emptied", "emptied", 0, 0),
    "no chunk of the wiki": ("emptied", "emptied", None, 0),
    "the shop noted as loaded, the wiki not": ("loaded", "emptied", 2, 3),
    "the key between them not valid yet": ("loaded", "loaded", 2, 3),
    "the shop complete, the wiki not": ("complete", "rebuilt", 2, 3),
}


def test_a_load_killed_at_every_place_between_the_two_ends_the_same(two: Two) -> None:
    two.run.prepare().dump()
    for place in LOAD[1:]:
        way = LOAD[:2] if place is LOAD[1] else (place,)
        kill_at(two.run.target, two.into, way, partial(two.run.start, "load", workers=2))
        reached = two.rows(STATES)[0]
        assert [
            there for there, wanted in zip(reached, REACHED[place.name], strict=False) if wanted is not None
        ] == [wanted for wanted in REACHED[place.name] if wanted is not None], (place.name, reached)
    two.run.load()
    assert two.run.verify().equal
    two.assert_arrived()
    assert two.rows("SELECT count(*) FROM convergence.object") == [(0,)]
    assert two.rows("SELECT count(*) FROM convergence_2.object") == [(0,)]


@pytest.mark.long
@pytest.mark.parametrize("place", [place.name for place in LOAD[1:]])
def test_a_load_killed_between_the_two_is_taken_back(two: Two, place: str) -> None:
    two.run.prepare().dump()
    # The ledger that a later lock is on has to be there.
    for way in (LOAD[:2], [one for one in LOAD[2:] if one.name == place]):
        if way:
            kill_at(two.run.target, two.into, way, partial(two.run.start, "load", workers=2))
    assert reset(two.run.target_login, str(two.run.run), confirm=True, accept_loss=True).changed
    two.rows("TRUNCATE wiki.visit")
    two.assert_as_before()
    two.run.load()
    assert two.run.verify().equal
    two.assert_arrived()


# --- taken back -------------------------------------------------------------------------------------------


def test_a_finished_load_is_taken_back_and_can_be_done_again(two: Two) -> None:
    assert two.run.all().equal
    with pytest.raises(InputError, match=rf"4 rows? .* in {two.into}\.shop|{two.into}\.shop"):
        reset(two.run.target_login, str(two.run.run), confirm=False)
    outcome = reset(two.run.target_login, str(two.run.run), confirm=True)
    assert [entry["name"] for entry in outcome.databases] == [f"{two.into}.shop", f"{two.into}.wiki"]
    two.rows("TRUNCATE wiki.visit")
    two.assert_as_before()
    assert not reset(two.run.target_login, str(two.run.run), confirm=True).changed
    two.run.load()
    assert two.run.verify().equal
    two.assert_arrived()


RESET: Sequence[Place] = (
    Place("emptying the wiki", "LOCK TABLE wiki.setting IN ACCESS SHARE MODE"),
    Place("keys not back", "SELECT FROM convergence.object WHERE kind = 'foreign key' FOR UPDATE"),
)


@pytest.mark.long
@pytest.mark.parametrize("place", RESET, ids=lambda place: place.name.replace(" ", "-"))
def test_a_killed_reset_goes_on_with_the_same_command(two: Two, place: Place) -> None:
    assert two.run.all().equal
    if place is RESET[1]:
        kill_at(two.run.target, two.into, RESET[:1], two.reset)
    kill_at(two.run.target, two.into, (place,), two.reset)
    assert two.rows(STATES)[0][:2] == ("resetting", "resetting")
    with pytest.raises(TargetNotReady, match="reset"):
        two.run.load()
    reset(two.run.target_login, str(two.run.run), confirm=True)
    two.rows("TRUNCATE wiki.visit")
    two.assert_as_before()


def test_what_was_written_to_one_of_them_is_not_lost(two: Two) -> None:
    assert two.run.all().equal
    places.ask(two.run.target, two.into, "INSERT INTO wiki.setting VALUES (3, 'new')")
    with pytest.raises(InputError, match=rf"{two.into}\.wiki\.setting: 1 rows added"):
        reset(two.run.target_login, str(two.run.run), confirm=True)
    assert two.rows(HELD)[:-1] == ARRIVED


def test_the_clean_up_takes_both_ledgers(two: Two) -> None:
    assert two.run.all().equal
    outcome = cleanup(two.run.target_login, str(two.run.run))
    names = [one.name for one in outcome.removed if one.kind == "ledger"]
    assert names == [f"{two.into}.convergence", f"{two.into}.convergence_2"]
    assert two.rows(LEDGERS) == []
    two.assert_arrived()


def test_a_half_done_move_keeps_the_clean_up_away_from_both(two: Two) -> None:
    assert two.run.all().equal
    two.rows("UPDATE convergence_2.run SET state = 'rebuilt'")
    with pytest.raises(TargetNotReady, match="is not complete"):
        cleanup(two.run.target_login, str(two.run.run))
    assert two.rows(LEDGERS) == [("convergence",), ("convergence_2",)]


# --- looked at before, and at the cut-over ----------------------------------------------------------------


def preflight(run: Migration) -> Any:
    entries = [
        {
            "name": one.name,
            "source": one.source,
            "target": one.target,
            "schema": one.schema,
            "rules": dict(one.rules),
        }
        for one in run.moves
    ]
    wanted = look.Wanted(entries, {}, str(run.run), 2)
    return look.preflight(
        run.source_login, run.target_login, wanted, migrating=False, pass_begun=False, check=True
    )


def test_preflight_looks_at_each_schema(two: Two) -> None:
    told = preflight(two.run).lines
    assert any("Nothing would stop a migration" in line for line in told), told
    places.ask(
        two.run.target,
        two.into,
        "INSERT INTO wiki.item (shop_item) SELECT 1 WHERE false",
        "DROP TABLE wiki.setting",
    )
    places.ask(two.run.target, two.into, "INSERT INTO shop.item (name) VALUES ('old')")
    with pytest.raises(PreflightFound) as caught:
        preflight(two.run)
    listed = " ".join(caught.value.details["lines"])
    assert f"The target database {two.into} holds rows in item" in listed
    assert "setting" in listed


def test_preflight_of_a_half_done_load_knows_it(two: Two) -> None:
    two.run.prepare().dump()
    with stopped_at(two.run.target, two.into, LOAD[:2], partial(two.run.start, "load", workers=2)):
        pass
    told = preflight(two.run).lines
    assert any("Nothing would stop a migration" in line for line in told), told


def test_readiness_asks_each_schema(two: Two) -> None:
    found = target_readiness(
        two.run.target_login,
        [two.into],
        "public",
        schemas={two.into: ["shop", "nowhere"]},
        extensions={},
        connections=0,
        workers=1,
    )
    assert [text for _section, text in found.found] == [
        f"The target database {two.into} has no schema nowhere. Check migration_target_schema, and schema in "
        "migration_databases."
    ]


def test_the_gate_asks_both(two: Two) -> None:
    assert two.run.all().equal
    run, reader = str(two.run.run), two.run.source_login
    assert gate(two.run.target_login, reader, None, run, accept_unfrozen=True, check=True).changed
    places.ask(two.run.target, two.into, "DELETE FROM wiki.setting WHERE id = 2")
    with pytest.raises(GateRefused, match=r"wiki\.setting"):
        gate(two.run.target_login, reader, None, run, accept_unfrozen=True, check=True)
    places.ask(two.run.target, two.into, "UPDATE convergence_2.run SET state = 'loaded'")
    with pytest.raises(GateRefused, match=rf"{two.into}\.wiki is not complete"):
        gate(two.run.target_login, reader, None, run, accept_unfrozen=True, check=True)


# --- what is refused --------------------------------------------------------------------------------------


def test_two_databases_do_not_go_into_one_schema(two: Two) -> None:
    run = replace(two.run, moves=[two.run.moves[0], replace(two.run.moves[1], schema="shop")])
    run.inspect()
    told = f"shop and wiki would both go into the schema shop of the target database {two.into}"
    with pytest.raises(InputError, match=told):
        run.transform()
    with pytest.raises(PreflightFound) as caught:
        preflight(run)
    assert told in " ".join(caught.value.details["lines"])


def test_an_entry_that_names_no_schema_of_several_is_refused(two: Two) -> None:
    two.run.inspect()
    run = replace(two.run, moves=[two.run.moves[0], replace(two.run.moves[1], schema=None)])
    with pytest.raises(InputError, match=r"inspected are .*\(schema shop\), .*\(schema wiki\)"):
        run.transform()


@pytest.fixture
def third(two: Two, tmp_path: Path) -> Iterator[Migration]:
    """A dump of another run, for a third schema of the same database."""
    places.ask(
        two.run.target,
        two.into,
        "CREATE SCHEMA third",
        "CREATE TABLE third.setting (id integer, value text)",
    )
    source = places.new_source(two.run.source, "third")
    places.ask(
        two.run.source,
        source,
        "CREATE TABLE setting (id INT, value VARCHAR(20))",
        "INSERT INTO setting VALUES (3, 'c')",
    )
    run = replace(two.run, run=tmp_path / "third", moves=[Move("third", source, two.into, None, {}, "third")])
    run.prepare().dump()
    yield run
    places.drop(two.run.source, source)


def test_another_runs_load_into_a_third_schema_waits_for_the_clean_up(two: Two, third: Migration) -> None:
    assert two.run.all().equal
    with pytest.raises(TargetNotReady, match=r"ledger of another run \(schema convergence\)"):
        third.load()
    with pytest.raises(PreflightFound) as caught:
        preflight(third)
    assert "DROP SCHEMA convergence, convergence_2 CASCADE" in " ".join(caught.value.details["lines"])
    cleanup(two.run.target_login, str(two.run.run))
    third.load()
    assert third.verify().equal
    assert two.rows("SELECT * FROM third.setting") == [(3, "c")]
    assert two.rows(LEDGERS) == [("convergence",)]


def test_a_ledger_that_somebody_removed_is_missed(two: Two, third: Migration) -> None:
    assert two.run.all().equal
    two.rows("DROP SCHEMA convergence CASCADE")
    with pytest.raises(TargetNotReady, match=r"ledger of another run \(schema convergence_2\)"):
        third.load()
    with pytest.raises(TargetNotReady, match="ledger of this run, but not that of shop"):
        two.run.load()
