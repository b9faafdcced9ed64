# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What stands beside tables: the database, schemas, types, sequences, functions, publications.

Each query gives name and fields of every object of one kind. They take `%(schemas)s`, and `%(oids)s` as those of
`in_tables.py`, for what a table uses from elsewhere.
"""

from __future__ import annotations

import typing as t

from .parts import OWNER, STATE, comment, fields, grants, own, select

_OF_TYPE: t.Final = {
    "owner": OWNER.format("y.typowner"),
    "comment": comment("y.oid", "pg_type"),
    "grants": grants("y.typacl", "T", "y.typowner"),
}
# Types of the schemas, and those of other ones that a column has, or an array of them.
_TYPES: t.Final = f"""
FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
WHERE (n.nspname = ANY(%(schemas)s) OR n.nspname NOT IN ('pg_catalog', 'information_schema') AND EXISTS (
    SELECT FROM pg_attribute a JOIN pg_type z ON z.oid = a.atttypid
    WHERE a.attrelid = ANY(%(oids)s) AND a.attnum > 0 AND NOT a.attisdropped
      AND y.oid IN (z.oid, z.typelem, z.typbasetype)))
  AND {own("y.oid", "pg_type")}"""
# The column of the locale is another one in each version.
_LOCALE: t.Final = "coalesce(to_jsonb({0})->>'{1}locale', to_jsonb({0})->>'{1}iculocale')"
_FUNCTION: t.Final = """CASE WHEN p.prokind = 'a' THEN (
  SELECT concat_ws(' ', 'aggregate returns', format_type(p.prorettype, NULL), g.aggkind::text,
    g.aggtransfn::regprocedure, g.aggfinalfn::regproc, g.aggcombinefn::regproc, g.aggmtransfn::regproc,
    format_type(g.aggtranstype, NULL), 'begins', quote_nullable(g.agginitval), 'sorts by',
    nullif(g.aggsortop, 0)::regoperator,
    p.proparallel::text, pg_get_function_arguments(p.oid))
  FROM pg_aggregate g WHERE g.aggfnoid = p.oid) ELSE pg_get_functiondef(p.oid) END"""

QUERIES: t.Final[dict[str, str]] = {
    "database": select(
        "'the database'",
        fields(
            encoding="pg_encoding_to_char(d.encoding)",
            collation=f"""concat_ws(' ', d.datcollate, d.datctype, 'provider ' || d.datlocprovider::text,
              {_LOCALE.format("d", "dat")}, d.daticurules)""",
        ),
        """FROM pg_database d WHERE d.datname = current_database()""",
    ),
    "schema": select(
        "quote_ident(n.nspname)",
        fields(
            owner=OWNER.format("n.nspowner"),
            comment=comment("n.oid", "pg_namespace"),
            grants=grants("n.nspacl", "n", "n.nspowner"),
        ),
        """FROM pg_namespace n WHERE n.nspname = ANY(%(schemas)s)""",
    ),
    "extension": select(
        "quote_ident(e.extname)",
        fields(version="e.extversion", schema="n.nspname"),
        """FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace""",
    ),
    "collation": select(
        "l.oid::regcollation::text",
        fields(
            definition=f"""concat_ws(' ', CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc'
              WHEN 'b' THEN 'builtin' ELSE 'default' END, l.collcollate, l.collctype, {_LOCALE.format("l", "coll")},
              'rules ' || l.collicurules,
              CASE WHEN NOT l.collisdeterministic THEN 'not deterministic' END)""",
            owner=OWNER.format("l.collowner"),
            comment=comment("l.oid", "pg_collation"),
        ),
        f"""FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
WHERE n.nspname = ANY(%(schemas)s) AND {own("l.oid", "pg_collation")}""",
    ),
    "enum": select(
        "format_type(y.oid, NULL)",
        fields(
            **_OF_TYPE,
            labels="""(SELECT jsonb_agg(v.enumlabel ORDER BY v.enumsortorder) FROM pg_enum v
              WHERE v.enumtypid = y.oid)""",
        ),
        f"""{_TYPES} AND y.typtype = 'e'""",
    ),
    "composite": select(
        "format_type(y.oid, NULL)",
        fields(
            **_OF_TYPE,
            attributes="""(SELECT jsonb_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attcollation <> z.typcollation THEN 'collate ' || a.attcollation::regcollation::text END)
                ORDER BY a.attnum)
              FROM pg_attribute a JOIN pg_type z ON z.oid = a.atttypid
              WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped)""",
        ),
        f"""{_TYPES} AND y.typtype = 'c' AND (SELECT c.relkind FROM pg_class c WHERE c.oid = y.typrelid) = 'c'""",
    ),
    "range": select(
        "format_type(y.oid, NULL)",
        fields(
            **_OF_TYPE,
            definition="""(SELECT concat_ws(' ', format_type(r.rngsubtype, NULL), quote_ident(k.opcname),
                nullif(r.rngcollation, 0)::regcollation, nullif(r.rngcanonical, 0)::regproc,
                nullif(r.rngsubdiff, 0)::regproc,
                format_type(r.rngmultitypid, NULL))
              FROM pg_range r JOIN pg_opclass k ON k.oid = r.rngsubopc WHERE r.rngtypid = y.oid)""",
        ),
        f"""{_TYPES} AND y.typtype = 'r'""",
    ),
    "domain": select(
        "format_type(y.oid, NULL)",
        fields(
            **_OF_TYPE,
            type="format_type(y.typbasetype, y.typtypmod)",
            not_null="nullif(y.typnotnull, false)",
            default="pg_get_expr(y.typdefaultbin, 0)",
            collation="""(SELECT y.typcollation::regcollation::text FROM pg_type z
              WHERE z.oid = y.typbasetype AND z.typcollation <> y.typcollation)""",
        ),
        f"""{_TYPES} AND y.typtype = 'd'""",
    ),
    "domain_constraint": select(
        "quote_ident(o.conname) || ' on ' || format_type(y.oid, NULL)",
        fields(
            table="format_type(y.oid, NULL)",
            definition=r"regexp_replace(pg_get_constraintdef(o.oid), ' NOT VALID$', '')",
            not_valid="nullif(NOT o.convalidated, false)",
            comment=comment("o.oid", "pg_constraint"),
        ),
        f"""{
            _TYPES.replace(
                "FROM pg_type y",
                "FROM pg_type y JOIN pg_constraint o ON o.contypid = y.oid AND o.contype = 'c'",
            )
        }
  AND y.typtype = 'd'""",
    ),
    # Those of the schemas, and those of other ones that a column owns or takes its default from.
    "sequence": select(
        "c.oid::regclass::text",
        fields(
            type="format_type(q.seqtypid, NULL)",
            increment="q.seqincrement",
            minimum="q.seqmin",
            maximum="q.seqmax",
            start="q.seqstart",
            cache="nullif(q.seqcache, 1)",
            cycle="nullif(q.seqcycle, false)",
            owned_by="""(SELECT a.attrelid::regclass || '.' || quote_ident(a.attname) FROM pg_depend d
              JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
              WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
                AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))""",
            persistence="CASE c.relpersistence WHEN 'u' THEN 'unlogged' END",
            owner=OWNER.format("c.relowner"),
            comment=comment("c.oid", "pg_class"),
            grants=grants("c.relacl", "s", "c.relowner"),
        ),
        f"""FROM pg_sequence q JOIN pg_class c ON c.oid = q.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't' AND {own("c.oid", "pg_class")} AND (n.nspname = ANY(%(schemas)s)
  OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
             AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY(%(oids)s) AND d.deptype IN ('a', 'i'))
  OR EXISTS (SELECT FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid AND f.adrelid = ANY(%(oids)s)
             WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
               AND d.refobjid = c.oid))""",
    ),
    # Those of the schemas but the constructors of range types, and those of other ones that a trigger calls.
    "function": select(
        "p.oid::regprocedure::text",
        fields(
            definition=_FUNCTION,
            owner=OWNER.format("p.proowner"),
            comment=comment("p.oid", "pg_proc"),
            grants=grants("p.proacl", "f", "p.proowner"),
        ),
        f"""FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {own("p.oid", "pg_proc")} AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
      AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i')
  AND (n.nspname = ANY(%(schemas)s) OR n.nspname <> 'pg_catalog' AND (
  EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = p.oid AND g.tgrelid = ANY(%(oids)s))
  OR EXISTS (SELECT FROM pg_event_trigger e WHERE e.evtfoid = p.oid)))""",
    ),
    "event_trigger": select(
        "quote_ident(e.evtname)",
        fields(
            definition="concat_ws(' ', e.evtevent, e.evttags::text, e.evtfoid::regprocedure)",
            state=STATE.format("e.evtenabled"),
            owner=OWNER.format("e.evtowner"),
            comment=comment("e.oid", "pg_event_trigger"),
        ),
        f"""FROM pg_event_trigger e WHERE {own("e.oid", "pg_event_trigger")}""",
    ),
    "publication": select(
        "quote_ident(p.pubname)",
        fields(
            definition="""concat_ws(', ', CASE WHEN p.puballtables THEN 'all tables' END,
              (SELECT string_agg('schema ' || quote_ident(n.nspname), ', ' ORDER BY n.nspname)
               FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid),
              CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
              CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END,
              CASE WHEN p.pubviaroot THEN 'via root' END)""",
            owner=OWNER.format("p.pubowner"),
            comment=comment("p.oid", "pg_publication"),
        ),
        """FROM pg_publication p""",
    ),
    "default_grants": f"""
SELECT concat_ws(' ', pg_get_userbyid(a.defaclrole), 'on', CASE a.defaclobjtype WHEN 'r' THEN 'tables'
    WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' ELSE 'schemas' END,
    'in ' || quote_ident(n.nspname)),
  {fields(grants=grants("a.defaclacl"))}
FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
WHERE %(grants)s AND (n.nspname IS NULL OR n.nspname = ANY(%(schemas)s))""",
}
"""Kind of object -> the query that reads all objects of it."""

__all__ = ("QUERIES",)
