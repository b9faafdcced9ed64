# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The snapshot's rows as a temporary table of the target, to compare with when the source cannot be asked."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._drivers import psycopg
from .._postgresql import bare
from .._postgresql.connection import query, translate
from .._postgresql.copy import copy_in, statement
from .._postgresql.relation import own_rows
from .._run import chunks
from . import sums
from .sides import TargetSide

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._postgresql.connection import Row
    from .._run.directory import RunDirectory
    from .._run.manifest import Manifest
    from .._transform.plan import DatabasePlan, TablePlan
    from .differences import Comparison, Difference

_COPY: t.Final = "convergence_copy"
_RELATION: t.Final = f"pg_temp.{_COPY}"


def find_in_snapshot(
    run: RunDirectory,
    comparison: Comparison,
    connection: Connection[Row],
    manifest: Manifest,
    table: TablePlan,
) -> list[Difference]:
    """The differences of one table against its chunks; generated columns are in no chunk and left out.

    Raises DamagedSnapshot: a chunk is not what was written; raises ServerError: no temporary table allowed.
    """
    plan = comparison.plan
    copied = {column.target.name for column in table.copied}
    reduced = replace(table, columns=table.copied, key=table.key if copied.issuperset(table.key) else ())
    own = own_rows(plan.schema, table.target)
    try:
        _load(run, connection, plan, manifest, table)
        sides = replace(
            comparison,
            source=TargetSide(connection, lambda other: _RELATION),
            target=TargetSide(connection, lambda other: own),
        )
        left = sums.target_sums(connection, _RELATION, reduced, None)
        right = sums.target_sums(connection, own, reduced, None)
        return sides.find(reduced, left, right)
    finally:
        if not connection.closed:
            query(connection, f"DROP TABLE IF EXISTS {_RELATION}")


def _load(
    run: RunDirectory, connection: Connection[Row], plan: DatabasePlan, manifest: Manifest, table: TablePlan
) -> None:
    """Make and fill the temporary table."""
    snapshot = manifest.tables[table.name]
    columns = bare.columns(
        connection, plan.schema, table.name, [column.target.name for column in table.copied]
    )
    query(connection, f"CREATE TEMPORARY TABLE {_COPY} ({', '.join(columns)})")
    sql = statement(_RELATION, snapshot.columns, snapshot.format)
    folder = run.database(manifest.database)
    try:
        for chunk in snapshot.chunks:
            chunks.check(folder / chunk.file, chunk.sha256, chunk.file_bytes)
            copy_in(connection, sql, chunks.blocks(folder / chunk.file, chunk.sha256))
    except psycopg.Error as error:
        raise translate(error) from error


__all__ = ("find_in_snapshot",)
