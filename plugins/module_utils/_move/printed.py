# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Text that expressions give for types without a pair: the target reads and prints it before anything is touched."""

from __future__ import annotations

import re
import typing as t
from itertools import islice

from .._errors import TargetNotReady
from .._postgresql.connection import query
from .._scan.findings import show_key
from .._transform.pairs import AS_PRINTED

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from psycopg import Connection

    from .._postgresql.connection import Row
    from .._transform.plan import ColumnPlan, TablePlan

_ROWS: t.Final = 1000
"""Rows that are asked for at a time."""
_SHOWN: t.Final = 5
_ESCAPED: t.Final = re.compile(rb"\\(.)", re.DOTALL)
_MEANT: t.Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}

Record = list["str | None"]


def columns(table: TablePlan) -> list[ColumnPlan]:
    """The columns of the table whose values arrive so."""
    return [column for column in table.copied if column.pair is AS_PRINTED]


def check(connection: Connection[Row], database: str, table: TablePlan, blocks: Iterable[bytes]) -> None:
    """Ask the target for every such value of one chunk, in COPY's text format, what it prints of it.

    Raises TargetNotReady: values that it does not take or prints otherwise, named by their rows.
    """
    names = [column.target.name for column in table.copied]
    keys = [names.index(name) for name in table.key if name in names]
    found: list[str] = []
    number = 0
    records = _records(blocks)
    while part := list(islice(records, _ROWS)):
        for column in columns(table):
            at = names.index(column.target.name)
            kind = column.target.type.replace("%", "%%")
            wrong = query(
                connection,
                "SELECT n FROM unnest(%s::text[]) WITH ORDINALITY AS u (x, n) WHERE x IS NOT NULL AND CASE WHEN "
                f'pg_input_is_valid(x, %s) THEN (x::{kind})::text COLLATE "C" <> x ELSE true END',
                ([record[at] for record in part], column.target.type),
            )
            number += len(wrong)
            for (row,) in wrong[: _SHOWN - len(found)]:
                key = show_key(table, [part[row - 1][one] for one in keys])
                found.append(f"{column.target.name} of {key}")
    if found:
        raise TargetNotReady(
            f"{database}: expressions of rules give {number} values of {table.name} that the target does not take, or "
            f"prints in another form, so that they could not be proved: {', '.join(found)}"
            f"{' and others' if number > len(found) else ''}. Nothing was changed. Correct the expression or the rows: "
            "it has to give what the target prints (SELECT column::text); then transform and dump again."
        )


def _records(blocks: Iterable[bytes]) -> Iterator[Record]:
    """The rows of a chunk in COPY's text format."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from ([_field(field) for field in line.split(b"\t")] for line in lines)


def _field(field: bytes) -> str | None:
    if field == rb"\N":
        return None
    return _ESCAPED.sub(lambda found: _MEANT.get(found.group(1), found.group(1)), field).decode()


__all__ = ("check", "columns")
