# SPDX-License-Identifier: GPL-3.0-or-later
"""A small pair of databases, made in a moment, for tests that care about anything but the profiles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

SOURCE = (
    "CREATE TABLE item (id int NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, note text NULL)",
    "CREATE TABLE part (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, item_id int NOT NULL, weight int NOT NULL,"
    " FOREIGN KEY (item_id) REFERENCES item (id))",
    "INSERT INTO item VALUES (1, 'one', NULL), (2, 'two', ''), (3, 'three', 'third')",
    "INSERT INTO part (item_id, weight) VALUES (1, 10), (1, 20), (3, 30)",
)
TARGET = (
    "CREATE TABLE item (id integer PRIMARY KEY, name varchar(40) NOT NULL, note text)",
    "CREATE TABLE part (id serial PRIMARY KEY, item_id integer NOT NULL REFERENCES item (id), weight integer NOT NULL)",
)


def pair(
    source: Server,
    target: Server,
    folder: Path,
    source_sql: Sequence[str] = SOURCE,
    target_sql: Sequence[str] = TARGET,
) -> Migration:
    """A migration of two new databases without a profile."""
    left, right = places.new_source(source, "small"), places.new_target(target, "small")
    places.ask(source, left, *source_sql)
    places.ask(target, right, *target_sql)
    return Migration(source, target, folder / "run", [Move("small", left, right)])


def many_rows(rows: int, table: str = "many") -> tuple[str, ...]:
    """Statements that make a table of some width with so many rows, without sending them."""
    return (
        f"CREATE TABLE {table} (id int NOT NULL PRIMARY KEY, code char(36) NOT NULL, label varchar(200) NOT NULL,"
        " amount decimal(14,4) NOT NULL, made datetime(6) NOT NULL)",
        "CREATE TABLE digit (n int NOT NULL PRIMARY KEY)",
        f"INSERT INTO digit VALUES {', '.join(f'({n})' for n in range(10))}",
        f"INSERT INTO {table} SELECT n, CONCAT(LPAD(HEX(n), 8, '0'), '-0000-4000-8000-', LPAD(HEX(n), 12, '0')), "
        "REPEAT(MD5(n), 1 + n % 5), n / 7, '2024-01-01' + INTERVAL n SECOND FROM "
        "(SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n + 100000 * f.n AS n "
        "FROM digit a, digit b, digit c, digit d, digit e, digit f) AS numbers "
        f"WHERE n < {rows}",
        "DROP TABLE digit",
    )


MANY_TARGET = (
    "CREATE TABLE many (id integer PRIMARY KEY, code uuid NOT NULL UNIQUE, label varchar(200) NOT NULL,"
    " amount numeric(14,4) NOT NULL, made timestamp NOT NULL)",
    "CREATE INDEX many_label ON many (label)",
)
