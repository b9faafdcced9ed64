# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What every query of the reader is made of: the fields of an object as one JSON value, without what is the default."""

from __future__ import annotations

import typing as t

COMMENT: t.Final = "obj_description({oid}, '{catalog}')"
OWNER: t.Final = "pg_get_userbyid({})::text"
STATE: t.Final = "CASE {} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END"


def fields(**texts: str) -> str:
    """One JSON object; a field whose expression gives NULL is left out."""
    pairs = ", ".join(f"'{name}', {text}" for name, text in texts.items())
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def select(name: str, values: str, rest: str) -> str:
    """The query of one kind of object: the expression of its name, what `fields` made, and where they come from."""
    return f"SELECT {name}, {values} {rest}"


def comment(oid: str, catalog: str) -> str:
    """The comment on an object of `catalog`."""
    return COMMENT.format(oid=oid, catalog=catalog)


def own(oid: str, catalog: str) -> str:
    """That no extension made the object."""
    return (
        f"NOT EXISTS (SELECT FROM pg_depend made WHERE made.classid = 'pg_catalog.{catalog}'::regclass "
        f"AND made.objid = {oid} AND made.deptype = 'e')"
    )


def depends_on(oid: str, catalog: str) -> str:
    """The extensions that the object was made to go away with."""
    return (
        "(SELECT jsonb_agg(e.extname ORDER BY e.extname) FROM pg_depend d JOIN pg_extension e "
        "ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid "
        f"WHERE d.classid = '{catalog}'::regclass AND d.objid = {oid} AND d.deptype = 'x')"
    )


def grants(acl: str, kind: str = "", owner: str = "") -> str:
    """Who holds which privileges, a line for each role; the owner's are told as such, whoever that is.

    `kind`: as acldefault() names it, whose privileges a NULL stands for. A query has to have `%(grants)s`: whether
    they are asked for.
    """
    entries = f"coalesce({acl}, acldefault('{kind}', {owner}))" if kind else acl
    grantee = "coalesce(r.rolname::text, 'PUBLIC')"
    if owner:
        grantee = f"CASE WHEN x.grantee = {owner} THEN 'the owner' ELSE {grantee} END"
    return f"""CASE WHEN %(grants)s THEN (
      SELECT jsonb_agg(g.line ORDER BY g.line) FROM (
        SELECT {grantee} || ': ' || string_agg(
          lower(x.privilege_type) || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', '
          ORDER BY x.privilege_type, x.is_grantable) AS line
        FROM aclexplode({entries}) AS x LEFT JOIN pg_roles r ON r.oid = x.grantee
        GROUP BY x.grantee, r.rolname) AS g) END"""


__all__ = ("OWNER", "STATE", "comment", "depends_on", "fields", "grants", "own", "select")
