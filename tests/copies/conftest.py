# SPDX-License-Identifier: GPL-3.0-or-later
"""Private servers of both families, started once, and the servers that dumps are made of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._copy import ensure as private_server
from ansible_collections.alkemio.convergence.plugins.module_utils._copy import restore as restore_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._copy.restore import RestoreOutcome
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin

from tests.support.playbooks import programs
from tests.support.servers.server import Server

POOL = 1 << 27


@dataclass(frozen=True)
class Copy:
    """A private server, and the server whose dumps it takes."""

    origin: Server
    folder: Path

    @property
    def login(self) -> MySQLLogin:
        return MySQLLogin(user="root", unix_socket=str(self.folder / "server.sock"))

    def restore(self, file: Path, database: str, **options: Any) -> RestoreOutcome:
        return restore_verb.restore(self.login, str(file), database, **options)

    @contextlib.contextmanager
    def session(self, database: str | None = None) -> Iterator[Any]:
        """By the driver alone."""
        socket = str(self.folder / "server.sock")
        with contextlib.closing(
            pymysql.connect(user="root", unix_socket=socket, database=database, charset="utf8mb4")
        ) as connection:
            yield connection

    def ask(self, database: str | None, statement: str) -> list[tuple[Any, ...]]:
        with self.session(database) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def __str__(self) -> str:
        return self.origin.kind


@contextlib.contextmanager
def _copy(origin: Server, folder: Path, program: Path) -> Iterator[Copy]:
    options: dict[str, Any] = {"command": str(program), "buffer_pool_bytes": POOL}
    assert private_server.ensure(str(folder), present=True, **options).changed
    try:
        yield Copy(origin, folder)
    finally:
        private_server.ensure(str(folder), present=False, **options)


@pytest.fixture(scope="session")
def copy_of_mariadb(mariadb: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with _copy(mariadb, tmp_path_factory.mktemp("private") / "mariadb", programs.mariadbd()) as found:
        yield found


@pytest.fixture(scope="session")
def copy_of_mysql(mysql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with _copy(mysql, tmp_path_factory.mktemp("private") / "mysql", programs.mysqld()) as found:
        yield found


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def copy(request: pytest.FixtureRequest) -> Any:
    """Each of the two families in turn."""
    return request.getfixturevalue(f"copy_of_{request.param}")
