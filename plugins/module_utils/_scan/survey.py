# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The survey: all tables cut into ranges and scanned by the readers, before anything is written anywhere."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._bound import counters, counts
from .._errors import MisfitsFound
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._range import Range
from . import constraints, cut, findings, scan, written
from .constraints import Standing
from .findings import Findings, Misfit, Untested
from .scan import Finding, TableScan

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._bound.bound import Bound
    from .._transform.plan import DatabasePlan, Place, TablePlan
    from .._workers import Workers
    from .reader import Reader, Task

Cuts = dict["Place", list[bytes]]
"""Where each table is cut; a table of one range has none."""


@dataclass(frozen=True)
class _Cut:
    place: Place
    rows: int
    """Of a range."""

    def run(self, reader: Reader) -> list[bytes]:
        plan, table = reader.at(self.place)
        return cut.bounds(reader.connection, plan.source_name, table, self.rows)


@dataclass(frozen=True)
class _Scan:
    place: Place
    span: Range

    def run(self, reader: Reader) -> TableScan:
        plan, table = reader.at(self.place)
        return scan.scan_range(reader.connection, plan.source_name, table, self.span)


@dataclass(frozen=True)
class _Count:
    place: Place

    def run(self, reader: Reader) -> int:
        plan, table = reader.at(self.place)
        return counts.source_rows(reader.connection, plan.source_name, table)


@dataclass(frozen=True)
class _Constraints:
    place: Place
    target: Standing

    def run(self, reader: Reader) -> Findings:
        plan, table = reader.at(self.place)
        elsewhere = {name: reader.plan(place) for name, place in self.target.elsewhere.items()}
        return constraints.find(reader.connection, plan, table, self.target, elsewhere)


@dataclass(frozen=True)
class Surveyed:
    """What the scan found."""

    misfits: tuple[Misfit, ...]
    """All of them are decided by a rule."""
    untested: tuple[Untested, ...]
    tables: dict[Place, TableScan]


Trial = t.Callable[[int, list[Untested], dict["Place", TableScan]], Findings]
"""Puts what is untested of a database, by its number in the plan, to the target; gives what becomes of it."""


@dataclass(frozen=True)
class Survey:
    """One survey, in the view that the readers share; `view`: a session of this process in it."""

    bound: Bound
    connection: Connection
    view: Connection
    readers: Workers[Task, t.Any]
    trial: Trial | None = None

    def cut(self, chunk_bytes: int) -> Cuts:
        """Where to cut the tables that are larger than `chunk_bytes`; raises InputError: SQL of a rule is wrong."""
        found: Cuts = {}
        tasks: list[Task] = []
        for number, plan in enumerate(self.bound.databases):
            sizes = mysql_catalog.read_sizes(self.connection, plan.source_name)
            mysql.use(self.view, plan.source_name)
            for table in plan.tables:
                written.understood(self.view, plan.name, plan.source_name, table)
                found[number, table.name] = []
                size = sizes.get(table.source.name, {})
                if table.range_index is not None and size.get("bytes", 0) > chunk_bytes:
                    tasks.append(_Cut((number, table.name), cut.rows_per_chunk(size, chunk_bytes)))
        self.readers.run(tasks, lambda task, bounds: found.update({task.place: bounds}))
        return found

    def scan(self, cuts: Cuts) -> Surveyed:
        """Everything that does not fit; raises MisfitsFound: what no rule decides."""
        tables = {place: TableScan() for place in cuts}
        found = Findings()
        tasks: list[Task] = []
        for place, bounds in cuts.items():
            tasks += [_Scan(place, span) for span in Range.between(bounds)]
            tasks += [_Count(place), _Constraints(place, self._standing(place[0]))]

        def done(task: Task, result: t.Any) -> None:
            if isinstance(task, _Scan):
                tables[task.place].add(result)
                tables[task.place].parts[task.span] = result.rows
            elif isinstance(task, _Count):
                tables[task.place].counted = result
            else:
                found.add(result)

        self.readers.run(tasks, done)
        for (number, name), table in tables.items():
            plan = self.bound.databases[number]
            self._check_count(plan, plan.table(name), table)
            found.misfits += [
                self._misfit(plan, plan.table(name), at, count) for at, count in table.counts.items()
            ]
        for plan in self.bound.databases:
            found.misfits += self._sequences(plan)
        if self.trial is not None:
            self._try(self.trial, found, tables)
        undecided = [misfit for misfit in found.misfits if not misfit.decided]
        if undecided:
            raise _misfits_found(undecided, found.untested)
        return Surveyed(tuple(found.misfits), tuple(found.untested), tables)

    def _try(self, trial: Trial, found: Findings, tables: dict[Place, TableScan]) -> None:
        """What the source could not judge, judged by the target; only once no value is refused before."""
        refused = {misfit.database for misfit in found.misfits if not misfit.decided}
        untested, found.untested = found.untested, []
        for number, plan in enumerate(self.bound.databases):
            mine = [one for one in untested if one.database == plan.name]
            if mine and plan.name not in refused:
                found.add(trial(number, mine, tables))
            else:
                found.untested += mine

    def _standing(self, number: int) -> Standing:
        plan = self.bound.databases[number]
        others = {
            place: one
            for place, one in enumerate(self.bound.databases)
            if place != number and one.target_name == plan.target_name
        }
        return Standing.of(plan, self.bound.target_catalog.of(plan.target_name, plan.schema), others)

    @staticmethod
    def _check_count(plan: DatabasePlan, table: TablePlan, found: TableScan) -> None:
        if found.rows + found.filtered != found.counted:
            what = f"it counts {found.counted}, the scan met {found.rows}, and a rule leaves {found.filtered} out"
            raise counts.differ(plan, table, what)

    def _misfit(self, plan: DatabasePlan, table: TablePlan, finding: Finding, count: int) -> Misfit:
        """A finding with examples, where it needs a decision."""
        column = next(column for column in table.columns if column.target.name == finding[0])
        policy = column.policy(finding[1]).name
        examples: tuple[str, ...] = ()
        if policy == "fail":
            mysql.use(self.view, plan.source_name)
            rows = scan.misfit_rows(self.view, plan.source_name, table, finding, scan.EXAMPLES)
            examples = tuple(findings.show_key(table, key.values()) for key, _value in rows)
        return Misfit(plan.name, table.name, finding[0], finding[1], policy, count, examples)

    def _sequences(self, plan: DatabasePlan) -> list[Misfit]:
        """The sequences of the target that could not go on past the source's rows and counters."""
        inspected = self.bound.target_catalog.of(plan.target_name, plan.schema)
        now = counters.of_source(self.connection, plan)
        return [
            Misfit(plan.name, use.table, use.column, "sequence", "fail", 1, (), detail)
            for use, detail in counters.unreachable(self.connection, plan, inspected, now)
        ]


def _misfits_found(undecided: list[Misfit], untested: list[Untested]) -> MisfitsFound:
    total = sum(misfit.count for misfit in undecided)
    first = undecided[0]
    more = f" And {len(undecided) - 1} more places, see misfits." if len(undecided) > 1 else ""
    return MisfitsFound(
        f"{total} values do not fit and no rule decides them; nothing was dumped. First: {first}. "
        f"{findings.remedy(first.kind)}{more}",
        misfits=[misfit.to_json() for misfit in undecided],
        untested=[one.to_json() for one in untested],
    )


__all__ = ("Cuts", "Survey", "Surveyed")
