# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The load without its rows, in transactions that are rolled back: what forbids it is known before it begins."""

from __future__ import annotations

import typing as t

from .. import _waits
from .._bound import schema
from .._errors import ConvergenceError, TargetNotReady
from .._postgresql import catalog as postgresql_catalog
from .._postgresql import connection as postgresql
from .._postgresql import ledger, rebuild

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from .._catalog import Database, Table
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan

_GROUP = 200
"""Tables of one transaction: each lock takes room in a table of the server's that all sessions share."""


def rehearse(connection: Connection[Row], plan: DatabasePlan, inspected: Database) -> None:
    """Make the ledger, take everything off, empty the tables, put everything back, and look whether it is as it was.

    Raises TargetNotReady: a step fails, or leaves another schema behind; nothing was changed;
    raises ServerError: the server or the way to it does, which says nothing of the load.
    """
    tables = [table.target for table in plan.tables]
    try:
        with postgresql.transaction(connection, undo=True):
            ledger.create(ledger.of(connection, plan.move), "rehearsal", "rehearsal")
        for start in range(0, len(tables), _GROUP):
            _group(connection, plan, inspected, tables[start : start + _GROUP])
    except ConvergenceError as error:
        if postgresql.broke_off(error.__cause__) or _waits.gave_up(connection):
            raise
        raise TargetNotReady(
            f"The load of {plan.target} was rehearsed without its rows, in a transaction that was rolled back, "
            f"and cannot be done: {str(error).rstrip('.')}. Nothing was changed.{_event_triggers(inspected)}",
            **error.details,
        ) from error


def _group(
    connection: Connection[Row], plan: DatabasePlan, inspected: Database, tables: Sequence[Table]
) -> None:
    names = [table.name for table in tables]

    def look() -> None:
        # All of the schema, as it was inspected: who refers to a table is told where it is not read as well.
        found = postgresql_catalog.read_tables(connection, plan.schema, list(inspected.tables))
        schema.refuse(
            "something would not come back as it is",
            schema.of_tables(inspected.tables, found, names),
            "Take it off by hand for the time of the migration, and report it to the makers of this collection",
        )

    rebuild.rehearse(connection, plan.schema, tables, look)


def _event_triggers(inspected: Database) -> str:
    found = [name for kind, name in inspected.others if kind == "event trigger"]
    if not found:
        return ""
    return (
        f" The database has event triggers, which may have forbidden it: {', '.join(found)}. Whoever owns one can say "
        "ALTER EVENT TRIGGER … DISABLE for the time of the migration."
    )


__all__ = ("rehearse",)
