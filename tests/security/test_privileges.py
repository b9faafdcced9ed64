# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job with exactly the accounts that the documentation makes, and what is said when a right is missing."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    PrivilegeMissing,
    SourceMoved,
    VerifyFailed,
)

from tests.security import shop
from tests.support.engine import accounts, places
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture(scope="module")
def sold(source: Server) -> str:
    return shop.new_source(source, 30)


def fill(server: Server, database: str) -> None:
    with places.session(server, database) as connection:
        for statement in shop.TARGET:
            connection.execute(statement)


def move(source: Server, sold: str, target: Server, run: Path, *, without: Sequence[str] = ()) -> Migration:
    seen, database = accounts.target_role(target, fill, without)
    return shop.migration(source, seen, (sold, database), run)


def is_superuser(server: Server) -> bool:
    return bool(
        places.ask(server, "postgres", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]
    )


def test_the_documented_accounts_do_the_main_job(
    source: Server, sold: str, postgresql: Server, tmp_path: Path
) -> None:
    seen = accounts.source_account(source, sold)
    assert not any(
        "RELOAD" in row[0] or "ALL PRIV" in row[0] for row in places.ask(seen, None, "SHOW GRANTS")
    )
    migration = move(seen, sold, postgresql, tmp_path / "run")
    rights = "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert places.ask(migration.target, migration.move("shop").target, rights) == [(False,)]
    outcome = migration.all()
    assert outcome.equal, outcome.message


def test_without_sight_of_the_binary_log_a_write_is_seen_by_the_update_times(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    log = "BINLOG MONITOR" if source.kind == "mariadb" else "REPLICATION CLIENT"
    sold = shop.new_source(source, 30)
    migration = move(accounts.source_account(source, sold, log), sold, postgresql, tmp_path / "run")
    migration.prepare()
    assert "binary_log" not in (migration.dump().manifests[0].position)
    migration.load()
    assert migration.verify().equal
    time.sleep(1.1)  # the times are in seconds
    places.ask(source, sold, "UPDATE customer SET phone = '1' WHERE id = 7")
    with pytest.raises(SourceMoved, match="customer"):
        migration.dump()
    with pytest.raises(SourceMoved, match="customer"):
        migration.verify()


def test_without_lock_tables_a_still_source_is_moved(
    source: Server, sold: str, postgresql: Server, tmp_path: Path
) -> None:
    seen = accounts.source_account(source, sold, "LOCK TABLES")
    assert move(seen, sold, postgresql, tmp_path / "run").all().equal


def test_without_select_the_grant_is_named(
    source: Server, sold: str, postgresql: Server, tmp_path: Path
) -> None:
    seen = accounts.source_account(source, sold, "SELECT")
    with pytest.raises(PrivilegeMissing, match=f"GRANT SELECT, LOCK TABLES ON `{sold}`"):
        move(seen, sold, postgresql, tmp_path / "run").inspect()


def test_without_any_right_on_it_the_database_is_named(
    source: Server, sold: str, postgresql: Server, tmp_path: Path
) -> None:
    seen = accounts.source_account(source, "another_database")
    with pytest.raises(ConvergenceError, match=f"{sold}.*grants"):
        move(seen, sold, postgresql, tmp_path / "run").inspect()


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("CONNECT ON DATABASE", "may not connect to the database"),
        ("CREATE ON DATABASE", "may not create a schema in the database"),
        ("CREATE ON SCHEMA public", "may not create in the schema public"),
        ("USAGE ON SCHEMA public", "permission denied for schema public"),
    ],
)
def test_a_right_that_the_target_role_lacks_is_named_before_anything_changes(
    mariadb: Server, shop_source: str, postgresql: Server, tmp_path: Path, right: str, says: str
) -> None:
    migration = move(mariadb, shop_source, postgresql, tmp_path / "run", without=[right])
    with pytest.raises(ConvergenceError, match=says):
        migration.all()
    database = migration.move("shop").target
    assert places.ask(postgresql, database, "SELECT to_regnamespace('convergence') IS NULL") == [(True,)]
    assert places.ask(postgresql, database, "SELECT name FROM setting ORDER BY id") == [
        ("colour",),
        ("shape",),
    ]


def test_without_temporary_tables_the_report_names_the_table_alone(
    mariadb: Server, shop_source: str, postgresql: Server, tmp_path: Path
) -> None:
    migration = move(mariadb, shop_source, postgresql, tmp_path / "run", without=["TEMPORARY ON DATABASE"])
    assert migration.all().equal
    places.ask(postgresql, migration.move("shop").target, "UPDATE setting SET name = 'size' WHERE id = 1")
    with pytest.raises(VerifyFailed, match="differ"):
        migration.verify(source=False)
    report = json.loads((migration.run / "report.json").read_text("utf-8"))
    assert report["verdict"] == "different"
    assert "rows of setting differ cannot be said" in report["problems"][-1]
    assert "lacks the privilege TEMPORARY" in report["problems"][-1]
    with pytest.raises(VerifyFailed, match="setting") as caught:
        migration.verify()
    assert caught.value.details["differences"]


def test_a_table_of_somebody_else_is_named(
    mariadb: Server, shop_source: str, postgresql: Server, tmp_path: Path
) -> None:
    migration = move(mariadb, shop_source, postgresql, tmp_path / "run")
    role, database = migration.target.user, migration.move("shop").target
    places.ask(
        postgresql, database, "ALTER TABLE purchase OWNER TO admin", f"GRANT ALL ON purchase TO {role}"
    )
    migration.inspect()
    with pytest.raises(ConvergenceError, match=r"of public\.purchase, which belongs to"):
        migration.transform()
