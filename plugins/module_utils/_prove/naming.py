# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The rows behind every unequal table, named."""

from __future__ import annotations

import contextlib
import typing as t

from .._errors import ConvergenceError
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._postgresql.relation import own_rows
from .differences import Comparison, Difference
from .sides import SourceSide, TargetSide
from .snapshot_copy import find_in_snapshot

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .._logins import PostgreSQLLogin
    from .._transform.plan import DatabasePlan, TablePlan
    from .totals import Verified


class Naming:
    """Asks the source or, where `open_source` is `None`, the snapshot which rows differ."""

    def __init__(
        self, found: Verified, login: PostgreSQLLogin, open_source: Callable[[str], t.Any] | None
    ) -> None:
        self.run = found.bound.run
        self.plans = found.bound.databases
        self.manifests = found.manifests
        self.totals = found.totals
        self.problems = found.problems
        self.login = login
        self.open_source = open_source

    def differences(self) -> list[Difference]:
        """The rows behind every unequal table, from the source or, where it cannot tell, from the snapshot."""
        found: list[Difference] = []
        for number, plan in enumerate(self.plans):
            unequal = [table for table in plan.tables if not self.totals.equal((number, table.name))]
            if unequal:
                with contextlib.ExitStack() as sessions:
                    found += self.differences_of(number, unequal, sessions)
        return found

    def differences_of(
        self, number: int, unequal: list[TablePlan], sessions: contextlib.ExitStack
    ) -> list[Difference]:
        """Those of one database. That tables differ is known: what keeps us from naming rows takes nothing from it."""
        plan = self.plans[number]
        target = postgresql.connect(self.login, plan.target_name, "verify")
        sessions.callback(target.close)
        target_side = TargetSide(target, lambda table: own_rows(plan.schema, table.target))
        source = self.open_source(plan.source_name) if self.open_source else None
        source_side: SourceSide | TargetSide = target_side
        if source is not None:
            sessions.callback(source.close)
            source_side = SourceSide(source, plan.source_name)
        sides = Comparison(plan, source_side, target_side, self.run.hmac_key())
        found: list[Difference] = []
        obstacle = self.obstacle(target, number) if source is None else None
        for table in unequal:
            self.written_later(target, plan, table)
            place = number, table.name
            try:
                if source is not None:
                    found += sides.find(table, self.totals.source[place], self.totals.target[place])
                elif obstacle is None:
                    found += self.from_snapshot(number, sides, target, table)
            except ConvergenceError as error:
                obstacle = str(error)
                source = None  # what is left of its answer lies on the session
            if obstacle is not None:
                self.problems.append(
                    f"{plan.name}: which rows of {table.name} differ cannot be said: {obstacle}"
                )
        return found

    def from_snapshot(
        self, number: int, sides: Comparison, target: t.Any, table: TablePlan
    ) -> list[Difference]:
        """The differences of one table from what was loaded into it."""
        found = find_in_snapshot(self.run, sides, target, self.manifests[number], table)
        generated = [column.target.name for column in table.columns if not column.copied]
        if not found and generated:
            self.problems.append(
                f"{sides.plan.name}: {table.name} holds what the snapshot has, so that it differs in columns that the "
                f"target generates: {', '.join(generated)}"
            )
        return found

    def obstacle(self, connection: t.Any, number: int) -> str | None:
        """Why the snapshot's rows cannot be looked at on the target."""
        if self.manifests[number].encryption is not None:
            return "the source was not asked and the snapshot is encrypted"
        may = "SELECT has_database_privilege(current_database(), 'TEMPORARY')"
        if not postgresql.query(connection, may)[0][0]:
            name = self.plans[number].target_name
            return f"the source was not asked and {self.login.user} lacks the privilege TEMPORARY on {name}"
        return None

    def written_later(self, connection: t.Any, plan: DatabasePlan, table: TablePlan) -> None:
        """Say so when somebody, as the application, wrote to an unequal table after the load."""
        book = ledger.of(connection, plan.move)
        rows = ledger.rows_since_load(book, own_rows(plan.schema, table.target))
        if rows:
            self.problems.append(
                f"{plan.name}: {rows} rows of {table.name} were written after the load ended: an application or a "
                "person works on the target, so it cannot equal the source any more"
            )


__all__ = ("Naming",)
