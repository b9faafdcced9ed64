# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scan of references costs the source: it looks rows up, or passes over them, and never compares all pairs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import places, small
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("D")

ROWS = 3000
UUID = "CONCAT('{0}0000000-0000-4000-8000-', LPAD(HEX(seq), 12, '0'))"
KEYS = {
    "a uuid": ("CHAR(36) NOT NULL", "uuid", "", UUID.replace("{0}", "0"), UUID.replace("{0}", "0")),
    "a uuid in other letters": (
        "CHAR(36) COLLATE utf8mb4_bin NOT NULL",
        "uuid",
        "",
        UUID.replace("{0}", "a"),
        UUID.replace("{0}", "A"),
    ),
    "text": ("VARCHAR(60) NOT NULL", "varchar(60)", "", "CONCAT('key ', seq)", "CONCAT('key ', seq)"),
    "citext in other letters": (
        "VARCHAR(60) COLLATE utf8mb4_bin NOT NULL",
        "citext",
        "",
        "CONCAT('key ', seq)",
        "CONCAT('Key ', seq)",
    ),
    "a number without an index on the source": ("INT NOT NULL", "integer", "no index", "seq", "seq"),
    "a text that a rule changes": (
        "VARCHAR(60) NOT NULL",
        "varchar(60)",
        "a rule",
        "CONCAT('key ', seq)",
        "CONCAT('key ', seq)",
    ),
}


@pytest.fixture(params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@contextlib.contextmanager
def overheard(server: Server) -> Iterator[list[str]]:
    """What anybody asks of the server meanwhile; filled at the end."""
    said: list[str] = []
    places.ask(
        server,
        None,
        "SET GLOBAL log_output = 'TABLE'",
        "TRUNCATE mysql.general_log",
        "SET GLOBAL general_log = 1",
    )
    try:
        yield said
    finally:
        places.ask(server, None, "SET GLOBAL general_log = 0")
        said += [
            str(row[0].decode() if isinstance(row[0], bytes) else row[0])
            for row in places.ask(
                server, None, "SELECT argument FROM mysql.general_log WHERE command_type = 'Query'"
            )
        ]


def without_an_index(server: Server, database: str, statement: str) -> list[str]:
    """Tables that the statement joins and compares with all rows; those it begins with it has to read.

    MySQL joins by a hash where there is no index, which is one pass too.
    """
    with places.session(server, database) as session, session.cursor() as cursor:
        cursor.execute(f"EXPLAIN FORMAT=TRADITIONAL {statement}")
        names = [column[0] for column in cursor.description]
        steps = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    joined = [step for step in steps if step["id"] == 1][1:]
    whole = [step for step in joined if step["type"] in {"ALL", "index"}]
    return [str(step["table"]) for step in whole if "hash join" not in str(step["Extra"])]


@pytest.mark.parametrize("key", KEYS)
def test_references_are_looked_up_in_one_pass(
    source: Server, postgresql: Server, tmp_path: Path, key: str
) -> None:
    kind, target, how, parent, child = KEYS[key]
    digits = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10))
    numbers = (
        f"SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS seq FROM ({digits}) a, ({digits}) b, ({digits}) c, "
        f"({digits}) d HAVING seq < {ROWS}"
    )
    left = (
        f"CREATE TABLE parent (k {kind}{'' if how == 'no index' else ', UNIQUE KEY (k)'})",
        f"CREATE TABLE child (id INT NOT NULL PRIMARY KEY, k {kind})",
        f"INSERT INTO parent SELECT {parent} FROM ({numbers}) s",
        f"INSERT INTO child SELECT seq, {child} FROM ({numbers}) s",
    )
    right = (
        "CREATE EXTENSION citext",
        f"CREATE TABLE parent (k {target} NOT NULL UNIQUE)",
        f"CREATE TABLE child (id integer PRIMARY KEY, k {target} NOT NULL REFERENCES parent (k))",
    )
    run = small.pair(source, postgresql, tmp_path, left, right)
    if how == "a rule":
        rule = {"column": "k", "expression": "UPPER({column})"}
        run.profiles = {"upper": {"columns": [rule]}}
        move = run.moves[0]
        run.moves = [type(move)(move.name, move.source, move.target, "upper")]
    run.prepare()
    with overheard(source) as said:
        assert run.dump(check=True, workers=1).untested == ()
    asked = [one for one in said if "child" in one and "parent" in one and one.startswith("SELECT")]
    assert asked, "nobody asked about the key"
    found = {one: without_an_index(source, run.moves[0].source, one) for one in asked}
    assert {one: tables for one, tables in found.items() if tables} == {}
