# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Partitioned tables: parted alike, where PostgreSQL puts every row where the source does, or refuses it as that does.

By hash and key the rows lie in other partitions than on the source, of as many: nothing but the place depends on it.
"""

from __future__ import annotations

import re
import typing as t
from datetime import date

from .._postgresql import quoting
from .expressions import CASE, NotCarried, doubts_of

if t.TYPE_CHECKING:
    from .._catalog import Column, Table
    from .._mysql.definitions import Partitioning
    from .making import Making

_NAME: t.Final = re.compile(r"\s*`((?:[^`]|``)+)`\s*")
_FUNCTION: t.Final = re.compile(r"\s*(year|to_days)\s*\(\s*`((?:[^`]|``)+)`\s*\)\s*", re.IGNORECASE)
_VALUE: t.Final = re.compile(r"\s*('(?:[^'\\]|'')*'|-?\d+(?:\.\d+)?|MAXVALUE|NULL)\s*(,|$)", re.IGNORECASE)
_DAY_ZERO: t.Final = 365
"""TO_DAYS() counts from the year 0, date.toordinal() from the year 1."""
_KINDS: t.Final = {"integer", "numeric", "date", "timestamp", "text"}


def of_table(making: Making, table: Table) -> tuple[str, list[str]]:
    """What stands behind CREATE TABLE (…), and the statements that make the partitions."""
    found = making.definitions.partitionings.get(table.name)
    if found is None:
        return "", []
    shown = f"PARTITION BY {found.method} ({found.expression})"
    if making.decisions.chosen("partitions") == "plain":
        making.leave("partitions of", table.name, "the decisions leave them out", shown)
        return "", []
    try:
        return _parted(making, table, found)
    except NotCarried as error:
        making.leave("partitions of", table.name, f"the table is made without them: {error}", shown)
        return "", []


def _parted(making: Making, table: Table, found: Partitioning) -> tuple[str, list[str]]:
    if found.deeper:
        raise NotCarried("its partitions are parted themselves")
    method = found.method.replace(" COLUMNS", "")
    function = _FUNCTION.fullmatch(found.expression)
    names = [function[2]] if function else _names(found.expression)
    columns = []
    for name in names:
        column = table.column(name.replace("``", "`"))
        if column is None:
            raise NotCarried(f"they are by the expression {found.expression}")
        columns.append(column)
    if method in {"HASH", "KEY", "LINEAR HASH", "LINEAR KEY"} and function is None:
        columns = columns or _primary(table)
        head = f" PARTITION BY HASH ({making.listed(table.name, [one.name for one in columns])})"
        bounds = [
            f"WITH (MODULUS {len(found.partitions)}, REMAINDER {number})"
            for number in range(len(found.partitions))
        ]
        return head, _partitions(making, table, found, bounds)
    if not columns or method not in {"RANGE", "LIST"} or (function and method == "LIST"):
        raise NotCarried(f"PostgreSQL has nothing like {found.method}")
    _check_columns(making, table, columns)
    head = f" PARTITION BY {method} ({making.listed(table.name, [one.name for one in columns])})"
    reader = _reader(function[1].lower() if function else "")
    values = [_values(part.bound or "", reader) for part in found.partitions]
    bounds = _ranges(values, len(columns)) if method == "RANGE" else _lists(values, columns)
    return head, _partitions(making, table, found, bounds)


def _check_columns(making: Making, table: Table, columns: list[Column]) -> None:
    for column in columns:
        kind = making.of(table.name, column.name).kind
        if kind not in _KINDS:
            raise NotCarried(f"{column.name} is {kind}")
        if column.nullable:
            raise NotCarried(f"{column.name} may be NULL, which the source puts into the first partition")
        if kind == "text" and (CASE in doubts_of(column.collation) or len(columns) > 1):
            raise NotCarried(f"the text of {column.name} is ordered by the source's own collation")


def _names(text: str) -> list[str]:
    parts = [_NAME.fullmatch(part) for part in text.split(",")] if text.strip() else []
    if not all(parts):
        raise NotCarried(f"they are by the expression {text}")
    return [part[1] for part in parts if part is not None]


def _primary(table: Table) -> list[Column]:
    names = [name for index in table.indexes if index.primary for name in index.columns]
    found = [column for column in table.columns if column.name in names]
    if not found:
        raise NotCarried("it has no primary key")
    return found


def _reader(function: str) -> t.Callable[[str], str]:
    """What makes a bound of the column of what the source prints of the function's value."""

    def read(text: str) -> str:
        if text.upper() in {"MAXVALUE", "NULL"}:
            return text.upper()
        if text.startswith("'"):
            return quoting.literal(text[1:-1].replace("''", "'"))
        if function == "year":
            return f"'{int(text):04}-01-01'"
        if function == "to_days":
            return f"'{date.fromordinal(int(text) - _DAY_ZERO).isoformat()}'"
        return text

    return read


def _values(text: str, read: t.Callable[[str], str]) -> list[str]:
    found, position = [], 0
    while position < len(text):
        match = _VALUE.match(text, position)
        if match is None:
            raise NotCarried(f"its bound {text} is not read")
        found.append(read(match[1]))
        position = match.end()
    return found


def _ranges(values: list[list[str]], width: int) -> list[str]:
    below = ["MINVALUE"] * width
    found = []
    for above in values:
        if len(above) != width:
            raise NotCarried("its bounds are not read")
        found.append(f"FROM ({', '.join(below)}) TO ({', '.join(above)})")
        below = above
    return found


def _lists(values: list[list[str]], columns: list[Column]) -> list[str]:
    if len(columns) > 1:
        raise NotCarried("PostgreSQL lists the values of one column alone")
    if "year" in {column.family for column in columns}:
        raise NotCarried("a list of years")
    return [f"IN ({', '.join(one)})" for one in values]


def _partitions(making: Making, table: Table, found: Partitioning, bounds: list[str]) -> list[str]:
    statements = []
    for part, bound in zip(found.partitions, bounds, strict=True):
        name = making.names.partition(table.name, part.name)
        statements.append(
            f"CREATE TABLE {quoting.identifier(name)} PARTITION OF {making.table_name(table.name)} "
            f"FOR VALUES {bound}"
        )
    return statements


__all__ = ("of_table",)
