# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas as applications have them, from both sources into a proved PostgreSQL, without a word of anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine import baseline, filler, places
from tests.support.servers.server import Server

SCHEMAS = ("blog", "shop", "booking", "analytics", "legacy", "names")


@pytest.mark.parametrize("family", ["mariadb", "mysql"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_stranger_goes_from_the_source_to_a_proved_target(
    name: str, family: str, request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path
) -> None:
    source: Server = request.getfixturevalue(family)
    statements = ["SET sql_mode = ''", *baseline.statements(name)]
    migration = baseline.pair(source, postgresql, tmp_path, statements)
    rows = filler.fill(source, migration.moves[0].source)
    outcome = baseline.made(migration, tmp_path / "made")
    baseline.with_rules(migration, outcome)
    report = migration.all().report
    assert report["verdict"] == "equal"
    counted = places.ask(
        postgresql,
        migration.moves[0].target,
        "SELECT sum((xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I', "
        "schemaname, tablename), false, true, '')))[1]::text::int) FROM pg_tables t WHERE schemaname = 'public' "
        "AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = t.tablename AND c.relispartition)",
    )
    assert counted[0][0] >= rows


OTHERWISE = {
    "names": "snake_case",
    "constraints": "typeorm",
    "counters": "serial",
    "json": "jsonb",
    "enums": "check",
    "sets": "text",
    "on_update": "trigger",
    "near_checks": "carry",
    "partitions": "plain",
    "comments": "leave",
}


@pytest.mark.parametrize("family", ["mariadb", "mysql"])
@pytest.mark.parametrize(("name", "case"), [("shop", "citext"), ("blog", "lower"), ("booking", "citext")])
def test_every_other_answer_is_a_way_too(
    name: str, case: str, family: str, request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path
) -> None:
    source: Server = request.getfixturevalue(family)
    migration = baseline.pair(source, postgresql, tmp_path, baseline.statements(name))
    filler.fill(source, migration.moves[0].source)
    outcome = baseline.made(
        migration, tmp_path / "made", {"app": {**OTHERWISE, "case": case}}, form="typeorm"
    )
    baseline.with_rules(migration, outcome)
    assert migration.all().equal
    assert not baseline.made(migration, tmp_path / "made", form="typeorm").changed
    if name == "shop":
        target = migration.moves[0].target
        changed = "UPDATE customer SET name = 'other' WHERE id = 1 RETURNING updated_at > now() - interval '1 minute'"
        assert places.ask(postgresql, target, changed) == [(True,)]
        same = (
            "UPDATE customer SET name = name WHERE id = 2 RETURNING updated_at > now() - interval '1 minute'"
        )
        assert places.ask(postgresql, target, same) == [(False,)]
