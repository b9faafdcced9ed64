# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A copy of a table's definition that takes rows one by one and says which it refuses, in temporary tables.

Everything happens inside the caller's transaction, which is rolled back.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .connection import query
from .quoting import identifier, literal, qualified
from .relation import named

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from .._catalog import ForeignKey, Index, Table
    from .connection import Row

_EXAMPLES: t.Final = 10
# What is not the row's fault ends the trial: resources, an operator's hand, the system itself.
_ONE_BY_ONE: t.Final = """
DO $trial$
DECLARE place tid; state text; name text; field text;
BEGIN
  FOR place IN SELECT ctid FROM {loose} LOOP
    BEGIN
      INSERT INTO {strict} ({columns}) SELECT {columns} FROM {loose} WHERE ctid = place;
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, name = CONSTRAINT_NAME, field = COLUMN_NAME;
      IF left(state, 2) IN ('40', '53', '57', '58', 'XX') THEN RAISE; END IF;
      INSERT INTO {refused} VALUES (place, state, coalesce(nullif(name, ''), nullif(field, ''), ''));
    END;
  END LOOP;
END
$trial$"""
_OPERATORS: t.Final = """
SELECT format('OPERATOR(%%I.%%s)', n.nspname, o.oprname)
FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conpfeqop) WITH ORDINALITY AS k(operator, number)
JOIN pg_operator o ON o.oid = k.operator JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE c.conrelid = %s::regclass AND c.conname = %s ORDER BY k.number"""


@dataclass(frozen=True)
class Refusal:
    """Rows that the target refuses for one reason: a constraint, index or column by name, and the code of the error."""

    name: str
    state: str
    count: int
    keys: tuple[tuple[str | None, ...], ...]
    """Of some of the rows, as text."""


@dataclass(frozen=True)
class Copy:
    """The temporary tables of one table: its rows as they come, its definition, and what it refused."""

    schema: str
    table: Table
    columns: tuple[str, ...]
    """Those that rows bring."""
    number: int
    keys: tuple[str, ...]
    """Expressions of the target that name a row."""

    @property
    def loose(self) -> str:
        """The rows."""
        return f"pg_temp.loose_{self.number}"

    @property
    def strict(self) -> str:
        """The definition."""
        return f"pg_temp.strict_{self.number}"

    @property
    def refused(self) -> str:
        """The places of rows that were refused."""
        return f"pg_temp.refused_{self.number}"

    # --- making -----------------------------------------------------------------------------------

    def make(self, connection: Connection[Row], columns: Sequence[str], indexes: Sequence[Index]) -> None:
        """The tables; `columns`: name and type of each that rows bring, `indexes`: those to try."""
        query(connection, f"CREATE TEMPORARY TABLE loose_{self.number} ({', '.join(columns)})")
        query(connection, f"CREATE TEMPORARY TABLE refused_{self.number} (place tid, state text, name text)")
        like = f"{qualified(self.schema, self.table.name)} INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE"
        query(connection, f"CREATE TEMPORARY TABLE strict_{self.number} (LIKE {like} INCLUDING COMPRESSION)")
        for column in self.table.columns:
            if column.name not in self.columns and not column.generated and not column.nullable:
                alter = f"ALTER TABLE {self.strict} ALTER COLUMN {identifier(column.name)}"
                query(connection, f"{alter} DROP NOT NULL")
        for index in indexes:
            query(connection, self._definition(index))

    def _definition(self, index: Index) -> str:
        if index.exclusion is not None:
            return f"ALTER TABLE {self.strict} ADD CONSTRAINT {identifier(index.name)} {index.exclusion}"
        # As the server prints it: names in quotes where they need them.
        name, schema, table = (
            f"(?:{re.escape(identifier(one))}|{re.escape(one)})"
            for one in (index.name, self.schema, self.table.name)
        )
        head = rf"(CREATE (?:UNIQUE )?INDEX {name} ON )(?:ONLY )?{schema}\.{table}( USING .*)"
        found = re.fullmatch(head, str(index.definition), re.DOTALL)
        if found is None:
            raise ValueError(f"the definition of the index {index.name}: {index.definition}")
        return f"{found[1]}{self.strict}{found[2]}"

    # --- trying -----------------------------------------------------------------------------------

    def try_rows(self, connection: Connection[Row]) -> list[Refusal]:
        """Put the rows into the definition, all at once or, where one is refused, one by one."""
        columns = ", ".join(map(identifier, self.columns))
        names = {"loose": self.loose, "strict": self.strict, "refused": self.refused, "columns": columns}
        sql = _ONE_BY_ONE
        for name, value in names.items():
            sql = sql.replace(f"{{{name}}}", value)
        whole = f"INSERT INTO {self.strict} ({columns}) SELECT {columns} FROM {self.loose}"
        query(
            connection,
            f"DO $whole$ BEGIN {whole}; EXCEPTION WHEN OTHERS THEN "
            f"IF left(SQLSTATE, 2) IN ('40', '53', '57', '58', 'XX') THEN RAISE; END IF; "
            f"INSERT INTO {self.refused} VALUES (NULL, 'one', ''); END $whole$",
        )
        if not query(connection, f"DELETE FROM {self.refused} RETURNING 1"):
            return []
        query(connection, sql)
        found = query(
            connection, f"SELECT name, state, count(*) FROM {self.refused} GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return [
            Refusal(name, state, count, self._keys(connection, name, state)) for name, state, count in found
        ]

    def _keys(self, connection: Connection[Row], name: str, state: str) -> tuple[tuple[str | None, ...], ...]:
        if not self.keys:
            return ()
        rows = query(
            connection,
            f"SELECT {', '.join(self.keys)} FROM {self.loose} l JOIN {self.refused} r ON l.ctid = r.place "
            f"WHERE r.name = {literal(name)} AND r.state = {literal(state)} LIMIT {_EXAMPLES}",
        )
        return tuple(tuple(row) for row in rows)

    def without(self, connection: Connection[Row], condition: str, name: str) -> list[Refusal]:
        """The rows for which `condition` is false."""
        return self._counted(connection, f"NOT ({condition})", name, "23514")

    def lost(self, connection: Connection[Row], key: ForeignKey, parent: Copy | None) -> list[Refusal]:
        """The rows whose key refers to none: of the rows of `parent`, or of the target's own table."""
        operators = [
            str(row[0])
            for row in query(connection, _OPERATORS, (qualified(self.schema, self.table.name), key.name))
        ]
        above = parent.loose if parent is not None else self._standing(connection, key)
        equal = " AND ".join(
            f"p.{identifier(up)} {operator} l.{identifier(down)}"
            for down, up, operator in zip(key.columns, key.ref_columns, operators, strict=True)
        )
        present = " AND ".join(f"l.{identifier(name)} IS NOT NULL" for name in key.columns)
        lost = f"{present} AND NOT EXISTS (SELECT FROM {above} p WHERE {equal})"
        return self._counted(connection, lost, key.name, "23503")

    def _standing(self, connection: Connection[Row], key: ForeignKey) -> str:
        """The table of the target that a key refers to, as it stands."""
        schema, name, whole = query(
            connection,
            "SELECT n.nspname, c.relname, c.relkind = 'p' FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.conrelid = %s::regclass AND k.conname = %s",
            (qualified(self.schema, self.table.name), key.name),
        )[0]
        return named(schema, name, whole)

    def _counted(self, connection: Connection[Row], condition: str, name: str, state: str) -> list[Refusal]:
        count = query(connection, f"SELECT count(*) FROM {self.loose} l WHERE {condition}")[0][0]
        if not count:
            return []
        keys = ", ".join(self.keys) or "NULL"
        rows = query(connection, f"SELECT {keys} FROM {self.loose} l WHERE {condition} LIMIT {_EXAMPLES}")
        return [Refusal(name, state, count, tuple(tuple(row) for row in rows) if self.keys else ())]


__all__ = ("Copy", "Refusal")
