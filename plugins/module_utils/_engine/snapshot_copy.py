# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The snapshot's rows as a temporary table of the target, to compare with when the source cannot be asked."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._drivers import psycopg
from .._postgresql.connection import query, translate
from .._postgresql.quoting import identifier, qualified
from .._postgresql.relation import own_rows
from .._snapshot import chunks
from . import sums
from .sides import TargetSide

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._postgresql.connection import Row
    from .._snapshot.layout import RunDirectory
    from .._snapshot.manifest import Manifest
    from .._transform.plan import DatabasePlan, TablePlan
    from .differences import Comparison, Difference

_COPY: t.Final = "convergence_copy"


def find_in_snapshot(
    run: RunDirectory,
    comparison: Comparison,
    connection: Connection[Row],
    manifest: Manifest,
    table: TablePlan,
) -> list[Difference]:
    """The differences of one table against its chunks; generated columns are in no chunk and left out.

    @raise DamagedSnapshot: a chunk is not what was written; @raise ServerError: no temporary table allowed.
    """
    plan = comparison.plan
    reduced = replace(table, columns=table.copied)
    relation = _load(run, connection, plan, manifest, table)
    sides = replace(
        comparison,
        source=TargetSide(connection, lambda other: relation),
        target=TargetSide(connection, lambda other: own_rows(plan.schema, other.target)),
    )
    left = sums.target_sums(connection, relation, reduced, None)
    right = sums.target_sums(connection, own_rows(plan.schema, table.target), reduced, None)
    found = sides.find(reduced, left, right)
    query(connection, f"DROP TABLE {relation}")
    return found


def _load(
    run: RunDirectory, connection: Connection[Row], plan: DatabasePlan, manifest: Manifest, table: TablePlan
) -> str:
    """Make and fill the temporary table; gives its name."""
    snapshot = manifest.tables[table.name]
    relation = f"pg_temp.{_COPY}"
    query(connection, f"CREATE TEMPORARY TABLE {_COPY} (LIKE {qualified(plan.schema, table.name)})")
    columns = ", ".join(identifier(name) for name in snapshot.columns)
    statement = f"COPY {relation} ({columns}) FROM STDIN (FORMAT {snapshot.format})"
    folder = run.database(manifest.database)
    try:
        for chunk in snapshot.chunks:
            chunks.check(folder / chunk.file, chunk.sha256, chunk.file_bytes)
            with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for block in chunks.blocks(folder / chunk.file, chunk.sha256):
                    copy.write(block)
    except psycopg.Error as error:
        raise translate(error) from error
    return relation


__all__ = ("find_in_snapshot",)
