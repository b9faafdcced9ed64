# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Materialized views: what they read, and whether they hold anything. A load changes nothing in them."""

from __future__ import annotations

import typing as t

from .._catalog import MaterializedView
from .connection import Row, query
from .quoting import qualified

if t.TYPE_CHECKING:
    from psycopg import Connection

_READS: t.Final = """
WITH RECURSIVE reads(view, relation, kind) AS (
  SELECT oid, oid, relkind FROM pg_class WHERE relkind = 'm'
  UNION
  SELECT r.view, coalesce(pg_partition_root(c.oid), c.oid), c.relkind
  FROM reads r JOIN pg_rewrite w ON w.ev_class = r.relation AND r.kind IN ('m', 'v')
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.relation
  JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'v', 'm')
)
SELECT n.nspname, c.relname,
       CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN true
            WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(c.oid, 'MAINTAIN')
            ELSE false END,
       coalesce((SELECT array_agg(DISTINCT b.relname::text) FROM reads r JOIN pg_class b ON b.oid = r.relation
                 WHERE r.view = c.oid AND b.relkind IN ('r', 'p')
                 AND b.relnamespace = to_regnamespace(quote_ident(%s))),
                '{}'),
       coalesce((SELECT array_agg(DISTINCT ARRAY[m.nspname::text, b.relname::text]) FROM reads r
                 JOIN pg_class b ON b.oid = r.relation JOIN pg_namespace m ON m.oid = b.relnamespace
                 WHERE r.view = c.oid AND b.relkind = 'm' AND b.oid <> c.oid), '{}')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname"""


def read(connection: Connection[Row], schema: str) -> tuple[MaterializedView, ...]:
    """The materialized views of `schema`, and those of other schemas that read its tables."""
    found = [
        MaterializedView(there, name, bool(may), tuple(tables), tuple((one[0], one[1]) for one in after))
        for there, name, may, tables, after in query(connection, _READS, (schema,))
    ]
    return tuple(view for view in found if view.schema == schema or view.tables)


def populated(
    connection: Connection[Row], views: t.Iterable[MaterializedView]
) -> dict[tuple[str, str], bool]:
    """Schema and name -> whether it can be read; one that is gone is left out."""
    found = {}
    for view in views:
        rows = query(
            connection,
            "SELECT c.relispopulated FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'm' AND n.nspname = %s AND c.relname = %s",
            (view.schema, view.name),
        )
        if rows:
            found[view.schema, view.name] = bool(rows[0][0])
    return found


def refresh(connection: Connection[Row], schema: str, name: str) -> int:
    """Let it show what its query gives now; the number of its rows."""
    view = qualified(schema, name)
    query(connection, f"REFRESH MATERIALIZED VIEW {view}")
    query(connection, f"ANALYZE {view}")
    return int(query(connection, f"SELECT count(*) FROM {view}")[0][0])


__all__ = ("populated", "read", "refresh")
