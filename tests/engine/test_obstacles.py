# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have put on the target's tables: kept as it is, or refused by name before the target is touched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _errors
from ansible_collections.alkemio.convergence.plugins.module_utils._move import rehearsal

from tests.engine.test_bad_input import refusal, role
from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

_PARTED = (
    small.TARGET[0],
    "CREATE TABLE part (id integer NOT NULL, item_id integer NOT NULL, weight integer NOT NULL)"
    " PARTITION BY RANGE (id)",
    "CREATE TABLE part_one PARTITION OF part FOR VALUES FROM (0) TO (2)",
    "CREATE TABLE part_rest PARTITION OF part DEFAULT",
)


@dataclass(frozen=True)
class Owned:
    """A pair whose target belongs to a role that is not a superuser, and another role beside it."""

    run: Migration
    """Logs in as the owner."""
    server: Server
    other: str

    @property
    def target(self) -> str:
        return self.run.moves[0].target

    @property
    def owner(self) -> str:
        return self.run.target.user

    def admin(self, *statements: str) -> None:
        filled = [one.format(owner=self.owner, other=self.other, db=self.target) for one in statements]
        places.ask(self.server, self.target, *filled)


@contextlib.contextmanager
def owned(
    source: Server, server: Server, folder: Path, target_sql: tuple[str, ...] = small.TARGET
) -> Iterator[Owned]:
    run = small.pair(source, server, folder, target_sql=target_sql)
    target = run.moves[0].target
    relations = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    with role(server) as owner, role(server) as other:
        places.ask(
            server,
            target,
            f"GRANT CREATE ON DATABASE {target} TO {owner.user}",
            f"GRANT CREATE ON SCHEMA public TO {owner.user}",
            *(
                f'ALTER TABLE "{name}" OWNER TO {owner.user}'
                for (name,) in places.ask(server, target, relations)
            ),
        )
        yield Owned(replace(run, target=owner), server, other.user)
        places.drop(server, target)
        places.drop(source, run.moves[0].source)


@dataclass(frozen=True)
class Obstacle:
    """Statements of an administrator, and the words of the refusal."""

    name: str
    statements: tuple[str, ...]
    words: tuple[str, ...]
    target_sql: tuple[str, ...] = small.TARGET
    readable: bool = True


PLANNED = (
    Obstacle(
        "row security that is forced",
        ("ALTER TABLE item ENABLE ROW LEVEL SECURITY", "ALTER TABLE item FORCE ROW LEVEL SECURITY"),
        ("row-level security would hide rows of item", "ALTER TABLE item NO FORCE ROW LEVEL SECURITY"),
    ),
    Obstacle(
        "a foreign key of another role's table",
        (
            "CREATE SCHEMA audit AUTHORIZATION {other}",
            "GRANT USAGE ON SCHEMA audit TO {owner}",
            "GRANT REFERENCES ON item TO {other}",
            "SET ROLE {other}",
            "CREATE TABLE audit.seen (id integer PRIMARY KEY, item_id integer REFERENCES public.item (id))",
        ),
        ("foreign key seen_item_id_fkey of audit.seen, which belongs to {other}", "on the table item"),
    ),
    Obstacle(
        "a partition of another role",
        ("ALTER TABLE part_one OWNER TO {other}",),
        ("the table part has the partition public.part_one of {other}",),
        _PARTED,
    ),
    Obstacle(
        "a partition on another server",
        (
            "DROP TABLE part_one",
            "CREATE FOREIGN DATA WRAPPER nothing",
            "CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing",
            "CREATE FOREIGN TABLE part_one PARTITION OF part FOR VALUES FROM (0) TO (2) SERVER elsewhere",
        ),
        ("the table part has the foreign table public.part_one", "Detach it"),
        _PARTED,
        readable=False,
    ),
    Obstacle(
        "a foreign key whose triggers are disabled",
        ("ALTER TABLE part DISABLE TRIGGER ALL",),
        ("foreign key part_item_id_fkey of public.part", "ENABLE TRIGGER ALL"),
    ),
    Obstacle(
        "a foreign key that may not be made anew",
        (
            "CREATE SCHEMA shared",
            "GRANT USAGE ON SCHEMA shared TO {owner}",
            "CREATE TABLE shared.weight (weight integer PRIMARY KEY)",
            "GRANT REFERENCES ON shared.weight TO {owner}",
            "SET ROLE {owner}",
            "ALTER TABLE part ADD CONSTRAINT part_weight FOREIGN KEY (weight) REFERENCES shared.weight",
            "RESET ROLE",
            "REVOKE REFERENCES ON shared.weight FROM {owner}",
        ),
        ("may not make the foreign key part_weight to shared.weight anew", "GRANT REFERENCES"),
    ),
    Obstacle(
        "an index in a tablespace of somebody else",
        ("CREATE INDEX part_weight ON part (weight) TABLESPACE obstacle",),
        ("may not put back the index part_weight in obstacle", "GRANT CREATE ON TABLESPACE"),
    ),
    Obstacle(
        "an owner whose rights the login has only after SET ROLE",
        ("ALTER TABLE item OWNER TO {other}", "GRANT {other} TO {owner} WITH INHERIT FALSE"),
        ("does not own the table item", "It belongs to {other}", "SET role", "WITH INHERIT TRUE"),
    ),
)


@pytest.fixture(scope="module")
def tablespace(postgresql: Server) -> Iterator[None]:
    make = "CREATE TABLESPACE obstacle LOCATION ''"
    places.ask(postgresql, None, "SET allow_in_place_tablespaces = on", make)
    yield
    places.ask(postgresql, None, "DROP TABLESPACE obstacle")


@pytest.mark.fault("A4", "A5")
@pytest.mark.usefixtures("tablespace")
@pytest.mark.parametrize("obstacle", PLANNED, ids=lambda one: one.name)
def test_the_plan_refuses_it_by_name(
    mariadb: Server, postgresql: Server, tmp_path: Path, obstacle: Obstacle
) -> None:
    with owned(mariadb, postgresql, tmp_path, obstacle.target_sql) as held:
        held.admin(*obstacle.statements)
        words = [word.format(owner=held.owner, other=held.other) for word in obstacle.words]
        as_admin = replace(held.run, target=postgresql)
        with refusal(_errors.PlanError, *words, of=as_admin if obstacle.readable else None):
            held.run.prepare()


_REFUSING = "CREATE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not on production'; END$$"
AT_LOAD = (
    Obstacle(
        "an event trigger that forbids drops",
        (_REFUSING, "CREATE EVENT TRIGGER guard_drops ON sql_drop EXECUTE FUNCTION guard()"),
        ("guard_drops on sql_drop of admin", "ALTER EVENT TRIGGER", "Nothing was changed"),
    ),
    Obstacle(
        "an event trigger that forbids every change of the schema",
        (_REFUSING, "CREATE EVENT TRIGGER guard_all ON ddl_command_start EXECUTE FUNCTION guard()"),
        ("guard_all on ddl_command_start of admin", "Nothing was changed"),
    ),
    Obstacle(
        "a partition's index in a schema where the role may make nothing",
        (
            "CREATE SCHEMA archive",
            "GRANT USAGE ON SCHEMA archive TO {owner}",
            "CREATE TABLE archive.part_old PARTITION OF part FOR VALUES FROM (10) TO (20)",
            "CREATE INDEX part_old_alone ON archive.part_old (weight)",
            "ALTER TABLE archive.part_old OWNER TO {owner}",
        ),
        ("putting back the index part_old_alone of archive.part_old", "permission denied for schema archive"),
        _PARTED,
    ),
)


@pytest.mark.fault("A4", "A14")
@pytest.mark.parametrize("obstacle", AT_LOAD, ids=lambda one: one.name)
def test_the_load_rehearses_and_refuses_it_by_name(
    mariadb: Server, postgresql: Server, tmp_path: Path, obstacle: Obstacle
) -> None:
    with owned(mariadb, postgresql, tmp_path, obstacle.target_sql) as held:
        held.admin(*obstacle.statements)
        held.run.prepare()
        held.run.dump()
        for check in (True, False):
            with refusal(_errors.TargetNotReady, *obstacle.words, of=replace(held.run, target=postgresql)):
                held.run.load(check=check)
        held.admin(*(f"DROP EVENT TRIGGER IF EXISTS {name}" for name in ("guard_drops", "guard_all")))


SINCE = (
    Obstacle(
        "a partition attached",
        ("CREATE TABLE part_late PARTITION OF part FOR VALUES FROM (10) TO (20)",),
        ("table part: partition public.part_late bound: before nothing",),
        _PARTED,
    ),
    Obstacle(
        "a partition detached",
        ("ALTER TABLE part DETACH PARTITION part_one",),
        ("table part: partition public.part_one bound", "table part_one: it is new"),
        _PARTED,
    ),
    Obstacle("a child", ("CREATE TABLE late () INHERITS (item)",), ("table late: it is new",)),
    Obstacle("UNLOGGED", ("ALTER TABLE part SET UNLOGGED",), ("table part: persistence: before nothing",)),
    Obstacle(
        "a rule",
        ("CREATE RULE late AS ON INSERT TO item DO INSTEAD NOTHING",),
        ("table item: rule late: before nothing",),
    ),
    Obstacle(
        "row security",
        ("ALTER TABLE item ENABLE ROW LEVEL SECURITY",),
        ("table item: row security: before nothing, now 'enabled'",),
    ),
    Obstacle("another owner", ("ALTER TABLE item OWNER TO {other}",), ("table item: owner: before",)),
    Obstacle(
        "an event trigger",
        (
            _REFUSING.replace("RAISE 'not on production'", "NULL"),
            "CREATE EVENT TRIGGER late ON sql_drop EXECUTE FUNCTION guard()",
        ),
        ("the event trigger late on sql_drop of admin: before nothing",),
    ),
)


@pytest.mark.fault("A4", "A13")
@pytest.mark.parametrize("obstacle", SINCE, ids=lambda one: one.name)
def test_what_came_after_the_inspection_is_named(
    mariadb: Server, postgresql: Server, tmp_path: Path, obstacle: Obstacle
) -> None:
    with owned(mariadb, postgresql, tmp_path, obstacle.target_sql) as held:
        held.run.prepare()
        held.run.dump()
        held.admin(*obstacle.statements)
        with refusal(_errors.TargetNotReady, *obstacle.words, of=replace(held.run, target=postgresql)):
            held.run.load()


@pytest.mark.fault("A5")
def test_a_row_that_a_policy_hides_is_never_equal(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    """Row security that does not bind the owner is not an obstacle; forced after the load it stops the proof."""
    with owned(mariadb, postgresql, tmp_path) as held:
        held.admin("ALTER TABLE item ENABLE ROW LEVEL SECURITY", "CREATE POLICY few ON item USING (id < 10)")
        assert held.run.all().equal
        held.admin(
            "INSERT INTO item VALUES (99, 'surplus', NULL)", "ALTER TABLE item FORCE ROW LEVEL SECURITY"
        )
        with pytest.raises(_errors.ConvergenceError, match="Row-level security would hide rows") as caught:
            held.run.verify()
        assert "item" in str(caught.value)


@pytest.mark.fault("A4")
def test_a_login_that_becomes_the_owner_leaves_nothing_of_its_own(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    with owned(mariadb, postgresql, tmp_path) as held, role(postgresql) as member:
        held.admin(f"GRANT {{owner}} TO {member.user}", f"ALTER ROLE {member.user} SET role = {{owner}}")
        assert replace(held.run, target=member).all().equal
        rows = places.ask(
            postgresql,
            held.target,
            f"SELECT count(*) FROM pg_class WHERE relowner = '{member.user}'::regrole",
        )
        assert rows == [(0,)]


@pytest.mark.fault("A4", "A14")
def test_what_the_load_leaves_as_it_is_stands_in_the_plan(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    with owned(mariadb, postgresql, tmp_path) as held:
        held.admin(
            _REFUSING.replace("RAISE 'not on production'", "NULL"),
            "CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION guard()",
            "CREATE RULE routed AS ON INSERT TO item DO INSTEAD NOTHING",
            "ALTER TABLE part SET UNLOGGED",
        )
        held.run.inspect()
        notices = " ".join(held.run.transform().plan.databases[0].notices)
        for words in (
            "the event trigger watch on sql_drop of admin",
            "the rule routed of item sees none of the loaded rows",
            "the table part is UNLOGGED",
        ):
            assert words in notices
        held.run.dump()
        held.run.load()
        assert held.run.verify().equal
        held.admin("DROP EVENT TRIGGER watch")


@pytest.mark.fault("A14")
@pytest.mark.parametrize("source", ["mariadb", "mysql"])
def test_orphans_under_a_key_that_is_not_valid_are_loaded_and_said(
    source: str, postgresql: Server, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run = small.pair(
        request.getfixturevalue(source),
        postgresql,
        tmp_path,
        (
            "CREATE TABLE p (id INT NOT NULL PRIMARY KEY)",
            "CREATE TABLE c (id INT NOT NULL PRIMARY KEY, p_id INT NOT NULL)",
            "INSERT INTO p VALUES (1)",
            "INSERT INTO c VALUES (1, 1), (2, 99)",
        ),
        (
            "CREATE TABLE p (id integer PRIMARY KEY)",
            "CREATE TABLE c (id integer PRIMARY KEY, p_id integer NOT NULL)",
            "ALTER TABLE c ADD CONSTRAINT c_p FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE"
            " DEFERRABLE INITIALLY DEFERRED NOT VALID",
        ),
    )
    run.inspect()
    assert "the foreign key c_p of c is NOT VALID" in " ".join(run.transform().plan.databases[0].notices)
    (said,) = (one for one in run.dump().misfits if one.kind == "orphan_kept")
    assert (said.count, said.examples) == (1, ("id=2",))
    run.load()
    assert run.verify().equal
    target = run.moves[0].target
    valid = "SELECT convalidated, condeferred, confdeltype::text FROM pg_constraint WHERE conname = 'c_p'"
    assert places.ask(postgresql, target, valid) == [(False, True, "c")]
    assert places.ask(postgresql, target, "SELECT count(*) FROM c") == [(2,)]


@pytest.mark.parametrize("seeds", [[], ["item", "part"]])
def test_tables_that_refer_to_each_other_are_rehearsed_in_groups(
    mariadb: Server, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: list[str]
) -> None:
    """Seed rows of one group refer to those of another; and a key of another group is none that came new."""
    monkeypatch.setattr(rehearsal, "_GROUP", 1)
    migration = small.pair(mariadb, postgresql, tmp_path)
    database = migration.moves[0].target
    if seeds:
        places.ask(
            postgresql,
            database,
            "INSERT INTO item VALUES (7, 'seed', NULL)",
            "INSERT INTO part (item_id, weight) VALUES (7, 1)",
        )
    migration.profiles = {"seeds": {"name": "seeds", "seed_tables": seeds}}
    migration.moves = [replace(migration.moves[0], profile="seeds")]
    assert migration.all().equal
    places.drop(postgresql, database)
