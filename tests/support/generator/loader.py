# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the INSERT statements of a job, in one process or in several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from .server_mysql import loading

Connect = Callable[[], Any]


class Job(Protocol):
    """Rows in parts that do not depend on one another."""

    parts: int

    def statements(self, number: int) -> Iterator[tuple[str, int, bytes]]:
        """(table, rows, INSERT) of one part."""


@dataclass
class Created:
    """What was made: enough to check a copy of it."""

    profile: str
    scale: str
    seed: int
    tables: dict[str, int] = field(default_factory=dict)
    statement_bytes: int = 0
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.tables.values())

    def count(self, table: str, rows: int, size: int) -> None:
        """Adds one statement."""
        self.tables[table] = self.tables.get(table, 0) + rows
        self.statement_bytes += size

    def take(self, problem: str, other: Created) -> str:
        """Adds what a worker made; hands its problem on."""
        for table, rows in other.tables.items():
            self.count(table, rows, 0)
        self.statement_bytes += other.statement_bytes
        return problem


def load(
    connection: Any, job: Job, created: Created, workers: int = 1, connect: Connect | None = None
) -> None:
    """All parts. ``connect`` opens another connection to the same database, for more than one worker."""
    if connect is None or min(workers, job.parts) < 2:
        _load(connection, job, range(job.parts), created)
    else:
        _load_in_processes(connect, job, min(workers, job.parts), created)


def _load(connection: Any, job: Job, numbers: Iterable[int], created: Created) -> None:
    with loading(connection):
        for number in numbers:
            for table, rows, statement in job.statements(number):
                connection.query(statement)
                created.count(table, rows, len(statement))
            connection.commit()


def _load_in_processes(connect: Connect, job: Job, workers: int, created: Created) -> None:
    """Forked workers have the pools already; each opens a connection of its own."""
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()

    def run(first: int) -> None:
        mine = Created(created.profile, created.scale, created.seed)
        problem = ""
        try:
            connection = connect()
            _load(connection, job, range(first, job.parts, workers), mine)
            connection.close()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"[:2000]
        results.put((problem, mine))

    processes = [context.Process(target=run, args=(first,)) for first in range(workers)]
    for process in processes:
        process.start()
    problems = [created.take(*results.get()) for _ in processes]
    for process in processes:
        process.join()
    if any(problems):
        raise RuntimeError("loading failed: " + "; ".join(filter(None, problems)))
