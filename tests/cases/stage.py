# SPDX-License-Identifier: GPL-3.0-or-later
"""Both databases of a case on fresh names, and a migration between them by the documented accounts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
from ansible_collections.alkemio.convergence.plugins.module_utils._move import inspect, transform
from ansible_collections.alkemio.convergence.plugins.module_utils._move.transform import TransformOutcome
from pymysql.constants import CLIENT

from tests.cases.case import Attempt, Case
from tests.support.engine import accounts, places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server
from tests.types import test_zones as zones

SCRAP = "0123456789abcdef"


@dataclass
class Run(Migration):
    """With rules of the database's own, which have to match something, and tables in any schema."""

    rules: Mapping[str, Any] = field(default_factory=dict)
    schema: str = "public"

    def inspect(self) -> list[inspect.Inspection]:
        run, move = str(self.run), self.moves[0]
        return [
            inspect.inspect_source(self.source_login, [move.source], run, check=False),
            inspect.inspect_target(self.target_login, [move.target], run, schema=self.schema, check=False),
        ]

    def transform(self) -> TransformOutcome:
        move = self.moves[0]
        entry = {"name": move.name, "source": move.source, "target": move.target, "rules": dict(self.rules)}
        return transform.make_plan(str(self.run), [entry], {}, check=False)


@dataclass(frozen=True)
class Stage:
    """The migration as its accounts see it, and the servers as an administrator does."""

    run: Run
    source: Server
    target: Server
    other: str
    """A role of somebody else's."""

    @property
    def owner(self) -> str:
        return self.run.target.user

    @property
    def database(self) -> str:
        """The target's."""
        return self.run.moves[0].target

    def fetch(self, query: str) -> list[list[str | None]]:
        """Rows of the target as the server prints them: no driver's types stand between."""
        with places.session(self.target, self.database) as connection:
            result = connection.execute(query.encode()).pgresult
            return [
                [
                    None if (value := result.get_value(n, i)) is None else value.decode()
                    for i in range(result.nfields)
                ]
                for n in range(result.ntuples)
            ]


def script(server: Server, database: str | None, text: str) -> None:
    """All statements of a text in one session of a MySQL or MariaDB server."""
    login = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
    flags = CLIENT.MULTI_STATEMENTS
    connection = pymysql.connect(
        database=database, charset="utf8mb4", autocommit=True, client_flag=flags, ssl_disabled=True, **login
    )
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(text)
        while cursor.nextset():
            pass


@contextlib.contextmanager
def settings(server: Server, values: Mapping[str, str]) -> Iterator[None]:
    """Global variables of the source for a while."""
    with places.session(server) as admin, admin.cursor() as cursor:
        before = {}
        try:
            for name, value in values.items():
                cursor.execute(f"SELECT @@GLOBAL.{name} LIMIT 1")
                before[name] = cursor.fetchall()[0][0]
                cursor.execute(f"SET GLOBAL {name} = {value}")
            yield
        finally:
            for name, old in before.items():
                cursor.execute(f"SET GLOBAL {name} = %s", (old,))


@contextlib.contextmanager
def staged(case: Case, attempt: Attempt, source: Server, target: Server, folder: Path) -> Iterator[Stage]:
    """Both databases made and filled; all of it is gone afterwards."""
    words = dict(case.words.get(source.kind, {}))
    other = words["other"] = places.unique("other")
    places.ask(target, None, f"CREATE ROLE {other}")
    if case.zones:
        zones.load(source, case.zones)
    left = places.new_source(source, "case")
    script(source, left, filled(case.sql("source"), words))
    for statement in (*_wide(case, source.kind), *attempt.also):
        places.ask(source, left, statement)

    def make(owner: Server, database: str) -> None:
        words["owner"] = owner.user
        texts = [(owner, case.sql("target")), (target, case.sql("target_admin"))]
        for who, text in texts if case.admin_late else reversed(texts):
            if text:
                places.ask(who, database, filled(text, words))
        for statement in _wide(case, target.kind):
            places.ask(owner, database, statement)
        places.ask(target, database, *(filled(statement, words) for statement in case.after))

    owner, right = accounts.target_role(target, make)
    reader = accounts.source_account(source, left)
    moves = [Move("case", left, right)]
    run = Run(reader, owner, folder / "run", moves, rules=attempt.rules, schema=case.schema)
    try:
        with settings(source, {**case.settings, **attempt.settings}):
            yield Stage(run, source, target, other)
    finally:
        places.drop(source, left)
        places.ask(source, None, f"DROP USER {reader.user}")
        places.drop(target, right)
        for statement in (*case.cleanup, "DROP ROLE {owner}", "DROP ROLE {other}"):
            places.ask(target, None, filled(statement, words))


def filled(text: str, words: Mapping[str, str]) -> str:
    """Braces of other words stay as they are: some names have some."""
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return text


def _wide(case: Case, kind: str) -> list[str]:
    statements = []
    for table, columns in case.wide.items():
        type_ = "text" if kind == "postgresql" else "varchar(16)"
        added = ", ".join(f"ADD a{n} {type_} NULL" for n in range(1, columns + 1))
        statements.append(f"ALTER TABLE {table} {added}")
        if kind != "postgresql":
            statements.append(f"INSERT INTO {table} VALUES (1, {', '.join([repr(SCRAP)] * columns)})")
    return statements
