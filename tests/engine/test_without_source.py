# SPDX-License-Identifier: GPL-3.0-or-later
"""Without the source a difference is told, whatever the target's table demands of its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import VerifyFailed

from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.engine.traps import trap
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A11")

KINDS = {
    "computed": "a integer NOT NULL, total integer NOT NULL GENERATED ALWAYS AS (a * 2) STORED",
    "defaulted": "a integer NOT NULL, seen timestamptz NOT NULL DEFAULT now()",
    "counted": "a integer NOT NULL",
    "ruled": "a positive",
    "checked": "a integer NOT NULL CHECK (a > 0), CHECK (a < id + 10000)",
    "parted": "a integer NOT NULL",
    "parent": "a integer NOT NULL",
    "secured": "a integer NOT NULL",
    "described": "a integer NOT NULL, body jsonb NOT NULL",
}
SOURCE = tuple(
    statement
    for name in KINDS
    for statement in (
        f"CREATE TABLE {name} (id int PRIMARY KEY, a int NOT NULL"
        + {"computed": ", total int NOT NULL", "described": ", body json NOT NULL"}.get(name, "")
        + ")",
        f"INSERT INTO {name} VALUES "
        + ", ".join(
            f"({n}, {10 * n}"
            + {"computed": f", {20 * n}", "described": f""", '{{"n": {n}}}'"""}.get(name, "")
            + ")"
            for n in (1, 2, 3)
        ),
    )
)
TARGET = (
    "CREATE DOMAIN positive AS integer NOT NULL CHECK (value > 0)",
    *(
        f"CREATE TABLE {name} (id integer {'GENERATED ALWAYS AS IDENTITY' if name == 'counted' else ''} PRIMARY KEY, "
        f"{columns}){' PARTITION BY RANGE (id)' if name == 'parted' else ''}"
        for name, columns in KINDS.items()
    ),
    "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (2)",
    "CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (2) TO (100)",
    "CREATE TABLE kid () INHERITS (parent)",
    "ALTER TABLE secured ENABLE ROW LEVEL SECURITY",
)
RULES = {
    "skip_tables": ["kid"],
    "add_columns": [{"table": "defaulted", "column": "seen", "leave_to_default": True}],
}


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def proved(
    request: pytest.FixtureRequest, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    source = request.getfixturevalue(request.param)
    made = trap(source, postgresql, tmp_path_factory.mktemp("without"), SOURCE, TARGET, RULES)
    made.all()
    yield made
    places.drop(source, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


def on_target(migration: Migration, *statements: str) -> None:
    places.ask(migration.target, migration.moves[0].target, *statements)


def inserted(table: str, number: int) -> str:
    """A row as the source has it."""
    columns, values = "id, a", f"{number}, {10 * number}"
    if table == "described":
        columns, values = f"{columns}, body", f"""{values}, '{{"n": {number}}}'"""
    return f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values})"


def found(migration: Migration, *, source: bool) -> tuple[set[tuple[str, str, str]], list[str]]:
    """Table, key and kind of all differences, and the problems; the report says the same."""
    with pytest.raises(VerifyFailed) as caught:
        migration.verify(source=source)
    report: dict[str, Any] = json.loads((migration.run / "report.json").read_text("utf-8"))
    assert report["verdict"] == "different"
    details = caught.value.details
    assert len(report["differences"]) == len(details["differences"])
    differences = {(one["table"], one["key"]["id"], one["kind"]) for one in details["differences"]}
    return differences, details["problems"]


def test_a_value_changed_a_row_less_and_a_row_more_in_a_table_of_each_kind(proved: Migration) -> None:
    changes = [
        statement
        for name in KINDS
        for statement in (
            f"UPDATE {name} SET a = a + 1 WHERE id = 1",
            f"DELETE FROM {name} WHERE id = 2",
            inserted(name, 9),
        )
    ]
    # What was loaded would not be let in any more, which is not a reason to say nothing.
    later = "ALTER DOMAIN positive ADD CONSTRAINT later CHECK (value > 1000) NOT VALID"
    on_target(proved, *changes, later)
    wanted = {
        (name, key, kind)
        for name in KINDS
        for key, kind in (("1", "changed"), ("2", "missing"), ("9", "unexpected"))
    }
    for source in (False, True):
        differences, problems = found(proved, source=source)
        assert differences == wanted
        assert not [one for one in problems if "cannot be said" in one]
        gap = "the load entered 3 rows in its ledger"
        assert not [one for one in problems if gap in one], "as many rows as before"
    undo = [
        statement
        for name in KINDS
        for statement in (
            f"UPDATE {name} SET a = a - 1 WHERE id = 1",
            f"DELETE FROM {name} WHERE id = 9",
            inserted(name, 2),
        )
    ]
    on_target(proved, "ALTER DOMAIN positive DROP CONSTRAINT later", *undo)
    assert proved.verify(source=False).equal


def test_what_only_the_target_computes_otherwise_is_said(proved: Migration) -> None:
    """The snapshot has no such column, so that no row can be named from it; the source has."""
    on_target(proved, "ALTER TABLE computed ALTER COLUMN total SET EXPRESSION AS (a * 3)")
    differences, problems = found(proved, source=False)
    assert differences == set()
    assert any("differs in columns that the target generates: total" in one for one in problems)
    differences, problems = found(proved, source=True)
    assert differences == {("computed", str(n), "changed") for n in (1, 2, 3)}
    on_target(proved, "ALTER TABLE computed ALTER COLUMN total SET EXPRESSION AS (a * 2)")
    assert proved.verify(source=False).equal


def test_a_table_whose_key_the_target_generates(
    mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The key is in no chunk: the rows are told without one."""
    made = trap(
        mariadb,
        postgresql,
        tmp_path_factory.mktemp("key"),
        (
            "CREATE TABLE made (a int NOT NULL, id int NOT NULL PRIMARY KEY)",
            "INSERT INTO made VALUES (1, 2), (3, 6)",
        ),
        (
            "CREATE TABLE made (a integer NOT NULL, id integer GENERATED ALWAYS AS (a * 2) STORED PRIMARY KEY)",
        ),
    )
    made.all()
    on_target(made, "UPDATE made SET a = 5 WHERE a = 1")
    with pytest.raises(VerifyFailed, match=r"1 row without a key: (missing|unexpected)") as caught:
        made.verify(source=False)
    assert {one["kind"] for one in caught.value.details["differences"]} == {"missing", "unexpected"}
    places.drop(mariadb, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)
