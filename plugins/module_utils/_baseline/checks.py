# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""CHECK constraints: those of the source, and those that stand in for a type's own members."""

from __future__ import annotations

import re
import typing as t

from .._postgresql import quoting
from . import expressions
from .decisions import CARRY, LEAVE
from .expressions import NotCarried

if t.TYPE_CHECKING:
    from .._catalog import Table
    from .making import Making

_JSON: t.Final = re.compile(r"\(*json_valid\(`(?P<column>(?:[^`]|``)+)`\)\)*", re.IGNORECASE)


def of_table(making: Making, table: Table) -> list[str]:
    """`CONSTRAINT … CHECK (…)` of each that is carried."""
    found = [
        f"CONSTRAINT {quoting.identifier(making.names.check(table.name, name, text))} CHECK {sql}"
        for name, text in table.checks
        for sql in [_carried(making, table, name, text)]
        if sql
    ]
    for column in table.columns:
        members = making.of(table.name, column.name).members
        if members:
            name = making.column_name(table.name, column.name)
            listed = ", ".join(map(quoting.literal, members))
            found.append(f"CHECK ({name} IN ({listed}))")
    return found


def _carried(making: Making, table: Table, name: str, text: str) -> str | None:
    """The condition in parentheses, `None`: it is left out."""
    said = making.decisions.said("checks", table.name, name)
    if said is not None and said not in {CARRY, LEAVE}:
        return f"({said})"
    if _is_the_types_own(making, table, text):
        return None
    proposal = ""
    try:
        if (table.name, name) in making.definitions.unenforced:
            raise NotCarried("the source does not enforce it")
        if said == LEAVE:
            raise NotCarried("the decisions leave it out")
        found = expressions.condition(text, making.known(table, computed=True), making.vendor)
        sql = found.sql if found.sql.startswith("(") else f"({found.sql})"
        if found.doubts and said != CARRY and making.decisions.chosen("near_checks") != CARRY:
            proposal = f"CHECK {sql}"
            raise NotCarried("; ".join(sorted(found.doubts)))
    except NotCarried as error:
        making.leave("check", f"{table.name}.{name}", str(error), text, proposal)
        return None
    return sql


def _is_the_types_own(making: Making, table: Table, text: str) -> bool:
    """A json_valid() of a column that becomes JSON."""
    json = _JSON.fullmatch(text.strip())
    column = json["column"].replace("``", "`") if json is not None else ""
    return (table.name, column) in making.types and making.of(table.name, column).kind == "json"


__all__ = ("of_table",)
