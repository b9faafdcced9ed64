# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One chunk into its table: a byte pump between a proved file and COPY, in one transaction."""

from __future__ import annotations

import re
import typing as t

from .._drivers import psycopg
from .._errors import DamagedSnapshot, ServerError
from .._postgresql import ledger, session_path
from .._postgresql.connection import translate
from .._postgresql.copy import copy_in, statement
from .._postgresql.quoting import qualified
from .._run import chunks

if t.TYPE_CHECKING:
    from pathlib import Path

    from .._postgresql.ledger import Ledger
    from .._run.encryption import Key
    from .._run.manifest import Chunk, TableSnapshot

_NOT_THE_ROW: t.Final = {"08", "40", "53", "55", "57", "58"}
"""Classes of errors: connection, serialization, resources, locks, an operator's hand, the system."""
_PLACE: t.Final = re.compile(r"COPY .*, line (\d+)(?:, column ([^:\s]+))?")


def copy_statement(schema: str, table: TableSnapshot) -> str:
    """The COPY that reads the table's chunks."""
    return statement(qualified(schema, table.name), table.columns, table.format)


def load_chunk(
    book: Ledger,
    schema: str,
    table: TableSnapshot,
    chunk: Chunk,
    path: Path,
    key: Key | None = None,
) -> bool:
    """Load one chunk once; `False` when the ledger already had it.

    The file was proved before the load began and is once more while it is sent; the ledger row, the rows and
    their count are one transaction.

    Raises DamagedSnapshot: the file is not what was written; raises ServerError: the target refused a row.
    """
    connection = book.connection
    try:
        with connection.transaction():
            if not ledger.claim_chunk(book, table.name, chunk.number, chunk.sha256, chunk.rows):
                return False
            session_path.as_the_application(connection, schema)
            rows = copy_in(connection, copy_statement(schema, table), chunks.blocks(path, chunk.sha256, key))
            if rows != chunk.rows:
                raise DamagedSnapshot(
                    f"{path} gave {rows} rows, its manifest says {chunk.rows}. Dump again with migration_restart=true."
                )
    except psycopg.Error as error:
        raise _copy_error(table.name, path, error) from error
    return True


def _copy_error(table: str, path: Path, error: psycopg.Error) -> ServerError:
    """Where the target refused a row: table, chunk, line and column, never the value."""
    if error.sqlstate is None or error.sqlstate[:2] in _NOT_THE_ROW:
        return ServerError(
            f"Loading {table}, {path.name}, was interrupted and nothing of this chunk was kept. {translate(error)}"
        )
    place = _PLACE.search(error.diag.context or "")
    where = f", row {place.group(1)} of {path.name}" if place else f", {path.name}"
    if place and place.group(2):
        where += f", column {place.group(2)}"
    reason = str(translate(error))
    return ServerError(
        f"The target refused a row of {table}{where}: {reason}. Nothing of this chunk was kept. "
        "Correct the cause and run the same command again."
    )


__all__ = ("copy_statement", "load_chunk")
