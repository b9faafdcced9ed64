# SPDX-License-Identifier: GPL-3.0-or-later
"""DDL of the source for MySQL and MariaDB, from the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .catalogs import Column, Table, mysql_tables

# JSON is written as JSON everywhere: MariaDB turns it into longtext with a json_valid check by itself.


def collation_of(connection: Any) -> str:
    """The collation nearest to production's utf8mb4_0900_ai_ci that this server has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        if "mariadb" not in cursor.fetchone()[0].lower():
            return "utf8mb4_0900_ai_ci"
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
            " WHERE CHARACTER_SET_NAME = 'utf8mb4' AND COLLATION_NAME LIKE '%uca1400_ai_ci'"
        )
        known = bool(cursor.fetchone()[0])
    return "utf8mb4_uca1400_ai_ci" if known else "utf8mb4_general_ci"


def table_statements(profile: str, collation: str) -> Iterator[str]:
    """CREATE TABLE for every table of the catalog, in any order: run them with foreign keys unchecked."""
    for table in mysql_tables(profile).values():
        yield create_table(table, collation)


def create_table(table: Table, collation: str) -> str:
    """One table with its keys and foreign keys."""
    lines = [column_definition(column) for column in table.columns]
    lines += [_index(index.name, index.columns, index.unique) for index in table.indexes]
    lines += [
        f"CONSTRAINT `{constraint.name}` {constraint.definition}"
        for constraint in table.constraints
        if constraint.definition
    ]
    body = ",\n  ".join(lines)
    return (
        f"CREATE TABLE `{table.name}` (\n  {body}\n)"
        f" ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE={collation}"
    )


def column_definition(column: Column) -> str:
    """A column as CREATE TABLE and MODIFY take it."""
    words = [f"`{column.name}`", column.type]
    if column.collation:
        words.append(f"COLLATE {column.collation}")
    # A bare "timestamp" would be NOT NULL on servers without explicit_defaults_for_timestamp.
    words.append("NULL" if column.nullable else "NOT NULL")
    if column.default is not None:
        words.append(f"DEFAULT {column.default}")
    if column.on_update:
        words.append(f"ON UPDATE {column.on_update}")
    if column.auto_increment:
        words.append("AUTO_INCREMENT")
    if column.comment:
        words.append("COMMENT '" + column.comment.replace("'", "''") + "'")
    return " ".join(words)


def _index(name: str, columns: tuple[str, ...], unique: bool) -> str:
    parts = []
    for column in columns:
        bare, _, direction = column.partition(" ")
        parts.append(f"`{bare}` {direction}".rstrip())
    inner = ", ".join(parts)
    if name == "PRIMARY":
        return f"PRIMARY KEY ({inner})"
    return f"{'UNIQUE ' if unique else ''}KEY `{name}` ({inner})"
