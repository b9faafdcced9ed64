# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What has been written to the target's tables since the load ended: what a way back would lose.

The target's own row versions tell: rows that a later transaction wrote (added or changed), and loaded rows that are
there no more as they were loaded (changed or deleted).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._errors import TargetNotReady
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._postgresql.connection import query
from .._postgresql.relation import own_rows
from .._snapshot.layout import RunDirectory
from .transform import catalogs, load_transform

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._logins import PostgreSQLLogin
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan


@dataclass(frozen=True)
class Change:
    """One table that was written to. Rows: I(written) by later transactions, I(gone) of those loaded."""

    database: str
    table: str
    written: int
    gone: int

    def __str__(self) -> str:
        return f"{self.database}.{self.table}: {self.written} rows added or changed, {self.gone} changed or deleted"


@dataclass(frozen=True)
class ChangesOutcome:
    """All tables that were written to."""

    changes: tuple[Change, ...]

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": False,
            "tables": [vars(change) for change in self.changes],
            "written": sum(change.written for change in self.changes),
            "gone": sum(change.gone for change in self.changes),
            "texts": [str(change) for change in self.changes],
        }


def changes(login: PostgreSQLLogin, run_directory: str) -> ChangesOutcome:
    """Count what was written since the load.

    @raise TargetNotReady: no complete load of this run is on the target; @raise InputError: no usable plan.
    """
    run = RunDirectory(run_directory)
    run.check()
    found: list[Change] = []
    login = replace(login, server=catalogs(run)[1].server["identity"])
    for database in load_transform(run).databases:
        connection = postgresql.connect(login, database.target, "changes")
        try:
            found += _of_database(connection, database, run.run_id())
        finally:
            connection.close()
    return ChangesOutcome(tuple(found))


def _of_database(connection: Connection[Row], plan: DatabasePlan, run_id: str) -> list[Change]:
    owner = ledger.owner(connection)
    if owner is None or owner[0] != run_id or owner[2] != "complete":
        raise TargetNotReady(
            f"The target database {plan.target} holds no complete load of this run, so nobody can say what was written "
            "since. After a clean-up its ledger is gone: compare with the backup instead."
        )
    return [counted.change for counted in count(connection, plan) if counted.written or counted.gone]


@dataclass(frozen=True)
class Counted:
    """One table of the plan, written to or not."""

    change: Change
    rows: int
    """All that are there now."""

    @property
    def written(self) -> int:
        return self.change.written

    @property
    def gone(self) -> int:
        return self.change.gone


def count(connection: Connection[Row], plan: DatabasePlan) -> list[Counted]:
    """Every table of a database whose ledger is complete."""
    loaded = ledger.loaded_rows_by_table(connection)
    found = []
    for table in plan.tables:
        relation = own_rows(plan.schema, table.target)
        rows = int(query(connection, f"SELECT count(*) FROM {relation}")[0][0])
        written = ledger.rows_since_load(connection, relation)
        gone = loaded.get(table.name, 0) - (rows - written)
        found.append(Counted(Change(plan.name, table.name, written, gone), rows))
    return found


__all__ = ("Change", "ChangesOutcome", "Counted", "changes", "count")
