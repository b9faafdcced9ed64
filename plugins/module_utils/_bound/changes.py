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
from dataclasses import dataclass

from .._errors import TargetNotReady
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._postgresql.connection import query
from .._postgresql.relation import named, own_rows
from .._run.directory import RunDirectory
from .bound import Bound

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._logins import PostgreSQLLogin
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan

_COUNTABLE: t.Final = 2_000_000_000
"""Transactions after the load. Row versions know 2³¹ of them; older ones would look like later ones."""

_OTHERS: t.Final = """
SELECT c.relname, c.relkind = 'p' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT c.relname = ANY(%s)
  AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"""


@dataclass(frozen=True)
class Change:
    """One table that was written to. Rows: `written` by later transactions, `gone` of those loaded."""

    database: str
    table: str
    written: int
    gone: int

    def __str__(self) -> str:
        return f"{self.database}.{self.table}: {self.written} rows added or changed, {self.gone} changed or deleted"


@dataclass(frozen=True)
class ChangesOutcome:
    """All tables that were written to, and those beside the plan where rows were."""

    changes: tuple[Change, ...]
    others: tuple[str, ...] = ()
    """Rows of tables that the plan does not move, in sentences: the source has no place for them."""

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": False,
            "tables": [vars(change) for change in self.changes],
            "written": sum(change.written for change in self.changes),
            "gone": sum(change.gone for change in self.changes),
            "texts": [str(change) for change in self.changes],
            "not_counted": list(self.others),
        }


@dataclass(frozen=True)
class Counted:
    """One table of the plan, written to or not."""

    change: Change
    rows: int
    """All that are there now."""


def changes(login: PostgreSQLLogin, run_directory: str) -> ChangesOutcome:
    """Count what was written since the load.

    Raises TargetNotReady: no complete load of this run is on the target, or it was too long ago;
    raises InputError: no usable plan.
    """
    run = RunDirectory(run_directory)
    run.check()
    found: list[Change] = []
    others: list[str] = []
    bound = Bound(run)
    for database in bound.databases:
        connection = postgresql.connect(bound.on_target(login), database.target_name, "changes")
        try:
            _check_ledger(connection, database, run.run_id())
            found += [one.change for one in count(connection, database) if any_of(one.change)]
            others += beside(connection, database)
        finally:
            connection.close()
    return ChangesOutcome(tuple(found), tuple(others))


def any_of(change: Change) -> bool:
    """Whether anything was written."""
    return bool(change.written or change.gone)


def _check_ledger(connection: Connection[Row], plan: DatabasePlan, run_id: str) -> None:
    entry = ledger.read(ledger.of(connection, plan.move))
    if entry is None or entry.run_id != run_id or entry.state != "complete":
        raise TargetNotReady(
            f"The target database {plan.target} holds no complete load of this run, so nobody can say what was "
            "written since. After a clean-up its ledger is gone: compare with the backup instead."
        )


def count(connection: Connection[Row], plan: DatabasePlan) -> list[Counted]:
    """Every table of a database whose ledger is complete; raises TargetNotReady: it was too long ago."""
    since = moment(ledger.of(connection, plan.move), plan.target)
    loaded = ledger.loaded_rows_by_table(ledger.of(connection, plan.move))
    return [
        count_one(
            connection,
            plan.name,
            table.name,
            own_rows(plan.schema, table.target),
            loaded.get(table.name, 0),
            since,
        )
        for table in plan.tables
    ]


def count_one(
    connection: Connection[Row], database: str, table: str, relation: str, loaded: int, since: str
) -> Counted:
    """One table of whose rows `loaded` came with the load; `since` from `moment`."""
    rows = int(query(connection, f"SELECT count(*) FROM {relation}")[0][0])
    written = _written(connection, relation, since)
    return Counted(Change(database, table, written, loaded - (rows - written)), rows)


def moment(book: ledger.Ledger, database: str) -> str:
    """The transaction that ended the load; raises TargetNotReady: row versions do not reach so far back."""
    since, passed = query(
        book.connection,
        "SELECT state_since::text, pg_snapshot_xmax(pg_current_snapshot())::text::numeric - state_since::text::numeric "
        f"FROM {book.schema}.run WHERE state = 'complete'",
    )[0]
    if passed > _COUNTABLE:
        raise TargetNotReady(
            f"{passed} transactions have gone over the server of {database} since the load, more than its row versions "
            "tell apart, so nobody can say what was written since. Compare with the backup instead."
        )
    return str(since)


def _written(connection: Connection[Row], relation: str, since: str) -> int:
    # Without arguments: a name may hold the driver's own sign for one.
    later = f"age(xmin) < age('{int(since)}'::xid8::xid)"
    return int(query(connection, f"SELECT count(*) FROM {relation} WHERE {later}")[0][0])


def beside(connection: Connection[Row], plan: DatabasePlan) -> list[str]:
    """Tables that the plan does not move and that rows were written to since the load.

    Rows deleted there leave no trace, since nobody has counted what was there.
    """
    since = moment(ledger.of(connection, plan.move), plan.target)
    found = []
    moved = [table.name for table in plan.tables]
    for name, partitioned in query(connection, _OTHERS, (plan.schema, moved)):
        written = _written(connection, named(plan.schema, name, partitioned), since)
        if written:
            found.append(f"{plan.name}.{name}, which the plan does not move: {written} rows added or changed")
    return found


__all__ = ("Change", "ChangesOutcome", "Counted", "any_of", "changes", "count", "count_one", "moment")
