# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole matrix through the engine: one source database, and a target for each way the rows can go.

Each case has two tables. `…_b` goes in COPY's binary format where every type has one; `…_t` has a column
that has none, so its rows go as text. A source that allows only small packets makes the engine read the
columns one by one: the second target is filled that way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server
from tests.types import generated
from tests.types.case import Case
from tests.types.drivers import Row, source_rows, source_session, target_rows, target_session
from tests.types.vectors import of_family

ROUTES = ("binary", "text", "binary by columns", "text by columns")
_SMALL_PACKET = 65536
LAX = {
    "mysql": ("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'",),
    # MariaDB's JSON is text with a constraint that a session can switch off.
    "mariadb": ("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'", "SET SESSION check_constraint_checks = 0"),
}
"""Sessions that let in what old servers let in."""


@dataclass(frozen=True)
class Filled:
    """One case with the values its rows hold, by the number of the row."""

    case: Case
    values: tuple[Any, ...]

    @property
    def flips(self) -> dict[int, str]:
        """Row and damage; each has a row of its own at the end of the table."""
        first = len(self.values) - len(self.case.flips) + 1
        return {first + number: flip.sql for number, flip in enumerate(self.case.flips)}

    @property
    def unseen(self) -> set[int]:
        """Rows whose change means the same value."""
        return {row for row, flip in zip(self.flips, self.case.flips, strict=True) if not flip.found}


def filled(case: Case, count: int, signed_zeros: bool = True) -> Filled:
    """Edge values, NULL, random ones, and a row for each flip."""
    random = generated.values(case.random, count) if case.random is not None and count else []
    none = [None] if case.nullable else []
    values = (*case.values, *none, *random, *(flip.value for flip in case.flips))
    if not signed_zeros:
        values = tuple(0.0 if isinstance(value, float) and value == 0 else value for value in values)
    return Filled(case, values)


def _keeps_signed_zeros(source: Server, database: str) -> bool:
    """MariaDB 11.8.9 stores 0 where -0 is inserted (test_negative_zero.py shows those stored before)."""
    [(angle,)] = places.ask(
        source,
        database,
        "CREATE TEMPORARY TABLE sign (v DOUBLE)",
        "INSERT INTO sign VALUES (-0e0)",
        "SELECT ATAN2(0e0, v) FROM sign",
    )
    return bool(angle)


@dataclass
class Passage:
    """The matrix on one kind of source after its two runs."""

    source: Server
    target: Server
    database: str
    cases: dict[str, Filled]
    runs: dict[str, Migration] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack, repr=False)
    _sessions: dict[str, tuple[Any, Any]] = field(default_factory=dict, repr=False)

    def target_of(self, route: str) -> tuple[str, str]:
        """Database and suffix of the tables of a route."""
        way = "columns" if "columns" in route else "rows"
        return self.runs[way].moves[0].target, route[0]

    def read(self, name: str, route: str) -> tuple[list[Row], list[Row]]:
        """One table by both drivers, in the order of its numbers."""
        database, suffix = self.target_of(route)
        sql = f"SELECT id, v, n FROM {self.cases[name].case.table}_{suffix} ORDER BY id"
        if (
            database not in self._sessions
        ):  # kept open: there are many cases, and a login takes longer than one
            stack = self._open
            self._sessions[database] = (
                stack.enter_context(source_session(self.source, self.database)),
                stack.enter_context(target_session(self.target, database)),
            )
        left, right = self._sessions[database]
        return source_rows(left, sql), target_rows(right, sql)

    def close(self) -> None:
        """End the sessions that were kept open."""
        self._sessions.clear()
        self._open.close()


def build(source: Server, target: Server, folder: Path, count: int, chosen: Collection[str]) -> Passage:
    """Fill the source with the `chosen` cases, migrate it on both ways, verify each."""
    database = places.new_source(source, "matrix")
    signed = _keeps_signed_zeros(source, database)
    cases = {case.name: filled(case, count, signed) for case in of_family(source.kind) if case.name in chosen}
    with source_session(source, database) as connection:
        for statement in (*LAX[source.kind], *_source_statements(cases.values())):
            with connection.cursor() as cursor:
                cursor.execute(statement)
    template = places.new_target(target, "matrix")
    with target_session(target, template) as session:
        for statement in _target_statements(cases.values()):
            session.execute(statement.encode())
    passage = Passage(source, target, database, cases)
    rules = [rule for one in cases.values() for rule in _rules(one.case)]
    for way, packet in (("rows", 1 << 26), ("columns", _SMALL_PACKET)):
        name = places.new_target(target, f"matrix_{way}", template)
        move = Move("matrix", database, name, "converters")
        run = Migration(source, target, folder / way, [move], {"converters": {"columns": rules}})
        passage.runs[way] = run
        places.ask(source, None, f"SET GLOBAL max_allowed_packet = {packet}")
        run.all()
    places.ask(source, None, f"SET GLOBAL max_allowed_packet = {1 << 26}")
    places.drop(target, template)
    return passage


def _rules(case: Case) -> Iterator[dict[str, str]]:
    """The rules of a pair that only a rule selects."""
    converter = case.pair.partition(" by ")[2]
    if converter:
        for suffix, _source, _target in _suffixes(case):
            for column in ("v", "n"):
                yield {"table": f"{case.table}_{suffix}", "column": column, "converter": converter}


def _suffixes(case: Case) -> Iterator[tuple[str, str, str]]:
    """Suffix, and the additional column on either side."""
    yield "b", "", ""
    yield "t", ", forced DOUBLE", ", forced double precision"


def _source_statements(cases: Any) -> Iterator[str]:
    for one in cases:
        case = one.case
        null = "NULL" if case.nullable else "NOT NULL"
        for suffix, more, _target in _suffixes(case):
            table = f"{case.table}_{suffix}"
            yield (
                f"CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, v {case.source} {null}, "
                f"n {case.source} NOT NULL, wide LONGBLOB{more})"
            )
        table = f"{case.table}_b"
        for start in range(0, len(one.values), 100):
            rows = ", ".join(
                _row(case, start + number, value)
                for number, value in enumerate(one.values[start : start + 100], 1)
            )
            yield f"INSERT INTO {table} (id, v, n, wide) VALUES {rows}"
        yield f"INSERT INTO {case.table}_t (id, v, n, wide) SELECT id, v, n, wide FROM {table}"


def _row(case: Case, number: int, value: Any) -> str:
    """In the column that takes no NULL the first value stands for it."""
    literal = "NULL" if value is None else case.literal(value)
    always = case.literal(case.values[0]) if value is None else literal
    return f"({number}, {literal}, {always}, 'x')"


def _target_statements(cases: Any) -> Iterator[str]:
    known: set[str] = set()
    for one in cases:
        case = one.case
        for statement in case.prelude:
            if statement not in known:
                known.add(statement)
                yield statement
        for suffix, _source, more in _suffixes(case):
            yield (
                f"CREATE TABLE {case.table}_{suffix} (id integer PRIMARY KEY, v {case.target}, "
                f"n {case.plain_target} NOT NULL, wide bytea{more})"
            )
