# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is wrong before the work begins: one line with the object and the remedy, and nothing changed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _errors
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection, ledger
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

CLOSED_PORT = 9  # "discard": nobody listens


@pytest.fixture
def migration(mariadb: Server, postgresql: Server, tmp_path: Path) -> Iterator[Migration]:
    made = small.pair(mariadb, postgresql, tmp_path)
    yield made
    places.drop(mariadb, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


def state_of_target(migration: Migration) -> list[Any]:
    """Every schema, table, index and row."""
    database = migration.moves[0].target
    server = migration.target
    found: list[Any] = places.ask(
        server,
        database,
        "SELECT n.nspname, c.relname, c.relfilenode FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2",
    )
    for schema, table in places.ask(
        server, database, "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public'"
    ):
        found += places.ask(server, database, f'SELECT t::text FROM "{schema}"."{table}" t ORDER BY 1')
    return found


@contextlib.contextmanager
def refusal(kind: type[_errors.ConvergenceError], *words: str, of: Migration | None = None) -> Iterator[None]:
    """The block raises exactly this error, whose one line has these words, and leaves the target alone."""
    before = state_of_target(of) if of else None
    with pytest.raises(kind) as caught:
        yield
    message = str(caught.value)
    assert type(caught.value) is kind
    assert "\n" not in message
    assert message.count(". ") >= 1 or message.endswith("."), message
    for word in words:
        assert word in message
    assert (state_of_target(of) if of else None) == before


# --- reaching the servers -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_a_wrong_password_of_the_source(
    migration: Migration, kind: str, request: pytest.FixtureRequest
) -> None:
    server = replace(request.getfixturevalue(kind), password="wrong")
    with refusal(_errors.ServerError, "refused the login", "'admin'", "login_password", of=migration):
        replace(migration, source=server).inspect()
    assert not migration.run.exists()


def test_a_wrong_password_of_the_target(migration: Migration) -> None:
    broken = replace(migration, target=replace(migration.target, password="wrong"))
    with refusal(_errors.ServerError, "refused the login", "'admin'", "login_password", of=migration):
        broken.inspect()


@pytest.mark.parametrize("side", ["source", "target"])
def test_an_unreachable_server(migration: Migration, side: str) -> None:
    broken = replace(migration, **{side: replace(getattr(migration, side), port=CLOSED_PORT)})
    with refusal(
        _errors.ServerError, f"the {side} server 127.0.0.1:{CLOSED_PORT}", "login_port", of=migration
    ):
        broken.inspect()


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_missing_database(migration: Migration, side: str) -> None:
    elsewhere: dict[str, Any] = {side: "nowhere"}
    move = replace(migration.moves[0], **elsewhere)
    with refusal(_errors.ServerError, "has no database 'nowhere'", of=migration):
        replace(migration, moves=[move]).inspect()


# --- privileges -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def account(server: Server, *grants: str) -> Iterator[Server]:
    """A MySQL account that may do no more than this."""
    name = places.unique("reader")
    places.ask(
        server,
        None,
        f"CREATE USER {name} IDENTIFIED BY 'Pass-word1'",
        *(f"GRANT {grant} TO {name}" for grant in grants),
    )
    try:
        yield replace(server, user=name, password="Pass-word1")
    finally:
        places.ask(server, None, f"DROP USER {name}")


@contextlib.contextmanager
def role(server: Server, *databases: str) -> Iterator[Server]:
    """A PostgreSQL role that owns nothing."""
    name = places.unique("loader")
    places.ask(server, None, f"CREATE ROLE {name} LOGIN PASSWORD 'Pass-word1'")
    try:
        yield replace(server, user=name, password="Pass-word1")
    finally:
        for database in databases:
            places.ask(server, database, f"REASSIGN OWNED BY {name} TO CURRENT_USER", f"DROP OWNED BY {name}")
        places.ask(server, None, f"DROP ROLE {name}")


def test_a_source_account_without_any_privilege(migration: Migration) -> None:
    with (
        account(migration.source) as reader,
        refusal(_errors.ServerError, migration.moves[0].source, "grants", of=migration),
    ):
        replace(migration, source=reader).inspect()


def test_a_source_account_that_may_read_one_table_only(migration: Migration) -> None:
    source = migration.moves[0].source
    with (
        account(migration.source, f"SELECT ON {source}.item") as reader,
        refusal(_errors.PlanError, "part", of=migration),
    ):
        replace(migration, source=reader).prepare()


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
@pytest.mark.parametrize("privileges", ["SELECT", "SELECT, LOCK TABLES"])
def test_reading_needs_no_more_than_select(
    kind: str, privileges: str, postgresql: Server, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(kind)
    migration = small.pair(server, postgresql, tmp_path)
    with account(server, f"{privileges} ON {migration.moves[0].source}.*") as reader:
        assert replace(migration, source=reader).all().equal
    places.drop(server, migration.moves[0].source)
    places.drop(postgresql, migration.moves[0].target)


def test_a_target_role_that_owns_nothing(migration: Migration) -> None:
    target = migration.moves[0].target
    places.ask(migration.target, target, "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO PUBLIC")
    with (
        role(migration.target, target) as loader,
        refusal(_errors.PlanError, "does not own the table item", "log in as that role", of=migration),
    ):
        replace(migration, target=loader).prepare()


def owned_by(migration: Migration, name: str) -> None:
    places.ask(
        migration.target,
        migration.moves[0].target,
        f"ALTER TABLE item OWNER TO {name}",
        f"ALTER TABLE part OWNER TO {name}",
    )


def test_a_target_role_that_may_not_create_a_schema(migration: Migration) -> None:
    target = migration.moves[0].target
    with role(migration.target, target) as loader:
        owned_by(migration, loader.user)
        limited = replace(migration, target=loader)
        limited.prepare().dump()
        with refusal(
            _errors.TargetNotReady, "may not create a schema", "GRANT CREATE ON DATABASE", of=migration
        ):
            limited.load()
        # Since PostgreSQL 15 this is nobody's but the database's owner's; every index that comes back needs it.
        places.ask(migration.target, None, f"GRANT CREATE ON DATABASE {target} TO {loader.user}")
        with refusal(
            _errors.TargetNotReady, "may not create in the schema", "ON SCHEMA public", of=migration
        ):
            limited.load()


def test_a_plain_owner_without_superuser_rights_is_enough(migration: Migration) -> None:
    target = migration.moves[0].target
    with role(migration.target, target) as loader:
        owned_by(migration, loader.user)
        places.ask(migration.target, None, f"GRANT CREATE ON DATABASE {target} TO {loader.user}")
        places.ask(migration.target, target, f"GRANT CREATE ON SCHEMA public TO {loader.user}")
        assert replace(migration, target=loader).all().equal


# --- the target's schema --------------------------------------------------------------------------------


def test_a_target_that_is_not_utf8(migration: Migration) -> None:
    name = places.unique("latin")
    places.ask(
        migration.target, None, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    )
    places.ask(migration.target, name, *small.TARGET)
    broken = replace(migration, moves=[replace(migration.moves[0], target=name)])
    with refusal(_errors.PlanError, "encoded in LATIN1", "ENCODING 'UTF8'", of=broken):
        broken.prepare()
    places.drop(migration.target, name)


SCHEMA_FAULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a missing table": ("DROP TABLE part", ("the target has no table part", "skip_tables")),
    "a missing column": ("ALTER TABLE item DROP note", ("item.note", "no target column")),
    "a surplus table": ("CREATE TABLE other (id int)", ("the source has no table other",)),
    "a surplus column": ("ALTER TABLE item ADD extra int", ("item.extra", "no source column")),
    "a type without a rule": ("ALTER TABLE item ALTER note TYPE point USING NULL", ("item.note", "point")),
}


@pytest.mark.parametrize("fault", SCHEMA_FAULTS)
def test_a_target_schema_with(migration: Migration, fault: str) -> None:
    statement, words = SCHEMA_FAULTS[fault]
    places.ask(migration.target, migration.moves[0].target, statement)
    with refusal(_errors.PlanError, *words, of=migration):
        migration.prepare()
    assert not (migration.run / "transform.json").exists()


def test_all_faults_of_a_schema_are_listed_at_once(migration: Migration) -> None:
    places.ask(
        migration.target,
        migration.moves[0].target,
        "ALTER TABLE item DROP note",
        "ALTER TABLE part DROP weight",
        "CREATE TABLE other (id int)",
    )
    with pytest.raises(_errors.PlanError) as caught:
        migration.prepare()
    other, columns = caught.value.details["problems"]
    assert "the source has no table other" in other
    assert "item.note, part.weight" in columns


def test_an_unknown_profile(migration: Migration) -> None:
    broken = replace(migration, moves=[replace(migration.moves[0], profile="alkemoi")])
    with refusal(_errors.InputError, "no profile 'alkemoi'", "alkemio, kratos", of=migration):
        broken.prepare()


# --- run directories ------------------------------------------------------------------------------------


STEPS: dict[str, tuple[Callable[[Migration], Any], Callable[[Migration], Any], type[Any], str]] = {
    "transform before inspect": (lambda m: None, lambda m: m.transform(), _errors.InputError, "inspect step"),
    "dump before transform": (
        lambda m: m.inspect(),
        lambda m: m.dump(),
        _errors.InputError,
        "transform step",
    ),
    "load before dump": (lambda m: m.prepare(), lambda m: m.load(), _errors.InputError, "dump step"),
    "verify before dump": (lambda m: m.prepare(), lambda m: m.verify(), _errors.InputError, "dump step"),
    "verify before load": (
        lambda m: m.prepare().dump(),
        lambda m: m.verify(),
        _errors.TargetNotReady,
        "load step",
    ),
}


@pytest.mark.parametrize("order", STEPS)
def test_steps_out_of_order(migration: Migration, order: str) -> None:
    before, step, kind, word = STEPS[order]
    before(migration)
    with refusal(kind, word, of=migration):
        step(migration)


def test_a_run_directory_of_another_source(migration: Migration, mysql: Server) -> None:
    migration.prepare().dump()
    name = places.new_source(mysql, "small")
    places.ask(mysql, name, *small.SOURCE)
    other = replace(migration, source=mysql, moves=[replace(migration.moves[0], source=name)])
    for step in (other.inspect, other.dump):
        with refusal(_errors.ForeignRunDirectory, "belongs to another source", "run_directory", of=migration):
            step()
    places.drop(mysql, name)


def test_a_run_directory_of_other_databases(migration: Migration) -> None:
    migration.prepare()
    move = migration.moves[0]
    source, target = places.new_source(migration.source), places.new_target(migration.target)
    for other in (replace(move, source=source), replace(move, target=target)):
        with refusal(_errors.ForeignRunDirectory, "belongs to another", "run_directory", of=migration):
            replace(migration, moves=[other]).inspect()


def test_a_plan_of_other_catalogs(migration: Migration) -> None:
    migration.prepare().dump()
    places.ask(migration.target, migration.moves[0].target, "ALTER TABLE item ALTER name TYPE varchar(41)")
    migration.inspect()
    with refusal(_errors.ForeignRunDirectory, "transform.json", "transform step", of=migration):
        migration.load()


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_schema_that_changed_after_it_was_inspected(migration: Migration, side: str) -> None:
    migration.prepare()
    move = migration.moves[0]
    if side == "source":
        places.ask(migration.source, move.source, "ALTER TABLE item MODIFY name varchar(50) NOT NULL")
        with refusal(_errors.ForeignRunDirectory, move.source, "inspect and transform", of=migration):
            migration.dump()
    else:
        migration.dump()
        places.ask(migration.target, move.target, "CREATE INDEX later ON item (name)")
        with refusal(_errors.TargetNotReady, move.target, "inspect and transform", of=migration):
            migration.load()


def test_a_target_that_holds_rows(migration: Migration) -> None:
    places.ask(migration.target, migration.moves[0].target, "INSERT INTO item VALUES (9, 'nine')")
    migration.prepare().dump()
    with refusal(_errors.TargetNotReady, "already holds rows in item", "seed_tables", of=migration):
        migration.load()


def test_a_target_that_another_run_has_loaded(migration: Migration, tmp_path: Path) -> None:
    migration.all()
    other = replace(migration, run=tmp_path / "other")
    with contextlib.suppress(_errors.ConvergenceError):
        other.prepare().dump()
    with refusal(_errors.TargetNotReady, "ledger of another run", "Go on with that run", of=migration):
        other.load()


def test_a_moved_run_directory_is_the_same_run(migration: Migration, tmp_path: Path) -> None:
    migration.prepare().dump()
    shutil.move(migration.run, tmp_path / "elsewhere")
    moved = replace(migration, run=tmp_path / "elsewhere")
    assert not moved.dump().changed
    moved.load()
    assert moved.verify().equal


def test_a_run_directory_that_somebody_works_in(migration: Migration) -> None:
    migration.prepare()
    with (
        RunDirectory(str(migration.run)).locked(),
        refusal(_errors.AlreadyRunning, str(migration.run), "run_directory", of=migration),
    ):
        migration.dump()


def test_a_target_that_somebody_loads(migration: Migration) -> None:
    migration.prepare().dump()
    database = migration.moves[0].target
    with connection.connect(migration.target_login, database, "test") as held:
        ledger.lock(held, database)
        with refusal(_errors.AlreadyRunning, database, "pg_stat_activity", of=migration):
            migration.load()
