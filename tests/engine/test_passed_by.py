# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load passes by on the target: refused, or listed, or done by a rule."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    PlanError,
    ServerError,
    TargetNotReady,
    VerifyFailed,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset

from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.engine.traps import rows, trap
from tests.support.servers.server import Server


@pytest.fixture(params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.mark.fault("A9")
def test_a_twin_that_differs_in_case_has_no_source_column(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    source = (
        "CREATE TABLE item (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL)",
        "INSERT INTO item VALUES (1, 'one'), (2, 'two')",
    )
    target = (
        'CREATE TABLE item (id integer PRIMARY KEY, name varchar(20) NOT NULL, "Name" varchar(20), "ID" integer)',
    )
    run = trap(server, postgresql, tmp_path, source, target)
    run.inspect()
    with pytest.raises(PlanError) as refused:
        run.transform()
    (told,) = refused.value.details["problems"]
    assert "2 target columns have no source column: item.Name, item.ID." in told
    rules = {
        "add_columns": [
            {"table": "item", "column": name, "leave_to_default": True} for name in ("Name", "ID")
        ]
    }
    decided = trap(server, postgresql, tmp_path / "by rule", source, target, rules)
    assert decided.all().equal
    assert rows(decided, "SELECT * FROM item ORDER BY id") == [(1, "one", None, None), (2, "two", None, None)]


# --- columns, triggers, materialized views --------------------------------------------------------------

SOURCE = (
    "CREATE TABLE article (id INT NOT NULL PRIMARY KEY, title VARCHAR(40) NOT NULL, twice INT NULL)",
    "INSERT INTO article VALUES (1, 'Hello world', 2), (2, 'Second one', 4)",
    "CREATE TABLE sale (id INT NOT NULL PRIMARY KEY, amount DECIMAL(8,2) NOT NULL)",
    "INSERT INTO sale VALUES (1, 10.50), (2, 4.50)",
)
TARGET = (
    "CREATE TABLE article (id integer PRIMARY KEY, title varchar(40) NOT NULL, search tsvector,"
    " twice integer GENERATED ALWAYS AS (id * 2) STORED, shout text GENERATED ALWAYS AS (upper(title)) STORED,"
    " state text NOT NULL DEFAULT 'new', row_number bigint GENERATED ALWAYS AS IDENTITY)",
    "CREATE FUNCTION fill_search() RETURNS trigger LANGUAGE plpgsql AS"
    " $f$ BEGIN NEW.search := to_tsvector('simple', NEW.title); RETURN NEW; END $f$",
    'CREATE TRIGGER "article ON INSERT" BEFORE INSERT OR UPDATE ON article FOR EACH ROW EXECUTE FUNCTION fill_search()',
    "CREATE TRIGGER article_later AFTER UPDATE ON article FOR EACH ROW EXECUTE FUNCTION fill_search()",
    "CREATE TABLE log (sale_id integer, at timestamptz DEFAULT now())",
    "CREATE FUNCTION keep_log() RETURNS trigger LANGUAGE plpgsql AS"
    " $f$ BEGIN INSERT INTO public.log (sale_id) VALUES (NEW.id); RETURN NULL; END $f$",
    "CREATE TABLE sale (id integer PRIMARY KEY, amount numeric(8,2) NOT NULL)",
    "CREATE TRIGGER sale_log AFTER INSERT ON sale FOR EACH ROW EXECUTE FUNCTION keep_log()",
    "CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n, coalesce(sum(amount), 0) AS amount FROM sale",
    "CREATE VIEW between_them AS SELECT n FROM total",
    "CREATE SCHEMA reports",
    'CREATE MATERIALIZED VIEW reports."A first name" AS SELECT n + 1 AS n FROM between_them WITH NO DATA',
    "CREATE MATERIALIZED VIEW reports.unrelated AS SELECT 1 AS n",
)
LEFT: dict[str, Any] = {
    "skip_tables": ["log"],
    "add_columns": [
        {"table": "article", "column": name, "leave_to_default": True}
        for name in ("search", "state", "row_number")
    ],
}
FIRST_NAME = 'reports."A first name"'


def passed(run: Migration, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = run.verify(**options).report["databases"][0]["passed_by"]
    return found


@pytest.mark.fault("A14")
def test_what_the_load_passes_by_is_in_plan_task_and_report(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(server, postgresql, tmp_path, SOURCE, TARGET, LEFT)
    assert run.all().equal
    found = passed(run)
    columns = {one["column"]: one["why"] for one in found["columns"]}
    assert columns == {
        "search": "left to its default, which is NULL; should article ON INSERT fill it, it saw no row",
        "twice": "computed by the target and compared",
        "shout": "computed by the target from what arrives, and has nothing to compare it with",
        "state": "left to its default, 'new'::text; should article ON INSERT fill it, it saw no row",
        "row_number": "left to its sequence: every row gets a new value; should article ON INSERT fill it, it saw"
        " no row",
    }
    assert [(one["table"], one["name"]) for one in found["triggers"]] == [
        ("article", "article ON INSERT"),
        ("sale", "sale_log"),
    ]
    views = {one["name"]: (one["refreshed"], one["populated"]) for one in found["materialized_views"]}
    assert views == {"total": (False, True), "A first name": (False, False)}
    told = run.transform().summary
    text = "\n".join(told)
    for words in (
        *(f"article.{column} of the target is {why}" for column, why in columns.items()),
        "the trigger article ON INSERT of article sees none of the rows",
        "the trigger sale_log of sale sees none of the rows",
        "the materialized view total stays as it is",
        "the materialized view reports.A first name stays as it is",
    ):
        assert words in text
    assert "article_later" not in text
    assert "unrelated" not in text
    assert rows(run, "SELECT n FROM total") == [(0,)]
    assert rows(run, "SELECT search, state, row_number FROM article ORDER BY id") == [
        (None, "new", 1),
        (None, "new", 2),
    ]
    assert rows(run, "INSERT INTO article (id, title) VALUES (3, 'x') RETURNING row_number") == [(3,)]


DONE = LEFT | {
    "refresh_materialized_views": ["reports.*", "total"],
    "after_load": [
        {"statement": "UPDATE article SET title = title", "reason": "the trigger fills search"},
        {
            "statement": "-- 100% of it\nUPDATE article SET state = lower(state) || '-' || $q$%s;$q$ WHERE id = 1;"
        },
    ],
}


@pytest.mark.fault("A14")
def test_rules_fill_what_was_passed_by(server: Server, postgresql: Server, tmp_path: Path) -> None:
    run = trap(server, postgresql, tmp_path, SOURCE, TARGET, DONE).prepare()
    run.dump()
    actions = run.load().actions
    for words in (
        "did statement 1 of after_load (2 rows)",
        "did statement 2 of after_load (1 rows)",
        "refreshed the materialized view public.total (1 rows)",
        "refreshed the materialized view reports.A first name (1 rows)",
    ):
        assert any(words in action for action in actions), actions
    assert run.verify().equal
    assert rows(run, "SELECT state, search = to_tsvector('simple', title) FROM article ORDER BY id") == [
        ("new-%s;", True),
        ("new", True),
    ]
    assert rows(run, "SELECT n, amount FROM total") == [(2, 15)]
    assert rows(run, f"SELECT n FROM {FIRST_NAME}") == [(3,)], "after the one it reads"
    assert rows(run, "SELECT count(*) FROM log") == [(0,)]
    found = passed(run)
    assert [(one["number"], one["rows"]) for one in found["after_load"]] == [(1, 2), (2, 1)]
    assert all(
        one["refreshed"] and one["populated"] and one["rows"] == 1 for one in found["materialized_views"]
    )
    text = "\n".join(run.transform().summary)
    assert (
        "statement 1 of after_load is done on the target when all rows are there: the trigger fills search"
        in text
    )
    assert "the materialized view total is refreshed after the load" in text
    assert not run.load().changed

    rows(run, "REFRESH MATERIALIZED VIEW total WITH NO DATA")
    with pytest.raises(
        VerifyFailed, match=r"public\.total was refreshed by the load and holds nothing any more"
    ):
        run.verify(source=False)
    reset(run.target_login, str(run.run), confirm=True)
    assert rows(run, "SELECT count(*) FROM article") == [(0,)]


@pytest.mark.fault("A14")
def test_a_statement_that_changes_what_was_carried_is_found(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    rules = LEFT | {"after_load": [{"statement": "UPDATE article SET title = upper(title) WHERE id = 2"}]}
    run = trap(mariadb, postgresql, tmp_path, SOURCE, TARGET, rules)
    with pytest.raises(VerifyFailed) as refused:
        run.all()
    (difference,) = refused.value.details["differences"]
    assert difference["key"] == {"id": "2"}
    assert difference["columns"] == ["title"]


@pytest.mark.fault("A14")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE artikle SET title = title", 'relation "artikle" does not exist'),
        ("UPDATE article SET titel = 'secret'", "titel"),
        ("WITH x AS (SELECT 1) UPDATE article SET title = nothing(title)", "nothing"),
        ("SELECT 1; COMMIT", "42601"),
        ("UPDATE article SET title = 'secret'; DELETE FROM sale", "42601"),
        ("SELECT pg_read_file('/etc/passwd') FROM pg_authid", "permission denied"),
    ],
)
def test_a_statement_that_the_target_would_refuse_is_named_before_anything_is_loaded(
    mariadb: Server, postgresql: Server, tmp_path: Path, statement: str, words: str
) -> None:
    role = places.unique("mover")
    rules = LEFT | {"after_load": [{"statement": "SELECT 1"}, {"statement": statement}]}
    owned = [f"ALTER TABLE {name} OWNER TO {role}" for name in ("article", "sale", "log")]
    made = f"CREATE ROLE {role} LOGIN PASSWORD '{role}-password'", f"GRANT CREATE ON SCHEMA public TO {role}"
    run = trap(mariadb, postgresql, tmp_path, SOURCE, (*TARGET, *made, *owned), rules)
    places.ask(postgresql, None, f"GRANT CREATE, TEMPORARY ON DATABASE {run.moves[0].target} TO {role}")
    run.target = replace(run.target, user=role, password=f"{role}-password")
    run.prepare()
    run.dump()
    for check in (True, False):
        with pytest.raises(TargetNotReady) as refused:
            run.load(check=check)
        assert "would refuse statement 2 of after_load" in str(refused.value)
        assert words in str(refused.value)
        assert "secret" not in str(refused.value)
    assert rows(run, "SELECT to_regnamespace('convergence') IS NULL, count(*) FROM article") == [(True, 0)]


@pytest.mark.fault("A14")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE article SET state = (title)::integer::text", "22P02"),
        (
            "DO $$ BEGIN UPDATE article SET state = 'half'; RAISE 'secret'; END $$",
            "a function of the database",
        ),
        ("DO $$ BEGIN COMMIT; END $$", "2D000"),
        ("CALL ends()", "2D000"),
        ("VACUUM article", "25001"),
        ("DO $$ BEGIN END $$; COMMIT", "42601"),
    ],
)
def test_a_statement_that_fails_leaves_nothing_and_is_named(
    mariadb: Server, postgresql: Server, tmp_path: Path, statement: str, words: str
) -> None:
    ends = "CREATE PROCEDURE ends() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$"
    rules = LEFT | {
        "after_load": [{"statement": "UPDATE article SET state = 'one'"}, {"statement": statement}]
    }
    run = trap(mariadb, postgresql, tmp_path, SOURCE, (*TARGET, ends), rules).prepare()
    run.dump()
    for _attempt in range(2):
        with pytest.raises(ServerError) as refused:
            run.load()
        assert "statement 2 of after_load failed" in str(refused.value)
        assert words in str(refused.value)
        assert not any(value in str(refused.value) for value in ("secret", "Hello"))
        assert rows(run, "SELECT DISTINCT state FROM article") == [("one",)]
        assert rows(run, "SELECT number FROM convergence.step") == [(1,)]
    reset(run.target_login, str(run.run), confirm=True)
    assert rows(run, "SELECT to_regnamespace('convergence') IS NULL, count(*) FROM article") == [(True, 0)]


@pytest.mark.fault("A14")
def test_a_statement_is_done_once_wherever_the_load_is_killed(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    """Killed while the second statement waits, in the middle of its transaction, and after its commit."""
    counts = "UPDATE tally SET n = n + 1"
    rules = {
        "skip_tables": ["log", "tally", "gate"],
        "add_columns": LEFT["add_columns"],
        "after_load": [
            {"statement": counts},
            {
                "statement": "WITH u AS (UPDATE tally SET n = n + 100 RETURNING n)"
                " SELECT n, g FROM u, gate g FOR SHARE OF g"
            },
            {"statement": counts},
        ],
    }
    more = "CREATE TABLE tally (n integer)", "INSERT INTO tally VALUES (0)", "CREATE TABLE gate (g integer)"
    run = trap(mariadb, postgresql, tmp_path, SOURCE, (*TARGET, *more, "INSERT INTO gate VALUES (1)"), rules)
    run.prepare()
    run.dump()
    with places.session(run.target, run.moves[0].target) as holder:
        holder.autocommit = False
        holder.execute("SELECT * FROM gate FOR UPDATE")
        process = run.start("load", workers=1)
        waiting = (
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'convergence: after the load'"
            f" AND datname = '{run.moves[0].target}' AND wait_event_type = 'Lock'"
        )
        patience = time.monotonic() + 120
        while not rows(run, waiting):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < patience
            time.sleep(0.05)
        assert rows(run, "SELECT n FROM tally") == [(1,)], "hit in the middle of the second statement"
        process.kill()
        process.communicate()
        holder.rollback()
    run.load()
    assert rows(run, "SELECT n FROM tally") == [(102,)]
    assert run.verify().equal
    rows(run, "UPDATE convergence.run SET state = 'rebuilt'")  # as if killed before the last step was noted
    run.load()
    assert rows(run, "SELECT n FROM tally") == [(102,)]
    assert run.verify().equal


# --- refused by the plan --------------------------------------------------------------------------------


@pytest.mark.fault("A14")
@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"refresh_materialized_views": ["totals"]}, "names totals, and no materialized view"),
        ({"refresh_materialized_views": ["unrelated"]}, "There are: total, reports.A first name"),
        (
            {
                "add_columns": [
                    *LEFT["add_columns"],
                    {"table": "sale", "column": "note", "leave_to_default": True},
                ]
            },
            "sale.note is NOT NULL and has no default to leave it to",
        ),
    ],
)
def test_rules_that_cannot_be_kept_are_refused_by_the_plan(
    mariadb: Server, postgresql: Server, tmp_path: Path, rules: dict[str, Any], words: str
) -> None:
    more = "ALTER TABLE sale ADD note text NOT NULL" if "add_columns" in rules else "SELECT 1"
    run = trap(mariadb, postgresql, tmp_path, SOURCE, (*TARGET, more), LEFT | rules)
    run.inspect()
    with pytest.raises(PlanError, match=words):
        run.transform()


@pytest.mark.fault("A14")
def test_a_view_of_somebody_else_is_refused_by_the_plan(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    role = places.unique("mover")
    made = f"CREATE ROLE {role} LOGIN PASSWORD '{role}-password'"
    owned = [f"ALTER TABLE {name} OWNER TO {role}" for name in ("article", "sale", "log")]
    run = trap(mariadb, postgresql, tmp_path, SOURCE, (*TARGET, made, *owned), DONE)
    run.target = replace(run.target, user=role, password=f"{role}-password")
    run.inspect()
    with pytest.raises(PlanError, match="may not refresh the materialized view"):
        run.transform()
