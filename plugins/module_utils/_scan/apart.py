# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What decides about the rows of a table and is not in its own definition: it is listed, and nobody can try it."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from .._catalog import Table
    from .asking import Asking

_OF_PARTITION: t.Final = re.compile(r"partition (.+?) (constraint|index|column) (.+)", re.DOTALL)
_STATISTICS: t.Final = "statistics "


def find(asking: Asking, referring: t.Iterable[tuple[str, str, str]]) -> None:
    """`referring`: table, name and definition of each foreign key of a table outside the plan."""
    for referred, name, definition in referring:
        if referred == asking.table.name:
            why = "a table outside the plan refers to this one, and what rows it has on the target decides"
            asking.untested(name, definition, why, apart=True)
    for name, value in asking.table.target.properties:
        found = _OF_PARTITION.fullmatch(name)
        if found is not None and _of_its_own(asking.table.target, found[2], value):
            why = "it holds for the rows of one partition alone"
            asking.untested(f"{found[3]} of the partition {found[1]}", value, why, apart=True)
        elif name.startswith(_STATISTICS) and "(" in value.partition(" ON ")[2]:
            asking.untested(
                name, value, "the target computes it for every row that ANALYZE reads", apart=True
            )


def _of_its_own(parent: Table, kind: str, value: str) -> bool:
    """Whether something of a partition is not just what its parent hands down, maybe under another name."""
    if kind == "column":
        return "not null" in value.split(", ")
    if kind == "constraint":
        return not any(value.startswith(definition) for _name, definition in parent.checks)
    tail = value.partition(" USING ")[2]
    return bool(tail) and not any(
        tail.startswith(str(index.definition).partition(" USING ")[2])
        and (index.unique or not value.startswith("CREATE UNIQUE "))
        for index in parent.indexes
    )


__all__ = ("find",)
