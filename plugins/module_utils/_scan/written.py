# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The SQL of rules before the source: what fails is told with the table and the column that it was written for."""

from __future__ import annotations

import typing as t

from .._errors import InputError, PrivilegeMissing, ServerError
from .._mysql import quoting
from .._mysql.connection import query

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pymysql.connections import Connection

    from .._transform.plan import TablePlan


def _written(table: TablePlan) -> Iterator[tuple[str, str]]:
    """What each piece of SQL of the table's rules is for, and the piece."""
    if table.where is not None:
        yield f"the where rule of {table.source.name}", table.where
    for column in table.columns:
        if column.expression is not None:
            yield f"the expression of {table.name}.{column.target.name}", column.expression


def understood(connection: Connection, name: str, database: str, table: TablePlan) -> None:
    """Ask the source whether it understands the rules of the table, of `database`, that is called `name`.

    Raises InputError: one it does not; raises ServerError: it cannot be asked.
    """
    for what, sql in _written(table):
        empty = f"SELECT ({sql}) FROM {quoting.qualified(database, table.source.name)} WHERE FALSE"
        try:
            query(connection, empty)
        except PrivilegeMissing:
            raise
        except ServerError as error:
            raise InputError(
                f"{name}: the source does not take {what}: {_ended(error)} Correct the rule."
            ) from error


def blame(connection: Connection, database: str, table: TablePlan) -> None:
    """Raises ServerError: SQL of a rule fails for a row, which a statement with all columns could not tell."""
    for what, sql in _written(table):
        # A length is asked of every row, where a count of what is never NULL is not.
        origin = quoting.qualified(database, table.source.name)
        try:
            query(connection, f"SELECT SUM(LENGTH(({sql}))) FROM {origin}")
        except ServerError as error:
            raise ServerError(
                f"{database}: {what} fails for a row on the source: {_ended(error)} Correct the rule, or the row."
            ) from error


def _ended(error: Exception) -> str:
    """The server's words as a sentence."""
    return f"{str(error).rstrip('.')}."


__all__ = ("blame", "understood")
