# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What stands on a table beside columns, indexes, keys, checks and triggers, each as a name and a text.

A property at its default has no entry. Those of a partition stand at its parent, behind the partition's name; there
the definitions are properties too, since the catalog lists parents alone.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict

from .connection import Row, query
from .relation import MEMBERS

if t.TYPE_CHECKING:
    from psycopg import Connection

Pairs = tuple[tuple[str, str], ...]

_STATE: t.Final = "CASE {} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END"
_COMMENT: t.Final = "'comment ' || quote_literal({})"
_EXTENSIONS: t.Final = """(SELECT 'depends on ' || string_agg(e.extname, ' ' ORDER BY e.extname) FROM pg_depend d
  JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
  WHERE d.classid = {}::regclass AND d.objid = {} AND d.deptype = 'x')"""

# Each gives root, relation, name, value; a NULL or empty value is no property.
_RELATION: t.Final = """
SELECT m.root, m.oid, p.name, p.value FROM member m JOIN pg_class c ON c.oid = m.oid
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
CROSS JOIN LATERAL (VALUES
  ('owner', pg_get_userbyid(c.relowner)::text),
  ('kind', CASE c.relkind WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned' END),
  ('persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END),
  ('tablespace', (SELECT spcname::text FROM pg_tablespace s WHERE s.oid = c.reltablespace)),
  ('options', concat_ws(' ', c.reloptions::text, (SELECT 'toast ' || x.reloptions::text FROM pg_class x
                                                  WHERE x.oid = c.reltoastrelid))),
  ('access method', (SELECT amname::text FROM pg_am a WHERE a.oid = c.relam AND amname <> 'heap')),
  ('replica identity', CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END),
  ('row security', concat_ws(' ', CASE WHEN c.relrowsecurity THEN 'enabled' END,
                             CASE WHEN c.relforcerowsecurity THEN 'forced' END)),
  ('partitioned by', pg_get_partkeydef(c.oid)),
  ('bound', concat_ws(' ', pg_get_expr(c.relpartbound, c.oid),
                      CASE WHEN i.inhdetachpending THEN 'detach pending' END)),
  ('inherits', (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h
                WHERE h.inhrelid = c.oid AND NOT c.relispartition)),
  ('comment', obj_description(c.oid, 'pg_class'))) AS p(name, value)"""

# Options with the server's own prefix are its bookkeeping, which pg_dump leaves out too.
_COLUMNS: t.Final = """
SELECT m.root, m.oid, 'column ' || quote_ident(a.attname), concat_ws(', ',
  CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity by default' END,
  'statistics ' || nullif(a.attstattarget, -1),
  CASE WHEN a.attstorage <> y.typstorage THEN 'storage ' || a.attstorage::text END,
  'compression ' || nullif(a.attcompression, '')::text,
  (SELECT string_agg(v, ' ' ORDER BY v) FROM unnest(a.attoptions) AS v WHERE v NOT LIKE 'pg\\_%%'),
  CASE WHEN a.attnotnull AND NOT r.attnotnull THEN 'not null' END,
  CASE WHEN m.oid <> m.root THEN 'default ' || pg_get_expr(f.adbin, f.adrelid) END,
  'comment ' || quote_literal(col_description(m.oid, a.attnum)))
FROM member m JOIN pg_attribute a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_attribute r ON r.attrelid = m.root AND r.attname = a.attname
JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_attrdef f ON f.adrelid = m.oid AND f.adnum = a.attnum"""

_INDEXES: t.Final = f"""
SELECT m.root, m.oid, 'index ' || quote_ident(x.relname), concat_ws(', ',
  CASE WHEN m.oid <> m.root THEN pg_get_indexdef(x.oid) END,
  CASE WHEN NOT i.indisvalid THEN 'invalid' END, CASE WHEN NOT i.indisready THEN 'not ready' END,
  CASE o.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion' END
    || ' constraint ' || quote_ident(o.conname),
  CASE WHEN o.condeferrable THEN 'deferrable' END, CASE WHEN o.condeferred THEN 'initially deferred' END,
  CASE WHEN o.contype = 'x' THEN pg_get_constraintdef(o.oid) END,
  CASE WHEN i.indisclustered THEN 'clustered' END, CASE WHEN i.indisreplident THEN 'replica identity' END,
  (SELECT 'tablespace ' || s.spcname FROM pg_tablespace s WHERE s.oid = x.reltablespace),
  (SELECT 'statistics ' || string_agg(a.attnum || ':' || a.attstattarget, ' ' ORDER BY a.attnum)
   FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0),
  {_EXTENSIONS.format("'pg_class'", "x.oid")},
  {_COMMENT.format("obj_description(x.oid, 'pg_class')")},
  'constraint ' || {_COMMENT.format("obj_description(o.oid, 'pg_constraint')")})
FROM member m JOIN pg_index i ON i.indrelid = m.oid JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint o ON o.conindid = x.oid AND o.contype IN ('p', 'u', 'x')"""

_KEY_TRIGGERS: t.Final = f"""(SELECT 'triggers ' || string_agg(DISTINCT {_STATE.format("g.tgenabled")}, ' ')
   FROM pg_trigger g WHERE g.tgconstraint = o.oid AND g.tgisinternal AND g.tgenabled <> 'O')"""

_CONSTRAINTS: t.Final = f"""
SELECT m.root, m.oid, 'constraint ' || quote_ident(o.conname), concat_ws(', ',
  CASE WHEN m.oid <> m.root AND o.conparentid = 0 THEN pg_get_constraintdef(o.oid) END,
  {_KEY_TRIGGERS}, {_COMMENT.format("obj_description(o.oid, 'pg_constraint')")})
FROM member m JOIN pg_constraint o ON o.conrelid = m.oid AND o.contype IN ('c', 'f')
UNION ALL
SELECT m.root, m.oid, 'referenced by ' || o.conrelid::regclass || ' ' || quote_ident(o.conname), concat_ws(', ',
  pg_get_constraintdef(o.oid), {_KEY_TRIGGERS}, {_COMMENT.format("obj_description(o.oid, 'pg_constraint')")})
FROM member m JOIN pg_constraint o ON o.confrelid = m.oid AND o.contype = 'f' AND o.conparentid = 0
WHERE NOT EXISTS (SELECT FROM member s WHERE s.oid = o.conrelid)"""

_TRIGGERS: t.Final = f"""
SELECT m.root, m.oid, 'trigger ' || quote_ident(g.tgname), concat_ws(', ', {_STATE.format("g.tgenabled")},
  CASE WHEN g.tgparentid = 0
    THEN 'function ' || left(encode(sha256(convert_to(pg_get_functiondef(g.tgfoid), 'UTF8')), 'hex'), 16) END,
  CASE WHEN g.tgparentid = 0 AND m.oid <> m.root THEN pg_get_triggerdef(g.oid) END,
  {_EXTENSIONS.format("'pg_trigger'", "g.oid")},
  {_COMMENT.format("obj_description(g.oid, 'pg_trigger')")})
FROM member m JOIN pg_trigger g ON g.tgrelid = m.oid AND NOT g.tgisinternal
UNION ALL
SELECT m.root, m.oid, 'rule ' || quote_ident(w.rulename), concat_ws(', ', pg_get_ruledef(w.oid),
  {_STATE.format("w.ev_enabled")}, {_COMMENT.format("obj_description(w.oid, 'pg_rewrite')")})
FROM member m JOIN pg_rewrite w ON w.ev_class = m.oid"""

_OTHERS: t.Final = f"""
SELECT m.root, m.oid, 'policy ' || quote_ident(p.polname), concat_ws(', ',
  CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, 'for ' || p.polcmd::text,
  'to ' || (SELECT string_agg(coalesce(r.rolname::text, 'public'), ' ' ORDER BY r.rolname) FROM unnest(p.polroles) AS k
            LEFT JOIN pg_roles r ON r.oid = k),
  'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid),
  {_COMMENT.format("obj_description(p.oid, 'pg_policy')")})
FROM member m JOIN pg_policy p ON p.polrelid = m.oid
UNION ALL
SELECT m.root, m.oid, 'statistics ' || quote_ident(s.stxname), concat_ws(', ', pg_get_statisticsobjdef(s.oid),
  'owner ' || pg_get_userbyid(s.stxowner), 'target ' || nullif(s.stxstattarget, -1),
  {_COMMENT.format("obj_description(s.oid, 'pg_statistic_ext')")})
FROM member m JOIN pg_statistic_ext s ON s.stxrelid = m.oid
UNION ALL
SELECT m.root, m.oid, 'sequence ' || q.seqrelid::regclass, concat_ws(', ', format_type(q.seqtypid, NULL),
  'increment ' || q.seqincrement, 'from ' || q.seqmin, 'to ' || q.seqmax, 'start ' || q.seqstart,
  'cache ' || q.seqcache, CASE WHEN q.seqcycle THEN 'cycle' END, u.owned,
  CASE c.relpersistence WHEN 'u' THEN 'unlogged' END)
FROM member m
CROSS JOIN LATERAL (
  SELECT s.sequence, min(s.owned) AS owned FROM (
    SELECT d.objid, 'owned by ' || quote_ident(a.attname) FROM pg_depend d
    JOIN pg_attribute a ON a.attrelid = m.oid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = m.oid
      AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    UNION ALL
    SELECT d.refobjid, NULL FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid AND f.adrelid = m.oid
    WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
  ) AS s(sequence, owned) GROUP BY 1) AS u
JOIN pg_sequence q ON q.seqrelid = u.sequence JOIN pg_class c ON c.oid = q.seqrelid"""

_PROPERTIES: t.Final = f"""
WITH RECURSIVE {MEMBERS}, found(root, oid, name, value) AS (
  {" UNION ALL ".join((_RELATION, _COLUMNS, _INDEXES, _CONSTRAINTS, _TRIGGERS, _OTHERS))})
SELECT root, CASE WHEN oid = root THEN '' ELSE 'partition ' || oid::regclass || ' ' END || name, value
FROM found WHERE value <> '' ORDER BY 1, 2"""

_OBSTACLES: t.Final = f"""
WITH RECURSIVE {MEMBERS}, found(root, kind, what) AS (
  SELECT root, 'row security', '' FROM member WHERE oid = root AND row_security_active(oid)
  UNION ALL
  SELECT m.root, CASE c.relkind WHEN 'f' THEN 'foreign partition' ELSE 'partition' END,
         c.oid::regclass || ' of ' || pg_get_userbyid(c.relowner)
  FROM member m JOIN pg_class c ON c.oid = m.oid
  WHERE m.oid <> m.root AND (c.relkind = 'f' OR NOT pg_has_role(c.relowner, 'USAGE'))
  UNION ALL
  SELECT m.root, 'foreign key', o.conname || ' of ' || o.conrelid::regclass || ', which belongs to '
         || pg_get_userbyid(c.relowner)
  FROM member m JOIN pg_constraint o ON o.confrelid = m.oid AND o.contype = 'f' AND o.conparentid = 0
  JOIN pg_class c ON c.oid = o.conrelid WHERE NOT pg_has_role(c.relowner, 'USAGE')
  UNION ALL
  SELECT m.root, 'key triggers', o.conname || ' of ' || o.conrelid::regclass
  FROM member m JOIN pg_constraint o ON m.oid IN (o.conrelid, o.confrelid) AND o.contype = 'f'
  WHERE EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = o.oid AND g.tgenabled <> 'O')
  UNION ALL
  SELECT m.root, 'reference', o.conname || ' to ' || o.confrelid::regclass
  FROM member m JOIN pg_constraint o ON o.conrelid = m.oid AND o.contype = 'f' AND o.conparentid = 0
  WHERE NOT (SELECT bool_and(has_column_privilege(o.confrelid, k, 'REFERENCES')) FROM unnest(o.confkey) AS k)
  UNION ALL
  SELECT m.root, 'tablespace', x.relname || ' in ' || s.spcname
  FROM member m JOIN pg_index i ON i.indrelid = m.oid JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_tablespace s ON s.oid = x.reltablespace WHERE NOT has_tablespace_privilege(s.oid, 'CREATE'))
SELECT DISTINCT root, kind, what FROM found ORDER BY 1, 2, 3"""


def properties(connection: Connection[Row], oids: list[int]) -> dict[int, Pairs]:
    """Per table what stands on it and on its partitions."""
    return _pairs(query(connection, _PROPERTIES, (oids,)))


def obstacles(connection: Connection[Row], oids: list[int]) -> dict[int, Pairs]:
    """Per table what the login may not see or take off, as kind and name; the kinds are the planner's."""
    return _pairs(query(connection, _OBSTACLES, (oids,)))


def _pairs(rows: list[Row]) -> dict[int, Pairs]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for root, name, value in rows:
        found[root].append((name, value))
    return {root: tuple(pairs) for root, pairs in found.items()}


__all__ = ("obstacles", "properties")
