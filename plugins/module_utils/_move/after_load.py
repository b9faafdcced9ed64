# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""After the load: the statements of the rules, then the materialized views they name, each exactly once.

The rows are there, keys and triggers are back, and the proof is still to come: what a statement changes in a value
that was carried is found by it. Each is one transaction with its row of the ledger.
"""

from __future__ import annotations

import re
import typing as t

from .._drivers import psycopg
from .._errors import ServerError, TargetNotReady
from .._postgresql import connection as postgresql
from .._postgresql import ledger, materialized, session_path

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._logins import PostgreSQLLogin
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan

_PLANNED: t.Final = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Statements that the server can look at without doing them."""


def check(connection: Connection[Row], plan: DatabasePlan) -> None:
    """Let the server look at the statements, before anything is loaded.

    Raises TargetNotReady: one that it would refuse: a name, a type or a privilege is not there.
    """
    for number, one in enumerate(plan.after_load, 1):
        if not _PLANNED.match(one.statement):
            continue
        try:
            with connection.transaction(force_rollback=True):
                session_path.as_the_application(connection, plan.schema)
                _one(connection, f"EXPLAIN {one.statement}")
        except psycopg.Error as error:
            raise TargetNotReady(
                f"The target database {plan.target} would refuse statement {number} of after_load: "
                f"{postgresql.translate(error)} Correct the rule, then transform and dump again."
            ) from error


def run(login: PostgreSQLLogin, plan: DatabasePlan) -> list[str]:
    """Do what is not done yet; gives it in words.

    Raises ServerError: a statement failed; nothing of it stays.
    """
    if not plan.steps:
        return []
    done: list[str] = []
    # A session of its own: what a statement sets in it ends with it.
    connection = postgresql.connect(login, plan.target_name, "after the load")
    try:
        for number, one in enumerate(plan.after_load, 1):
            rows = _step(connection, plan, number, lambda sql=one.statement: _one(connection, sql))  # type: ignore[misc]
            if rows is not None:
                done.append(f"{plan.name}: did statement {number} of after_load ({rows} rows)")
        for number, (schema, name) in enumerate(plan.refresh, len(plan.after_load) + 1):
            rows = _step(
                connection,
                plan,
                number,
                lambda schema=schema, name=name: materialized.refresh(connection, schema, name),  # type: ignore[misc]
            )
            if rows is not None:
                done.append(f"{plan.name}: refreshed the materialized view {schema}.{name} ({rows} rows)")
    finally:
        connection.close()
    return done


def _step(
    connection: Connection[Row], plan: DatabasePlan, number: int, work: t.Callable[[], int]
) -> int | None:
    """One step and its row of the ledger, `None` if it was done before."""
    what = plan.steps[number - 1]
    book = ledger.of(connection, plan.move)
    try:
        with connection.transaction():
            if not ledger.claim_step(book, number):
                return None
            session_path.as_the_application(connection, plan.schema)
            mine = _transaction(connection)
            rows = work()
            if _transaction(connection) != mine:
                raise ServerError(f"{what} ended its transaction. Take the load back with the reset.")
            ledger.count_step(book, number, rows)
    except (psycopg.Error, ServerError) as error:
        reason = postgresql.translate(error) if isinstance(error, psycopg.Error) else error
        raise ServerError(
            f"All rows of {plan.name} are loaded, but {what} failed: {str(reason).rstrip('.')}. Nothing of it stays. "
            "Correct what it met and run the same command again, or take the load back with the reset and correct "
            "the rule."
        ) from error
    return rows


def _one(connection: Connection[Row], statement: str) -> int:
    """Do one statement, and not two; how many rows it was about."""
    # In binary the driver uses the protocol's form that takes no second statement behind a semicolon.
    return max(0, connection.execute(statement.encode(), binary=True).rowcount)


def _transaction(connection: Connection[Row]) -> str:
    return str(postgresql.query(connection, "SELECT pg_current_xact_id()::text")[0][0])


__all__ = ("check", "run")
