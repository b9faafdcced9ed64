# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Rows that are too big for a page of the target, whatever it moves out of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._postgresql.quoting import identifier
from .._transform import source_sql

if t.TYPE_CHECKING:
    from .._transform.plan import ColumnPlan, TablePlan
    from .asking import Asking

ROW: t.Final = "the size of a row"
"""What the demand is called."""
# The sizes of the target's own tuple format; see its storage/page/itemid and access/common/heaptuple.
_LARGEST: t.Final = 8160
"""Bytes of the largest row of a page of 8 kB."""
_HEAD: t.Final = 24
_POINTER: t.Final = 18
"""What is left in the row of a value that was moved out of it."""
_MOVED: t.Final = 24
"""A value that takes no more, with its head, stays."""
_TERMS: t.Final = 8
"""Of a sum without parentheses."""
_SHORT: t.Final = 126
"""Bytes of a value whose head is one byte."""
_FIXED: t.Final = {
    "bool": (1, 1),
    "int2": (2, 2),
    "int4": (4, 4),
    "int8": (8, 8),
    "float4": (4, 4),
    "float8": (8, 8),
    "date": (4, 4),
    "time": (8, 8),
    "timestamp": (8, 8),
    "timestamptz": (8, 8),
    "interval": (16, 8),
    "uuid": (16, 1),
    "enum": (4, 4),
    "point": (16, 8),
}
"""Size and alignment of types of a fixed size."""
_BY_LENGTH: t.Final = {"text", "varchar", "citext", "bytea", "json"}
"""Types whose stored bytes are those of the value."""
_MOVABLE: t.Final = {
    *_BY_LENGTH,
    *("bpchar", "numeric", "jsonb", "inet", "cidr", "bit", "varbit", "tsvector", "xml"),
}
_OTHERS: t.Final = 72
"""What a value of any other type takes at most: none of the server's own of a fixed size is larger than 64 bytes."""


def find(asking: Asking) -> None:
    """Rows of one table that no page could take, and those that may be too big."""
    table = asking.table
    columns = [_Stored(column, column.target.name in _plain(table)) for column in table.copied]
    head = _HEAD + (len(table.target.columns) + 7) // 8
    most = [one.most for one in columns]
    if None not in most and head + sum(filter(None, most)) <= _LARGEST:
        return
    least = f"{_sum([str(_HEAD), *(one.least for one in columns if one.least)])} > {_LARGEST}"
    largest = f"{_sum([str(head), *(one.largest for one in columns)])} > {_LARGEST}"
    refused = asking.count(least)
    if refused:
        asking.refused(ROW, "row_too_big", refused, asking.examples(least))
    doubtful = asking.count(f"NOT ({least})", largest)
    if doubtful:
        why = f"a page takes rows of {_LARGEST} bytes, and how far the target compresses these is unknown"
        asking.untested(ROW, f"{len(columns)} columns", why, doubtful)


def _plain(table: TablePlan) -> set[str]:
    """Columns whose values stay in the row as they are (STORAGE PLAIN)."""
    stored = {name for name, value in table.target.properties if "storage p" in value.split(", ")}
    return {
        column.name
        for column in table.target.columns
        if stored & {f"column {column.name}", f"column {identifier(column.name)}"}
    }


@dataclass(frozen=True)
class _Stored:
    """A column in the target's row; SQL is the source's. `plain`: nothing of it can be moved out."""

    column: ColumnPlan
    plain: bool

    @property
    def most(self) -> int | None:
        """Bytes that a value can take at most once all that can be moved out is, `None`: no end."""
        family = self.column.target.family
        if self.plain:
            return None
        if family in _FIXED:
            size, alignment = _FIXED[family]
            return size + alignment - 1
        return _MOVED + 3 if family in _MOVABLE or family.endswith("[]") else _OTHERS

    @property
    def least(self) -> str:
        """Bytes that it takes at least; empty where that cannot be told."""
        target, size = self.column.target, ""
        if target.family in _FIXED:
            size = str(_FIXED[target.family][0])
        elif target.family == "bpchar" and target.length is not None:
            size = str(min(target.length + 1, _POINTER))  # blanks fill it up
        elif target.family in _BY_LENGTH and self.column.converter is None:
            # Compression can only help values that would be moved out anyway.
            size = f"{self._length} + 1" if self.plain else f"LEAST({self._length} + 1, {_POINTER})"
        return size and f"IF({self._null}, 0, {size})"

    @property
    def largest(self) -> str:
        """Bytes that it takes at most."""
        family = self.column.target.family
        if family not in _BY_LENGTH or self.column.converter is not None:
            return f"IF({self._null}, 0, {_LARGEST if self.most is None else self.most})"
        grown = f"{self._length} + IF({self._length} > {_SHORT}, 7, 1)"
        return f"IF({self._null}, 0, {grown if self.plain else f'LEAST({grown}, {_MOVED + 3})'})"

    @property
    def _null(self) -> str:
        return source_sql.is_null(self.column)

    @property
    def _length(self) -> str:
        return f"COALESCE(LENGTH({source_sql.value(self.column)}), {_LARGEST})"


def _sum(parts: list[str]) -> str:
    """In halves: a source reads a sum of a thousand terms a thousand levels deep, for which its stack is too small."""
    if len(parts) <= _TERMS:
        return f"({' + '.join(parts)})"
    half = len(parts) // 2
    return f"({_sum(parts[:half])} + {_sum(parts[half:])})"


__all__ = ("ROW", "find")
