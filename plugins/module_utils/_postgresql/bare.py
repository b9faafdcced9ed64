# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The columns of a table with nothing but their types, for a temporary table that holds whatever a row can be."""

from __future__ import annotations

import typing as t

from .connection import query
from .quoting import identifier

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from .connection import Row

_TYPES: t.Final = """
WITH RECURSIVE bare(name, type, modifier) AS (
  SELECT a.attname, a.atttypid, a.atttypmod FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b.name, d.typbasetype, d.typtypmod FROM bare b JOIN pg_type d ON d.oid = b.type WHERE d.typtype = 'd')
SELECT b.name, format_type(b.type, b.modifier) FROM bare b JOIN pg_type y ON y.oid = b.type WHERE y.typtype <> 'd'"""
"""Column -> its type, of a domain the type below."""


def columns(connection: Connection[Row], schema: str, table: str, names: Sequence[str]) -> list[str]:
    """Name and type of the columns `names`, as SQL.

    A LIKE would take NOT NULL along and other columns; a domain would check its values again.
    """
    types: dict[str, str] = dict(query(connection, _TYPES, (schema, table)))
    return [f"{identifier(name)} {types[name]}" for name in names]


__all__ = ("columns",)
