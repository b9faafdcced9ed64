# SPDX-License-Identifier: GPL-3.0-or-later
"""Each value that a type of the target tells from the loaded one is found, by table, key and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import VerifyFailed

from tests.engine.value_tamperings import TABLES, cases
from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A12")


def source_sql() -> list[str]:
    made = []
    for table, columns in TABLES.items():
        listed = "".join(f", `{column.name}` {column.source}" for column in columns)
        made.append(f"CREATE TABLE {table} (id int NOT NULL PRIMARY KEY{listed}) CHARACTER SET utf8mb4")
        values = ", ".join(column.value for column in columns)
        made += [f"INSERT INTO {table} VALUES ({number}, {values})" for number, _column, _one in cases(table)]
    return made


def target_sql() -> list[str]:
    made = ["CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad')"]
    for table, columns in TABLES.items():
        listed = "".join(f', "{column.name}" {column.target}' for column in columns)
        made.append(f"CREATE TABLE {table} (id integer PRIMARY KEY{listed})")
    return made


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def tampered(
    request: pytest.FixtureRequest, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    """A proved migration with every tampering done, each in a row of its own."""
    source: Server = request.getfixturevalue(request.param)
    folder: Path = tmp_path_factory.mktemp("values")
    migration = small.pair(source, postgresql, folder, source_sql(), target_sql())
    assert migration.all().equal
    database = migration.moves[0].target
    places.ask(
        postgresql,
        database,
        *(
            f'UPDATE {table} SET "{column.name}" = {one.sql.replace("{c}", column.name)} WHERE id = {number}'
            for table in TABLES
            for number, column, one in cases(table)
        ),
    )
    yield migration
    places.drop(postgresql, database)


Found = dict[tuple[str, str], tuple[Any, ...]]
"""Table and key -> kind of the difference and its columns."""


@pytest.fixture(scope="module")
def found(tampered: Migration) -> Found:
    with pytest.raises(VerifyFailed) as told:
        tampered.verify(check=True)
    return {
        (one["table"], one["key"]["id"]): (one["kind"], tuple(one["columns"]))
        for one in told.value.details["differences"]
    }


def _of(*, unseen: bool) -> list[Any]:
    return [
        pytest.param(table, number, column.name, id=f"{column.target} of {column.source}: {one.name}")
        for table in TABLES
        for number, column, one in cases(table)
        if bool(one.unseen) == unseen
    ]


@pytest.mark.parametrize(("table", "row", "column"), _of(unseen=False))
def test_each_value_that_the_type_tells_apart_is_found(
    found: Found, table: str, row: int, column: str
) -> None:
    assert found.get((table, str(row))) == ("changed", (column,))


@pytest.mark.parametrize(("table", "row", "column"), _of(unseen=True))
def test_what_is_said_to_be_the_same_value_is_not_called_a_difference(
    found: Found, table: str, row: int, column: str
) -> None:
    assert (table, str(row)) not in found
