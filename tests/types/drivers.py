# SPDX-License-Identifier: GPL-3.0-or-later
"""Both sides read by their drivers as plain bytes, without a word of the engine's SQL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pymysql

from tests.support.servers.server import Server

Row = tuple[bytes | None, ...]


@contextlib.contextmanager
def source_session(server: Server, database: str | None = None) -> Iterator[Any]:
    """A session that converts nothing: every value comes as the bytes that the server sends."""
    connection = pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=database,
        charset="utf8mb4",
        use_unicode=False,
        conv={},
        autocommit=True,
        ssl_disabled=True,  # else each reads the system's authorities first, which takes longer than a test
        init_command="SET time_zone = '+00:00'",
    )
    with contextlib.closing(connection):
        yield connection


def source_rows(connection: Any, sql: str) -> list[Row]:
    """All rows as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@contextlib.contextmanager
def target_session(server: Server, database: str) -> Iterator[psycopg.Connection[Any]]:
    """A session in UTC."""
    with psycopg.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        dbname=database,
        autocommit=True,
        options="-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex",
    ) as connection:
        yield connection


def target_rows(connection: psycopg.Connection[Any], sql: str) -> list[Row]:
    """All rows as the bytes of PostgreSQL's own text output."""
    with connection.cursor() as cursor:
        cursor.execute(sql.encode())
        result = cursor.pgresult
        assert result is not None
        return [
            tuple(result.get_value(row, column) for column in range(result.nfields))
            for row in range(result.ntuples)
        ]


def own_source(name: str) -> str:
    """A name as the source quotes it."""
    return "`" + name.replace("`", "``") + "`"


def own_target(name: str) -> str:
    """A name as the target quotes it."""
    return '"' + name.replace('"', '""') + '"'
