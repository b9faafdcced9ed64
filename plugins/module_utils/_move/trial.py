# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The trial: what the source cannot judge is put to the target, on copies of its definitions that are rolled back."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._drivers import psycopg
from .._errors import ConvergenceError, InputError
from .._postgresql import bare, session_path
from .._postgresql import connection as postgresql
from .._postgresql.copy import copy_in, statement
from .._postgresql.trial_tables import Copy, Refusal
from .._scan.demands import PARTITIONS
from .._scan.findings import Findings, Misfit, Untested, show_key
from .._transform import source_sql, target_sql
from .chunk_out import CopyStream

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection as TargetConnection
    from pymysql.connections import Connection

    from .._bound.bound import Bound
    from .._logins import PostgreSQLLogin
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan, TablePlan

Trial = t.Literal["off", "sample", "full"]
SAMPLE: t.Final = 10_000
"""Rows of a table that a sample takes."""


@dataclass(frozen=True)
class Stand:
    """Where a trial takes place, and how many rows of a table it takes; `None`: all."""

    login: PostgreSQLLogin
    limit: int | None


def trial_stand(bound: Bound, trial: Trial, target: PostgreSQLLogin | None) -> Stand | None:
    """The stand of a trial, `None`: none is wanted. Raises InputError: it is, and nobody says where."""
    if trial == "off":
        return None
    if target is None:
        raise InputError("A trial needs the target's login: give target_login_user and the like.")
    return Stand(bound.on_target(target), SAMPLE if trial == "sample" else None)


@dataclass(frozen=True)
class Trier:
    """Tries the tables of one database. `by_python`: whether a table's rows are built by Python."""

    connection: Connection
    """Of the source, where the rows are read."""
    stand: Stand
    plan: DatabasePlan
    by_python: Callable[[TablePlan], bool]

    def run(self, untested: list[Untested]) -> Findings:
        """What of `untested` was refused, and what stays untested; nothing is left on the target."""
        untested, apart = [one for one in untested if not one.apart], [one for one in untested if one.apart]
        found = self._tried(untested) if untested else Findings()
        found.untested += apart
        return found

    def _tried(self, untested: list[Untested]) -> Findings:
        session = postgresql.connect(self.stand.login, self.plan.target_name, "trial")
        try:
            with postgresql.transaction(session, undo=True):
                session_path.as_the_application(session, self.plan.schema)
                return self._tables(session, untested)
        except ConvergenceError as error:
            return Findings(
                [], [replace(one, why=f"{one.why}; the trial failed: {error}") for one in untested]
            )
        finally:
            session.close()

    def _tables(self, session: TargetConnection[Row], untested: list[Untested]) -> Findings:
        found = Findings()
        copies: dict[str, Copy] = {}
        cut_off: set[str] = set()
        for table in self._needed(untested):
            names = {one.name for one in untested if one.table == table.name}
            copies[table.name] = self._filled(session, table, names, len(copies), cut_off)
        for name in dict.fromkeys(one.table for one in untested):
            table = self.plan.table(name)
            mine = [one for one in untested if one.table == name]
            for refusal in self._refusals(session, table, mine, copies, cut_off):
                found.misfits.append(self._misfit(table, refusal, mine))
            refused = {misfit.column for misfit in found.misfits if misfit.table == name}
            left = [one for one in mine if name in cut_off and one.name not in refused]
            why = f"only {self.stand.limit} rows were tried"
            found.untested += [replace(one, why=f"{one.why}; {why}") for one in left]
        return found

    def _needed(self, untested: list[Untested]) -> Iterator[TablePlan]:
        """The tables with something to try, and those of the plan that their keys refer to."""
        names = {one.table: None for one in untested}
        keys = {(one.table, one.name) for one in untested}
        planned = {table.name: table for table in self.plan.tables}
        for table in self.plan.tables:
            for key in table.target.foreign_keys:
                if (table.name, key.name) in keys and key.ref_table in planned:
                    names.setdefault(key.ref_table)
        return (planned[name] for name in names)

    def _filled(
        self,
        session: TargetConnection[Row],
        table: TablePlan,
        names: set[str],
        number: int,
        cut_off: set[str],
    ) -> Copy:
        """The temporary tables of one table, with its rows."""
        columns = tuple(column.target.name for column in table.copied)
        keys = tuple(target_sql.key_expressions(table.key_columns))
        copy = Copy(self.plan.schema, table.target, columns, number, keys)
        types = bare.columns(session, self.plan.schema, table.name, columns)
        copy.make(session, types, [index for index in table.target.indexes if index.name in names])
        rows = source_sql.origin(self.plan.source_name, table)
        rows += f" LIMIT {self.stand.limit + 1}" if self.stand.limit is not None else ""
        stream = CopyStream(
            self.connection, self.plan.source_name, table, rows, by_python=self.by_python(table)
        )
        sql = statement(copy.loose, columns, source_sql.copy_format(table))
        try:
            count = copy_in(session, sql, stream)
        except psycopg.Error as error:
            raise postgresql.translate(error) from error
        if self.stand.limit is not None and count > self.stand.limit:
            cut_off.add(table.name)
        return copy

    def _refusals(
        self,
        session: TargetConnection[Row],
        table: TablePlan,
        untested: list[Untested],
        copies: dict[str, Copy],
        cut_off: set[str],
    ) -> Iterator[Refusal]:
        copy, names = copies[table.name], {one.name for one in untested}
        yield from copy.try_rows(session)
        if table.target.bound is not None and PARTITIONS in names:
            yield from copy.without(session, table.target.bound, PARTITIONS)
        for key in table.target.foreign_keys:
            parent = copies.get(key.ref_table)
            if key.name in names and key.ref_table not in cut_off:
                yield from copy.lost(session, key, parent)

    def _misfit(self, table: TablePlan, refusal: Refusal, untested: list[Untested]) -> Misfit:
        """The refusal in the words of the scan."""
        known = {one.name: one.definition for one in untested}
        kind = psycopg.errors.lookup(refusal.state).__name__
        name = refusal.name or next(iter(known))
        shown = tuple(show_key(table, key) for key in refusal.keys)
        definition = known.get(name) or f"{kind} ({refusal.state})"
        place = (self.plan.name, table.name, name)
        return Misfit(*place, "refused_in_trial", "fail", refusal.count, shown, "", definition)


__all__ = ("SAMPLE", "Stand", "Trial", "Trier", "trial_stand")
