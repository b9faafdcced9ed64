# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases of unique names on the shared servers, and sessions to them by the drivers alone."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import psycopg
import pymysql

from tests.support import generator
from tests.support.servers.server import Server

_numbers = itertools.count(1)


def unique(word: str) -> str:
    """A database name that nobody else in this session has."""
    return f"{word}_{next(_numbers)}"


@contextlib.contextmanager
def session(server: Server, database: str | None = None) -> Iterator[Any]:
    """A driver's connection in autocommit; the target's shows times in UTC."""
    login: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "autocommit": True,
    }
    connection: Any
    if server.kind == "postgresql":
        zone = "-c TimeZone=UTC"
        connection = psycopg.connect(dbname=database or "postgres", options=zone, **login)
    else:
        # Every connection would read the system's certificate authorities first, which takes longer than most tests.
        connection = pymysql.connect(database=database, charset="utf8mb4", ssl_disabled=True, **login)
    with contextlib.closing(connection):
        yield connection


def ask(server: Server, database: str | None, *statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last of these statements."""
    with session(server, database) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def new_source(server: Server, word: str = "source") -> str:
    """An empty database on a MySQL or MariaDB server."""
    name = unique(word)
    ask(server, None, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    return name


def seeded_source(server: Server, profile: str) -> str:
    """A database with the tiny platform in it."""
    name = new_source(server, profile)
    with session(server, name) as connection:
        generator.create_source(connection, profile=profile, scale="tiny")
    return name


def new_target(server: Server, word: str = "target", template: str = "template0") -> str:
    """An empty database on PostgreSQL, or a copy of another one."""
    name = unique(word)
    ask(server, None, f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    return name


def target_template(server: Server, profile: str) -> str:
    """A database as the application's own migrations leave it, to be copied."""
    name = new_target(server, f"template_{profile}")
    with session(server, name) as connection:
        generator.create_target(connection, profile=profile)
    return name


def drop(server: Server, *names: str) -> None:
    """Away with databases, so that a long session does not fill the disk."""
    force = " WITH (FORCE)" if server.kind == "postgresql" else ""
    for name in names:
        ask(server, None, f"DROP DATABASE IF EXISTS {name}{force}")
