# SPDX-License-Identifier: GPL-3.0-or-later
"""A schema made of the source's catalog: what it holds, and that a migration into it is proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import TargetNotReady

from tests.support.engine import baseline, mattermost, places
from tests.support.engine.migration import PROFILES, Migration, Move
from tests.support.servers.server import Server


@pytest.mark.parametrize("family", ["mariadb", "mysql"])
def test_a_database_goes_into_the_schema_that_was_made_of_it(
    family: str, request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path
) -> None:
    source: Server = request.getfixturevalue(family)
    migration = baseline.pair(source, postgresql, tmp_path, baseline.statements("small"))
    outcome = baseline.made(migration, tmp_path / "made")
    assert outcome.changed
    baseline.with_rules(migration, outcome)
    assert migration.all().equal
    target = migration.moves[0].target

    def types(table: str) -> dict[str, Any]:
        found = places.ask(
            postgresql,
            target,
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            f"WHERE attrelid = '{table}'::regclass AND attnum > 0",
        )
        return dict(found)

    assert types("orders") == {
        "id": "bigint",
        "customer_id": "bigint",
        "parent_id": "bigint",
        "state": "orders_state_enum",
        "total": "numeric(12,2)",
        "tags": "text[]",
        "extra": "json",
        "code": "uuid",
        "other": "character varying(36)",
        "hash": "bytea",
        "flag": "boolean",
        "mask": "bit(5)",
        "seconds": "interval",
        "year_of": "smallint",
        "ratio": "real",
        "exact": "double precision",
        "views": "numeric(20,0)",
        "doubled": "numeric(12,2)",
    }
    assert types("customer")["active"] == "boolean"
    assert types("customer")["level"] == "smallint"
    constraints = dict(
        places.ask(
            postgresql,
            target,
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        )
    )
    assert constraints["orders_customer"].endswith("ON DELETE CASCADE")
    assert constraints["orders_parent"].endswith("ON DELETE SET NULL")
    assert constraints["email"] == "UNIQUE (email)"
    assert "total_positive" in constraints
    assert {"customer_pkey", "orders_pkey"} <= set(constraints)
    # What MySQL made for the foreign key by itself is there, too.
    assert places.ask(postgresql, target, "SELECT 1 FROM pg_indexes WHERE indexname = 'orders_customer'")
    assert places.ask(
        postgresql, target, "INSERT INTO customer (email) VALUES ('n') RETURNING id, name, active"
    ) == [(3, "it's", True)]

    again = baseline.made(migration, tmp_path / "made", apply=False)
    assert not again.changed


@pytest.mark.parametrize("family", ["mariadb", "mysql"])
def test_constructs_are_carried_where_they_mean_the_same_and_told_where_not(
    family: str, request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path
) -> None:
    source: Server = request.getfixturevalue(family)
    migration = baseline.pair(source, postgresql, tmp_path, baseline.statements("constructs"))
    outcome = baseline.made(migration, tmp_path / "made")
    left = {(one.kind, one.name): one for one in outcome.made[0].schema.left}
    assert set(left) == {
        ("check", "plain.half"),
        ("check", "plain.s_known"),
        ("generated column", "plain.later"),
        ("generated column", "plain.lowered"),
        ("index", "plain.words"),
        ("on update", "plain.d"),
        ("partitions of", "by_expression"),
        ("trigger", "plain.counted"),
        ("view", "seen"),
    }
    assert left["check", "plain.s_known"].proposal == """CHECK (("s" = 'it') OR ("s" = 'x') OR ("s" = 'Y'))"""
    assert "n" in left["trigger", "plain.counted"].text
    baseline.with_rules(migration, outcome)
    assert migration.all().equal
    target = migration.moves[0].target

    def ask(statement: str) -> list[tuple[Any, ...]]:
        return places.ask(postgresql, target, statement)

    assert ask("SELECT sum_n, label FROM plain ORDER BY id") == [(2, "x-1"), (3, "Y-2")]
    assert ask("SELECT relname FROM pg_class WHERE relkind = 'p' ORDER BY 1") == [
        ("by_columns",),
        ("by_day",),
        ("by_hash",),
        ("by_key",),
        ("by_list",),
        ("by_year",),
    ]
    assert ask("SELECT tableoid::regclass::text FROM by_year ORDER BY id") == [
        ("by_year_old",),
        ("by_year_mid",),
        ("by_year_rest",),
    ]
    assert ask("SELECT tableoid::regclass::text FROM by_day ORDER BY id") == [("by_day_a",), ("by_day_b",)]
    assert ask("SELECT tableoid::regclass::text FROM by_columns ORDER BY id") == [
        ("by_columns_a",),
        ("by_columns_a",),
        ("by_columns_b",),
    ]
    row = "INSERT INTO plain (body) VALUES ('z') RETURNING id, n, s, b, t, bits, bytes, length(made_by), share, sum_n"
    (found,) = ask(row)
    assert found[:4] == (3, 5, "it", "")
    assert str(found[4]) == "10:00:00"
    assert (found[5], found[6], found[7], found[8], found[9]) == ("101", b"ab", 36, 1.5, 6)
    assert ask("SELECT obj_description('plain'::regclass)") == [("all sorts; it's a \\ test",)]
    assert ask("SELECT indexdef FROM pg_indexes WHERE indexname = 'first_ten'")[0][0].endswith(
        '("left"(body, 10))'
    )
    assert ask('SELECT "Mixed Case" FROM "select" WHERE "order by" = 1') == [("a",)]
    # A second run into the same tables changes nothing; into others it is refused.
    assert not baseline.made(migration, tmp_path / "made").changed
    places.ask(postgresql, target, "ALTER TABLE child ADD COLUMN extra int")
    with pytest.raises(TargetNotReady, match="child has other columns"):
        baseline.made(migration, tmp_path / "made")


@pytest.mark.long
@pytest.mark.parametrize("family", ["mariadb", "mysql"])
@pytest.mark.parametrize("application", ["alkemio", "kratos", "mattermost"])
def test_a_platform_goes_into_its_own_baseline(
    application: str, family: str, request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path
) -> None:
    source: Server = request.getfixturevalue(family)
    database = (
        mattermost.filled(source)
        if application == "mattermost"
        else places.seeded_source(source, application)
    )
    # Its whiteboards are text that holds U+0000; the release that the profile asks for is that of other migrations.
    profile = "alkemio" if application == "alkemio" else None
    rules = {key: value for key, value in PROFILES["alkemio"].items() if key != "releases"}
    migration = Migration(
        source,
        postgresql,
        tmp_path / "run",
        [Move("app", database, places.new_target(postgresql), profile)],
        {"alkemio": rules},
    )
    baseline.with_rules(migration, baseline.made(migration, tmp_path / "made"))
    assert migration.all().equal
