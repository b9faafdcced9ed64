# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the target held before the load: its seed rows and its sequences, kept beside the ledger.

filled     one row per table that the load fills. A `seed` table may hold previous rows: until `kept`
           names the table of the ledger's schema where they are, they are still in their place
sequence   one row per sequence of the schema, and per sequence elsewhere that the load sets: where it stood

A reset needs nothing else: neither the plan nor the snapshot.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import TargetNotReady
from . import session_path
from .connection import query, transaction
from .quoting import identifier, literal, qualified
from .relation import named

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .ledger import Ledger

TABLES: t.Final = (
    "CREATE TABLE {schema}.filled (schema_name text, table_name text, seed boolean NOT NULL, kept text, "
    "PRIMARY KEY (schema_name, table_name))",
    "CREATE TABLE {schema}.sequence (name text PRIMARY KEY, last_value bigint NOT NULL, "
    "is_called boolean NOT NULL)",
)

_SEQUENCES: t.Final = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname = %s OR c.oid = ANY(%s::text[]::regclass[]))
  AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
                                 AND has_sequence_privilege(c.oid, 'UPDATE') ELSE false END
ORDER BY 1, 2"""  # CASE, since the planner may ask the function first, and it fails on anything but a sequence

_COLUMNS: t.Final = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""


@dataclass(frozen=True)
class Filled:
    """A table that the load fills, and where its previous rows are."""

    ledger: str
    """The ledger's schema."""
    schema: str
    table: str
    seed: bool = False
    kept: str | None = None
    partitioned: bool = False

    @property
    def name(self) -> str:
        """For SQL that writes rows into it or asks for its oid."""
        return qualified(self.schema, self.table)

    @property
    def rows(self) -> str:
        """For SQL that reads or empties it."""
        return named(self.schema, self.table, self.partitioned)

    @property
    def copy(self) -> str:
        """The kept rows, for SQL."""
        if self.kept is None:
            raise AssertionError(f"no rows of {self.table} were kept")
        return qualified(self.ledger, self.kept)


def note(
    book: Ledger,
    schema: str,
    tables: Sequence[str],
    seeds: Sequence[str],
    sequences: Sequence[str],
) -> None:
    """Enter the tables of a load that begins, and where all sequences stand; in the ledger's own transaction.

    `sequences`: those that the load sets in other schemas, for SQL; all of `schema` are entered anyway.
    """
    for statement in TABLES:
        query(book.connection, statement.format(schema=book.schema))
    query(
        book.connection,
        f"INSERT INTO {book.schema}.filled (schema_name, table_name, seed) "
        "SELECT %s, name, name = ANY(%s) FROM unnest(%s::text[]) AS name",
        (schema, list(seeds), list(tables)),
    )
    for row in query(book.connection, _SEQUENCES, (schema, list(sequences))):
        name = qualified(row[0], row[1])
        query(
            book.connection,
            f"INSERT INTO {book.schema}.sequence SELECT {literal(name)}, last_value, is_called FROM {name}",
        )


def keep_and_empty(book: Ledger, schema: str, tables: Sequence[str]) -> None:
    """Move the rows of `tables` into the ledger's schema, all in one transaction; once, however often called."""
    with transaction(book.connection):
        todo = [one for one in filled(book) if one.schema == schema and one.table in set(tables)]
        todo = [one for one in todo if one.kept is None]
        for number, one in enumerate(todo):
            kept = f"seed_{number:04d}"
            query(book.connection, f"CREATE TABLE {qualified(book.schema, kept)} AS SELECT * FROM {one.rows}")
            query(
                book.connection,
                f"UPDATE {book.schema}.filled SET kept = %s WHERE schema_name = %s AND table_name = %s",
                (kept, one.schema, one.table),
            )
        if todo:
            query(book.connection, f"TRUNCATE {', '.join(one.rows for one in todo)}")


def filled(book: Ledger) -> list[Filled]:
    """All tables that the load fills."""
    found = query(
        book.connection,
        "SELECT f.schema_name, f.table_name, f.seed, f.kept, coalesce(c.relkind = 'p', false) "
        f"FROM {book.schema}.filled f LEFT JOIN pg_namespace n ON n.nspname = f.schema_name "
        "LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = f.table_name ORDER BY 1, 2",
    )
    return [Filled(book.schema, *row) for row in found]


def kept_rows(book: Ledger, tables: Sequence[Filled]) -> int:
    """How many rows are kept."""
    counts = [
        query(book.connection, f"SELECT count(*) FROM {one.copy}")[0][0]
        for one in tables
        if one.kept is not None
    ]
    return sum(int(count) for count in counts)


def put_back(book: Ledger, one: Filled) -> None:
    """Empty a table and give it its previous rows, in one transaction."""
    if one.seed and one.kept is None:
        return  # the load did not come so far: they are there
    with transaction(book.connection):
        query(book.connection, f"TRUNCATE {one.rows}")
        if one.kept is not None:
            columns = [identifier(row[0]) for row in query(book.connection, _COLUMNS, (one.name,))]
            listed = ", ".join(columns)
            session_path.as_the_application(book.connection, one.schema)
            query(
                book.connection,
                f"INSERT INTO {one.name} ({listed}) OVERRIDING SYSTEM VALUE SELECT {listed} FROM {one.copy}",
            )
            back, kept = (
                query(book.connection, f"SELECT count(*) FROM {rows}")[0][0] for rows in (one.rows, one.copy)
            )
            if back != kept:
                raise TargetNotReady(
                    f"Of the {kept} rows that {one.table} held before the load only {back} came back: something on "
                    "the table, as a rule or a trigger that was added since, keeps rows out. Nothing of this table "
                    "was changed. Take it away and run the reset again."
                )


def put_back_sequences(book: Ledger) -> int:
    """Set every sequence to where it stood; gives how many were elsewhere."""
    count = 0
    for name, last_value, is_called in query(
        book.connection, f"SELECT * FROM {book.schema}.sequence ORDER BY name"
    ):
        now = query(book.connection, f"SELECT last_value, is_called FROM {name}")[0]
        if now != (last_value, is_called):
            query(book.connection, "SELECT setval(%s::regclass, %s, %s)", (name, last_value, is_called))
            count += 1
    return count


__all__ = ("Filled", "filled", "keep_and_empty", "kept_rows", "note", "put_back", "put_back_sequences")
