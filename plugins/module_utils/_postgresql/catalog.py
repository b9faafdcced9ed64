# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Read the catalog of one schema of a PostgreSQL database. Nothing is judged here."""

from __future__ import annotations

import typing as t
from collections import defaultdict

from .._catalog import Catalog, Column, Database, ForeignKey, Index, Server, Table
from .._errors import InputError
from . import materialized, properties, sequences
from .connection import Row, query
from .identity import IDENTITY

if t.TYPE_CHECKING:
    from psycopg import Connection

_TABLES: t.Final = """
SELECT c.oid, c.relname, c.relkind, pg_has_role(c.relowner, 'USAGE')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e')
  AND NOT c.relispartition
ORDER BY c.relname"""

_COLUMNS: t.Final = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typtype,
       e.typname, CASE WHEN y.typtype = 'd' THEN m.modifier ELSE a.atttypmod END,
       a.attnotnull OR m.not_null, pg_get_expr(d.adbin, d.adrelid), a.attgenerated,
       coalesce(pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname),
                CASE WHEN a.attidentity <> '' THEN '' END),
       l.collname,
       (SELECT array_agg(v.enumlabel::text ORDER BY v.enumsortorder) FROM pg_enum v WHERE v.enumtypid = b.oid),
       coalesce((SELECT k.collisdeterministic FROM pg_collation k WHERE k.oid = a.attcollation), true), m.checks
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type y ON y.oid = a.atttypid
CROSS JOIN LATERAL (
  WITH RECURSIVE chain(oid, below, modifier, not_null) AS (
    SELECT y.oid, y.typbasetype, y.typtypmod, y.typnotnull WHERE y.typtype = 'd'
    UNION ALL
    SELECT z.oid, z.typbasetype, z.typtypmod, z.typnotnull FROM chain JOIN pg_type z ON z.oid = chain.below
    WHERE z.typtype = 'd')
  SELECT coalesce(max(below) FILTER (WHERE NOT EXISTS (SELECT FROM chain d WHERE d.oid = chain.below)), y.oid) AS base,
         coalesce(max(modifier), -1) AS modifier, coalesce(bool_or(not_null), false) AS not_null,
         (SELECT array_agg(array[o.conname::text, pg_get_constraintdef(o.oid)] ORDER BY o.conname, o.oid)
          FROM pg_constraint o WHERE o.contypid = ANY(array_agg(chain.oid)) AND o.contype = 'c') AS checks
  FROM chain) AS m
JOIN pg_type b ON b.oid = m.base
LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> y.typcollation
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum"""

_INDEXES: t.Final = """
SELECT i.indrelid, c.relname, i.indisunique, i.indisprimary, pg_get_expr(i.indpred, i.indrelid),
       pg_get_indexdef(i.indexrelid),
       (SELECT array_agg(a.attname::text ORDER BY k.position)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, position)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
        WHERE k.position <= i.indnkeyatts),
       (SELECT array_agg(CASE WHEN k.number = 0 THEN pg_get_indexdef(i.indexrelid, k.position::int, false) END
                         ORDER BY k.position)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, position) WHERE k.position <= i.indnkeyatts),
       coalesce((to_jsonb(i)->>'indnullsnotdistinct')::boolean, false),
       (SELECT pg_get_constraintdef(o.oid) FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype = 'x'),
       NOT EXISTS (SELECT FROM unnest(i.indcollation::oid[]) AS k JOIN pg_collation l ON l.oid = k
                   WHERE NOT l.collisdeterministic)
       AND NOT EXISTS (SELECT FROM unnest(i.indclass::oid[]) AS k JOIN pg_opclass l ON l.oid = k
                       WHERE l.opcnamespace <> 'pg_catalog'::regnamespace AND l.opcname <> 'citext_ops')
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(%s)
ORDER BY c.relname"""

_CONSTRAINTS: t.Final = """
SELECT o.conrelid, o.conname, o.contype, pg_get_constraintdef(o.oid),
       CASE WHEN f.relnamespace <> r.relnamespace
            THEN '"' || replace(n.nspname, '"', '""') || '"."' || replace(f.relname, '"', '""') || '"'
            ELSE f.relname END,
       (SELECT array_agg(a.attname::text ORDER BY k.position)
        FROM unnest(o.conkey) WITH ORDINALITY AS k(number, position)
        JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number),
       (SELECT array_agg(a.attname::text ORDER BY k.position)
        FROM unnest(o.confkey) WITH ORDINALITY AS k(number, position)
        JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number)
FROM pg_constraint o JOIN pg_class r ON r.oid = o.conrelid
LEFT JOIN pg_class f ON f.oid = o.confrelid LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE o.conrelid = ANY(%s) AND o.contype IN ('c', 'f') AND o.conparentid = 0
ORDER BY o.conname"""

# That some partition takes a row: what each of those that hold rows demands, whatever its depth.
_BOUNDS: t.Final = """
SELECT p.partrelid, coalesce('(' || string_agg(pg_get_partition_constraintdef(l.relid), ' OR '
                                              ORDER BY l.relid::regclass::text) || ')', 'false')
FROM pg_partitioned_table p
LEFT JOIN LATERAL (SELECT relid FROM pg_partition_tree(p.partrelid) WHERE isleaf) l ON true
WHERE p.partrelid = ANY(%s) AND p.partdefid = 0
GROUP BY p.partrelid"""

_TRIGGERS: t.Final = """
SELECT t.tgrelid, t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t
WHERE t.tgrelid = ANY(%s) AND NOT t.tgisinternal ORDER BY t.tgname"""

# Whoever logs in afterwards is no affair of a load.
_EVENT_TRIGGERS: t.Final = """
SELECT evtname || ' on ' || evtevent || ' of ' || pg_get_userbyid(evtowner) FROM pg_event_trigger
WHERE evtenabled IN ('O', 'A') AND evtevent <> 'login'"""

_KINDS: t.Final = {"v": "view", "m": "materialized view", "f": "foreign table"}


def read_server(connection: Connection[Row]) -> Server:
    """The server; its identity is that of the cluster."""
    row = query(
        connection,
        "SELECT current_setting('server_version'), current_setting('server_version_num')::int, "
        f"current_setting('server_encoding'), ({IDENTITY})",
    )[0]
    return Server("postgresql", row[0], row[3], {"version_number": row[1], "server_encoding": row[2]})


def read_database(connection: Connection[Row], name: str, schema: str) -> Database:
    """The structure of the tables of `schema`; partitions are not listed, their parents are."""
    found = query(connection, _TABLES, (schema,))
    tables = _tables(connection, [row for row in found if row[2] not in _KINDS])
    # The column of the locale is another one in each version.
    encoding, collation, locale = query(
        connection,
        "SELECT pg_encoding_to_char(encoding), datcollate, "
        "coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') "
        "FROM pg_database d WHERE datname = current_database()",
    )[0]
    others = [(_KINDS[kind], table) for _oid, table, kind, _owned in found if kind in _KINDS]
    others += [("event trigger", row[0]) for row in query(connection, _EVENT_TRIGGERS)]
    found_sequences, unseen_defaults = sequences.read(connection, schema)
    return Database(
        name=name,
        tables=tables,
        charset=encoding,
        collation=collation,
        schema=schema,
        locale=locale,
        others=tuple(sorted(others)),
        sequences=found_sequences,
        unseen_defaults=unseen_defaults,
        materialized_views=materialized.read(connection, schema),
    )


def read_tables(connection: Connection[Row], schema: str, names: t.Collection[str]) -> dict[str, Table]:
    """The structure of some tables alone."""
    return _tables(connection, [row for row in query(connection, _TABLES, (schema,)) if row[1] in names])


def _tables(connection: Connection[Row], found: list[Row]) -> dict[str, Table]:
    """`found`: oid, name, kind and ownership of each."""
    oids = [row[0] for row in found]
    columns = _grouped(query(connection, _COLUMNS, (oids,)))
    indexes = _grouped(query(connection, _INDEXES, (oids,)))
    constraints = _grouped(query(connection, _CONSTRAINTS, (oids,)))
    triggers = _grouped(query(connection, _TRIGGERS, (oids,)))
    bounds: dict[int, str] = dict(query(connection, _BOUNDS, (oids,)))
    found_properties = properties.properties(connection, oids)
    found_obstacles = properties.obstacles(connection, oids)
    return {
        table: Table(
            name=table,
            columns=tuple(_column(row) for row in columns[oid]),
            indexes=tuple(_index(row) for row in indexes[oid]),
            foreign_keys=tuple(_foreign_key(row) for row in constraints[oid] if row[2] == "f"),
            checks=tuple((row[1], row[3]) for row in constraints[oid] if row[2] == "c"),
            bound=bounds.get(oid),
            triggers=tuple((row[1], row[2]) for row in triggers[oid]),
            owned=bool(owned),
            partitioned=kind == "p",
            properties=found_properties.get(oid, ()),
            obstacles=found_obstacles.get(oid, ()),
        )
        for oid, table, kind, owned in found
    }


def read_sizes(connection: Connection[Row], schema: str) -> dict[str, dict[str, int]]:
    """`{table: {"rows_estimate": n, "bytes": n}}`; an estimate of -1 (never analysed) is given as 0."""
    found = query(
        connection,
        "SELECT c.relname, greatest(c.reltuples, 0)::bigint, pg_table_size(c.oid) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind IN ('r', 'p')",
        (schema,),
    )
    return {name: {"rows_estimate": int(rows), "bytes": int(size)} for name, rows, size in found}


def merge(server: Server, databases: t.Sequence[Database]) -> Catalog:
    """One catalog of databases, and schemas of them, that were read over a session each."""
    return Catalog(server=server, databases=dict(zip(_keys(databases), databases, strict=True)))


def _keys(databases: t.Sequence[Database]) -> list[str]:
    """What a catalog and a result call them: by their names, and several schemas of one database `name.schema`.

    Raises InputError: two would be called the same.
    """
    names = [one.name for one in databases]
    found = [one.name if names.count(one.name) == 1 else f"{one.name}.{one.schema}" for one in databases]
    twice = sorted({key for key in found if found.count(key) > 1})
    if twice:
        raise InputError(f"Two places of the target are called {twice[0]}. Move them in runs of their own.")
    return found


def _grouped(rows: list[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups


def _column(row: Row) -> Column:
    name, full, base, kind, element, modifier, not_null, default, generated, sequence, collation = row[1:12]
    labels, deterministic, domain_checks = row[12:]
    family = "enum" if kind == "e" else base
    if element is not None:
        family = f"{element}[]"
    length, precision, scale = _modifier(family, modifier)
    return Column(
        name=name,
        type=full,
        family=family,
        nullable=not not_null,
        default=default,
        length=length,
        precision=precision,
        scale=scale,
        collation=collation,
        deterministic=deterministic,
        domain_checks=tuple((check, definition) for check, definition in domain_checks or ()),
        labels=tuple(labels or ()),
        generated=bool(generated),
        counter=sequence or None,
    )


def _modifier(family: str, modifier: int) -> tuple[int | None, int | None, int | None]:
    """Length, precision and scale that a type modifier stands for (the server's own encoding of it).

    Of an array they are those of its elements.
    """
    family = family.removesuffix("[]")
    if family in {"timestamp", "timestamptz", "time", "timetz"}:
        return None, 6 if modifier < 0 else modifier, None
    if modifier < 0:
        return None, None, None
    if family == "interval":
        return None, min(modifier & 0xFFFF, 6), None  # 0xFFFF: only its fields are restricted
    if family in {"varchar", "bpchar", "bit", "varbit"}:
        return modifier - (0 if family.endswith("bit") else 4), None, None
    if family == "numeric":
        scale = (modifier - 4) & 0x7FF
        return None, ((modifier - 4) >> 16) & 0xFFFF, scale if scale < 1024 else scale - 2048
    return None, None, None


def _index(row: Row) -> Index:
    name, unique, primary, predicate, definition, columns, expressions = row[1:8]
    nulls_not_distinct, exclusion, bytewise = row[8:]
    return Index(
        name=name,
        columns=tuple(columns or ()),
        unique=unique,
        primary=primary,
        definition=definition,
        expressions=tuple(expressions or ()),
        predicate=predicate,
        nulls_not_distinct=nulls_not_distinct,
        exclusion=exclusion,
        bytewise=bytewise,
    )


def _foreign_key(row: Row) -> ForeignKey:
    name, _kind, definition, ref_table, columns, ref_columns = row[1:]
    return ForeignKey(
        name=name,
        columns=tuple(columns),
        ref_table=ref_table,
        ref_columns=tuple(ref_columns),
        definition=definition,
    )


__all__ = ("merge", "read_database", "read_server", "read_sizes", "read_tables")
