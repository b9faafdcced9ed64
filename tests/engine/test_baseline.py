# SPDX-License-Identifier: GPL-3.0-or-later
"""A schema made of the source's catalog: what it holds, and that a migration into it is proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import baseline, places
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
