# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Invariants of a profile: one query, one value, one server, before or after the move."""

from __future__ import annotations

import typing as t

from .._errors import SourceMoved, TargetNotReady
from .._mysql import connection as mysql
from .._postgresql import connection as postgresql
from .._postgresql import session_path

if t.TYPE_CHECKING:
    from psycopg import Connection as PostgreSQLConnection
    from pymysql.connections import Connection as MySQLConnection

    from .._transform.plan import DatabasePlan
    from .._transform.profile import Invariant


class InvariantBroken(TargetNotReady, SourceMoved):
    """A profile's invariant does not hold."""


def check_source(connection: MySQLConnection, plan: DatabasePlan) -> None:
    """Raises InvariantBroken: an invariant of the source does not hold."""
    wanted = [one for one in plan.invariants if one.server == "source" and one.stops]
    if wanted:
        mysql.use(connection, plan.source_name)
    for invariant in wanted:
        rows = mysql.query(connection, invariant.query)
        _judge(plan, invariant, rows[0][0] if rows else None)


def reported(connection: MySQLConnection, plan: DatabasePlan) -> list[str]:
    """What those of the source found that stop nothing, a line each; raises ServerError."""
    wanted = [one for one in plan.invariants if one.server == "source" and not one.stops]
    if wanted:
        mysql.use(connection, plan.source_name)
    found = []
    for one in wanted:
        rows = mysql.query(connection, one.query)
        value = "nothing" if not rows or rows[0][0] is None else str(rows[0][0])
        if value != one.expect:
            found.append(f"{plan.name}: {one.name}: {value}{f'. {one.reason}' if one.reason else ''}")
    return found


def check_target(connection: PostgreSQLConnection[t.Any], plan: DatabasePlan, moment: str) -> None:
    """Raises InvariantBroken: an invariant of the target at `moment` does not hold."""
    for invariant in plan.invariants:
        if invariant.server != "target" or invariant.moment != moment:
            continue
        with postgresql.transaction(connection):
            postgresql.query(connection, "SET TRANSACTION READ ONLY")
            session_path.as_the_application(connection, plan.schema)
            rows = postgresql.query(connection, invariant.query)
        _judge(plan, invariant, rows[0][0] if rows else None)


def _judge(plan: DatabasePlan, invariant: Invariant, found: t.Any) -> None:
    if str(found) != invariant.expect:
        raise InvariantBroken(
            f"{plan.name}: {invariant.name}: expected {invariant.expect!r}, found "
            f"{'nothing' if found is None else repr(str(found))} on the {invariant.server}. "
            "Bring that side to the release the profile is made for, or correct the profile."
        )


__all__ = ("InvariantBroken", "check_source", "check_target", "reported")
