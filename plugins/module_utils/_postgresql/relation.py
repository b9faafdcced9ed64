# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""How a statement names a table, so that it means its own rows and no others.

Without ONLY a name stands for the table and for every table that inherits from it, in whatever schema and whoever
made it. A partitioned table has no rows of its own: its partitions are the table, and ONLY would leave them out.
"""

from __future__ import annotations

import typing as t

from .connection import Row, query
from .quoting import qualified

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from .._catalog import Table

MEMBERS: t.Final = """member(root, oid, kind) AS (
  SELECT oid, oid, relkind FROM pg_class WHERE oid = ANY(%s)
  UNION
  SELECT m.root, i.inhrelid, c.relkind FROM member m JOIN pg_inherits i ON i.inhparent = m.oid
  JOIN pg_class c ON c.oid = i.inhrelid WHERE m.kind = 'p')"""
"""For `WITH RECURSIVE`: the tables themselves and, at whatever depth, the partitions of those that have some."""


def own_rows(schema: str, table: Table) -> str:
    """The table in a statement that reads, empties or alters it."""
    return named(schema, table.name, table.partitioned)


def named(schema: str, name: str, partitioned: bool) -> str:
    """The same of a table that no catalog describes."""
    return ("" if partitioned else "ONLY ") + qualified(schema, name)


def oids(connection: Connection[Row], schema: str, tables: Sequence[str]) -> list[int]:
    """The oids of `tables`."""
    found = query(
        connection,
        "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = ANY(%s) AND c.relkind IN ('r', 'p')",
        (schema, list(tables)),
    )
    return [row[0] for row in found]


def members(connection: Connection[Row], schema: str, tables: Sequence[str]) -> list[int]:
    """The oids of `tables` and of all their partitions."""
    sql = f"WITH RECURSIVE {MEMBERS} SELECT DISTINCT oid FROM member"
    return [row[0] for row in query(connection, sql, (oids(connection, schema, tables),))]


__all__ = ("MEMBERS", "members", "named", "oids", "own_rows")
