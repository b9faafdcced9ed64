# SPDX-License-Identifier: GPL-3.0-or-later
"""Catalogs in a few words, for tests of what is planned from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.alkemio.convergence.plugins.module_utils._catalog import (
    Catalog,
    Column,
    Database,
    Index,
    Server,
    Table,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import planner
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.plan import ColumnPlan, Plan
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.planner import DatabaseRequest
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.profile import parse_profile


def source_column(name: str, full: str, nullable: bool = False, **more: Any) -> Column:
    """``source_column("id", "char(36)")``."""
    family, _bracket, rest = full.partition("(")
    size = rest.partition(")")[0]
    text = family in {"char", "varchar", "text", "longtext", "enum"}
    settings: dict[str, Any] = {
        "charset": "utf8mb4" if text else None,
        "collation": "utf8mb4_general_ci" if text else None,
        "length": int(size) if size.isdigit() and text else None,
        "unsigned": "unsigned" in full,
    }
    return Column(name, full, family.split(" ")[0], nullable, **{**settings, **more})


def target_column(name: str, family: str, nullable: bool = False, **more: Any) -> Column:
    """``target_column("id", "uuid")``."""
    return Column(name, more.pop("type", family), family, nullable, **more)


def table(name: str, columns: Sequence[Column], *indexes: Index, **more: Any) -> Table:
    """A table, with a primary key over its first column unless indexes are given."""
    return Table(name, tuple(columns), indexes or (primary(columns[0].name),), **more)


def primary(*columns: str) -> Index:
    return Index("PRIMARY", columns, unique=True, primary=True)


def unique(*columns: str | None, **more: Any) -> Index:
    return Index("_".join(map(str, columns)), columns, unique=True, **more)


def catalogs(
    source: Sequence[Table], target: Sequence[Table], charset: str = "UTF8", **server: Any
) -> tuple[Catalog, Catalog]:
    """Both sides, each of one database."""
    left = Database("db", {one.name: one for one in source}, "utf8mb4")
    right = Database("db", {one.name: one for one in target}, charset, schema="public")
    return (
        Catalog(Server("mariadb", "11.8", "s", {"utc_offsets_seconds": [0], **server}), {"db": left}),
        Catalog(Server("postgresql", "17", "t"), {"db": right}),
    )


def plan(
    source: Sequence[Table], target: Sequence[Table], profile: dict[str, Any] | None = None, **more: Any
) -> Plan:
    """The plan of these tables under these rules."""
    left, right = catalogs(source, target, **more)
    request = DatabaseRequest("db", "db", "db", parse_profile("p", profile or {}))
    return planner.plan(left, right, [request])


def column_plan(source: Column, target: Column, **rule: Any) -> ColumnPlan:
    """The plan of one column beside a key."""
    key = source_column("id", "int"), target_column("id", "int4")
    planned = plan(
        [table("t", [key[0], source])],
        [table("t", [key[1], target])],
        {"columns": [{"column": target.name, **rule}]} if rule else None,
    )
    return planned.databases[0].tables[0].columns[1]
