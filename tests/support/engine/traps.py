# SPDX-License-Identifier: GPL-3.0-or-later
"""One trap of a few tables, as its test sets it: statements for both servers, a profile, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

Trap = Callable[..., Migration]


def trap(
    source: Server,
    target: Server,
    folder: Path,
    source_sql: Sequence[str],
    target_sql: Sequence[str],
    rules: dict[str, Any] | None = None,
) -> Migration:
    """A migration of two new databases with the rules of a profile of its own."""
    left, right = places.new_source(source, "trap"), places.new_target(target, "trap")
    places.ask(source, left, *source_sql)
    places.ask(target, right, *target_sql)
    profiles = {"trap": {"name": "trap", **(rules or {})}}
    return Migration(source, target, folder / "run", [Move("trap", left, right, "trap")], profiles)


def rows(run: Migration, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the target, by its driver."""
    return places.ask(run.target, run.moves[0].target, sql)


def store_bytes(source: Server, database: str, table: str, values: dict[int, bytes]) -> None:
    """Let a LONGTEXT column `value` in utf8mb4 hold bytes that no statement would let in, as old servers did.

    The rows of a LONGBLOB are put into the place of the text table's files, which hold them in the same way.
    """
    rows_sql = ", ".join(f"({number}, X'{value.hex()}')" for number, value in values.items())
    columns = "(id int NOT NULL PRIMARY KEY, value {} NULL) ENGINE=MyISAM DEFAULT CHARSET=utf8mb4"
    places.ask(
        source,
        database,
        f"CREATE TABLE {table}_bytes {columns.format('LONGBLOB')}",
        f"CREATE TABLE {table} {columns.format('LONGTEXT')}",
        f"INSERT INTO {table}_bytes VALUES {rows_sql}",
        f"FLUSH LOCAL TABLES {table}, {table}_bytes",
    )
    for suffix in ("MYD", "MYI"):
        folder = source.datadir / database
        (folder / f"{table}.{suffix}").write_bytes((folder / f"{table}_bytes.{suffix}").read_bytes())
    places.ask(source, database, f"FLUSH LOCAL TABLES {table}", f"DROP TABLE {table}_bytes")
