# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Rules that an operator can paste: for values that need a decision, each with its choices, and for rows in the way.

What changes a value is a decision, so where there is more than one way every way stands behind a `#`.
"""

from __future__ import annotations

import typing as t

from .._mysql import quoting
from .._transform.misfits import CLASSES
from .._transform.yaml_flow import flow

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._catalog import ForeignKey
    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan

_SAFEST: t.Final = ("keep", "strip", "reinterpret", "null", "round", "truncate", "replace")
"""Policies in the order in which they are proposed: what loses least comes first."""
_PLACEHOLDER: t.Final = "VALUE"


def rules(
    plan: DatabasePlan, misfits: Iterable[Mapping[str, t.Any]], filled: Sequence[str] = ()
) -> list[str]:
    """The block `rules:` as lines of YAML, none where there is nothing to propose.

    `misfits`: of this database, as `Misfit.to_json` has them; `filled`: tables whose rows no rule declares.
    """
    tables = {table.name: table for table in plan.tables}
    columns: list[str] = []
    rows: list[str] = []
    for one in misfits:
        table = tables.get(one["table"])
        column = _column(table, one["column"]) if table else None
        if table is not None and one["class"] == "orphan":
            rows += _orphan(plan, table, one)
        elif table is not None and column is not None and one["class"] in CLASSES:
            columns += _choices(table, column, one)
    found = []
    if filled:
        seeds = [*plan.seed_tables, *filled]
        found += ["  seed_tables:", *(f"    - {flow(name)}" for name in seeds)]
    found += _list("tables", rows) + _list("columns", columns)
    return ["rules:", *found] if found else []


def _list(key: str, entries: list[str]) -> list[str]:
    return [f"  {key}:", *entries] if entries else []


def _column(table: TablePlan, name: str) -> ColumnPlan | None:
    return next((one for one in table.columns if one.target.name == name), None)


def _choices(table: TablePlan, column: ColumnPlan, one: Mapping[str, t.Any]) -> list[str]:
    kind = one["class"]
    policies = [
        name
        for name in sorted(CLASSES[kind].policies, key=_rank)
        if name not in {"expression"} and (name != "null" or column.target.nullable)
    ]
    where = f"{table.name}.{column.target.name}"
    lines = [f"    # {where}: {one['count']} of the class {kind}. Or correct the rows in the source."]
    only = len(policies) == 1 and not _takes_value(kind, policies[0])
    for name in policies:
        policy = {name: _PLACEHOLDER} if _takes_value(kind, name) else name
        rule = {"table": table.name, "column": column.target.name, "policies": {kind: policy}}
        lines.append(f"    {'' if only else '# '}- {flow(rule)}")
    return lines


def _rank(policy: str) -> int:
    return _SAFEST.index(policy) if policy in _SAFEST else len(_SAFEST)


def _takes_value(kind: str, policy: str) -> bool:
    return "{value}" in CLASSES[kind].policies[policy]


def _orphan(plan: DatabasePlan, table: TablePlan, one: Mapping[str, t.Any]) -> list[str]:
    """A `where` that leaves out the rows that refer to nothing, where the key has one column."""
    place = f"{table.name}.{one['column']}"
    lines = [f"    # {place}: {one['count']} rows refer to nothing. Correct them, or leave them out:"]
    key = _reference(table, one["column"])
    parent = next((other for other in plan.tables if key and other.name == key.ref_table), None)
    mine = _column(table, key.columns[0]) if key else None
    theirs = _column(parent, key.ref_columns[0]) if key and parent else None
    if parent is None or mine is None or theirs is None:
        return [f"{lines[0][:-1]} by a rule of tables with where."]
    child, referred = (quoting.identifier(each.source.name) for each in (mine, theirs))
    known = quoting.qualified(plan.source_name, parent.source.name)
    where = f"{child} IS NULL OR {child} IN (SELECT {referred} FROM {known})"
    return [*lines, f"    # - {flow({'table': table.source.name, 'where': where})}"]


def _reference(table: TablePlan, column: str) -> ForeignKey | None:
    return next((key for key in table.target.foreign_keys if key.columns == (column,)), None)


__all__ = ("rules",)
