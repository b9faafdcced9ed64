# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scan says of random constraints, put to PostgreSQL: what it calls tested never fails, what it refuses does.

Each table is made on both servers with constraints that PostgreSQL takes. The scan judges the source's rows; then the
same rows lie on the target in a table without constraints, and each constraint is added to it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.bound import Bound
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._scan import constraints
from ansible_collections.alkemio.convergence.plugins.module_utils._scan.findings import Findings

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.engine.random_schema import LABELS, Dice, RandomTable
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("D")

DOMAINS = {"word": "VALUE <> '' AND char_length(VALUE) < 6", "small": "VALUE BETWEEN 0 AND 9"}
AT_ONCE = 40


@pytest.fixture(params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("CONVERGENCE_SEED") or secrets.randbelow(1 << 32))


def test_what_the_scan_says_of_random_constraints_is_what_postgresql_does(
    source: Server, postgresql: Server, tmp_path: Path, seed: int
) -> None:
    put_to_postgresql(source, postgresql, tmp_path, seed, 120)


@pytest.mark.long
def test_two_thousand_schemas(source: Server, postgresql: Server, tmp_path: Path, seed: int) -> None:
    put_to_postgresql(source, postgresql, tmp_path, seed, 2000)


def put_to_postgresql(source: Server, target: Server, folder: Path, seed: int, tables: int) -> None:
    """So many tables, some with a parent; prints the seed and what became of the constraints."""
    print(f"seed {seed}")
    seen: Counter[str] = Counter()
    for number in range(0, tables, AT_ONCE):
        batch = Batch(source, target, folder / str(number), seed + number)
        batch.fill(min(AT_ONCE, tables - number))
        seen.update(batch.judge())
        places.drop(source, batch.left)
        places.drop(target, batch.right)
    print(dict(seen))
    assert seen["tested"] and seen["refused"] and seen["untested"], "the dice no longer make all three"


class Batch:
    """One database on each server with random tables."""

    def __init__(self, source: Server, target: Server, folder: Path, seed: int) -> None:
        self.seed = seed
        self.dice = Dice(seed)
        self.source, self.target = source, target
        self.left, self.right = places.new_source(source, "random"), places.new_target(target, "random")
        self.migration = Migration(source, target, folder / "run", [Move("random", self.left, self.right)])
        self.tables: list[RandomTable] = []
        places.ask(
            target,
            self.right,
            "CREATE EXTENSION citext",
            f"CREATE TYPE state AS ENUM {LABELS!r}",
            "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
            *(
                f"CREATE DOMAIN {name} AS {'text' if name == 'word' else 'integer'} CHECK ({check})"
                for name, check in DOMAINS.items()
            ),
        )

    def fill(self, count: int) -> None:
        with places.session(self.source, self.left) as left, places.session(self.target, self.right) as right:
            for number in range(count):
                table = self.dice.table(f"t{number}", self.tables[-5:])
                self._make(left, right, table)
                self.tables.append(table)
        self.migration.prepare()
        self.bound = Bound(RunDirectory(str(self.migration.run)))
        (self.plan,) = self.bound.databases
        self.standing = constraints.Standing.of(self.plan, self.bound.target_catalog.databases[self.right])

    def _make(self, left: Any, right: Any, table: RandomTable) -> None:
        """The table on both servers; what PostgreSQL does not take as a definition is left out."""
        right.execute(table.target_sql())
        for name, condition in list(table.checks.items()):
            if not _taken(right, f"ALTER TABLE {table.name} ADD CONSTRAINT {name} CHECK ({condition})"):
                del table.checks[name]
        for name, definition in list(table.indexes.items()):
            if not _taken(right, _index(table.name, name, definition)):
                del table.indexes[name]
        for name, definition in list(table.keys.items()):
            parent = definition.rpartition("REFERENCES ")[2].partition(" ")[0]
            column = definition.rpartition("(")[2].rstrip(")")
            _taken(right, f"CREATE UNIQUE INDEX {table.name}_{name} ON {parent} ({column})")
            if not _taken(right, f"ALTER TABLE {table.name} ADD CONSTRAINT {name} {definition}"):
                del table.keys[name]
        with left.cursor() as cursor:
            cursor.execute(table.source_sql())
            if table.rows:
                marks = ", ".join(["%s"] * len(table.rows[0]))
                cursor.executemany(f"INSERT INTO {table.name} VALUES ({marks})", table.rows)

    # --- what the scan says, and what PostgreSQL does ---------------------------------------------

    def judge(self) -> Iterator[str]:
        """What became of each constraint of each table."""
        connection = mysql.connect(self.migration.source_login)
        mysql.use(connection, self.left)
        with contextlib.closing(connection), places.session(self.target, self.right) as right:
            for table in self.tables:
                said = constraints.find(connection, self.plan, self.plan.table(table.name), self.standing)
                bare = f"bare_{table.name}"
                right.execute(table.target_sql(bare, bare=True))
                if table.rows:
                    marks = ", ".join(["%s"] * len(table.rows[0]))
                    right.cursor().executemany(f"INSERT INTO {bare} VALUES ({marks})", table.target_rows())
                for name, statement, shown in self._statements(table, bare):
                    yield self._compared(right, table, said, name, statement, shown)

    def _statements(self, table: RandomTable, bare: str) -> Iterator[tuple[str, str, str]]:
        """Name as the scan calls it, the statement that puts it to PostgreSQL, and its text."""
        for name, condition in table.checks.items():
            yield name, f"ALTER TABLE {bare} ADD CONSTRAINT {name} CHECK ({condition})", condition
        for name, definition in table.indexes.items():
            yield name, _index(bare, f"bare_{name}", definition), definition
        for name, definition in table.keys.items():
            parent = definition.rpartition("REFERENCES ")[2].partition(" ")[0]
            column = definition.rpartition("(")[2].rstrip(")")
            lost = (
                f"SELECT 1 / (SELECT count(*)::int FROM bare_{parent} p WHERE p.{column} = c.up) FROM {bare} c "
                "WHERE c.up IS NOT NULL"
            )
            yield name, lost, definition
        for one in table.columns:
            if one.kind.target in DOMAINS:
                cast = f"SELECT {one.name}::{one.kind.target} FROM {bare}"
                yield f"{one.name} ({one.kind.target}_check", cast, DOMAINS[one.kind.target]

    def _compared(
        self, right: Any, table: RandomTable, said: Findings, name: str, statement: str, shown: str
    ) -> str:
        refusal = _refusal(right, statement)
        untested = [one for one in said.untested if one.name.startswith(name)]
        misfits = [one for one in said.misfits if _about(one, table, name)]
        where = f"seed {self.seed}, {table.name}.{name}: {shown}\n{table.target_sql()}\n{table.rows}"
        if misfits:
            assert refusal is not None, f"refused by the scan, taken by PostgreSQL: {misfits}; {where}"
            if name in table.checks and not untested:
                lost = right.execute(
                    f"SELECT count(*) FROM bare_{table.name} WHERE NOT ({shown})"
                ).fetchone()[0]
                assert misfits[0].count == lost, f"{misfits} and {lost} rows; {where}"
            return "refused"
        if not untested:
            assert refusal is None, f"called tested, and PostgreSQL says: {refusal}; {where}"
            return "tested"
        return "untested"


def _about(misfit: Any, table: RandomTable, name: str) -> bool:
    if misfit.kind == "duplicate":
        return f"INDEX {name} ON" in misfit.definition
    if misfit.kind == "orphan":
        return bool(name == "key_up" and misfit.column == "up")
    return bool(misfit.column.startswith(name))


def _index(table: str, name: str, definition: str) -> str:
    unique = "UNIQUE " if "_u" in name else ""
    return f"CREATE {unique}INDEX {name} ON {table} {definition}"


def _taken(session: Any, statement: str) -> bool:
    return _refusal(session, statement) is None


def _refusal(session: Any, statement: str) -> str | None:
    try:
        session.execute(statement)
    except psycopg.Error as error:
        return str(error)
    return None
