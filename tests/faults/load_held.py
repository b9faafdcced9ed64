# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory under load: python -m tests.faults.load_held [--rows 10000000] [--value-mb 256] [--tables 2000].

Every process of every verb is watched through /proc. Three cases, each a database of its own: many narrow rows,
one huge value, many tables; and the narrow rows once more in very small chunks, where memory must not grow.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support import servers
from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.engine.verb import Memory, Verb
from tests.support.servers.server import Server

LIMIT_MB = 300


@dataclass
class Case:
    """What to make on either side, in chunks of which size, and how much a process may hold."""

    name: str
    source: list[str]
    target: list[str]
    chunk_bytes: int
    limit_mb: int


def cases(rows: int, value_mb: int, tables: int) -> list[Case]:
    columns = "id int NOT NULL PRIMARY KEY, a int NOT NULL, b bigint NOT NULL, c varchar(20) NOT NULL"
    fill = "SELECT seq, seq % 1000, seq * 7919, CONCAT('row ', seq) FROM seq_1_to_{}"
    few = max(1, rows // 20)
    return [
        Case(
            f"{rows} narrow rows",
            [f"CREATE TABLE narrow ({columns})", "INSERT INTO narrow " + fill.format(rows)],
            [f"CREATE TABLE narrow ({columns})", "CREATE INDEX narrow_a ON narrow (a)"],
            32 << 20,
            LIMIT_MB,
        ),
        Case(
            f"{few} rows in chunks of 20 kB",
            [f"CREATE TABLE narrow ({columns})", "INSERT INTO narrow " + fill.format(few)],
            [f"CREATE TABLE narrow ({columns})"],
            20_000,
            LIMIT_MB,
        ),
        Case(
            f"one value of {value_mb} MB",
            [
                "CREATE TABLE huge (id int NOT NULL PRIMARY KEY, v longblob)",
                f"INSERT INTO huge VALUES (1, REPEAT('0123456789abcdef', {value_mb << 16})), (2, 'small')",
            ],
            ["CREATE TABLE huge (id integer PRIMARY KEY, v bytea)"],
            32 << 20,
            LIMIT_MB + 2 * value_mb,
        ),
        Case(
            f"{tables} tables",
            [
                statement
                for n in range(tables)
                for statement in (
                    f"CREATE TABLE t{n} (id int NOT NULL PRIMARY KEY, a int, KEY t{n}_a (a))",
                    f"INSERT INTO t{n} VALUES (1, 2), (3, 4)",
                )
            ],
            [
                f"CREATE TABLE t{n} (id int PRIMARY KEY, a int); CREATE INDEX t{n}_a ON t{n} (a)"
                for n in range(tables)
            ],
            32 << 20,
            LIMIT_MB,
        ),
    ]


def run(case: Case, source: Server, target: Server, folder: Path) -> list[str]:
    """Move it; gives what went wrong."""
    began = time.monotonic()
    left, right = places.new_source(source), places.new_target(target)
    places.ask(source, left, *case.source)
    places.ask(target, right, *case.target)
    migration = Migration(source, target, folder / left, [Move("held", left, right)])
    migration.prepare()
    print(f"{case.name}: made in {time.monotonic() - began:.0f} s", flush=True)
    problems: list[str] = []
    for verb in ("dump", "load", "verify"):
        logins = {
            side: {"host": one.host, "port": one.port, "user": one.user, "password": one.password}
            for side, one in (("source", source), ("target", target))
        }
        options = {"workers": 2, **({"chunk_bytes": case.chunk_bytes} if verb == "dump" else {})}
        began = time.monotonic()
        child = Verb({"verb": verb, "run_directory": str(migration.run), "options": options, **logins})
        memory = Memory(child.pid)
        ending = child.wait(3600)
        most = memory.stop()
        early, late = memory.growth()
        print(
            f"  {verb}: {ending}, {time.monotonic() - began:.0f} s, at most {most} MB in one process, "
            f"{early} MB after a third and {late} MB at the end",
            flush=True,
        )
        if not ending.ok:
            return [*problems, f"{case.name}: {verb}: {ending}"]
        if most > case.limit_mb:
            problems.append(f"{case.name}: {verb}: {most} MB, allowed are {case.limit_mb}")
    places.drop(source, left)
    places.drop(target, right)
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.load_held", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--value-mb", type=int, default=256)
    parser.add_argument("--tables", type=int, default=2000)
    options = parser.parse_args()
    settings = {
        "innodb_buffer_pool_size": "512M",
        "innodb_log_file_size": "512M",
        "max_allowed_packet": "1G",
        "log_bin": "binlog",
    }
    problems: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.running("mariadb", settings) as source,
        servers.running("postgresql", {"max_locks_per_transaction": "256"}) as target,
    ):
        for case in cases(options.rows, options.value_mb, options.tables):
            problems += run(case, source, target, Path(folder))
    print("\n".join(problems) or "every process stayed within its limit")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
