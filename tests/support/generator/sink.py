# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows in, multi-row INSERT statements out.

A sink takes the rows of one part in whatever order they arise and gives them back as statements of
about a megabyte, each table in the order of its primary key: InnoDB stores rows in that order, and
random keys would make it read and write a page per row. The statements are written for the sql_mode
NO_BACKSLASH_ESCAPES, in which only the apostrophe needs care.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .catalogs import Table

STATEMENT_BYTES = 1 << 20


class Literal:
    """A value that already is SQL: made once, used in many rows."""

    __slots__ = ("sql",)

    def __init__(self, sql: bytes) -> None:
        self.sql = sql


def literal(value: Any) -> bytes:
    """One value as SQL."""
    if value is None:
        return b"NULL"
    if type(value) is str:
        return b"'" + value.encode().replace(b"'", b"''") + b"'"
    if type(value) is Literal:
        return value.sql
    if type(value) is bytes:
        return b"_binary'" + value.replace(b"'", b"''") + b"'"
    return str(int(value) if isinstance(value, bool) else value).encode()


class Layout:
    """How to write a row of one table."""

    def __init__(self, table: Table) -> None:
        self.names = table.column_names
        self.known = frozenset(self.names)
        self.required = frozenset(
            column.name for column in table.columns if not column.nullable and column.default is None
        )
        self.optional = {
            column.name: _default(column.default)
            for column in table.columns
            if column.name not in self.required
        }
        self.key = table.primary_key
        columns = ", ".join(f"`{name}`" for name in self.names)
        self.head = f"INSERT INTO `{table.name}` ({columns}) VALUES\n".encode()


def _default(default: str | None) -> Literal | None:
    """What a row that does not name the column gets; spelled out so that every server stores the same."""
    if default is None or default.startswith("CURRENT_TIMESTAMP"):
        return None
    return Literal(default.encode())


class Sink:
    """The rows of one part."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.layouts = {name: Layout(table) for name, table in tables.items()}
        self.rows: dict[str, list[tuple[tuple[str, ...], bytes]]] = {}
        self.count = 0

    def know(self, tables: Mapping[str, Table]) -> None:
        """Tables besides those of the catalog."""
        self.layouts.update({name: Layout(table) for name, table in tables.items()})

    def add(self, table: str, values: Mapping[str, Any]) -> None:
        """Takes one row. A missing or unknown column is the builder's mistake and raises."""
        layout = self.layouts[table]
        if not layout.known.issuperset(values):
            raise KeyError(f"{table} has no column {sorted(set(values) - layout.known)}")
        optional = layout.optional
        fields = [literal(values[name] if name in values else optional[name]) for name in layout.names]
        key = tuple(str(values[name]) for name in layout.key)
        self.rows.setdefault(table, []).append((key, b"(" + b",".join(fields) + b")"))
        self.count += 1

    def statements(self) -> Iterator[tuple[str, int, bytes]]:
        """(table, rows, statement), tables by name."""
        for table in sorted(self.rows):
            layout, rows = self.layouts[table], self.rows[table]
            if layout.key:
                rows.sort(key=_by_key)
            yield from self._batches(table, layout.head, rows)

    @staticmethod
    def _batches(
        table: str, head: bytes, rows: list[tuple[tuple[str, ...], bytes]]
    ) -> Iterator[tuple[str, int, bytes]]:
        batch: list[bytes] = []
        size = 0
        for _key, row in rows:
            if batch and size + len(row) > STATEMENT_BYTES:
                yield table, len(batch), head + b",\n".join(batch)
                batch, size = [], 0
            batch.append(row)
            size += len(row) + 2
        if batch:
            yield table, len(batch), head + b",\n".join(batch)


def _by_key(row: tuple[tuple[str, ...], bytes]) -> tuple[str, ...]:
    return row[0]
