# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A yes-or-no question in SQL to the target, such as whether what the application has just written is there."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from .._errors import InputError
from .._postgresql import connection as postgresql

if t.TYPE_CHECKING:
    from .._logins import PostgreSQLLogin

_PAUSE: t.Final = 0.5
"""Seconds between two askings."""


@dataclass(frozen=True)
class Answer:
    """Yes or no; what was read stays here, since it may be somebody's."""

    yes: bool

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {"changed": False, "answer": self.yes}


def ask(login: PostgreSQLLogin, database: str, question: str, timeout: float) -> Answer:
    """Ask until the answer is yes, for `timeout` seconds at most.

    Yes is one row whose one column is true or a number that is not 0. Nothing can be written by it.

    Raises InputError: it answers with anything else; raises ServerError: it is no SQL, or cannot be asked.
    """
    until = time.monotonic() + timeout
    # As the application's own sessions are: its tables are found without their schema.
    connection = postgresql.connect(login, database, "question", plain=True)
    try:
        while True:
            with postgresql.transaction(connection, undo=True):
                postgresql.query(connection, "SET TRANSACTION READ ONLY")
                rows = postgresql.query(connection, question)
            yes = _judged(rows)
            if yes or time.monotonic() >= until:
                return Answer(yes)
            time.sleep(_PAUSE)
    finally:
        connection.close()


def _judged(rows: list[tuple[t.Any, ...]]) -> bool:
    if len(rows) != 1 or len(rows[0]) != 1 or not isinstance(rows[0][0], (bool, int)):
        raise InputError(
            "The question must be answered by one row with one column, a boolean or a whole number: "
            "SELECT count(*) FROM …, or SELECT EXISTS (…)."
        )
    return bool(rows[0][0])


__all__ = ("Answer", "ask")
