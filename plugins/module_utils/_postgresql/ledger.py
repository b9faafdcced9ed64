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

The schema stays until the clean-up: it is the proof that a load is whole.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from .._errors import AlreadyRunning
from .connection import Row, query, transaction

if t.TYPE_CHECKING:
    from psycopg import Connection

SCHEMA: t.Final = "convergence"
State = t.Literal["emptied", "loaded", "rebuilt", "complete", "resetting"]

_TABLES: t.Final = (
    f"CREATE SCHEMA {SCHEMA}",
    f"CREATE TABLE {SCHEMA}.run (run_id text PRIMARY KEY, plan text NOT NULL, "
    "begun timestamptz NOT NULL DEFAULT now(), state text NOT NULL, state_since xid8)",
    f"CREATE TABLE {SCHEMA}.chunk (table_name text, number integer, sha256 text NOT NULL, "
    "rows bigint NOT NULL, loaded timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (table_name, number))",
    f"CREATE TABLE {SCHEMA}.object (kind text, table_name text, name text, position integer NOT NULL, "
    "restore text[] NOT NULL, state text NOT NULL DEFAULT 'off', PRIMARY KEY (kind, table_name, name))",
    f"CREATE TABLE {SCHEMA}.step (number integer PRIMARY KEY, rows bigint, "
    "done timestamptz NOT NULL DEFAULT now())",
)
# One number for every database of a cluster would serialise loads of different databases: advisory locks
# are per database already.
_LOCK: t.Final = 0x616C6B636F6E76
_LOCK_SECONDS: t.Final = 5.0


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


def read(connection: Connection[Row]) -> Entry | None:
    """The database's ledger, whosever it is; `None` without one."""
    if not query(connection, "SELECT to_regclass(%s) IS NOT NULL", (f"{SCHEMA}.run",))[0][0]:
        return None
    found = query(connection, f"SELECT run_id, plan, state FROM {SCHEMA}.run")
    return Entry(*found[0]) if found else None


def create(connection: Connection[Row], run_id: str, plan: str) -> None:
    """Make the ledger; the caller's transaction decides when it is there."""
    for statement in _TABLES:
        query(connection, statement)
    query(
        connection,
        f"INSERT INTO {SCHEMA}.run (run_id, plan, state) VALUES (%s, %s, 'emptied')",
        (run_id, plan),
    )


def set_state(connection: Connection[Row], value: State) -> None:
    """Note how far the load came, flushed to the disk with everything committed before."""
    with transaction(connection):
        query(connection, "SET LOCAL synchronous_commit = on")
        query(connection, f"UPDATE {SCHEMA}.run SET state = %s, state_since = pg_current_xact_id()", (value,))


def rows_since_load(connection: Connection[Row], relation: str) -> int:
    """Rows that a transaction wrote after the load was complete (deleted ones leave no trace).

    `relation`: as `own_rows` names it.
    """
    since = f"(SELECT age(state_since::xid) FROM {SCHEMA}.run WHERE state = 'complete')"
    return int(query(connection, f"SELECT count(*) FROM {relation} WHERE age(xmin) < {since}")[0][0])


def relax(connection: Connection[Row]) -> None:
    """Do not wait for the disk at each commit of this session.

    Losing the last commits in a crash is harmless: each piece of work and its ledger row are one
    transaction, lost or kept together, and `set_state` flushes all of them.
    """
    query(connection, "SET synchronous_commit = off")


def loaded_rows(connection: Connection[Row]) -> int:
    """Rows of all chunks in the ledger."""
    return int(query(connection, f"SELECT coalesce(sum(rows), 0) FROM {SCHEMA}.chunk")[0][0])


def loaded_rows_by_table(connection: Connection[Row]) -> dict[str, int]:
    """The same for each table that has chunks."""
    found = query(connection, f"SELECT table_name, sum(rows) FROM {SCHEMA}.chunk GROUP BY table_name")
    return {str(row[0]): int(row[1]) for row in found}


def drop(connection: Connection[Row]) -> None:
    """Away with the ledger and all it keeps, flushed to the disk."""
    with transaction(connection):
        query(connection, "SET LOCAL synchronous_commit = on")
        query(connection, "SET LOCAL client_min_messages = warning")
        query(connection, f"DROP SCHEMA {SCHEMA} CASCADE")


def claim_chunk(connection: Connection[Row], table: str, number: int, sha256: str, rows: int) -> bool:
    """Enter a chunk, first in its transaction; `False` when it was loaded before.

    Where a commit of the same chunk is in doubt, the unique key lets this wait for its outcome.
    """
    return bool(
        query(
            connection,
            f"INSERT INTO {SCHEMA}.chunk (table_name, number, sha256, rows) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING RETURNING 1",
            (table, number, sha256, rows),
        )
    )


def claim_step(connection: Connection[Row], number: int) -> bool:
    """Enter a step after the load, first in its transaction; `False` when it was done before.

    A session that outlives a killed run may be at it still: the unique key lets this wait for its outcome.
    """
    return bool(
        query(
            connection,
            f"INSERT INTO {SCHEMA}.step (number) VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1",
            (number,),
        )
    )


def count_step(connection: Connection[Row], number: int, rows: int) -> None:
    """How many rows a step was about, in its transaction."""
    query(connection, f"UPDATE {SCHEMA}.step SET rows = %s WHERE number = %s", (rows, number))


def steps(connection: Connection[Row]) -> dict[int, int | None]:
    """The steps that are done, and of each the number of its rows."""
    return {row[0]: row[1] for row in query(connection, f"SELECT number, rows FROM {SCHEMA}.step")}


def loaded_chunks(connection: Connection[Row]) -> dict[tuple[str, int], tuple[str, int]]:
    """(table, number) -> (sha256, rows) of every chunk in the ledger."""
    found = query(connection, f"SELECT table_name, number, sha256, rows FROM {SCHEMA}.chunk")
    return {(row[0], row[1]): (row[2], row[3]) for row in found}


def remember(connection: Connection[Row], objects: t.Iterable[TakenOff]) -> None:
    """Keep the definitions of what is about to be dropped, in the same transaction.

    An object that is remembered already, since it was half back, keeps its first definition: the true one.
    """
    for one in objects:
        query(
            connection,
            f"INSERT INTO {SCHEMA}.object (kind, table_name, name, position, restore) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (kind, table_name, name) DO UPDATE SET state = 'off'",
            (one.kind, one.table, one.name, one.position, one.restore),
        )


def taken_off(connection: Connection[Row], kind: str) -> list[TakenOff]:
    """What is still off, in the order it has to come back."""
    found = query(
        connection,
        f"SELECT kind, table_name, name, position, restore, state FROM {SCHEMA}.object "
        "WHERE kind = %s ORDER BY table_name, position",
        (kind,),
    )
    return [TakenOff(*row) for row in found]


def half_done(connection: Connection[Row], one: TakenOff, value: str) -> None:
    """Note a step of a rebuild that takes more than one transaction."""
    query(
        connection,
        f"UPDATE {SCHEMA}.object SET state = %s WHERE kind = %s AND table_name = %s AND name = %s",
        (value, one.kind, one.table, one.name),
    )


def strike_off(connection: Connection[Row], one: TakenOff) -> bool:
    """Claim an object, first in the transaction that puts it back; `False` when it is back already.

    A session that outlives a killed run may be at it still: the row lets this wait for its outcome.
    """
    return bool(
        query(
            connection,
            f"DELETE FROM {SCHEMA}.object WHERE kind = %s AND table_name = %s AND name = %s RETURNING 1",
            (one.kind, one.table, one.name),
        )
    )


__all__ = (
    "SCHEMA",
    "Entry",
    "TakenOff",
    "claim_chunk",
    "claim_step",
    "count_step",
    "create",
    "drop",
    "half_done",
    "loaded_chunks",
    "loaded_rows",
    "loaded_rows_by_table",
    "lock",
    "read",
    "relax",
    "remember",
    "rows_since_load",
    "set_state",
    "steps",
    "strike_off",
    "taken_off",
)
