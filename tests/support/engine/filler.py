# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows for any schema of the source: in row n every number is n, and all other values are made of n: keys meet."""

from __future__ import annotations

from typing import Any

from tests.support.engine import places
from tests.support.servers.server import Server

_COLUMNS = (
    "SELECT table_name, column_name, data_type, column_type, character_maximum_length, column_default "
    "FROM information_schema.columns WHERE table_schema = %s AND COALESCE(generation_expression, '') = '' "
    "AND table_name IN (SELECT table_name FROM information_schema.tables "
    "WHERE table_schema = %s AND table_type = 'BASE TABLE') ORDER BY table_name, ordinal_position"
)


def fill(server: Server, database: str, rows: int = 4) -> int:
    """How many rows there are then; a date whose default is zero keeps that in the last row."""
    with places.session(server, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0, sql_mode = 'NO_BACKSLASH_ESCAPES'")
        cursor.execute(_COLUMNS, (database, database))
        tables: dict[str, list[tuple[Any, ...]]] = {}
        for row in cursor.fetchall():
            tables.setdefault(row[0], []).append(row)
        for table, columns in tables.items():
            for number in range(1, rows + 1):
                made = {
                    column[1]: _value(number, column)
                    for column in columns
                    if not (number == rows and "0000-00-00" in str(column[5]))
                }
                names = ", ".join(f"`{name}`" for name in made)
                cursor.execute(f"INSERT INTO `{table}` ({names}) VALUES ({', '.join(made.values())})")
    return rows * len(tables)


def _value(number: int, column: tuple[Any, ...]) -> str:
    """A literal of the source."""
    _table, name, family, full, length, _default = column
    if family in {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}:
        return "'" + _text(number, name, family, length).replace("'", "''") + "'"
    if family in {"binary", "varbinary", "blob", "mediumblob", "longblob"}:
        size = min(length, 16)
        return f"X'{(bytes([number, 0, 10, 255, 92, 39]) + bytes(size))[:size].hex()}'"
    if family in {"enum", "set"}:
        return str(1 + (number - 1) % (full.count("','") + 1))
    if full == "tinyint(1)" or family == "bit":
        return str(number % 2)
    return _MADE.get(family, "{n}").format(n=number)


_MADE = {
    "date": "'2020-01-0{n}'",
    "datetime": "'2020-01-0{n} 10:11:12'",
    "timestamp": "'2020-07-0{n} 23:59:58'",
    "time": "'0{n}:30:00'",
    "year": "200{n}",
    "json": """'{{"n": {n}, "text": "Zoë"}}'""",
    "point": "ST_GeomFromText('POINT({n} 1)')",
    "decimal": "{n}.25",
    "double": "{n}.1",
    "float": "{n}.1",
}


def _text(number: int, name: str, family: str, length: int) -> str:
    if family == "char" and length == 36:
        return f"123e4567-e89b-12d3-a456-42661417400{number}"
    text = f"{number} {name.encode('ascii', 'ignore').decode()} it's"
    if family == "longtext":  # which MariaDB's JSON is
        return f'"{text}"'
    return text[:length] if length else text
