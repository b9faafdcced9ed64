# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Tables and views, and what stands on them. Each query gives name and fields of every object of one kind.

All of them take `%(oids)s`: the relations of the schemas, with their partitions in whatever schema. What belongs to
one of them has it as the field `table`.
"""

from __future__ import annotations

import typing as t

from .parts import OWNER, STATE, comment, depends_on, fields, grants, own, select

RELATIONS: t.Final = f"""
WITH RECURSIVE relation(oid) AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
    AND {own("c.oid", "pg_class")}
  UNION
  SELECT i.inhrelid FROM relation r JOIN pg_inherits i ON i.inhparent = r.oid
  JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relispartition)
SELECT array_agg(oid) FROM relation"""

_TABLESPACE: t.Final = "(SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = {}.reltablespace)"
_METHOD: t.Final = "(SELECT m.amname::text FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap')"
_SORTED: t.Final = "(SELECT jsonb_agg(v ORDER BY v) FROM unnest({}) AS v)"
_OPTIONS: t.Final = _SORTED.format(
    "c.reloptions || (SELECT array_agg('toast.' || u) FROM pg_class x, unnest(x.reloptions) AS u"
    " WHERE x.oid = c.reltoastrelid)"
)
_TABLE_TYPE: t.Final = """nullif(concat_ws(' ', CASE c.relkind WHEN 'f' THEN 'foreign' WHEN 'p' THEN 'partitioned' END,
  (SELECT 'server ' || quote_ident(s.srvname) || coalesce(' ' || f.ftoptions::text, '') FROM pg_foreign_table f
   JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
  'of ' || nullif(c.reloftype, 0)::regtype::text), '')"""
_KEY_TRIGGERS: t.Final = f"""(SELECT jsonb_agg(DISTINCT o.conrelid::regclass || ' ' || quote_ident(o.conname) || ': '
    || {STATE.format("g.tgenabled")})
  FROM pg_trigger g JOIN pg_constraint o ON o.oid = g.tgconstraint
  WHERE g.tgrelid = c.oid AND g.tgisinternal AND g.tgenabled <> 'O')"""
# Of a table that is none of ours, which has no `key_triggers` here.
_TRIGGERS_ELSEWHERE: t.Final = f"""(SELECT
    jsonb_agg(DISTINCT g.tgrelid::regclass || ': ' || {STATE.format("g.tgenabled")})
  FROM pg_trigger g WHERE g.tgconstraint = o.oid AND g.tgenabled <> 'O' AND NOT g.tgrelid = ANY(%(oids)s))"""
_PARTITION_OF: t.Final = """(SELECT i.inhparent::regclass || ' ' || pg_get_expr(c.relpartbound, c.oid)
    || CASE WHEN i.inhdetachpending THEN ' detach pending' ELSE '' END
  FROM pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition)"""
_INHERITS: t.Final = """(SELECT jsonb_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
  FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition)"""
_TABLES: t.Final = (
    "SELECT c.oid::regclass::text, {} FROM pg_class c WHERE c.oid = ANY(%(oids)s) AND c.relkind IN ({})"
)
_OF_RELATION: t.Final = {
    "owner": OWNER.format("c.relowner"),
    "comment": comment("c.oid", "pg_class"),
    "grants": grants("c.relacl", "r", "c.relowner"),
}

_COLUMN_STATISTICS: t.Final = """(SELECT jsonb_agg(a.attnum || ': ' || a.attstattarget ORDER BY a.attnum)
  FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0)"""
# A state of its own each, so that one change is one deviation.
_PLAIN_CONSTRAINT: t.Final = (
    r"regexp_replace(pg_get_constraintdef(o.oid), '( DEFERRABLE| INITIALLY DEFERRED| NOT VALID)+$', '')"
)

QUERIES: t.Final[dict[str, str]] = {
    "table": _TABLES.format(
        fields(
            **_OF_RELATION,
            type=_TABLE_TYPE,
            columns="""(SELECT jsonb_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)""",
            persistence="CASE c.relpersistence WHEN 'u' THEN 'unlogged' END",
            partitioned_by="pg_get_partkeydef(c.oid)",
            partition_of=_PARTITION_OF,
            inherits=_INHERITS,
            row_security="""nullif(concat_ws(', ', CASE WHEN c.relrowsecurity THEN 'enabled' END,
              CASE WHEN c.relforcerowsecurity THEN 'forced' END), '')""",
            key_triggers=_KEY_TRIGGERS,
            replica_identity="""CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
              WHEN 'i' THEN 'index' END""",
            tablespace=_TABLESPACE.format("c"),
            access_method=_METHOD,
            options=_OPTIONS,
        ),
        "'r', 'p', 'f'",
    ),
    "view": _TABLES.format(
        fields(**_OF_RELATION, definition="pg_get_viewdef(c.oid)", options=_SORTED.format("c.reloptions")),
        "'v'",
    ),
    "materialized_view": _TABLES.format(
        fields(
            **_OF_RELATION,
            definition="pg_get_viewdef(c.oid)",
            tablespace=_TABLESPACE.format("c"),
            access_method=_METHOD,
            options=_OPTIONS,
        ),
        "'m'",
    ),
    # Options with the server's own prefix are its bookkeeping, which pg_dump leaves out too.
    "column": select(
        "a.attrelid::regclass || '.' || quote_ident(a.attname)",
        fields(
            table="a.attrelid::regclass::text",
            type="format_type(a.atttypid, a.atttypmod)",
            not_null="nullif(a.attnotnull, false)",
            default="CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END",
            generated="CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END",
            identity="CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END",
            collation="CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::regcollation::text END",
            statistics="nullif(a.attstattarget, -1)",
            storage="""CASE WHEN a.attstorage <> y.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'plain'
              WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END""",
            compression="CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END",
            options=_SORTED.format(
                "array(SELECT o FROM unnest(a.attoptions || a.attfdwoptions) AS o WHERE o NOT LIKE 'pg\\_%%')"
            ),
            comment="col_description(a.attrelid, a.attnum)",
            grants=grants("a.attacl"),
        ),
        """FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY(%(oids)s) AND a.attnum > 0 AND NOT a.attisdropped""",
    ),
    # A foreign key of another schema's table that leads here is one of ours too. Those that PostgreSQL made for
    # partitions go with that of the partitioned table, under names of its own choice.
    "constraint": select(
        "quote_ident(o.conname) || ' on ' || o.conrelid::regclass",
        fields(
            table="o.conrelid::regclass::text",
            definition=_PLAIN_CONSTRAINT,
            deferrable="""CASE WHEN o.condeferred THEN 'initially deferred'
              WHEN o.condeferrable THEN 'initially immediate' END""",
            not_valid="nullif(NOT o.convalidated, false)",
            triggers=_TRIGGERS_ELSEWHERE,
            comment=comment("o.oid", "pg_constraint"),
        ),
        """FROM pg_constraint o
WHERE (o.conrelid = ANY(%(oids)s) OR o.confrelid = ANY(%(oids)s)) AND o.contype IN ('c', 'f', 'p', 'u', 'x')
  AND (o.contype <> 'f' OR o.conparentid = 0)""",
    ),
    "index": select(
        "x.oid::regclass::text",
        fields(
            table="i.indrelid::regclass::text",
            definition="pg_get_indexdef(x.oid)",
            validity="""nullif(concat_ws(', ', CASE WHEN NOT i.indisvalid THEN 'invalid' END,
              CASE WHEN NOT i.indisready THEN 'not ready' END, CASE WHEN NOT i.indislive THEN 'not live' END), '')""",
            part_of="(SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = x.oid)",
            replica_identity="nullif(i.indisreplident, false)",
            tablespace=_TABLESPACE.format("x"),
            statistics=_COLUMN_STATISTICS,
            clustered="nullif(i.indisclustered, false)",
            depends_on=depends_on("x.oid", "pg_class"),
            comment=comment("x.oid", "pg_class"),
        ),
        """FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = ANY(%(oids)s)""",
    ),
    "statistics": select(
        "quote_ident(n.nspname) || '.' || quote_ident(s.stxname)",
        fields(
            table="s.stxrelid::regclass::text",
            definition="pg_get_statisticsobjdef(s.oid)",
            target="nullif(s.stxstattarget, -1)",
            owner=OWNER.format("s.stxowner"),
            comment=comment("s.oid", "pg_statistic_ext"),
        ),
        """FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = ANY(%(oids)s)""",
    ),
    "trigger": select(
        "quote_ident(g.tgname) || ' on ' || g.tgrelid::regclass",
        fields(
            table="g.tgrelid::regclass::text",
            definition="pg_get_triggerdef(g.oid)",
            state=STATE.format("g.tgenabled"),
            depends_on=depends_on("g.oid", "pg_trigger"),
            comment=comment("g.oid", "pg_trigger"),
        ),
        """FROM pg_trigger g WHERE g.tgrelid = ANY(%(oids)s) AND NOT g.tgisinternal""",
    ),
    "rule": select(
        "quote_ident(w.rulename) || ' on ' || w.ev_class::regclass",
        fields(
            table="w.ev_class::regclass::text",
            definition="pg_get_ruledef(w.oid)",
            state=STATE.format("w.ev_enabled"),
            comment=comment("w.oid", "pg_rewrite"),
        ),
        """FROM pg_rewrite w WHERE w.ev_class = ANY(%(oids)s) AND w.rulename <> '_RETURN'""",
    ),
    "policy": select(
        "quote_ident(p.polname) || ' on ' || p.polrelid::regclass",
        fields(
            table="p.polrelid::regclass::text",
            definition="""concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, 'for',
              CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
              WHEN 'd' THEN 'delete' ELSE 'all' END, 'to', (SELECT
                string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ' ORDER BY r.rolname)
              FROM unnest(p.polroles) AS k LEFT JOIN pg_roles r ON r.oid = k))""",
            using="pg_get_expr(p.polqual, p.polrelid)",
            check="pg_get_expr(p.polwithcheck, p.polrelid)",
            comment=comment("p.oid", "pg_policy"),
        ),
        """FROM pg_policy p WHERE p.polrelid = ANY(%(oids)s)""",
    ),
    "publication_table": select(
        "quote_ident(p.pubname) || ': ' || r.prrelid::regclass",
        fields(
            table="r.prrelid::regclass::text",
            definition="""concat_ws(' ', 'columns ' || coalesce((SELECT
                string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
              FROM unnest(r.prattrs::int2[]) WITH ORDINALITY AS k(number, n)
              JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = k.number), 'all'),
              'where ' || pg_get_expr(r.prqual, r.prrelid))""",
        ),
        """FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = ANY(%(oids)s)""",
    ),
}
"""Kind of object -> the query that reads all objects of it."""

__all__ = ("QUERIES", "RELATIONS")
