# SPDX-License-Identifier: GPL-3.0-or-later
"""Much of everything: tables, columns, checks, rows that do not fit, names that no list may break at."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound

from tests.cases.outcome import one_line, photograph
from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.engine.traps import rows, trap
from tests.support.engine.verb import Memory, Verb
from tests.support.families import FAMILIES
from tests.support.servers.server import Server

pytestmark = pytest.mark.parametrize("family", FAMILIES)


def misfits(run: Migration) -> list[tuple[str, str, str, int, int]]:
    """Table, column or constraint, class, count and number of examples of what stops the dump; no row moves."""
    move = run.moves[0]
    before = photograph(run.target, move.target)
    with pytest.raises(MisfitsFound) as found:
        run.dump()
    one_line(found.value)
    assert photograph(run.target, move.target) == before
    return [
        (one["table"], one["column"], one["class"], one["count"], len(one["examples"]))
        for one in found.value.details["misfits"]
    ]


# --- checks -------------------------------------------------------------------------------------------

LABELS = [f"label {n:05}" for n in range(290)]
LONG_CHECK = f"label IN ({', '.join(map(repr, LABELS))})"


def labelled(source: Server, target: Server, folder: Path, last: str) -> Migration:
    """A table under a CHECK of more than 4,000 characters."""
    assert len(LONG_CHECK) > 4000
    values = ", ".join(f"({n}, '{label}')" for n, label in enumerate([*LABELS, last]))
    return trap(
        source, target, folder,
        ("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, label VARCHAR(20) NOT NULL)", f"INSERT INTO t VALUES {values}"),
        (f"CREATE TABLE t (id integer PRIMARY KEY, label varchar(20) NOT NULL CONSTRAINT known CHECK ({LONG_CHECK}))",),
    )  # fmt: skip


@pytest.mark.long
def test_a_check_of_four_thousand_characters(source: Server, postgresql: Server, tmp_path: Path) -> None:
    good = labelled(source, postgresql, tmp_path / "good", LABELS[7])
    assert good.all().equal
    assert rows(good, "SELECT count(*), count(DISTINCT label) FROM t") == [(291, 290)]
    bad = labelled(source, postgresql, tmp_path / "bad", LABELS[7].upper()).prepare()
    assert misfits(bad) == [("t", "known", "check", 1, 1)]


CHECKS = 500


@pytest.mark.long
def test_five_hundred_checks_on_a_table(source: Server, postgresql: Server, tmp_path: Path) -> None:
    checks = ", ".join(f"CONSTRAINT c{n:03} CHECK (a <> {n})" for n in range(CHECKS))
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL)",
            "INSERT INTO t VALUES (1, 1000), (2, 499), (3, 250), (4, 250), (5, -1)",
        ),
        (f"CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL, {checks})",),
    ).prepare()  # fmt: skip
    began = time.monotonic()
    assert misfits(run) == [("t", "c250", "check", 2, 2), ("t", "c499", "check", 1, 1)]
    assert time.monotonic() - began < 30
    places.ask(source, run.moves[0].source, "DELETE FROM t WHERE id IN (2, 3, 4)")
    run.dump()
    run.load()
    assert run.verify().equal
    kept = rows(run, "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid = 't'::regclass")
    assert kept == [(CHECKS,)]
    assert rows(run, "SELECT id FROM t ORDER BY id") == [(1,), (5,)]


def test_a_regular_expression_that_backtracks_for_ever_is_not_the_sources_to_try(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    evil = "a" * 40 + "!"
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, name VARCHAR(60) NOT NULL)",
            f"INSERT INTO t VALUES (1, '{evil}'), (2, 'b!')",
        ),
        (
            "CREATE TABLE t (id integer PRIMARY KEY, name varchar(60) NOT NULL"
            " CONSTRAINT plain CHECK (name ~ '^(a+)+!$'))",
        ),
    ).prepare()  # fmt: skip
    began = time.monotonic()
    outcome = run.dump()
    assert time.monotonic() - began < 20
    assert [(one["table"], one["name"]) for one in outcome.as_result()["untested"]] == [("t", "plain")]
    run.dump(restart=True)
    places.ask(source, run.moves[0].source, "DELETE FROM t WHERE id = 2")
    run.dump(restart=True)
    run.load()
    assert run.verify().equal
    assert rows(run, "SELECT id, name FROM t") == [(1, evil)]


# --- partitions and columns ---------------------------------------------------------------------------

TREE = (
    "CREATE TABLE event (id integer NOT NULL, day date NOT NULL, region varchar(4) NOT NULL,"
    " PRIMARY KEY (id, day, region)) PARTITION BY RANGE (day)",
    "CREATE TABLE y2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (region)",
    "CREATE TABLE y2024_eu PARTITION OF y2024 FOR VALUES IN ('eu') PARTITION BY HASH (id)",
    *(
        f"CREATE TABLE y2024_eu_{n} PARTITION OF y2024_eu FOR VALUES WITH (MODULUS 3, REMAINDER {n})"
        for n in range(3)
    ),
    "CREATE TABLE y2024_us PARTITION OF y2024 FOR VALUES IN ('us')",
    "CREATE TABLE y2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
)
_DAYS = ", ".join(f"({n}, '2024-02-{1 + n % 28:02}', 'eu')" for n in range(60))
EVENTS = (
    "CREATE TABLE event (id INT NOT NULL, day DATE NOT NULL, region VARCHAR(4) NOT NULL,"
    " PRIMARY KEY (id, day, region))",
    f"INSERT INTO event VALUES {_DAYS}",
    "INSERT INTO event VALUES (100, '2024-12-31', 'us'), (101, '2025-01-01', 'xx')",
)


def test_a_tree_of_partitions_of_three_levels(source: Server, postgresql: Server, tmp_path: Path) -> None:
    run = trap(source, postgresql, tmp_path, EVENTS, TREE)
    assert run.all().equal
    found = rows(run, "SELECT tableoid::regclass::text, count(*) FROM event GROUP BY 1 ORDER BY 1")
    leaves = [f"y2024_eu_{n}" for n in range(3)]
    assert [name for name, _count in found] == [*leaves, "y2024_us", "y2025"]
    assert sum(count for name, count in found if name in leaves) == 60
    assert dict(found)["y2024_us"] == dict(found)["y2025"] == 1


def test_a_row_without_a_place_at_the_second_level_is_named(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    more = "INSERT INTO event VALUES (200, '2024-07-01', 'xx')"
    run = trap(source, postgresql, tmp_path, (*EVENTS, more), TREE).prepare()
    before = photograph(postgresql, run.moves[0].target)
    try:
        told = [(one["table"], "") for one in run.dump().as_result()["untested"]]
    except MisfitsFound as error:
        told = [(one["table"], example) for one in error.details["misfits"] for example in one["examples"]]
        assert all(example.startswith("id=200") for _table, example in told)
    assert {table for table, _example in told} == {"event"}
    assert photograph(postgresql, run.moves[0].target) == before


COLUMNS = 1600
"""As many as a table of PostgreSQL has; beyond those of InnoDB."""


@pytest.mark.long
def test_a_table_of_sixteen_hundred_columns(source: Server, postgresql: Server, tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(1, COLUMNS)]
    listed = ", ".join(f"{name} smallint NULL" for name in names)
    numbers = [
        ", ".join(str((n * row) % 30000) if n % 7 else "NULL" for n in range(1, COLUMNS)) for row in (1, 2)
    ]
    run = trap(
        source, postgresql, tmp_path,
        (
            f"CREATE TABLE wide (id INT NOT NULL PRIMARY KEY, {listed}) ENGINE=MyISAM",
            f"INSERT INTO wide VALUES (1, {numbers[0]}), (2, {numbers[1]})",
        ),
        (f"CREATE TABLE wide (id integer PRIMARY KEY, {listed})",),
    )  # fmt: skip
    assert run.all().equal
    for row in (1, 2):
        found = rows(run, f"SELECT * FROM wide WHERE id = {row}")[0]
        assert list(found[1:]) == [(n * row) % 30000 if n % 7 else None for n in range(1, COLUMNS)]


# --- tables ------------------------------------------------------------------------------------------

TABLES = 400


@pytest.mark.long
def test_four_hundred_tables_with_an_index_and_a_sequence_each(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    """Case 68."""
    left: list[str] = []
    right: list[str] = []
    for n in range(TABLES):
        name = f"t{n:04}"
        left += [
            f"CREATE TABLE {name} (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a VARCHAR(20) NOT NULL)",
            f"INSERT INTO {name} VALUES (1, 'x{n}'), (2, 'y{n}')",
        ]
        right += [
            f"CREATE TABLE {name} (id serial PRIMARY KEY, a varchar(20) NOT NULL)",
            f"CREATE INDEX {name}_a ON {name} (a)",
        ]
    run = trap(source, postgresql, tmp_path, left, right)
    began = time.monotonic()
    assert run.all().equal
    assert time.monotonic() - began < 300
    sums = " UNION ALL ".join(f"SELECT id, a FROM t{n:04}" for n in range(TABLES))
    assert rows(run, f"SELECT count(*), count(DISTINCT a), sum(id) FROM ({sums}) AS every") == [
        (2 * TABLES, 2 * TABLES, 3 * TABLES)
    ]
    indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"
    assert rows(run, indexes) == [(2 * TABLES,)]
    going_on = "SELECT nextval(oid::regclass), count(*) FROM pg_class WHERE relkind = 'S' GROUP BY 1"
    assert rows(run, going_on) == [(3, TABLES)]


# --- rows that do not fit -----------------------------------------------------------------------------

MILLIONS = 5_000_000


@pytest.mark.long
def test_a_misfit_in_every_row_of_five_million(source: Server, postgresql: Server, tmp_path: Path) -> None:
    digits = ", ".join(f"digit AS {name}" for name in "abcdefg")
    number = " + ".join(f"{10**place} * {name}.n" for place, name in enumerate("abcdefg"))
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE digit (n INT NOT NULL PRIMARY KEY)",
            f"INSERT INTO digit VALUES {', '.join(f'({n})' for n in range(10))}",
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, flag TINYINT NOT NULL)",
            f"INSERT INTO t SELECT {number}, 2 FROM {digits} WHERE g.n < {MILLIONS // 10**6}",
            "DROP TABLE digit",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, flag boolean NOT NULL)",),
    ).prepare()  # fmt: skip
    logins = {
        side: {name: getattr(server, name) for name in ("host", "port", "user", "password")}
        for side, server in (("source", source), ("target", postgresql))
    }
    job = {"verb": "dump", "run_directory": str(run.run), "options": {"workers": 2}, **logins}
    verb = Verb(job)
    memory = Memory(verb.pid)
    ending = verb.wait(600)
    highest = memory.stop()
    assert ending.error == "MisfitsFound"
    (found,) = ending.details["misfits"]
    assert (found["class"], found["count"], len(found["examples"])) == ("not_boolean", MILLIONS, 10)
    assert len(set(found["examples"])) == 10
    assert str(MILLIONS) in ending.message and len(ending.message) < 1000
    assert highest < 150, f"{highest} MB"


# --- names -------------------------------------------------------------------------------------------

BREAK = "two\nlines"


def test_names_with_line_breaks_break_no_list(source: Server, postgresql: Server, tmp_path: Path) -> None:
    run = trap(
        source, postgresql, tmp_path,
        (
            f"CREATE TABLE `{BREAK}` (id INT NOT NULL PRIMARY KEY, `a\nb` VARCHAR(20) NULL, `c\r\nd` INT NOT NULL)",
            f"INSERT INTO `{BREAK}` VALUES (1, 'much too long', 5), (2, 'short', -5)",
        ),
        (
            f'CREATE TABLE "{BREAK}" (id integer PRIMARY KEY, "a\nb" varchar(5), "c\r\nd" integer NOT NULL,'
            ' CONSTRAINT "not\nnegative" CHECK ("c\r\nd" >= 0))',
        ),
    ).prepare()  # fmt: skip
    with pytest.raises(MisfitsFound) as caught:
        run.dump()
    one_line(caught.value)
    found = {(one["table"], one["column"]): one["examples"] for one in caught.value.details["misfits"]}
    assert found == {(BREAK, "a\nb"): ["id=1"], (BREAK, "not\nnegative"): ["id=2"]}
    places.ask(source, run.moves[0].source, f"UPDATE `{BREAK}` SET `a\nb` = 'good', `c\r\nd` = 6")
    assert run.dump().changed
    run.load()
    assert run.verify().equal
    assert rows(run, f'SELECT * FROM "{BREAK}" ORDER BY id') == [(1, "good", 6), (2, "good", 6)]
    for line in (
        *run.transform().summary,
        *(str(one) for one in run.verify().report["databases"][0]["notices"]),
    ):
        assert line.isprintable(), repr(line)
