# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Of which release of the application each side is, as its own list of migrations says; asked before anything else."""

from __future__ import annotations

import typing as t

from .._errors import PrivilegeMissing, ServerError, SourceMoved, TargetNotReady
from .._mysql import connection as mysql
from .._postgresql import connection as postgresql
from .._postgresql import session_path
from .._transform.releases import of_side

if t.TYPE_CHECKING:
    from psycopg import Connection as PostgreSQLConnection
    from pymysql.connections import Connection as MySQLConnection

    from .._transform.plan import DatabasePlan
    from .._transform.releases import Releases


class WrongRelease(TargetNotReady, SourceMoved):
    """A side is of a release of the application that the profile is not made for."""


def check_source(connection: MySQLConnection, plan: DatabasePlan) -> None:
    """Raises WrongRelease: the source is of another release; raises ServerError."""
    wanted = of_side(plan.releases, "source")
    if wanted is not None:
        ask_source(connection, plan.name, plan.source_name, wanted)


def check_target(connection: PostgreSQLConnection[t.Any], plan: DatabasePlan) -> None:
    """Raises WrongRelease: the target is of another release; raises ServerError."""
    wanted = of_side(plan.releases, "target")
    if wanted is not None:
        ask_target(connection, (plan.name, plan.target_name, plan.schema), wanted)


def ask_source(connection: MySQLConnection, name: str, database: str, wanted: Releases) -> None:
    """As `check_source`. `name`: of the database in the run; `database`: on the source."""
    mysql.use(connection, database)
    try:
        rows = mysql.query(connection, wanted.query)
    except PrivilegeMissing:
        raise
    except ServerError as error:
        raise _unreadable(name, wanted, error) from error
    _judge(name, database, wanted, rows[0][0] if rows else None)


def ask_target(
    connection: PostgreSQLConnection[t.Any], where: tuple[str, str, str], wanted: Releases
) -> None:
    """As `check_target`. `where`: name in the run, database on the target, schema of the application."""
    name, database, schema = where
    try:
        with postgresql.transaction(connection):
            postgresql.query(connection, "SET TRANSACTION READ ONLY")
            session_path.as_the_application(connection, schema)
            rows = postgresql.query(connection, wanted.query)
    except PrivilegeMissing:
        raise
    except ServerError as error:
        raise _unreadable(name, wanted, error) from error
    _judge(name, database, wanted, rows[0][0] if rows else None)


def _judge(name: str, database: str, wanted: Releases, found: t.Any) -> None:
    if found is not None and str(found) in {one.migration for one in wanted.fits}:
        return
    last = "lists no migration" if found is None else f"ends at the migration {str(found)!r}"
    raise WrongRelease(
        f"{name}: the {wanted.side} database {database} is of another release of the application than the profile "
        f"moves {_WAY[wanted.side]}: it {last}, and has to be of {wanted.in_full}. {_remedy(wanted)}"
    )


def _unreadable(name: str, wanted: Releases, error: ServerError) -> WrongRelease:
    return WrongRelease(
        f"{name}: of which release the {wanted.side} is cannot be read ({error}). It has to be of {wanted.in_full}. "
        f"{_remedy(wanted)}"
    )


_WAY: t.Final = {"source": "from", "target": "to"}
_REMEDIES: t.Final = {
    "source": "Let the source be updated by {names} first.",
    "target": "Let {names} make the target's tables, in an empty database.",
}


def _remedy(wanted: Releases) -> str:
    return wanted.otherwise or _REMEDIES[wanted.side].format(names=wanted.names)


__all__ = ("WrongRelease", "ask_source", "ask_target", "check_source", "check_target")
