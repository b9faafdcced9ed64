# SPDX-License-Identifier: GPL-3.0-or-later
"""What a target database holds, asked of the server by statements of our own: rows, and everything on them."""

from __future__ import annotations

from typing import Any

from tests.support.engine import places
from tests.support.servers.server import Server

_CATALOG = {
    "constraint": "SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid), convalidated,"
    " condeferrable, condeferred, obj_description(oid, 'pg_constraint') FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND NOT (contype = 'f' AND conparentid <> 0)",
    "index": "SELECT x.relname, pg_get_indexdef(x.oid), i.indisvalid, i.indisclustered, i.indisreplident,"
    " i.indisprimary, i.indisunique, i.indimmediate, x.reloptions::text, obj_description(x.oid, 'pg_class')"
    " FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
    " WHERE x.relnamespace = 'public'::regnamespace",
    "trigger": "SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal",
    "column": "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull,"
    " attidentity, attgenerated, attstorage, attcompression, pg_get_expr(d.adbin, d.adrelid)"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND attnum > 0",
    "relation": "SELECT relname, relkind, relpersistence, relreplident, relrowsecurity, relacl::text,"
    " reloptions::text, pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "schema": "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    " AND nspname <> 'convergence'",
    "function": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace",
}
"""Foreign keys of partitions are made by the server and named after the parent's; their parent's is compared."""

Catalog = dict[str, list[str]]
Rows = dict[str, tuple[int, str]]


def catalog(server: Server, database: str) -> Catalog:
    """Constraints, indexes, triggers, columns with defaults, and the rest that a load must not change."""
    with places.session(server, database) as connection:
        return {
            kind: sorted(repr(row) for row in connection.execute(statement))
            for kind, statement in _CATALOG.items()
        }


def rows(server: Server, database: str) -> Rows:
    """Per table the number of rows and a hash over all of them, in the order of their own text."""
    found: Rows = {}
    with places.session(server, database) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            sql = (
                "SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '')"
                f" FROM {table} AS t"
            )
            count, digest = connection.execute(sql.encode()).fetchone() or (0, "")
            found[table] = (int(count), str(digest))
    return found


def sequences(server: Server, database: str) -> list[tuple[Any, ...]]:
    """Where every sequence stands."""
    return places.ask(
        server,
        database,
        "SELECT sequencename, last_value, increment_by, max_value FROM pg_sequences ORDER BY 1",
    )


def differences(name: str, before: Any, after: Any) -> list[str]:
    """What is not the same, in words."""
    if before == after:
        return []
    if isinstance(before, dict):
        keys = sorted(set(before) | set(after))
        return [
            line for key in keys for line in differences(f"{name}.{key}", before.get(key), after.get(key))
        ]
    if isinstance(before, list):
        lost = [one for one in before if one not in after]
        new = [one for one in after if one not in before]
        return [f"{name}: lost {lost!r:.600}, new {new!r:.600}"]
    return [f"{name}: {before!r:.300} became {after!r:.300}"]
