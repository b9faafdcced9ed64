# SPDX-License-Identifier: GPL-3.0-or-later
"""Ory Kratos as it is: rows that v1.3.1 itself wrote, and the releases of both sides.

`fixtures/kratos/rows-v1.3.1.sql.gz` was filled through Kratos' own API: made-up people with passwords, sessions, flows,
codes and mails. What arrived is compared by drivers and Python, JSON as JSON.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    PreflightFound,
    TargetNotReady,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.preflight import Wanted, preflight

from tests.support import generator
from tests.support.engine import places
from tests.support.engine.comparison import compare
from tests.support.engine.migration import PROFILES, Migration, Move
from tests.support.generator.catalogs import read_csv
from tests.support.generator.kratos.reference import migration_versions
from tests.support.generator.source import create_schema
from tests.support.servers.server import Server

ROWS = Path(__file__).resolve().parents[1] / "fixtures/kratos/rows-v1.3.1.sql.gz"
LATER = "20251112000000000000"
"""A migration of a later release, by its place in their order."""


def statements() -> Iterator[str]:
    """The INSERT statements; inside of one a line ends with a comma."""
    lines: list[str] = []
    with gzip.open(ROWS, "rt", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("--"):
                lines.append(line)
                if line.endswith(";\n"):
                    yield "".join(lines)
                    lines = []


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def written(source: Server) -> str:
    """The database that Kratos filled, on the source."""
    name = places.new_source(source, "kratos")
    with places.session(source, name) as connection:
        create_schema(connection, "kratos")
        with connection.cursor() as cursor:
            for statement in statements():
                cursor.execute(statement)
            rows = [(version,) for version in migration_versions("mysql")]
            cursor.executemany("INSERT INTO schema_migration (version, version_self) VALUES (%s, 0)", rows)
        connection.commit()
    return name


@pytest.fixture
def run(source: Server, postgresql: Server, written: str, tmp_path: Path) -> Iterator[Migration]:
    target = places.new_target(postgresql, "kratos")
    with places.session(postgresql, target) as connection:
        generator.create_target(connection, profile="kratos", network=True)
    places.ask(postgresql, None, f"ALTER DATABASE {target} SET TimeZone = 'UTC'")
    yield Migration(source, postgresql, tmp_path / "run", [Move("kratos", written, target, "kratos")])
    places.drop(postgresql, target)


def listed(run: Migration, **more: Any) -> list[dict[str, str]]:
    """The problems of a preflight that finds some."""
    move = run.moves[0]
    databases = [{"name": "kratos", "source": move.source, "target": move.target, "profile": "kratos"}]
    wanted = Wanted(
        **{"databases": databases, "profiles": PROFILES, "run_directory": str(run.run), "workers": 2, **more}
    )
    with pytest.raises(PreflightFound):
        preflight(run.source_login, run.target_login, wanted, migrating=False, pass_begun=False, check=False)
    found = (run.run / "preflight.json").read_text("utf-8")
    problems: list[dict[str, str]] = json.loads(found)["problems"]
    return problems


def test_every_value_that_kratos_wrote_arrives(run: Migration) -> None:
    assert run.all().equal
    move = run.moves[0]
    found = compare(run.source, run.target, move)
    assert found.differences == []
    assert sum(found.rows.values()) == 10_164
    counts = dict(
        places.ask(
            run.target,
            move.target,
            "SELECT left(config ->> 'hashed_password', 4), count(*) FROM identity_credentials "
            "WHERE config ? 'hashed_password' GROUP BY 1",
        )
    )
    theirs = places.ask(
        run.source,
        move.source,
        "SELECT LEFT(JSON_UNQUOTE(JSON_EXTRACT(config, '$.hashed_password')), 4), COUNT(*) FROM identity_credentials "
        "WHERE JSON_CONTAINS_PATH(config, 'one', '$.hashed_password') GROUP BY 1",
    )
    assert counts == dict(theirs)
    assert sum(counts.values()) > 900
    # Kratos takes the oldest network: there is one, and it is the source's.
    ours = places.ask(run.source, move.source, "SELECT id FROM networks")
    assert places.ask(run.target, move.target, "SELECT id::text FROM networks") == list(ours)


def of_a_later_release(run: Migration) -> Migration:
    """The target as v26.2.0 makes it: its columns that v1.3.1 has not, and a later migration."""
    target = run.moves[0].target
    there = set(
        places.ask(
            run.target,
            target,
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
        )
    )
    for row in read_csv("kratos", "kratos_postgres_columns_v26.2.0.csv"):
        if (row["table_name"], row["column_name"]) not in there:
            places.ask(
                run.target,
                target,
                f'ALTER TABLE "{row["table_name"]}" ADD "{row["column_name"]}" {row["type"]}',
            )
    places.ask(
        run.target, target, f"INSERT INTO schema_migration (version, version_self) VALUES ('{LATER}', 0)"
    )
    return run


def test_a_target_of_a_later_release_is_one_line_with_the_way_that_works(run: Migration) -> None:
    problems = listed(of_a_later_release(run))
    assert [one["section"] for one in problems] == ["releases"], problems
    text = problems[0]["text"]
    assert LATER in text
    assert "v1.3.1 or v1.3.0 or v1.2.0 (last migration 20240425095000000001)" in text
    assert (
        "let `kratos migrate sql` of v1.3.1 make its tables, migrate, start v1.3.1, and let the later" in text
    )


def test_a_source_of_an_older_release_is_named_before_its_columns(run: Migration) -> None:
    move = run.moves[0]
    older = places.new_source(run.source, "kratos_older")
    places.ask(
        run.source,
        older,
        "CREATE TABLE schema_migration (version varchar(48) NOT NULL, version_self int NOT NULL DEFAULT 0)",
        "CREATE TABLE identities (id char(36) NOT NULL PRIMARY KEY)",
        "INSERT INTO schema_migration VALUES ('20231108111100000000', 0)",
    )
    problems = listed(replace(run, moves=[replace(move, source=older)]))
    assert [one["section"] for one in problems] == ["releases"], problems
    assert "An older source is brought there by `kratos migrate sql` of v1.3.1" in problems[0]["text"]
    places.drop(run.source, older)


def test_people_and_sessions_of_the_target_are_named_before_the_window(run: Migration) -> None:
    target = run.moves[0].target
    network = "(SELECT id FROM networks)"
    places.ask(
        run.target,
        target,
        "INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid) "
        f"SELECT gen_random_uuid(), 'default', '{{}}', now(), now(), {network} FROM generate_series(1, 3)",
        "INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, created_at, updated_at, token, "
        "identity_id, nid, logout_token, authentication_methods) SELECT gen_random_uuid(), now(), now(), now(), now(), "
        "now(), 'a', id, nid, 'b', '[]' "
        "FROM identities LIMIT 1",
    )
    problems = listed(run, scan=False)
    assert [one["section"] for one in problems] == ["target"], problems
    assert "holds rows in identities (3), sessions (1). " in problems[0]["text"]


def test_the_load_asks_the_target_again(run: Migration) -> None:
    run.prepare()
    run.dump()
    target = run.moves[0].target
    places.ask(
        run.target, target, f"INSERT INTO schema_migration (version, version_self) VALUES ('{LATER}', 0)"
    )
    with pytest.raises(TargetNotReady, match=f"ends at the migration '{LATER}'"):
        run.load()
