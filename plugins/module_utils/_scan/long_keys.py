# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Values that may be too large for an entry of an index: how far they can be compressed, only the target knows."""

from __future__ import annotations

import re
import typing as t

from .._postgresql.quoting import identifier
from .._transform import source_sql

if t.TYPE_CHECKING:
    from .._catalog import Index
    from .._transform.plan import ColumnPlan
    from .asking import Asking
    from .leaf import Value

_ENTRY: t.Final = 2704
"""Bytes of the largest entry of a B-tree (a third of a page); other kinds of indexes take as much or more."""
_OVERHEAD: t.Final = 64
"""Bytes of an entry beside its long values: head, alignment, other keys of fixed size."""
_HASHED: t.Final = " USING hash "
"""A hash index keeps a number of four bytes for a value of any size."""
_INCLUDED: t.Final = re.compile(r" INCLUDE \((.*?)\)(?: |$)")
_MADE_OF_TEXT: t.Final = {"text", "citext", "bytes"}


def find(asking: Asking, index: Index, computed: list[Value]) -> None:
    """List the rows whose entry in `index` may be too large; `computed`: the values of its expressions."""
    if _HASHED in str(index.definition):
        return
    values = [source_sql.value(column) for column in _long_columns(asking, index)]
    values += [value.sql for value in computed if value.kind in _MADE_OF_TEXT]
    if not values:
        return
    size = " + ".join(f"COALESCE(LENGTH({value}), 0)" for value in values)
    count = asking.count(f"{size} > {_ENTRY - _OVERHEAD}")
    if count:
        why = f"an entry of the index holds {_ENTRY} bytes, and how far the target compresses it is unknown"
        asking.untested(index.name, str(index.definition), why, count)


def _long_columns(asking: Asking, index: Index) -> list[ColumnPlan]:
    """The columns of the index, included ones too, whose values can fill an entry."""
    found = _INCLUDED.search(str(index.definition))
    included = set(found[1].split(", ")) if found else set()
    return [
        column
        for column in asking.table.copied
        if _may_be_long(column)
        and (
            column.target.name in index.columns
            or included & {column.target.name, identifier(column.target.name)}
        )
    ]


def _may_be_long(column: ColumnPlan) -> bool:
    """Its values can fill an entry, alone or with few others."""
    target = column.target
    if target.family not in {"text", "varchar", "citext", "bpchar", "bytea"} and not target.family.endswith(
        "[]"
    ):
        return False
    sizes = [size for size in (column.source.length, target.length) if size is not None]
    width = 1 if target.family == "bytea" else 4
    return not sizes or width * min(sizes) > _ENTRY // 4 or target.family.endswith("[]")


__all__ = ("find",)
