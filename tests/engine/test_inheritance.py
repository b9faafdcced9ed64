# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that inherit: each is filled, compared and emptied by itself, and a child nobody planned is left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.changes import Change, changes
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import VerifyFailed
from ansible_collections.alkemio.convergence.plugins.module_utils._move.cleanup import cleanup
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset

from tests.engine import heard
from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A4")

SOURCE = (
    "CREATE TABLE entry (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, what varchar(20) NOT NULL)",
    "CREATE TABLE entry_old (id int NOT NULL PRIMARY KEY, what varchar(20) NOT NULL, why varchar(20) NULL)",
    "CREATE TABLE tag (id int NOT NULL PRIMARY KEY, word varchar(20) NOT NULL UNIQUE)",
    "CREATE TABLE tagged (id int NOT NULL PRIMARY KEY, entry_id int NOT NULL, tag_id int NOT NULL, doc json NULL,"
    " FOREIGN KEY (entry_id) REFERENCES entry (id))",
    "CREATE TABLE setting (name varchar(20) NOT NULL PRIMARY KEY, setting varchar(20) NULL)",
    "CREATE TABLE visit (id int NOT NULL, day date NOT NULL, PRIMARY KEY (id, day))",
    "CREATE TABLE loose (a int NULL)",
    "INSERT INTO entry VALUES (1, 'now'), (2, 'now')",
    "INSERT INTO entry_old VALUES (10, 'then', 'x'), (11, 'then', NULL), (12, 'then', '')",
    "INSERT INTO tag VALUES (1, 'red'), (2, 'blue')",
    "INSERT INTO tagged VALUES (1, 1, 1, '{\"a\": 1}'), (2, 2, 2, NULL)",
    "INSERT INTO setting VALUES ('colour', 'green')",
    "INSERT INTO visit VALUES (1, '2020-01-01'), (1, '2024-01-01'), (2, '2024-02-01')",
    "INSERT INTO loose VALUES (1), (1), (NULL)",
)
TARGET = (
    "CREATE TABLE entry (id serial PRIMARY KEY, what varchar(20) NOT NULL)",
    "CREATE INDEX entry_what ON entry (what)",
    "CREATE TABLE entry_old (why varchar(20), PRIMARY KEY (id)) INHERITS (entry)",
    "CREATE TABLE tag (id integer PRIMARY KEY, word varchar(20) NOT NULL CONSTRAINT tag_word UNIQUE)",
    "CREATE TABLE tagged (id integer PRIMARY KEY, entry_id integer NOT NULL REFERENCES entry (id),"
    " tag_id integer NOT NULL, doc jsonb)",
    "CREATE TABLE setting (name varchar(20) PRIMARY KEY, setting varchar(20))",
    "INSERT INTO setting VALUES ('seed', 'from before')",
    "CREATE TABLE visit (id integer NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
    "CREATE SCHEMA archive",
    "CREATE TABLE archive.visit_old PARTITION OF visit FOR VALUES FROM ('2000-01-01') TO ('2024-01-01')",
    "CREATE TABLE visit_new PARTITION OF visit DEFAULT",
    "CREATE TABLE loose (a integer)",
    # Children that nobody planned, of each planned table, in both schemas, and of two parents at once.
    "CREATE TABLE archive.entry_2001 (PRIMARY KEY (id)) INHERITS (public.entry_old)",
    "CREATE TABLE archive.tagged_2001 () INHERITS (public.tagged)",
    "CREATE TABLE archive.setting_2001 () INHERITS (public.setting)",
    "CREATE TABLE both_of (UNIQUE (id)) INHERITS (entry, tag)",
    "CREATE TABLE archive.loose_2001 () INHERITS (public.loose)",
    "INSERT INTO archive.entry_2001 VALUES (1, 'kept', 'same key'), (99, 'kept', NULL)",
    "INSERT INTO archive.tagged_2001 VALUES (7, 70, 70, '{}')",
    "INSERT INTO archive.setting_2001 VALUES ('seed', 'of a child'), ('colour', 'of a child')",
    "INSERT INTO both_of VALUES (1, 'kept', 'red')",
    "INSERT INTO archive.loose_2001 VALUES (1), (5)",
)
# Made after the inspection, by somebody else.
LATE = (
    "CREATE TABLE archive.tag_late () INHERITS (public.tag)",
    "INSERT INTO archive.tag_late VALUES (1, 'red'), (3, 'late')",
)
CHILDREN = {
    "archive.entry_2001": 2,
    "archive.tagged_2001": 1,
    "archive.setting_2001": 2,
    "archive.loose_2001": 2,
    "archive.tag_late": 2,
    "both_of": 1,
}
LOADED = {"entry": 2, "entry_old": 3, "tag": 2, "tagged": 2, "setting": 1, "loose": 3}
RULES = {"name": "family", "skip_tables": ["both_of"], "seed_tables": ["setting"]}

ALLOWED = {
    r"^COPY (?P<table>\S+) \(.*\) FROM STDIN": "COPY FROM writes into the table it names alone",
    r"^ANALYZE (?P<table>\S+)$": "PostgreSQL 17 has no ANALYZE ONLY; it reads and writes statistics",
    r"^CREATE (UNIQUE )?INDEX \S+ ON (?P<table>\S+) ": "an index is on one ordinary table alone",
    r" REFERENCES (?P<table>[^\s(]+)\(": "a foreign key looks at the table it names alone",
    r"^INSERT INTO (?P<table>\S+) ": "INSERT writes into the table it names alone",
    r"^CREATE TEMPORARY TABLE \S+ \(LIKE (?P<table>\S+)\)": "LIKE takes the definition, no rows",
    r"^COMMENT ON CONSTRAINT \S+ ON (?P<table>\S+) IS": "a comment is on one table",
}
"""Where a planned ordinary table may stand without ONLY, and why."""


@dataclass
class Course:
    """A whole run and what was seen along it."""

    migration: Migration
    statements: list[str]
    children: list[dict[str, int]]
    loaded: dict[str, int]
    found: list[Any]
    after_reset: dict[str, Any]


def counts(server: Server, database: str, tables: Any) -> dict[str, int]:
    return {name: places.ask(server, database, f"SELECT count(*) FROM ONLY {name}")[0][0] for name in tables}


@pytest.fixture(scope="module")
def course(mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    run = small.pair(mariadb, postgresql, tmp_path_factory.mktemp("family"), SOURCE, TARGET)
    run.moves = [replace(run.moves[0], profile="family")]
    run.profiles = {"family": RULES}
    target = run.moves[0].target
    children, found = [], []

    def look() -> None:
        children.append(counts(postgresql, target, CHILDREN))

    with heard.statements(postgresql, target) as statements:
        run.prepare()
        places.ask(postgresql, target, "SET log_statement = none", *LATE)
        run.dump()
        run.load(check=True)
        run.load()
        found.append(run.verify().report["verdict"])
        found.append(changes(run.target_login, str(run.run)).changes)
    look()
    loaded = counts(postgresql, target, LOADED)
    places.ask(postgresql, target, "DELETE FROM ONLY tag WHERE id = 2", "UPDATE ONLY loose SET a = 2")
    places.ask(postgresql, target, "UPDATE ONLY tagged SET doc = '[]' WHERE id = 1")
    with heard.statements(postgresql, target) as more:
        for source in (True, False):
            with pytest.raises(VerifyFailed) as caught:
                run.verify(source=source, check=True)
            found.append({(one["table"], one["kind"]) for one in caught.value.details["differences"]})
        found.append(changes(run.target_login, str(run.run)).changes)
        reset(run.target_login, str(run.run), confirm=True, accept_loss=True)
    look()
    after_reset = {
        "rows": counts(postgresql, target, LOADED),
        "setting": places.ask(postgresql, target, "SELECT * FROM ONLY setting"),
    }
    with heard.statements(postgresql, target) as last:
        run.load()
        run.verify()
        cleanup(run.target_login, str(run.run))
    look()
    yield Course(run, [*statements, *more, *last], children, loaded, found, after_reset)
    places.drop(postgresql, target)
    places.drop(mariadb, run.moves[0].source)


def test_every_table_has_its_own_rows_and_is_equal(course: Course) -> None:
    assert course.loaded == LOADED
    assert course.found[:2] == ["equal", ()]


def test_a_child_that_nobody_planned_keeps_its_rows_through_load_reset_and_load(course: Course) -> None:
    assert course.children == [CHILDREN] * 3


def test_a_difference_in_a_parent_is_found_although_a_child_has_the_row(course: Course) -> None:
    """The child of tag holds a red one; the deleted blue one is in no child; sums of loose have no key."""
    wanted = {("tag", "missing"), ("loose", "missing"), ("loose", "unexpected"), ("tagged", "changed")}
    assert course.found[2] == wanted
    assert course.found[3] == wanted
    assert set(course.found[4]) == {
        Change("small", "tag", 0, 1),
        Change("small", "loose", 3, 3),
        Change("small", "tagged", 1, 1),
    }


def test_a_reset_empties_the_parents_alone_and_gives_a_seed_table_its_own_rows(course: Course) -> None:
    assert course.after_reset["rows"] == dict.fromkeys(LOADED, 0) | {"setting": 1}
    assert course.after_reset["setting"] == [("seed", "from before")]


def test_every_statement_names_an_ordinary_table_with_only(course: Course) -> None:
    """Whatever any verb sends: the names of this target are in no statement that is not ours."""
    names = "|".join(LOADED)
    mention = re.compile(rf'(ONLY )?"?public"?\."?(?:{names})"?(?=[\s,;.()]|$)')
    seen = 0
    for statement in course.statements:
        plain = re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"\s+", " ", statement))
        excused = {match.span("table") for pattern in ALLOWED for match in re.finditer(pattern, plain)}
        for match in mention.finditer(plain):
            seen += 1
            assert match.group(1) or match.span() in excused, statement
    assert seen > 150


def test_a_partitioned_table_is_never_named_with_only_where_that_means_no_rows(course: Course) -> None:
    wrong = [one for one in course.statements if re.search(r'(FROM|TRUNCATE) ONLY "public"\."visit"', one)]
    assert wrong == []
    assert [one for one in course.statements if re.search(r'FROM "public"\."visit"', one)]


@pytest.mark.parametrize("source", ["mariadb", "mysql"])
def test_parent_and_child_of_both_families_of_sources(
    source: str, postgresql: Server, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(source)
    run = small.pair(server, postgresql, tmp_path, SOURCE[:2] + SOURCE[7:9], TARGET[:3])
    assert run.all().equal
    assert counts(postgresql, run.moves[0].target, ("entry", "entry_old")) == {"entry": 2, "entry_old": 3}
