# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Sequences of the target: which column takes values of which, where they stand, how far their columns are."""

from __future__ import annotations

import typing as t
from fractions import Fraction

from .._catalog import SequenceObject, SequenceUse
from .connection import Row, query
from .nextval import named_by_text
from .quoting import identifier, literal, qualified
from .relation import named

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .nextval import Form

# Found by what depends on what: a name can be written in many ways, and a default can hide it in an expression.
_USES: t.Final = """
WITH use AS (
  SELECT d.refobjid AS sequence, f.adrelid AS relation, f.adnum AS number, 'default' AS how,
         pg_get_expr(f.adbin, f.adrelid) AS expression
  FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid = 0
  UNION ALL
  SELECT d.objid, d.refobjid, d.refobjsubid, CASE d.deptype WHEN 'i' THEN 'identity' ELSE 'owned' END, NULL
  FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    AND d.refobjsubid > 0
  UNION ALL
  SELECT d.refobjid, a.attrelid, a.attnum, 'default', pg_get_expr(y.typdefaultbin, 0)
  FROM pg_depend d JOIN pg_type y ON y.oid = d.objid JOIN pg_attribute a ON a.atttypid = y.oid
  WHERE d.classid = 'pg_type'::regclass AND d.refclassid = 'pg_class'::regclass AND y.typtype = 'd'
    AND NOT a.atthasdef AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT to_regclass(k.name), k.relation, k.number, 'default', k.expression
  FROM unnest(%s::text[], %s::oid[], %s::int2[], %s::text[]) AS k(name, relation, number, expression)
  WHERE to_regclass(k.name) IS NOT NULL
)
SELECT s.oid, n.nspname, c.relname, a.attname, rn.nspname, r.relname, u.how, y.typoutput::text, y.typcategory,
       u.expression, has_column_privilege(c.oid, a.attnum, 'SELECT'),
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1
               AND i.indkey[0] = a.attnum AND i.indpred IS NULL),
       c.relispartition, c.relkind <> 'r'
FROM use u
JOIN pg_class s ON s.oid = u.sequence AND s.relkind = 'S'
JOIN pg_class c ON c.oid = u.relation AND c.relkind IN ('r', 'p', 'v')
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = coalesce(pg_partition_root(c.oid), c.oid)
JOIN pg_namespace rn ON rn.oid = r.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
JOIN pg_type y ON y.oid = a.atttypid
ORDER BY n.nspname, c.relname, a.attnum, u.how"""

_SEQUENCES: t.Final = """
SELECT s.oid, s.oid::regclass::text, q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcycle,
       has_sequence_privilege(s.oid, 'UPDATE') AND has_sequence_privilege(s.oid, 'SELECT')
FROM pg_sequence q JOIN pg_class s ON s.oid = q.seqrelid JOIN pg_namespace n ON n.oid = s.relnamespace
WHERE s.oid = ANY(%s) OR (n.nspname = %s AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'e'))
ORDER BY n.nspname, s.relname"""

_UNSEEN: t.Final = """
SELECT c.oid, a.attnum, c.relname, a.attname, pg_get_expr(f.adbin, f.adrelid), y.typcategory,
       (SELECT min(p.oid::regproc::text) FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_proc'::regclass
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
                          AND e.deptype = 'e')),
       EXISTS (SELECT FROM pg_depend d JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
               WHERE d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid)
FROM pg_attrdef f JOIN pg_class c ON c.oid = f.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.adnum JOIN pg_type y ON y.oid = a.atttypid
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attgenerated = ''
ORDER BY c.relname, a.attnum"""

_VALUES: t.Final = {
    "int2out": "int2",
    "int4out": "int4",
    "int8out": "int8",
    "numeric_out": "number",
    "float4out": "number",
    "float8out": "number",
}
_UNCERTAIN: t.Final = {"N", "S"}
"""Categories of types that a sequence's values can be in: numbers and texts."""


def read(
    connection: Connection[Row], schema: str
) -> tuple[tuple[SequenceObject, ...], tuple[tuple[str, str], ...]]:
    """The sequences of `schema` and those its columns take values of; and the defaults that cannot be seen through."""
    unseen: list[tuple[str, str]] = []
    by_text: list[tuple[str, int, int, str]] = []
    for relation, number, table, column, default, category, function, seen in query(
        connection, _UNSEEN, (schema,)
    ):
        name = named_by_text(default)
        if name is not None:
            # As the application's session would look it up.
            by_text.append((name if "." in name else qualified(schema, name), relation, number, default))
        elif category in _UNCERTAIN and (function or ("nextval(" in default and not seen)):
            unseen.append((f"{table}.{column}", function or "nextval of a name that is made when it runs"))
    uses = _uses(connection, by_text)
    here = [
        oid for oid, found in uses.items() if any(schema in (use.schema, use.root_schema) for use in found)
    ]
    found = [
        SequenceObject(name, increment, minimum, maximum, start, cycle, settable, tuple(uses.get(oid, ())))
        for oid, name, increment, minimum, maximum, start, cycle, settable in query(
            connection, _SEQUENCES, (here, schema)
        )
    ]
    return tuple(found), tuple(unseen)


def _uses(
    connection: Connection[Row], by_text: list[tuple[str, int, int, str]]
) -> dict[int, list[SequenceUse]]:
    """By the sequence's oid each column once: a default says more than ownership, a partition no more than its root."""
    arguments = [list(values) for values in zip(*by_text, strict=True)] if by_text else [[]] * 4
    rows = query(connection, _USES, arguments)
    roots = {(row[0], row[1], row[2], row[3]) for row in rows if not row[12]}
    found: dict[int, dict[tuple[str, str, str], SequenceUse]] = {}
    for row in rows:
        oid, schema, table, column, root_schema, root, how, output, category = row[:9]
        default, readable, unique, partition, whole = row[9:]
        if partition and (oid, root_schema, root, column) in roots:
            continue
        values = _VALUES.get(output, "text" if category == "S" else "other")
        use = SequenceUse(
            schema, table, column, root_schema, root, how, values, whole, default, readable, unique
        )
        place = schema, table, column
        before = found.setdefault(oid, {}).get(place)
        found[oid][place] = use if before is None or before.how == "owned" else before
    return {oid: list(by_place.values()) for oid, by_place in found.items()}


def next_value(connection: Connection[Row], sequence: SequenceObject) -> int:
    """What the next `nextval` would give; past the end of an exhausted sequence."""
    last, called = query(connection, f"SELECT last_value, is_called FROM {sequence.name}")[0]
    return int(last) + (sequence.increment if called else 0)


def farthest(connection: Connection[Row], use: SequenceUse, form: Form, *, up: bool) -> Fraction | None:
    """The largest (`up`) or smallest value of a column, as a value of the sequence; `None` without a row.

    Tables that inherit the default are uses of their own.
    """
    column, rows = identifier(use.column), named(use.schema, use.table, use.whole)
    most = "max" if up == (form.scale > 0) else "min"
    if use.values == "text":
        pattern = f"^{_escaped(form.prefix)}(-?[0-9]{{1,40}}){_escaped(form.suffix)}$"
        digits = f'substring({column}::text COLLATE "C", {literal(pattern)})::numeric'
        sql = f"SELECT {most}({digits}) FROM {rows}"
    elif use.values == "number":
        # NaN is larger than all numbers.
        finite = f"WHERE {column}::text NOT IN ('NaN', 'Infinity', '-Infinity')"
        sql = f"SELECT (SELECT {most}({column}) FROM {rows} {finite})::numeric"
    else:
        sql = f"SELECT {most}({column}) FROM {rows}"
    found = query(connection, sql)[0][0]
    return None if found is None else (Fraction(found) - form.offset) / form.scale


def set_next(connection: Connection[Row], sequence: SequenceObject, value: int) -> None:
    """Let the next `nextval` give `value`, which has to lie within the sequence's bounds."""
    query(connection, f"SELECT setval({literal(sequence.name)}::regclass, {value:d}, false)")


def _escaped(text: str) -> str:
    """For a regular expression of the server."""
    return "".join(f"\\{char}" if char.isascii() and not char.isalnum() else char for char in text)


__all__ = ("farthest", "next_value", "read", "set_next")
