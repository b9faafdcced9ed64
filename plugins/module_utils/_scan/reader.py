# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A reader of the source: a session in a process of its own, in the view that all readers of a dump share."""

from __future__ import annotations

import typing as t

from .._mysql import connection as mysql

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

    from .._run.encryption import Key
    from .._transform.plan import DatabasePlan, Place, TablePlan


class Reader:
    """What the task of a reader has at hand; `key` encrypts what it writes."""

    def __init__(self, connection: Connection, plans: Sequence[DatabasePlan], key: Key | None) -> None:
        self.connection = connection
        self.key = key
        self._plans = plans

    def at(self, place: Place) -> tuple[DatabasePlan, TablePlan]:
        """The plans of a place; a rule's SQL that names tables of its own database means these now."""
        plan, table = self.plan(place)
        mysql.use(self.connection, plan.source_name)
        return plan, table

    def plan(self, place: Place) -> tuple[DatabasePlan, TablePlan]:
        """The plans of a place."""
        plan = self._plans[place[0]]
        return plan, plan.table(place[1])


class Task(t.Protocol):
    """What a reader is given, and gives the result of."""

    @property
    def place(self) -> Place:
        """What it is about."""
        ...

    def run(self, reader: Reader) -> t.Any:
        """Do it, in the reader's process."""
        ...


__all__ = ("Reader", "Task")
