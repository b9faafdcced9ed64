# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules in either spelling, for many columns at once, and ready to paste out of a refusal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    InputError,
    MisfitsFound,
    PlanError,
    ServerError,
    TargetNotReady,
    VerifyFailed,
)

from tests.support.engine.migration import CHECKOUT, Migration
from tests.support.engine.traps import rows, trap
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("G")


@pytest.fixture(params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def refused(run: Migration) -> dict[str, Any]:
    """What a transform without rules says."""
    run.inspect()
    with pytest.raises(PlanError) as caught:
        run.transform()
    return caught.value.details


def pasted(run: Migration, rules: dict[str, Any]) -> Migration:
    """The same run with the rules of its database."""
    return replace(run, moves=[replace(run.moves[0], rules=rules)])


def computed(run: Migration) -> list[tuple[str, str, str]]:
    """Table, column and key of the values that expressions made, as alterations.jsonl lists them."""
    return [
        (line["table"], line["column"], line["key"]["id"])
        for line in run.alterations()
        if (line["class"], line["policy"]) == ("expression", "computed by rule")
    ]


# --- names in either side's spelling ------------------------------------------------------------------------

CAMEL = (
    "CREATE TABLE Threads (PostId VARCHAR(26) NOT NULL PRIMARY KEY, ReplyCount BIGINT NULL, TeamId VARCHAR(26) NULL,"
    " Title TEXT NULL)",
    "INSERT INTO Threads VALUES ('a', 1, 't1', 'short'), ('b', 2, 't1', 'much longer than ten characters')",
    "CREATE TABLE OldSettings (Id INT NOT NULL PRIMARY KEY)",
    "INSERT INTO OldSettings VALUES (1)",
)
LOWER = (
    "CREATE TABLE threads (postid varchar(26) PRIMARY KEY, replycount bigint, title varchar(10))",
    "CREATE TABLE oldsettings (id integer PRIMARY KEY)",
)


@pytest.mark.parametrize(
    "names",
    [
        ("OldSettings", "Threads", "TeamId", "Title"),
        ("oldsettings", "threads", "teamid", "title"),
        ("OLDSETTINGS", "threadS", "TeamID", "tITLE"),
        ("Old*", "*reads", "team*", "*ITL?"),
    ],
    ids=["source", "target", "neither", "patterns"],
)
def test_a_rule_means_one_thing_in_every_spelling(
    server: Server, postgresql: Server, tmp_path: Path, names: Sequence[str]
) -> None:
    """Case 74."""
    skip, table, drop, cut = names
    rules = {
        "skip_tables": [skip],
        "columns": [
            {"table": table, "column": drop, "drop": True},
            {"table": table, "column": cut, "policies": {"too_long": "truncate"}},
        ],
    }
    run = pasted(trap(server, postgresql, tmp_path, CAMEL, LOWER), rules)
    assert run.all().equal
    assert rows(run, "SELECT * FROM threads ORDER BY postid") == [("a", 1, "short"), ("b", 2, "much longe")]
    assert rows(run, "SELECT count(*) FROM oldsettings") == [(0,)]
    assert [line["key"] for line in run.alterations()] == [{"postid": "b"}]


def test_names_that_differ_by_a_pattern_are_proposed_as_one_rule(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    source = (
        "CREATE TABLE MediaType (MediaTypeId INT NOT NULL PRIMARY KEY, FirstName VARCHAR(20) NULL)",
        "CREATE TABLE InvoiceLine (InvoiceLineId INT NOT NULL PRIMARY KEY, UnitPrice DECIMAL(8,2) NULL, HTTPCode INT)",
        "CREATE TABLE genre (id INT NOT NULL PRIMARY KEY)",
        "INSERT INTO MediaType VALUES (1, 'one')",
        "INSERT INTO InvoiceLine VALUES (7, 1.5, 404)",
        "INSERT INTO genre VALUES (3)",
    )
    target = (
        "CREATE TABLE media_type (media_type_id integer PRIMARY KEY, first_name varchar(20))",
        "CREATE TABLE invoice_line (invoice_line_id integer PRIMARY KEY, unit_price numeric(8,2), http_code integer)",
        "CREATE TABLE genre (id integer PRIMARY KEY)",
    )
    run = trap(server, postgresql, tmp_path, source, target)
    found = refused(run)
    assert len(found["problems"]) == 2
    assert "2 source tables" in found["problems"][0]
    assert "5 source columns" in found["problems"][1]
    rules = found["rules"]["trap"]
    assert rules == {
        "tables": [{"table": "*", "rename": {"form": "snake_case"}}],
        "columns": [{"column": "*", "rename": {"form": "snake_case"}}],
    }
    run = pasted(run, rules)
    assert run.all().equal
    assert rows(run, "SELECT * FROM invoice_line")[0][0] == 7
    assert rows(run, "SELECT http_code FROM invoice_line") == [(404,)]
    assert rows(run, "SELECT * FROM media_type") == [(1, "one")]


# --- expressions --------------------------------------------------------------------------------------------

EPOCH = (
    "CREATE TABLE memo (id INT NOT NULL PRIMARY KEY, created_ts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
    " updated_ts TIMESTAMP NULL, last_seen BIGINT NULL)",
    "INSERT INTO memo VALUES (1, '2001-09-09 01:46:40', NULL, 1000000000), (2, '2038-01-19 03:14:07',"
    " '2024-02-29 23:59:59', 0), (3, '2024-10-27 01:30:00', '2024-10-27 00:30:00', NULL)",
    "CREATE TABLE note (id INT NOT NULL PRIMARY KEY, created_ts TIMESTAMP NULL)",
    "INSERT INTO note VALUES (1, '2024-02-29 12:00:00')",
)
SECONDS = (
    "CREATE TABLE memo (id integer PRIMARY KEY, created_ts bigint NOT NULL, updated_ts bigint, last_seen timestamptz)",
    "CREATE TABLE note (id integer PRIMARY KEY, created_ts bigint)",
)


def test_a_kind_of_columns_without_a_pair_is_told_once_with_a_rule_that_works(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    """Case 80."""
    run = trap(server, postgresql, tmp_path, EPOCH, SECONDS)
    found = refused(run)
    there, back = found["problems"]
    assert "3 columns from timestamp to bigint: memo.created_ts, memo.updated_ts, note.created_ts" in there
    assert "memo.last_seen from bigint" in back
    for text in found["problems"]:
        assert "rules: {columns: [{source_type: " in text
    run = pasted(run, found["rules"]["trap"])
    assert run.all().equal
    assert rows(
        run, "SELECT created_ts, updated_ts, extract(epoch FROM last_seen)::bigint FROM memo ORDER BY id"
    ) == [
        (1000000000, None, 1000000000),
        (2147483647, 1709251199, 0),
        (1729992600, 1729989000, None),
    ]
    assert rows(run, "SELECT * FROM note") == [(1, 1709208000)]
    assert len(computed(run)) == 8, "each value once"
    assert ("memo", "updated_ts", "1") not in computed(run), "NULL that stays NULL was not computed"
    rows(run, "UPDATE memo SET updated_ts = updated_ts + 1 WHERE id = 2 RETURNING id")
    with pytest.raises(VerifyFailed, match="memo: the row id=2 is changed in column updated_ts"):
        run.verify()


def test_an_expression_changes_what_a_collation_takes_for_the_same(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        server,
        postgresql,
        tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, mail VARCHAR(40) NOT NULL)",
            "INSERT INTO t VALUES (1, 'A@B.C'), (2, 'a@b.c'), (3, 'x ')",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, mail varchar(40) NOT NULL, kind text NOT NULL)",),
        {
            "columns": [{"column": "mail", "expression": "TRIM(LOWER({column}))"}],
            "add_columns": [{"table": "t", "column": "kind", "expression": "'new'"}],
        },
    )
    assert run.all().equal
    assert rows(run, "SELECT * FROM t ORDER BY id") == [
        (1, "a@b.c", "new"),
        (2, "a@b.c", "new"),
        (3, "x", "new"),
    ]
    assert sorted(computed(run)) == [
        ("t", "kind", "1"),
        ("t", "kind", "2"),
        ("t", "kind", "3"),
        ("t", "mail", "1"),
        ("t", "mail", "3"),
    ]


@pytest.mark.parametrize(
    ("column", "expression", "said"),
    [
        ("varchar(3) NOT NULL", "CONCAT({column}, 'xyz')", "too_long"),
        ("varchar(3) NOT NULL", "NULLIF({column}, 'abc')", "null_value"),
    ],
)
def test_what_an_expression_gives_is_scanned_although_the_column_would_fit(
    server: Server, postgresql: Server, tmp_path: Path, column: str, expression: str, said: str
) -> None:
    run = trap(
        server,
        postgresql,
        tmp_path,
        (f"CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c {column})", "INSERT INTO t VALUES (1, 'abc')"),
        (f"CREATE TABLE t (id integer PRIMARY KEY, c {column})",),
        {"columns": [{"column": "c", "expression": expression}]},
    ).prepare()
    with pytest.raises(MisfitsFound) as caught:
        run.dump()
    assert [one["class"] for one in caught.value.details["misfits"]] == [said]


def test_an_expression_of_numbers_is_scanned_beyond_the_column_s_own_range(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        server,
        postgresql,
        tmp_path,
        ("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c INT NULL)", "INSERT INTO t VALUES (1, 2147483647)"),
        ("CREATE TABLE t (id integer PRIMARY KEY, c integer)",),
        {"columns": [{"column": "c", "expression": "{column} + 1"}]},
    ).prepare()
    with pytest.raises(MisfitsFound) as caught:
        run.dump()
    assert [one["class"] for one in caught.value.details["misfits"]] == ["out_of_range"]


def test_an_enum_s_expression_may_be_another_label(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        server,
        postgresql,
        tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c ENUM('old', 'same') NULL)",
            "INSERT INTO t VALUES (1, 'old'), (2, 'same'), (3, NULL)",
        ),
        ("CREATE TYPE label AS ENUM ('new', 'same')", "CREATE TABLE t (id integer PRIMARY KEY, c label)"),
        {"columns": [{"column": "c", "expression": "IF({column} = 'old', 'new', {column})"}]},
    )
    assert run.all().equal
    assert rows(run, "SELECT c::text FROM t ORDER BY id") == [("new",), ("same",), (None,)]


WRITTEN = (
    (
        "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c VARCHAR(20) NULL)",
        "INSERT INTO t VALUES (1, 'no json')",
    ),
    ("CREATE TABLE t (id integer PRIMARY KEY, c varchar(20), d text)",),
)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"columns": [{"column": "c", "expression": "UPPER(nobody)"}]}, "the expression of t.c"),
        ({"columns": [{"column": "c", "expression": "UPPER("}]}, "the expression of t.c"),
        ({"tables": [{"table": "t", "where": "nobody = 1"}]}, "the where rule of t"),
        (
            {"add_columns": [{"table": "t", "column": "d", "expression": "nobody"}]},
            "the expression of t.d",
        ),
    ],
    ids=["name", "syntax", "where", "added"],
)
def test_sql_of_a_rule_that_the_source_does_not_take_is_told_with_its_place(
    server: Server, postgresql: Server, tmp_path: Path, rules: dict[str, Any], said: str
) -> None:
    left = {"add_columns": [{"table": "t", "column": "d", "leave_to_default": True}]}
    run = trap(server, postgresql, tmp_path, *WRITTEN, {**left, **rules}).prepare()
    with pytest.raises(InputError, match=said) as caught:
        run.dump()
    assert str(caught.value).startswith("trap: the source does not take")


def test_an_expression_that_fails_for_a_row_is_told_with_its_column(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    rules = {
        "columns": [{"column": "c", "expression": "(SELECT id FROM t AS a UNION ALL SELECT 2)"}],
        "add_columns": [{"table": "t", "column": "d", "leave_to_default": True}],
    }
    run = trap(server, postgresql, tmp_path, *WRITTEN, rules).prepare()
    with pytest.raises(ServerError, match=r"the expression of t\.c fails for a row"):
        run.dump()


# --- types without a pair -----------------------------------------------------------------------------------

RETAINED = (
    "CREATE TABLE retained (id INT NOT NULL PRIMARY KEY, ids JSON NULL)",
    "INSERT INTO retained VALUES (1, '[\"bbbbbbbbbbbbbbbbbbbbbbbbbb\",\"cccccccccccccccccccccccccc\"]'), (2, '[]'),"
    ' (3, NULL), (4, \'["quote\\\\"d","com,ma","NULL","{brace}","back\\\\\\\\slash",""]\')',
)
ARRAYS = ("CREATE TABLE retained (id integer PRIMARY KEY, ids varchar(26)[])",)


def of_the_guide() -> dict[str, Any]:
    """The rule for arrays, as docs/profiles.md has it."""
    blocks = re.findall(r"```yaml\n(.*?)```", (CHECKOUT / "docs/profiles.md").read_text("utf-8"), re.DOTALL)
    (found,) = (block for block in blocks if "JSON_TABLE" in block)
    rules: dict[str, Any] = yaml.safe_load(found)
    return rules


def test_the_strings_of_a_json_array_arrive_in_an_array(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    """Case 75: the pair takes no null among the strings; an expression gives what the target prints of one."""
    more = r"""INSERT INTO retained VALUES (5, '["a\\tb", null, " ", "\\u00e9\\u00a0", "nuLL", "\\ud83d\\ude00"]')"""
    run = trap(server, postgresql, tmp_path, (*RETAINED, more), ARRAYS)
    with pytest.raises(MisfitsFound) as caught:
        run.prepare().dump()
    (misfit,) = caught.value.details["misfits"]
    assert (misfit["class"], misfit["examples"]) == ("array_element", ["id=5"])
    run = pasted(run, of_the_guide())
    assert run.all().equal
    assert rows(run, "SELECT ids FROM retained ORDER BY id") == [
        (["b" * 26, "c" * 26],),
        ([],),
        (None,),
        (['quote"d', "com,ma", "NULL", "{brace}", "back\\slash", ""],),
        (["a\tb", None, " ", "\u00e9\u00a0", "nuLL", "\U0001f600"],),
    ]
    assert len(computed(run)) == 4
    rows(run, "UPDATE retained SET ids[2] = 'com.ma' WHERE id = 4 RETURNING id")
    with pytest.raises(VerifyFailed, match="the row id=4 is changed in column ids"):
        run.verify()


@pytest.mark.parametrize(
    ("source", "stored", "target", "expression", "printed"),
    [
        ("VARCHAR(40)", "'''brown'' ''fox'''", "tsvector", "{column}", "'brown' 'fox'"),
        ("INT", "7", "money", "CONCAT('$', {column}, '.00')", "$7.00"),
        (
            "POINT",
            "ST_GeomFromText('POINT(1.5 -2)')",
            "point",
            "CONCAT('(', ST_X({column}), ',', ST_Y({column}), ')')",
            "(1.5,-2)",
        ),
        ("VARCHAR(40)", "'1,2,3'", "integer[]", "CONCAT('{', {column}, '}')", "{1,2,3}"),
        ("VARCHAR(40)", "'[1,5)'", "int4range", "{column}", "[1,5)"),
        ("VARCHAR(40)", "'08:00:2B:01:02:03'", "macaddr", "LOWER({column})", "08:00:2b:01:02:03"),
    ],
)
def test_text_that_the_target_prints_reaches_every_type(
    server: Server,
    postgresql: Server,
    tmp_path: Path,
    source: str,
    stored: str,
    target: str,
    expression: str,
    printed: str,
) -> None:
    run = trap(
        server,
        postgresql,
        tmp_path,
        (
            f"CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c {source} NULL)",
            f"INSERT INTO t VALUES (1, {stored}), (2, NULL)",
        ),
        (f"CREATE TABLE t (id integer PRIMARY KEY, c {target})",),
    )
    run.inspect()
    run = pasted(run, {"columns": [{"column": "c", "expression": expression, "type": "longtext"}]})
    assert run.all().equal
    assert rows(run, "SELECT c::text FROM t ORDER BY id") == [(printed,), (None,)]


@pytest.mark.parametrize(
    ("value", "target"),
    [("{1, 2}", "integer[]"), ("{x}", "integer[]"), ("{abcd}", "varchar(3)[]"), ("a b", "tsvector")],
)
def test_text_that_the_target_would_not_print_so_is_named_before_it_is_touched(
    server: Server, postgresql: Server, tmp_path: Path, value: str, target: str
) -> None:
    good = {"integer[]": "{1,2}", "varchar(3)[]": "{abc}", "tsvector": "''a''"}[target]
    run = trap(
        server,
        postgresql,
        tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c VARCHAR(40) NULL, note TEXT NULL)",
            f"INSERT INTO t VALUES (1, '{good}', 'a\tb'), (2, NULL, '\\\\N'), (3, '{value}', 'x\ny')",
        ),
        (f"CREATE TABLE t (id integer PRIMARY KEY, c {target}, note text)", "CREATE INDEX kept ON t (note)"),
    )
    run.inspect()
    run = pasted(run, {"columns": [{"column": "c", "expression": "{column}", "type": "longtext"}]})
    run.transform()
    run.dump()
    with pytest.raises(TargetNotReady, match=r"give 1 values of t .*: c of id=3\.") as caught:
        run.load()
    assert value not in str(caught.value)
    assert rows(run, "SELECT count(*) FROM pg_indexes WHERE indexname = 'kept'") == [(1,)]
    assert rows(run, "SELECT to_regnamespace('convergence')") == [(None,)]
