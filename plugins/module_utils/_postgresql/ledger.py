# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The ledger: what a load did, kept in the target itself, in a schema of its own.

run      one row: whose load this is and how far it came
chunk    one row per loaded chunk, written in the chunk's own transaction: exactly once, whatever dies when
object   one row per index, key, trigger or rule that was taken off, with the statements that put it back;
         written in the transaction of the drop, struck off in the transaction of the rebuild
step     one row per statement that the rules have done after the load, written in the statement's own transaction
filled, sequence, seed_…
         what a reset puts back, see `before`

A database that several databases of the source move into has one for each of these moves, see `Ledger`.
The schema stays until the clean-up: it is the proof that a load is whole.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .._errors import AlreadyRunning
from .connection import Row, query, transaction

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

SCHEMA: t.Final = "convergence"
State = t.Literal["emptied", "loaded", "rebuilt", "complete", "resetting"]

_TABLES: t.Final = (
    "CREATE SCHEMA {schema}",
    "CREATE TABLE {schema}.run (run_id text PRIMARY KEY, plan text NOT NULL, "
    "begun timestamptz NOT NULL DEFAULT now(), state text NOT NULL, state_since xid8)",
    "CREATE TABLE {schema}.chunk (table_name text, number integer, sha256 text NOT NULL, "
    "rows bigint NOT NULL, loaded timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (table_name, number))",
    "CREATE TABLE {schema}.object (kind text, table_name text, name text, position integer NOT NULL, "
    "restore text[] NOT NULL, state text NOT NULL DEFAULT 'off', PRIMARY KEY (kind, table_name, name))",
    "CREATE TABLE {schema}.step (number integer PRIMARY KEY, rows bigint, "
    "done timestamptz NOT NULL DEFAULT now())",
)
# One number for every database of a cluster would serialise loads of different databases: advisory locks
# are per database already.
_LOCK: t.Final = 0x616C6B636F6E76
_LOCK_SECONDS: t.Final = 5.0

_LEDGERS: t.Final = f"""
SELECT n.nspname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
WHERE c.relname = 'run' AND c.relkind = 'r' AND n.nspname ~ '^{SCHEMA}(_[0-9]+)?$'
ORDER BY length(n.nspname), n.nspname"""


@dataclass(frozen=True)
class Ledger:
    """Where the ledger of one move is kept.

    Several moves into one database have a schema each, so that none knows of another's chunks, keys or rows; the
    first bears the name that the only one has. All of them are made in one transaction and dropped in one.
    """

    connection: Connection[Row] = field(repr=False)
    schema: str = SCHEMA


@dataclass(frozen=True)
class Entry:
    """Whose load a database holds, and how far it came."""

    run_id: str
    plan: str
    """Fingerprint of the plan it was made by."""
    state: State


@dataclass(frozen=True)
class TakenOff:
    """One object that has to come back; `restore` are the statements, in order."""

    kind: t.Literal["foreign key", "index", "trigger", "rule"]
    table: str
    name: str
    position: int
    restore: list[str]
    state: str = "off"

    def __str__(self) -> str:
        return f"the {self.kind} {self.name} of {self.table}"


def lock(connection: Connection[Row], database: str) -> None:
    """Hold the target database for this session, once the server has noticed the end of a killed run.

    Raises AlreadyRunning: another session loads it.
    """
    patience = time.monotonic() + _LOCK_SECONDS
    while not query(connection, "SELECT pg_try_advisory_lock(%s)", (_LOCK,))[0][0]:
        if time.monotonic() > patience:
            raise AlreadyRunning(
                f"Another run works on the target database {database}. Wait for it to end; a run that died lets go "
                "as soon as the server notices (see pg_stat_activity, application_name 'convergence: …')."
            )
        time.sleep(0.1)


def of(connection: Connection[Row], number: int | None) -> Ledger:
    """The ledger of a move; `number`: which of several into this database it is, `None` for the only one."""
    return Ledger(connection, f"{SCHEMA}_{number + 1}" if number else SCHEMA)


def find(connection: Connection[Row]) -> list[tuple[Ledger, Entry]]:
    """All ledgers of the database, whosever they are."""
    found = []
    for row in query(connection, _LEDGERS):
        book = Ledger(connection, row[0])
        entries = query(connection, f"SELECT run_id, plan, state FROM {book.schema}.run")
        found += [(book, Entry(*entry)) for entry in entries[:1]]
    return found


def of_run(connection: Connection[Row], run_id: str | None) -> list[Entry]:
    """How far each move of a run into the database came; empty without a ledger of it."""
    return [entry for _book, entry in find(connection) if entry.run_id == run_id]


def read(book: Ledger) -> Entry | None:
    """The move's ledger; `None` without one."""
    return next((entry for other, entry in find(book.connection) if other.schema == book.schema), None)


def create(book: Ledger, run_id: str, plan: str) -> None:
    """Make the ledger; the caller's transaction decides when it is there."""
    for statement in _TABLES:
        query(book.connection, statement.format(schema=book.schema))
    query(
        book.connection,
        f"INSERT INTO {book.schema}.run (run_id, plan, state) VALUES (%s, %s, 'emptied')",
        (run_id, plan),
    )


def set_state(book: Ledger, value: State) -> None:
    """Note how far the load came, flushed to the disk with everything committed before."""
    with transaction(book.connection):
        query(book.connection, "SET LOCAL synchronous_commit = on")
        query(
            book.connection,
            f"UPDATE {book.schema}.run SET state = %s, state_since = pg_current_xact_id()",
            (value,),
        )


def rows_since_load(book: Ledger, relation: str) -> int:
    """Rows that a transaction wrote after the load was complete (deleted ones leave no trace).

    `relation`: as `own_rows` names it.
    """
    since = f"(SELECT age(state_since::xid) FROM {book.schema}.run WHERE state = 'complete')"
    return int(query(book.connection, f"SELECT count(*) FROM {relation} WHERE age(xmin) < {since}")[0][0])


def relax(connection: Connection[Row]) -> None:
    """Do not wait for the disk at each commit of this session.

    Losing the last commits in a crash is harmless: each piece of work and its ledger row are one
    transaction, lost or kept together, and `set_state` flushes all of them.
    """
    query(connection, "SET synchronous_commit = off")


def loaded_rows(book: Ledger) -> int:
    """Rows of all chunks in the ledger."""
    return int(query(book.connection, f"SELECT coalesce(sum(rows), 0) FROM {book.schema}.chunk")[0][0])


def loaded_rows_by_table(book: Ledger) -> dict[str, int]:
    """The same for each table that has chunks."""
    found = query(
        book.connection, f"SELECT table_name, sum(rows) FROM {book.schema}.chunk GROUP BY table_name"
    )
    return {str(row[0]): int(row[1]) for row in found}


def drop(books: Sequence[Ledger]) -> None:
    """Away with the ledgers of one database and all they keep, together, flushed to the disk."""
    connection = books[0].connection
    with transaction(connection):
        query(connection, "SET LOCAL synchronous_commit = on")
        query(connection, "SET LOCAL client_min_messages = warning")
        query(connection, f"DROP SCHEMA {', '.join(book.schema for book in books)} CASCADE")


def claim_chunk(book: Ledger, table: str, number: int, sha256: str, rows: int) -> bool:
    """Enter a chunk, first in its transaction; `False` when it was loaded before.

    Where a commit of the same chunk is in doubt, the unique key lets this wait for its outcome.
    """
    return bool(
        query(
            book.connection,
            f"INSERT INTO {book.schema}.chunk (table_name, number, sha256, rows) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING RETURNING 1",
            (table, number, sha256, rows),
        )
    )


def claim_step(book: Ledger, number: int) -> bool:
    """Enter a step after the load, first in its transaction; `False` when it was done before.

    A session that outlives a killed run may be at it still: the unique key lets this wait for its outcome.
    """
    return bool(
        query(
            book.connection,
            f"INSERT INTO {book.schema}.step (number) VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1",
            (number,),
        )
    )


def count_step(book: Ledger, number: int, rows: int) -> None:
    """How many rows a step was about, in its transaction."""
    query(book.connection, f"UPDATE {book.schema}.step SET rows = %s WHERE number = %s", (rows, number))


def steps(book: Ledger) -> dict[int, int | None]:
    """The steps that are done, and of each the number of its rows."""
    return {row[0]: row[1] for row in query(book.connection, f"SELECT number, rows FROM {book.schema}.step")}


def loaded_chunks(book: Ledger) -> dict[tuple[str, int], tuple[str, int]]:
    """(table, number) -> (sha256, rows) of every chunk in the ledger."""
    found = query(book.connection, f"SELECT table_name, number, sha256, rows FROM {book.schema}.chunk")
    return {(row[0], row[1]): (row[2], row[3]) for row in found}


def remember(book: Ledger, objects: t.Iterable[TakenOff]) -> None:
    """Keep the definitions of what is about to be dropped, in the same transaction.

    An object that is remembered already, since it was half back, keeps its first definition: the true one.
    """
    for one in objects:
        query(
            book.connection,
            f"INSERT INTO {book.schema}.object (kind, table_name, name, position, restore) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (kind, table_name, name) DO UPDATE SET state = 'off'",
            (one.kind, one.table, one.name, one.position, one.restore),
        )


def taken_off(book: Ledger, kind: str) -> list[TakenOff]:
    """What is still off, in the order it has to come back."""
    found = query(
        book.connection,
        f"SELECT kind, table_name, name, position, restore, state FROM {book.schema}.object "
        "WHERE kind = %s ORDER BY table_name, position",
        (kind,),
    )
    return [TakenOff(*row) for row in found]


def half_done(book: Ledger, one: TakenOff, value: str) -> None:
    """Note a step of a rebuild that takes more than one transaction."""
    query(
        book.connection,
        f"UPDATE {book.schema}.object SET state = %s WHERE kind = %s AND table_name = %s AND name = %s",
        (value, one.kind, one.table, one.name),
    )


def strike_off(book: Ledger, one: TakenOff) -> bool:
    """Claim an object, first in the transaction that puts it back; `False` when it is back already.

    A session that outlives a killed run may be at it still: the row lets this wait for its outcome.
    """
    return bool(
        query(
            book.connection,
            f"DELETE FROM {book.schema}.object WHERE kind = %s AND table_name = %s AND name = %s RETURNING 1",
            (one.kind, one.table, one.name),
        )
    )


__all__ = (
    "SCHEMA",
    "Entry",
    "Ledger",
    "TakenOff",
    "claim_chunk",
    "claim_step",
    "count_step",
    "create",
    "drop",
    "find",
    "half_done",
    "loaded_chunks",
    "loaded_rows",
    "loaded_rows_by_table",
    "lock",
    "of",
    "of_run",
    "read",
    "relax",
    "remember",
    "rows_since_load",
    "set_state",
    "steps",
    "strike_off",
    "taken_off",
)
