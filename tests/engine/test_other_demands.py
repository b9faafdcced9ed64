# SPDX-License-Identifier: GPL-3.0-or-later
"""What else a target can refuse a row for, and no CHECK or key of a table says: found or listed before the load.

In each case PostgreSQL does refuse a row; that is shown first, on the very table, by its own error.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound

from tests.support.engine import places, small
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("D")

LONG = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))
"""Far beyond an entry of an index, however it is compressed."""
WIDE = [f"c{number}" for number in range(600)]
NOTE = ("CREATE TABLE note (id int NOT NULL PRIMARY KEY, a int NULL, b int NULL, body text NULL)",)
TARGET = "CREATE TABLE note (id integer PRIMARY KEY, a integer, b integer, body text)"


@dataclass(frozen=True)
class Case:
    """Statements of both sides, a row that PostgreSQL refuses, and how what refuses it is called."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    row: str
    name: str
    refused: str | None = None
    """Class of the misfit; `None`: it is listed as untested."""


def note(row: str) -> tuple[str, ...]:
    return (*NOTE, f"INSERT INTO note VALUES {row}")


def wide(kind: str, engine: str = "") -> str:
    columns = ", ".join(f"{name} {kind} NOT NULL" for name in WIDE)
    return f"CREATE TABLE note (id int NOT NULL PRIMARY KEY, {columns}){engine}"


PARTITIONED = (
    "CREATE TABLE note (id integer PRIMARY KEY, a integer, b integer, body text) PARTITION BY RANGE (id)",
    "CREATE TABLE note_low PARTITION OF note FOR VALUES FROM (0) TO (100)",
)
ROW = f"(1, {', '.join(chr(39) + 'x' + chr(39) for _ in WIDE)})"
CASES = {
    "a row of char(n), which is as long as it is declared": Case(
        (wide("char(16)", " ENGINE=MyISAM"), f"INSERT INTO note VALUES {ROW}"),
        (wide("char(16)"),),
        f"INSERT INTO note VALUES {ROW}",
        "the size of a row",
        "row_too_big",
    ),
    "a long value that is stored as it is": Case(
        note(f"(1, NULL, NULL, '{LONG}')"),
        (TARGET, "ALTER TABLE note ALTER body SET STORAGE PLAIN"),
        f"INSERT INTO note VALUES (1, NULL, NULL, '{LONG}')",
        "the size of a row",
        "row_too_big",
    ),
    "a long key that an index computes": Case(
        note(f"(1, NULL, NULL, '{LONG}')"),
        (TARGET, "CREATE INDEX note_lower ON note (lower(body))"),
        f"INSERT INTO note VALUES (1, NULL, NULL, '{LONG}')",
        "note_lower",
    ),
    "a long value that an index carries along": Case(
        note(f"(1, NULL, NULL, '{LONG}')"),
        (TARGET, "CREATE INDEX note_a ON note (a) INCLUDE (body)"),
        f"INSERT INTO note VALUES (1, NULL, NULL, '{LONG}')",
        "note_a",
    ),
    "a long key of another kind of index": Case(
        note(f"(1, NULL, NULL, '{LONG}')"),
        (
            TARGET,
            "CREATE INDEX note_body ON note USING spgist (body)",
            "CREATE INDEX note_brin ON note USING brin (body)",
        ),
        f"INSERT INTO note VALUES (1, NULL, NULL, '{LONG}')",
        "note_brin",
    ),
    "a key that wants all or nothing": Case(
        note("(1, 1, NULL, NULL), (2, NULL, NULL, NULL)"),
        (
            TARGET,
            "CREATE UNIQUE INDEX note_ab ON note (a, b)",
            "ALTER TABLE note ADD CONSTRAINT note_full FOREIGN KEY (a, b) REFERENCES note (a, b) MATCH FULL",
        ),
        "INSERT INTO note VALUES (1, 1, NULL, NULL)",
        "a+b",
        "orphan",
    ),
    "a CHECK of one partition": Case(
        note("(1, -5, NULL, NULL)"),
        (*PARTITIONED, "ALTER TABLE note_low ADD CONSTRAINT low_a CHECK (a > 0)"),
        "INSERT INTO note VALUES (1, -5, NULL, NULL)",
        "low_a of the partition public.note_low",
    ),
    "a unique key of one partition": Case(
        note("(1, 5, NULL, NULL), (2, 5, NULL, NULL)"),
        (*PARTITIONED, "CREATE UNIQUE INDEX low_unique ON note_low (a)"),
        "INSERT INTO note VALUES (1, 5, NULL, NULL), (2, 5, NULL, NULL)",
        "low_unique of the partition public.note_low",
    ),
    "NOT NULL of one partition": Case(
        note("(1, NULL, NULL, NULL)"),
        (*PARTITIONED, "ALTER TABLE note_low ALTER a SET NOT NULL"),
        "INSERT INTO note VALUES (1, NULL, NULL, NULL)",
        "a of the partition public.note_low",
    ),
}


@pytest.fixture(params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("case", CASES)
def test_what_postgresql_refuses_is_found_or_listed(
    source: Server, postgresql: Server, tmp_path: Path, case: str
) -> None:
    one = CASES[case]
    run = small.pair(source, postgresql, tmp_path, one.source, one.target)
    with pytest.raises(psycopg.Error):
        places.ask(postgresql, run.moves[0].target, one.row)
    run.prepare()
    if one.refused is None:
        assert one.name in [untested.name for untested in run.dump(check=True).untested]
        return
    with pytest.raises(MisfitsFound) as caught:
        run.dump(check=True)
    (misfit,) = caught.value.details["misfits"]
    assert (misfit["class"], misfit["column"]) == (one.refused, one.name)
    assert misfit["examples"] == ["id=1"]


def test_what_all_partitions_have_is_not_listed_again(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    """A partition bears the constraints and indexes of its parent, under names of its own."""
    target = (
        "CREATE TABLE note (id integer PRIMARY KEY, a integer NOT NULL CHECK (a > 0), b integer, body text)"
        " PARTITION BY RANGE (id)",
        "CREATE TABLE note_low PARTITION OF note FOR VALUES FROM (0) TO (100)",
        "CREATE UNIQUE INDEX note_a ON note (id, a)",
    )
    run = small.pair(source, postgresql, tmp_path, note("(1, 5, NULL, NULL)"), target).prepare()
    assert run.dump(check=True).untested == ()
