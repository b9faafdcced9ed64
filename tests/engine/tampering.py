# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to damage a loaded target, one value at a time, and to put everything back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from tests.support.engine import places
from tests.support.servers.server import Server

Place = tuple[str, str]
"""Table and column."""


@dataclass(frozen=True)
class Column:
    """One column of a target's table."""

    name: str
    type: str
    base: str
    kind: str
    nullable: bool


@dataclass(frozen=True)
class Table:
    """One table of a target."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), y.typname, y.typtype::text, NOT a.attnotnull
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, a.attnum"""

_KEYS = """
SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, position)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace ORDER BY 1, k.position"""


def tables(server: Server, database: str, without: set[str]) -> list[Table]:
    """The tables of a database with their columns and primary keys."""
    columns: dict[str, list[Column]] = {}
    for row in places.ask(server, database, _COLUMNS):
        columns.setdefault(row[0], []).append(Column(*row[1:]))
    keys: dict[str, list[str]] = {}
    for table, name in places.ask(server, database, _KEYS):
        keys.setdefault(table, []).append(name)
    return [
        Table(name, tuple(found), tuple(keys.get(name, ())))
        for name, found in columns.items()
        if name not in without
    ]


def other_value(column: Column) -> str:
    """An expression for another value of the same type, as near to the old one as can be."""
    name = sql.Identifier(column.name).as_string(None)
    if column.kind == "e":
        labels = f"enum_range(NULL::{column.type})"
        return f"CASE WHEN {name} IS DISTINCT FROM ({labels})[1] THEN ({labels})[1] ELSE ({labels})[2] END"
    changed, from_null = _BY_TYPE[column.base]
    if column.name == "token_type":  # a check allows 1 and 2
        changed = "3 - {c}"
    if column.type.endswith("(0) without time zone"):
        changed = "{c} + interval '1 second'"
    return f"CASE WHEN {name} IS NULL THEN {from_null} ELSE {changed.format(c=name)} END"


# NULL becomes what is most easily taken for NULL.
_TEXT = (
    "CASE WHEN {c} = '' THEN '~' ELSE left({c}, -1) || CASE right({c}, 1) WHEN 'x' THEN 'y' ELSE 'x' END END",
    "''",
)
_INTEGER = ("{c} + 1000003", "0")
_BY_TYPE = {
    "uuid": ("gen_random_uuid()", "'00000000-0000-0000-0000-000000000000'"),
    "text": _TEXT,
    "varchar": _TEXT,
    "bpchar": _TEXT,
    "int2": ("{c} + 1", "0"),
    "int4": _INTEGER,
    "int8": _INTEGER,
    "bool": ("NOT {c}", "false"),
    "timestamp": ("{c} + interval '1 microsecond'", "'epoch'"),
    "timestamptz": ("{c} + interval '1 microsecond'", "'epoch'"),
    "json": ("({c}::text || ' ')::json", "'null'"),
    "jsonb": ("jsonb_build_array({c})", "'null'"),
    "bytea": ("{c} || '\\x00'::bytea", "''"),
    "numeric": ("{c} + 0.1", "0"),
}


@contextlib.contextmanager
def tampered(server: Server, database: str) -> Iterator[Any]:
    """A session that no trigger or foreign key stops; every table it names in ``keep`` comes back."""
    with places.session(server, database) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def keep_all(connection: Any, names: list[str]) -> None:
    """Copies of all rows, in a schema of their own."""
    connection.execute("CREATE SCHEMA kept")
    for name in names:
        connection.execute(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"')


def put_back(connection: Any, names: list[str]) -> None:
    """The rows of these tables as they were."""
    for name in names:
        with connection.transaction():
            connection.execute(f'DELETE FROM public."{name}"')
            connection.execute(f'INSERT INTO public."{name}" SELECT * FROM kept."{name}"')
