# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that somebody guards: limits of hosters, read-only replicas, roles that only read, row security."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    PrivilegeMissing,
    TargetNotReady,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.readiness import target_readiness
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as target
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql.quoting import literal

from tests.engine import hostile
from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

ROWS = 1000
MANY = (
    "CREATE TABLE many (id int NOT NULL PRIMARY KEY, t varchar(20) NOT NULL, doc json NULL, made timestamp NULL)",
    "CREATE TABLE ten (n int NOT NULL PRIMARY KEY)",
    f"INSERT INTO ten VALUES {', '.join(f'({n})' for n in range(10))}",
    "INSERT INTO many SELECT 100 * a.n + 10 * b.n + c.n, CONCAT('row ', a.n, b.n, c.n), CONCAT('[', c.n, ']'),"
    " '2024-01-01 00:00:00' FROM ten a, ten b, ten c",
    "DROP TABLE ten",
)
MANY_TARGET = (
    "CREATE TABLE many (id integer PRIMARY KEY, t varchar(20) NOT NULL, doc jsonb, made timestamptz)",
)
GUARDS: dict[str, Sequence[tuple[str, str]]] = {
    "case 60: sql_select_limit": [("sql_select_limit", "300")],
    "case 61: max_join_size": [("max_join_size", "200")],
    "case 62: a read-only replica": [
        ("read_only", "1"),
        ("transaction_isolation", "'READ-COMMITTED'"),
        ("autocommit", "0"),
        ("sql_safe_updates", "1"),
        ("init_connect", "'SET NAMES latin1'"),
        (
            "sql_mode",
            "'ANSI,TRADITIONAL,PAD_CHAR_TO_FULL_LENGTH,NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE'",
        ),
        ("group_concat_max_len", "4"),
        ("div_precision_increment", "0"),
    ],
}


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> tuple[Server, str]:
    server: Server = request.getfixturevalue(request.param)
    database = hostile.source_of(server)
    places.ask(server, database, "DROP TABLE part, thing", *MANY)
    return server, database


@pytest.mark.fault("A2")
@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_of_the_source_loses_no_row(
    source: tuple[Server, str], postgresql: Server, tmp_path: Path, guard: str
) -> None:
    server, database = source
    run = hostile.migration(server, database, postgresql, tmp_path)
    name = run.moves[0].target
    places.ask(postgresql, name, f"SET ROLE {run.owner}", "DROP TABLE part, thing", *MANY_TARGET)
    with places.session(server) as admin, admin.cursor() as cursor:
        before = {}
        for variable, value in GUARDS[guard]:
            cursor.execute(f"SELECT @@GLOBAL.{variable} LIMIT 1")
            before[variable] = cursor.fetchall()[0][0]
            cursor.execute(f"SET GLOBAL {variable} = {value}")
        try:
            run.everything()
        finally:
            for variable, old in before.items():
                cursor.execute(f"SET GLOBAL {variable} = %s", (old,))
    found = places.ask(postgresql, name, "SELECT count(*), min(id), max(id), sum((doc->>0)::int) FROM many")
    assert found == [(ROWS, 0, ROWS - 1, ROWS * 45 // 10)]
    made = "SELECT DISTINCT made AT TIME ZONE 'UTC', length(t) FROM many"
    assert [(str(at), length) for at, length in places.ask(postgresql, name, made)] == [
        ("2024-01-01 00:00:00", 7)
    ]


def owned(source: Server, postgresql: Server, folder: Path) -> hostile.Hostile:
    return hostile.migration(source, hostile.source_of(source), postgresql, folder)


@pytest.mark.fault("A2")
def test_a_role_that_reads_only_by_default_loads(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    """Case 45."""
    run = owned(mariadb, postgresql, tmp_path)
    places.ask(postgresql, None, f"ALTER ROLE {run.owner} SET default_transaction_read_only = on")
    run.everything()
    assert places.ask(postgresql, run.moves[0].target, "SELECT count(*) FROM thing") == [(hostile.ROWS,)]


@pytest.mark.fault("A5")
@pytest.mark.parametrize("when", ["before the load", "before the proof"])
def test_rows_that_a_policy_hides_are_no_proof(
    mariadb: Server, postgresql: Server, tmp_path: Path, when: str
) -> None:
    run = owned(mariadb, postgresql, tmp_path)
    name = run.moves[0].target
    hide = (
        "ALTER TABLE thing ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE thing FORCE ROW LEVEL SECURITY",
        "CREATE POLICY a_part ON thing USING (id <= 300) WITH CHECK (true)",
    )
    run.prepare()
    run.dump()
    if when == "before the proof":
        run.load()
        surplus = "INSERT INTO thing SELECT 9999, 'surplus', '', 0, 0, NULL, NULL, NULL, NULL, true, NULL"
        places.ask(postgresql, name, surplus)
    places.ask(postgresql, name, *hide)
    if when == "before the load":  # the schema is not as inspected: known before a row is asked for
        with pytest.raises(
            TargetNotReady, match=r"table thing: row security: before nothing, now 'enabled forced'"
        ):
            run.load()
    else:
        with pytest.raises(PrivilegeMissing, match=r'table "thing".*NO FORCE ROW LEVEL SECURITY.*BYPASSRLS'):
            run.verify()
    found = target_readiness(run.target_login, [name], "public", extensions={}, connections=0, workers=1)
    assert any("Row-level security" in problem and "thing" in problem for problem in found.problems)


@pytest.mark.fault("B1")
def test_a_comment_executes_nothing(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    """Of a constraint, a backslash and a quote in it, and a role whose backslashes escape."""
    run = owned(mariadb, postgresql, tmp_path)
    name = run.moves[0].target
    evil = "\\'; CREATE TABLE public.intruder (); --"
    quoted = evil.replace("'", "''")
    comments = [
        f"COMMENT ON CONSTRAINT part_thing_id_fkey ON part IS '{quoted}'",
        f"COMMENT ON CONSTRAINT thing_name_key ON thing IS '{quoted}'",
        f"COMMENT ON INDEX thing_made IS '{quoted}'",
        f"COMMENT ON CONSTRAINT thing_pkey ON thing IS '{quoted}'",
    ]
    places.ask(postgresql, name, *comments)
    places.ask(postgresql, None, f"ALTER ROLE {run.owner} SET standard_conforming_strings = off")
    run.everything()
    assert places.ask(postgresql, name, "SELECT to_regclass('public.intruder') IS NULL") == [(True,)]
    kept = (
        "SELECT count(*) FROM pg_description WHERE description LIKE '%intruder%' "
        f"AND description = $${evil}$$ AND objsubid = 0"
    )
    assert places.ask(postgresql, name, kept) == [(4,)]


@pytest.mark.fault("B1")
@pytest.mark.parametrize("setting", ["on", "off"])
@pytest.mark.parametrize("value", ["\\", "\\'", "a\\'b'\\\\", "'", "''", "\\x00\\n", "E'\\''", "$$", "ü\\"])
def test_a_literal_means_the_same_whatever_the_setting(
    postgresql: Server, mariadb: Server, tmp_path: Path, setting: str, value: str
) -> None:
    run = Migration(mariadb, postgresql, tmp_path, [])
    connection = target.connect(run.target_login, "postgres", "test", plain=True)
    connection.execute(f"SET standard_conforming_strings = {setting}".encode())
    connection.execute(b"SET backslash_quote = off")
    assert target.query(connection, f"SELECT {literal(value)}::text") == [(value,)]
    connection.close()
