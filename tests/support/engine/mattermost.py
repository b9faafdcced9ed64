# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattermost 9.11 on the source: the schema of its catalog, and rows that a real server wrote."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

from tests.support.engine import places
from tests.support.generator.catalogs import FIXTURES, Column, Index, Table, read_csv
from tests.support.generator.schema_mysql import collation_of, create_table
from tests.support.servers.server import Server


def filled(server: Server) -> str:
    """The name of a new database with all of it."""
    name = places.new_source(server, "mattermost")
    rows = gzip.decompress((FIXTURES / "mattermost/rows-9.11.sql.gz").read_bytes()).decode()
    with places.session(server, name) as connection, connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0, sql_mode = 'NO_ENGINE_SUBSTITUTION'")
        for table in tables():
            statement = create_table(table, collation_of(connection))
            cursor.execute(
                re.sub(r"`(\w+)\((\d+)\)`", r"`\1`(\2)", statement)
            )  # the first characters of a column
        for statement in rows.split(";\n"):
            if statement.strip():
                cursor.execute(statement)
    return name


def tables() -> Iterator[Table]:
    """Without the two foreign keys of the catalog, which no value depends on."""
    found: dict[str, Table] = {}
    for row in read_csv("mattermost", "mattermost_mysql_columns.csv"):
        table = found.setdefault(row["table_name"], Table(row["table_name"]))
        default = None if row["column_default"] == "\\N" else row["column_default"]
        table.columns.append(
            Column(
                name=row["column_name"],
                type=row["type_mysql8"],
                nullable=row["nullable"] == "YES",
                default=None if default is None else _default(default, row["extra"]),
                auto_increment="auto_increment" in row["extra"],
            )
        )
    for row in read_csv("mattermost", "mattermost_mysql_indexes.csv"):
        if row["index_type"] == "BTREE":
            columns = tuple(row["columns"].split(","))
            found[row["table_name"]].indexes.append(
                Index(row["index_name"], columns, row["is_unique"] == "1")
            )
    yield from found.values()


def _default(text: str, extra: str) -> str:
    return f"({text})" if "DEFAULT_GENERATED" in extra else "'" + text.replace("'", "''") + "'"
