# SPDX-License-Identifier: GPL-3.0-or-later
"""Traps between the servers that no pair of types has: each exact, or refused by name before the target is touched.

The names of the tests are those in docs/traps.md, which says what happens to each trap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    MisfitsFound,
    PlanError,
    VerifyFailed,
)

from tests.engine.conftest import Family
from tests.support.engine import places
from tests.support.engine.traps import Trap, rows, store_bytes, trap
from tests.support.servers.server import Server

MEGABYTE = 1 << 20


@pytest.fixture
def of(family: Family, postgresql: Server, tmp_path: Path) -> Trap:
    """A trap set on each family of sources in turn."""
    return partial(trap, family.server, postgresql, tmp_path)


def classes(error: pytest.ExceptionInfo[MisfitsFound]) -> dict[str, int]:
    """What the scan found: rows by class."""
    return {found["class"]: found["count"] for found in error.value.details["misfits"]}


def untouched(run: object, *tables: str) -> None:
    """Neither rows nor a ledger came to the target."""
    for table in tables:
        assert rows(run, f"SELECT count(*) FROM {table}") == [(0,)]  # type: ignore[arg-type]
    assert rows(run, "SELECT to_regnamespace('convergence') IS NULL") == [(True,)]  # type: ignore[arg-type]


# --- text -----------------------------------------------------------------------------------------------


def test_invalid_utf8_already_stored_in_text(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    bad = {
        "a byte that begins nothing": b"a\xffb",
        "half a surrogate pair (CESU-8)": b"a\xed\xa0\x80b",
        "an overlong NUL": b"a\xc0\x80b",
        "beyond U+10FFFF": b"a\xf4\x90\x80\x80b",
        "cut off": b"ab\xe2\x82",
    }
    values = {0: "as it should be: é 😀".encode()}
    for number, value in enumerate(bad.values(), 1):
        values[number] = value
        values[number + 100] = value + b" " * 300  # longer texts are read in another way
    target_sql = ("CREATE TABLE held (id integer PRIMARY KEY, value text)",)
    run = trap(mariadb, postgresql, tmp_path, (), target_sql)
    store_bytes(mariadb, run.moves[0].source, "held", values)
    run.prepare()
    with pytest.raises(MisfitsFound) as refused:
        run.dump()
    assert classes(refused) == {"invalid_bytes": 2 * len(bad)}
    untouched(run, "held")

    kept = trap(
        mariadb,
        postgresql,
        tmp_path / "by rule",
        (),
        target_sql,
        {"columns": [{"column": "value", "policies": {"invalid_bytes": "replace"}}]},
    )
    store_bytes(mariadb, kept.moves[0].source, "held", values)
    assert kept.all().report["verdict"] == "equal"
    there = dict(rows(kept, "SELECT id, value FROM held"))
    assert there[0] == values[0].decode()
    for number in range(1, len(bad) + 1):
        assert there[number] != ""
        assert set(there[number]) <= set("ab?"), (number, there[number])
        assert there[number + 100] == there[number] + " " * 300
    assert len(kept.alterations()) == 2 * len(bad)


def test_unique_keys_that_ignore_case(of: Trap) -> None:
    run = of(
        (
            "CREATE TABLE person (id int NOT NULL PRIMARY KEY, email varchar(80) NOT NULL,"
            " UNIQUE KEY (email)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            "INSERT INTO person VALUES (1, 'Ada@example.org'), (2, 'bob@example.org')",
        ),
        ("CREATE TABLE person (id integer PRIMARY KEY, email varchar(80) NOT NULL UNIQUE)",),
    )
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT email FROM person ORDER BY id") == [("Ada@example.org",), ("bob@example.org",)]


def test_values_that_only_the_target_calls_equal(of: Trap) -> None:
    run = of(
        (
            "CREATE TABLE tag (id int NOT NULL PRIMARY KEY, name varchar(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            " NOT NULL, code varchar(10) NOT NULL, UNIQUE KEY (name))",
            "INSERT INTO tag VALUES (1, 'Art', 'a'), (2, 'art', 'b'), (3, 'music', 'b')",
        ),
        (
            "CREATE EXTENSION citext",
            "CREATE TABLE tag (id integer PRIMARY KEY, name citext NOT NULL UNIQUE, code varchar(10) NOT NULL UNIQUE)",
        ),
    )
    run.prepare()
    with pytest.raises(MisfitsFound) as refused:
        run.dump()
    found = {(one["column"], one["class"]): one["count"] for one in refused.value.details["misfits"]}
    assert found == {("name", "duplicate"): 2, ("code", "duplicate"): 2}
    untouched(run, "tag")


# --- values larger than a packet ------------------------------------------------------------------------


@pytest.fixture
def small_packet(family: Family) -> Iterator[Callable[[], None]]:
    """Call it, and new sessions of the source take packets of a megabyte."""

    def smaller() -> None:
        places.ask(family.server, None, f"SET GLOBAL max_allowed_packet = {MEGABYTE}")

    yield smaller
    places.ask(family.server, None, f"SET GLOBAL max_allowed_packet = {1 << 26}")


def test_values_larger_than_max_allowed_packet(of: Trap, small_packet: Callable[[], None]) -> None:
    size = 3 * MEGABYTE
    run = of(
        (
            "CREATE TABLE big (id int NOT NULL PRIMARY KEY, body longtext, bytes longblob, document longtext)"
            " CHARACTER SET utf8mb4",
            f"INSERT INTO big VALUES (1, REPEAT('é', {size}), REPEAT(X'00ff', {size}),"
            f" CONCAT('[\"', REPEAT('x', {size}), '\"]')), (2, 'small', X'00', '[1]'), (3, NULL, NULL, NULL)",
        ),
        ("CREATE TABLE big (id integer PRIMARY KEY, body text, bytes bytea, document json)",),
    )
    small_packet()
    assert run.all().report["verdict"] == "equal"
    lengths = (
        "SELECT char_length(body), octet_length(bytes), octet_length(document::text) FROM big ORDER BY id"
    )
    assert rows(run, lengths) == [(size, 2 * size, size + 4), (5, 1, 3), (None, None, None)]
    whole = f"SELECT body = repeat('é', {size}), bytes = decode(repeat('00ff', {size}), 'hex') FROM big WHERE id = 1"
    assert rows(run, whole) == [(True, True)]


@pytest.mark.parametrize("target", ["json", "jsonb", "text"])
def test_json_that_mysql_hands_out_as_an_empty_text(
    mysql: Server, postgresql: Server, tmp_path: Path, target: str
) -> None:
    run = trap(
        mysql,
        postgresql,
        tmp_path,
        (
            "CREATE TABLE big (id int NOT NULL PRIMARY KEY, document json NOT NULL)",
            f"INSERT INTO big VALUES (1, CONCAT('[\"', REPEAT('x', {2 * MEGABYTE}), '\"]')), (2, '[]')",
        ),
        (f"CREATE TABLE big (id integer PRIMARY KEY, document {target} NOT NULL)",),
    )
    run.prepare()
    places.ask(mysql, None, f"SET GLOBAL max_allowed_packet = {MEGABYTE}")
    try:
        with pytest.raises(MisfitsFound) as refused:
            run.dump()
    finally:
        places.ask(mysql, None, f"SET GLOBAL max_allowed_packet = {1 << 26}")
    assert classes(refused) == {"beyond_packet": 1}
    untouched(run, "big")


@pytest.mark.parametrize(
    ("found", "target", "value"),
    [
        ("nul_character", "text", "CONCAT(REPEAT('x', {size}), CHAR(0 USING utf8mb4), 'y')"),
        ("json_nul", "jsonb", "CONCAT('[\"', REPEAT('x', {size}), CHAR(92), 'u0000\"]')"),
        ("json_surrogate", "jsonb", "CONCAT('[\"', REPEAT('x', {size}), CHAR(92), 'ud800\"]')"),
        ("json_number", "jsonb", "CONCAT('[\"', REPEAT('x', {size}), '\", 1e200000]')"),
        ("invalid_json", "json", "CONCAT('[\"', REPEAT('x', {size}), '\"')"),
    ],
)
def test_a_misfit_larger_than_max_allowed_packet(
    of: Trap, small_packet: Callable[[], None], found: str, target: str, value: str
) -> None:
    size = 3 * MEGABYTE
    run = of(
        (
            "CREATE TABLE big (id int NOT NULL PRIMARY KEY, body longtext NOT NULL) CHARACTER SET utf8mb4",
            f"INSERT INTO big VALUES (1, {value.format(size=size)}), (2, CONCAT('\"', REPEAT('x', {size}), '\"'))",
        ),
        (f"CREATE TABLE big (id integer PRIMARY KEY, body {target} NOT NULL)",),
    )
    run.prepare()
    small_packet()
    with pytest.raises(MisfitsFound) as refused:
        run.dump()
    assert classes(refused) == {found: 1}
    [misfit] = refused.value.details["misfits"]
    assert misfit["examples"] == ["id=1"]
    untouched(run, "big")


# --- columns and tables ---------------------------------------------------------------------------------


def test_generated_columns_are_computed_again_and_compared(of: Trap) -> None:
    source = (
        "CREATE TABLE line (id int NOT NULL PRIMARY KEY, price int NOT NULL, amount int NOT NULL,"
        " total int GENERATED ALWAYS AS (price * amount) STORED, twice int GENERATED ALWAYS AS (price * 2) VIRTUAL)",
        "INSERT INTO line (id, price, amount) VALUES (1, 10, 2), (2, 7, 3)",
    )
    target = (
        "CREATE TABLE line (id integer PRIMARY KEY, price integer NOT NULL, amount integer NOT NULL,"
        " total integer GENERATED ALWAYS AS ({}) STORED, twice integer)"
    )
    run = of(source, (target.format("price * amount"),))
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT total, twice FROM line ORDER BY id") == [(20, 20), (21, 14)]


def test_a_generated_column_with_another_formula_is_found(of: Trap) -> None:
    run = of(
        (
            "CREATE TABLE line (id int NOT NULL PRIMARY KEY, price int NOT NULL,"
            " total int GENERATED ALWAYS AS (price * 2) STORED)",
            "INSERT INTO line (id, price) VALUES (1, 10), (2, 0)",
        ),
        (
            "CREATE TABLE line (id integer PRIMARY KEY, price integer NOT NULL,"
            " total integer GENERATED ALWAYS AS (price * 3) STORED)",
        ),
    )
    with pytest.raises(VerifyFailed, match="the row id=1 is changed in column total"):
        run.all()


def test_invisible_columns_travel_by_name(of: Trap) -> None:
    run = of(
        (
            "CREATE TABLE note (id int NOT NULL PRIMARY KEY, body varchar(20) NOT NULL,"
            " secret varchar(20) NOT NULL INVISIBLE DEFAULT 'x')".replace(
                "INVISIBLE DEFAULT 'x'", "DEFAULT 'x' INVISIBLE"
            ),
            "INSERT INTO note (id, body, secret) VALUES (1, 'seen', 'unseen')",
        ),
        (
            "CREATE TABLE note (id integer PRIMARY KEY, body varchar(20) NOT NULL, secret varchar(20) NOT NULL)",
        ),
    )
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT secret FROM note") == [("unseen",)]


def test_a_generated_invisible_primary_key_wants_a_rule(
    mysql: Server, postgresql: Server, tmp_path: Path
) -> None:
    source = (
        "SET SESSION sql_generate_invisible_primary_key = 1",
        "CREATE TABLE log (line varchar(20) NOT NULL)",
        "INSERT INTO log VALUES ('one'), ('two'), ('two')",
    )
    target = ("CREATE TABLE log (line varchar(20) NOT NULL)",)
    run = trap(mysql, postgresql, tmp_path, source, target)
    with pytest.raises(PlanError, match="my_row_id"):
        run.prepare()
    rules = {"columns": [{"table": "log", "column": "my_row_id", "drop": True}]}
    run = trap(mysql, postgresql, tmp_path / "by rule", source, target, rules)
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT line FROM log ORDER BY line") == [("one",), ("two",), ("two",)]


def test_a_thousand_columns(of: Trap) -> None:
    numbers = range(1, 1000)
    run = of(
        (
            f"CREATE TABLE wide (id int NOT NULL PRIMARY KEY, {', '.join(f'c{n} int NULL' for n in numbers)})",
            f"INSERT INTO wide VALUES (1, {', '.join(str(n) for n in numbers)})",
            "INSERT INTO wide (id) VALUES (2)",
        ),
        (f"CREATE TABLE wide (id integer PRIMARY KEY, {', '.join(f'c{n} integer' for n in numbers)})",),
    )
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT c1, c999 FROM wide ORDER BY id") == [(1, 999), (None, None)]


def test_names_that_need_quotes(of: Trap) -> None:
    names = [
        "select",
        "with space",
        "dot.ted",
        "qu'o\"te",
        "tick`s",
        "$dollar",
        "ünïcode",
        "MixedCase",
        "semi;colon",
    ]
    columns = [f"{name} col" for name in names]

    def my(name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def pg(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    source = []
    target = []
    for name, column in zip(names, columns, strict=True):
        source.append(
            f"CREATE TABLE {my(name)} (id int NOT NULL PRIMARY KEY, {my(column)} varchar(10) NOT NULL)"
        )
        source.append(f"INSERT INTO {my(name)} VALUES (1, 'value')")
        target.append(f"CREATE TABLE {pg(name)} (id integer PRIMARY KEY, {pg(column)} varchar(10) NOT NULL)")
    run = of(source, target)
    assert run.all().report["verdict"] == "equal"
    for name, column in zip(names, columns, strict=True):
        assert rows(run, f"SELECT {pg(column)} FROM {pg(name)}") == [("value",)]


def test_names_of_64_characters(of: Trap) -> None:
    """PostgreSQL's names have 63 bytes: without a rule the table and the column have no partner."""
    table, column = "t" * 64, "ü" * 40
    source = (
        f"CREATE TABLE `{table}` (id int NOT NULL PRIMARY KEY, `{column}` int NOT NULL)",
        f"INSERT INTO `{table}` VALUES (1, 2)",
    )
    target = (f'CREATE TABLE "{table[:63]}" (id integer PRIMARY KEY, short integer NOT NULL)',)
    with pytest.raises(PlanError, match=table):
        of(source, target).prepare()


def test_names_of_64_characters_by_rule(of: Trap) -> None:
    table, column = "t" * 64, "ü" * 40
    run = of(
        (
            f"CREATE TABLE `{table}` (id int NOT NULL PRIMARY KEY, `{column}` int NOT NULL)",
            f"INSERT INTO `{table}` VALUES (1, 2)",
        ),
        ("CREATE TABLE short (id integer PRIMARY KEY, short integer NOT NULL)",),
        {
            "tables": [{"table": table, "rename": "short"}],
            "columns": [{"table": "short", "column": column, "rename": "short"}],
        },
    )
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT short FROM short") == [(2,)]


def test_engines_without_transactions(of: Trap, family: Family) -> None:
    engines = ["MyISAM", "MEMORY"] + (["Aria"] if family.server.kind == "mariadb" else [])
    source = []
    for engine in engines:
        source.append(f"CREATE TABLE t_{engine} (id int NOT NULL PRIMARY KEY, v varchar(10)) ENGINE={engine}")
        source.append(f"INSERT INTO t_{engine} VALUES (1, 'x'), (2, NULL)")
    run = of(
        source, [f'CREATE TABLE "t_{engine}" (id integer PRIMARY KEY, v varchar(10))' for engine in engines]
    )
    assert run.all().report["verdict"] == "equal"
    for engine in engines:
        assert rows(run, f'SELECT v FROM "t_{engine}" ORDER BY id') == [("x",), (None,)]


def test_views_are_listed_and_left_alone(of: Trap, family: Family) -> None:
    more = ("CREATE SEQUENCE counter",) if family.server.kind == "mariadb" else ()
    run = of(
        (
            "CREATE TABLE item (id int NOT NULL PRIMARY KEY)",
            "INSERT INTO item VALUES (1)",
            "CREATE VIEW seen AS SELECT id FROM item",
            *more,
        ),
        ("CREATE TABLE item (id integer PRIMARY KEY)",),
    )
    report = run.all().report
    text = " ".join(report["databases"][0]["notices"])
    assert "seen" in text
    assert not more or "counter" in text


def test_system_versioned_tables_give_their_present_rows(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        mariadb,
        postgresql,
        tmp_path,
        (
            "CREATE TABLE price (id int NOT NULL PRIMARY KEY, v int NOT NULL) WITH SYSTEM VERSIONING",
            "INSERT INTO price VALUES (1, 10), (2, 20)",
            "UPDATE price SET v = 11 WHERE id = 1",
            "DELETE FROM price WHERE id = 2",
        ),
        ("CREATE TABLE price (id integer PRIMARY KEY, v integer NOT NULL)",),
    )
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT id, v FROM price") == [(1, 11)]


def test_empty_tables_and_an_empty_database(of: Trap) -> None:
    run = of(
        ("CREATE TABLE nothing (id int NOT NULL PRIMARY KEY)",),
        ("CREATE TABLE nothing (id integer PRIMARY KEY)",),
    )
    assert run.all().report["verdict"] == "equal"


# --- keys and constraints -------------------------------------------------------------------------------


def test_orphans_and_broken_checks_are_found_in_the_source(of: Trap) -> None:
    run = of(
        (
            "CREATE TABLE parent (id int NOT NULL PRIMARY KEY)",
            "CREATE TABLE child (id int NOT NULL PRIMARY KEY, parent_id int NULL, age int NOT NULL)",
            "INSERT INTO parent VALUES (1)",
            "INSERT INTO child VALUES (1, 1, 5), (2, 99, 5), (3, NULL, -1)",
        ),
        (
            "CREATE TABLE parent (id integer PRIMARY KEY)",
            "CREATE TABLE child (id integer PRIMARY KEY, parent_id integer REFERENCES parent (id),"
            " age integer NOT NULL CHECK (age >= 0))",
        ),
    )
    run.prepare()
    with pytest.raises(MisfitsFound) as refused:
        run.dump()
    assert sum(classes(refused).values()) == 2, refused.value.details["misfits"]
    untouched(run, "parent", "child")


def test_a_value_too_large_for_an_index_of_the_target_is_named(of: Trap) -> None:
    """PostgreSQL alone knows what fits once it has packed a value: the load says so, and can be taken back."""
    doubled = "UPDATE page SET body = CONCAT(body, SHA2(CONCAT(body, {}), 512)) WHERE id = 2"
    run = of(
        (
            "CREATE TABLE page (id int NOT NULL PRIMARY KEY, body longtext NOT NULL)",
            "INSERT INTO page VALUES (1, 'short'), (2, 'long')",
            *(doubled.format(number) for number in range(80)),
        ),
        (
            "CREATE TABLE page (id integer PRIMARY KEY, body text NOT NULL)",
            "CREATE INDEX page_body ON page (body)",
        ),
    )
    run.prepare()
    run.dump()
    with pytest.raises(ConvergenceError) as refused:
        run.load()
    assert "page_body" in str(refused.value)


def test_forced_row_level_security_on_the_target(of: Trap) -> None:
    run = of(
        ("CREATE TABLE item (id int NOT NULL PRIMARY KEY)", "INSERT INTO item VALUES (1)"),
        (
            "CREATE TABLE item (id integer PRIMARY KEY)",
            "ALTER TABLE item ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE item FORCE ROW LEVEL SECURITY",
            "CREATE POLICY nobody ON item USING (false) WITH CHECK (false)",
        ),
    )
    # The administrator of these servers passes every policy; test_privileges.py loads as a plain owner.
    assert run.all().report["verdict"] == "equal"


# --- the source's settings ------------------------------------------------------------------------------


def test_modes_of_the_source_do_not_matter(of: Trap, family: Family) -> None:
    source = family.server
    run = of(
        (
            "CREATE TABLE t (id int NOT NULL PRIMARY KEY, c char(10) NOT NULL, v varchar(20) NOT NULL)",
            "INSERT INTO t VALUES (1, 'ab', CONCAT('a', CHAR(92), 'b'))",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, c varchar(10) NOT NULL, v varchar(20) NOT NULL)",),
    )
    [(before,)] = places.ask(source, None, "SELECT @@GLOBAL.sql_mode")
    places.ask(source, None, "SET GLOBAL sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH'")
    try:
        assert run.all().report["verdict"] == "equal"
    finally:
        places.ask(source, None, f"SET GLOBAL sql_mode = '{before}'")
    assert rows(run, "SELECT c, v FROM t") == [("ab", "a\\b")]
