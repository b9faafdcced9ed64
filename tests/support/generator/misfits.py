# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that must stop a run, one row each, inserted by name into a source that exists.

    misfit = misfits.insert(connection, "non_uuid_virtual_contributor")
    misfit.table, misfit.column, misfit.key, misfit.kind

``kind`` is the class a scan is expected to report, by the engine's name of it. A row is otherwise
ordinary: required columns get plain values, required keys point at rows that are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .catalogs import Column, Table, mysql_tables
from .misfit_list import ALKEMIO, KRATOS, Misfit
from .nasty import key
from .server_mysql import is_mariadb, loading
from .sink import literal

_BY_NAME = {misfit.name: misfit for misfit in (*ALKEMIO, *KRATOS)}

# Nothing strict: zero dates, invalid dates and unknown labels enter as they did into old servers.
_LAX = "NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES"


@dataclass(frozen=True)
class Inserted:
    """What was put where. ``key`` is the primary key of the row, by column."""

    name: str
    profile: str
    table: str
    column: str
    kind: str
    key: dict[str, str] = field(default_factory=dict)


def names(profile: str, connection: Any = None) -> list[str]:
    """The misfits of a profile; with a connection, those that its server can hold."""
    listed = ALKEMIO if profile == "alkemio" else KRATOS
    if connection is None:
        return [misfit.name for misfit in listed]
    server = "mariadb" if is_mariadb(connection) else "mysql"
    return [misfit.name for misfit in listed if misfit.server in ("any", server)]


def describe(name: str) -> Inserted:
    """Table, column, key and class of a misfit, without inserting it."""
    misfit = _find(name)
    row_key = misfit.key or {"id": key(f"misfit:{name}")}
    return Inserted(name, misfit.profile, misfit.table, misfit.column, misfit.kind, dict(row_key))


def insert(connection: Any, name: str) -> Inserted:
    """Puts one misfit into the connection's database."""
    misfit = _find(name)
    inserted = describe(name)
    table = mysql_tables(misfit.profile)[misfit.table]
    with loading(connection, _LAX) as cursor:
        for statement in misfit.before_mariadb if is_mariadb(connection) else misfit.before:
            cursor.execute(statement)
        for number, values in enumerate(misfit.rows):
            # The last row is the one that does not fit; a duplicate's first is its twin.
            last = number == len(misfit.rows) - 1
            own = inserted.key if last else {"id": key(f"misfit:{name}:{number}")}
            connection.query(_statement(cursor, table, {**own, **values}, misfit.profile))
        for statement in misfit.after_mariadb if is_mariadb(connection) else ():
            cursor.execute(statement)
    return inserted


def remove(connection: Any, name: str) -> None:
    """Takes the row out again and puts the schema back."""
    misfit = _find(name)
    inserted = describe(name)
    keys = [inserted.key]
    keys += [{"id": key(f"misfit:{name}:{number}")} for number in range(len(misfit.rows) - 1)]
    with loading(connection) as cursor:
        for row_key in keys:
            where = " AND ".join(f"`{column}` = %s" for column in row_key)
            cursor.execute(f"DELETE FROM `{misfit.table}` WHERE {where}", list(row_key.values()))
        for statement in misfit.undo_mariadb if is_mariadb(connection) else misfit.undo:
            cursor.execute(statement)


def _find(name: str) -> Misfit:
    if name not in _BY_NAME:
        raise ValueError(f"unknown misfit {name!r}, known are {', '.join(sorted(_BY_NAME))}")
    return _BY_NAME[name]


def _statement(cursor: Any, table: Table, values: Mapping[str, Any], profile: str) -> bytes:
    """An INSERT of one row, missing columns filled in."""
    row = dict(values)
    for column in table.columns:
        if column.name in row or (column.nullable and column.name != "nid"):
            continue
        if column.default is not None or column.auto_increment:
            continue
        row[column.name] = _plain(cursor, table, column)
    columns = ", ".join(f"`{name}`" for name in row)
    head = f"INSERT INTO `{table.name}` ({columns}) VALUES (".encode()
    return head + b", ".join(literal(value) for value in row.values()) + b")"


def _plain(cursor: Any, table: Table, column: Column) -> Any:
    """A value that any row might have."""
    for constraint in table.constraints:
        if constraint.kind == "FOREIGN KEY" and constraint.columns == (column.name,):
            cursor.execute(f"SELECT id FROM `{constraint.ref_table}` ORDER BY id LIMIT 1")
            return cursor.fetchone()[0]
    kind = column.type
    if kind == "char(36)":
        return key(f"plain:{table.name}.{column.name}")
    if kind.startswith("enum"):
        return kind.split("'")[1]
    if kind.startswith(("int", "tinyint", "bigint", "decimal")):
        return 1
    if kind.startswith(("datetime", "timestamp")):
        return "2024-01-01 00:00:00"
    return "{}" if kind == "json" else "plain"
