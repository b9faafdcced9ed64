# SPDX-License-Identifier: GPL-3.0-or-later
"""A load keeps the contract of each schema before it changes anything; load, verification and gate compare with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    InputError,
    SealBroken,
    TargetNotReady,
    VerifyFailed,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset

from tests.engine import deviations, rich
from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A13")

TARGET = (
    *small.TARGET,
    "CREATE INDEX item_named ON item (id) WHERE name IN ('one', 'two')",
    "CREATE VIEW named AS SELECT id, name FROM item",
    "CREATE TABLE aside (a integer)",
    "CREATE SEQUENCE free",
)
RULES = {"name": "ruled", "skip_tables": ["aside"]}


@pytest.fixture(params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def run(server: Server, postgresql: Server, tmp_path: Path) -> Iterator[Migration]:
    made = small.pair(server, postgresql, tmp_path, target_sql=TARGET)
    made.moves = [replace(made.moves[0], profile="ruled")]
    made.profiles = {"ruled": RULES}
    yield made
    places.drop(postgresql, made.moves[0].target)
    places.drop(server, made.moves[0].source)


def target(run: Migration, *statements: str) -> None:
    places.ask(run.target, run.moves[0].target, *statements)


def test_it_is_taken_before_anything_changes(run: Migration) -> None:
    run.prepare()
    run.dump()
    run.load(check=True)
    kept = run.run / "schema-contract.json"
    assert not kept.exists()
    run.load()
    objects = json.loads(kept.read_text())["databases"]["small"]["objects"]
    assert set(objects["index"]) == {"public.item_pkey", "public.part_pkey", "public.item_named"}
    assert set(objects["constraint"]) >= {"part_item_id_fkey on public.part"}
    assert set(objects["table"]) == {"public.item", "public.part", "public.aside"}
    assert not any("convergence" in name for found in objects.values() for name in found)
    assert run.verify().equal


def test_an_index_that_prints_otherwise_once_it_was_made_again_is_the_same(run: Migration) -> None:
    """Its condition is IN on a varchar; the load took it off and put it back."""
    assert run.all().equal


def test_what_belongs_to_no_planned_table_is_a_problem(run: Migration) -> None:
    run.all()
    target(
        run,
        "CREATE OR REPLACE VIEW named AS SELECT id, name FROM item WHERE id > 1",
        "ALTER TABLE aside ADD b integer",
    )
    with pytest.raises(VerifyFailed) as caught:
        run.verify(check=True)
    (problem,) = caught.value.details["problems"]
    assert "contract: view public.named, definition" in problem
    assert "contract: column public.aside.b: it is new" in problem


def test_a_change_during_the_load_stops_it(run: Migration) -> None:
    run.prepare()
    run.dump()
    run.load()
    target(run, "UPDATE convergence.run SET state = 'rebuilt'", "ALTER SEQUENCE free INCREMENT 2")
    with pytest.raises(
        TargetNotReady, match=r"contract: sequence public\.free, increment: before '1', now '2'"
    ):
        run.load()
    target(run, "ALTER SEQUENCE free INCREMENT 1")
    run.load()
    assert run.verify().equal


def test_a_widened_sequence_is_the_remedy_and_no_difference(run: Migration) -> None:
    run.all()
    target(run, "ALTER SEQUENCE part_id_seq AS bigint")
    assert run.verify(check=True).equal
    target(run, "ALTER SEQUENCE free MAXVALUE 5")
    with pytest.raises(VerifyFailed, match=r"sequence public\.free, maximum"):
        run.verify(check=True)


def test_what_a_rule_changes_after_the_load_is_told(run: Migration) -> None:
    statements = [{"statement": "CREATE VIEW later AS SELECT 1 AS a", "reason": "the reports ask it"}]
    run.profiles = {"ruled": {**RULES, "after_load": statements}}
    run.prepare()
    run.dump()
    told = "\n".join(run.load().actions)
    assert "after_load changed the schema: contract: view public.later: it is new" in told
    assert run.verify().equal
    target(run, "DROP VIEW later")
    with pytest.raises(VerifyFailed, match=r"contract: view public\.later: it is gone"):
        run.verify(check=True)


def test_without_the_contract_nothing_is_verified(run: Migration) -> None:
    run.all()
    kept = run.run / "schema-contract.json"
    text = kept.read_text()
    kept.write_text(text.replace("public.named", "public.other"))
    with pytest.raises(SealBroken, match=r"schema-contract\.json"):
        run.verify(check=True)
    kept.unlink()
    with pytest.raises(InputError, match=r"schema-contract\.json"):
        run.verify(check=True)
    kept.write_text(text)
    assert run.verify(check=True).equal


def test_a_load_after_a_reset_takes_it_anew(run: Migration) -> None:
    run.all()
    reset(run.target_login, str(run.run), confirm=True)
    target(run, "COMMENT ON VIEW named IS 'all of them'")
    run.load()
    assert run.verify().equal
    target(run, "COMMENT ON VIEW named IS NULL")
    with pytest.raises(VerifyFailed, match=r"view public\.named, comment"):
        run.verify(check=True)


EVERYTHING = (
    "CREATE TABLE person (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL)",
    "CREATE TABLE book (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, person_id int NOT NULL, title text NULL,"
    " pages int NULL, sold date NULL)",
    "CREATE TABLE cache (name varchar(40) NOT NULL PRIMARY KEY, value text NULL)",
    "CREATE TABLE pair (a int NOT NULL, b int NOT NULL, UNIQUE KEY (a, b))",
    "CREATE TABLE visit (id int NULL, day date NOT NULL, person_id int NULL)",
    "INSERT INTO person VALUES (1, 'Ada'), (2, 'Bo')",
    "INSERT INTO book VALUES (5, 1, 'One', 7, '2024-01-01'), (10, 2, 'Two', NULL, NULL)",
    "INSERT INTO cache VALUES ('a', 'b')",
    "INSERT INTO pair VALUES (1, 2)",
    "INSERT INTO visit VALUES (1, '2020-01-01', 1), (2, '2024-01-01', 2)",
)
LEFT = ("mail", "born", "state", "hue", "home", "reach", "key", "worth", "tags")


def test_a_schema_with_everything_is_as_it_was(server: Server, postgresql: Server, tmp_path: Path) -> None:
    """By the text of pg_dump, and by the contract."""
    made = small.pair(server, postgresql, tmp_path, EVERYTHING, deviations.SCHEMA)
    rules = {
        "name": "everything",
        "skip_tables": ["bare", "parent", "child"],
        "add_columns": [{"table": "person", "column": name, "leave_to_default": True} for name in LEFT],
    }
    made.moves = [replace(made.moves[0], profile="everything")]
    made.profiles = {"everything": rules}
    # Not NULL without a default, and a condition that a load prints anew in an index.
    target(made, "ALTER DOMAIN code DROP NOT NULL", "DROP INDEX book_state")
    before = rich.text(postgresql, made.moves[0].target)
    assert made.all().equal
    assert rich.text(postgresql, made.moves[0].target) == before
    places.drop(postgresql, made.moves[0].target)
    places.drop(server, made.moves[0].source)
