# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Read the contract of a live database: one query for each kind of object, all of them at one moment."""

from __future__ import annotations

import typing as t

from .._errors import InputError
from .._postgresql import connection as postgresql
from . import in_database, in_tables
from .contract import Contract
from .settled import settled

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from .._postgresql.connection import Row
    from .contract import Fields, Objects

QUERIES: t.Final = {**in_database.QUERIES, **in_tables.QUERIES}
_AS_WRITTEN: t.Final = frozenset({"comment", "owner", "columns", "labels", "grants"})
"""Fields that are nobody's SQL."""


def read(connection: Connection[Row], schemas: Sequence[str], *, grants: bool = False) -> Contract:
    """The contract of `schemas`, over a session of ours: its search_path makes the texts the same everywhere.

    The ledger is a schema of its own, and temporary objects are in one too; neither is read unless it is named.
    Raises InputError: a schema does not exist; raises ServerError.
    """
    with postgresql.transaction(connection):
        postgresql.query(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        asked: dict[str, t.Any] = {"schemas": list(schemas), "grants": grants}
        asked["oids"] = postgresql.query(connection, in_tables.RELATIONS, asked)[0][0] or []
        objects: Objects = {}
        for kind, sql in QUERIES.items():
            rows = postgresql.query(connection, sql, asked)
            objects[kind] = {str(name): _settled(kind, fields) for name, fields in rows}
    missing = [name for name in schemas if not any(_plain(one) == name for one in objects["schema"])]
    if missing:
        raise InputError(
            f"The database has no schema {missing[0]}. Make it, or name the schemas that it has."
        )
    return Contract(tuple(sorted(schemas)), grants, {kind: found for kind, found in objects.items() if found})


def _settled(kind: str, fields: Fields) -> Fields:
    """Definitions in the form that a restore gives them; bodies of functions and words stay as they are."""
    if kind == "function":
        return fields
    return {
        name: settled(value) if isinstance(value, str) and name not in _AS_WRITTEN else value
        for name, value in fields.items()
    }


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


__all__ = ("QUERIES", "read")
