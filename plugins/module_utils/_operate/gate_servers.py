# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What both servers say at the gate of the cut-over: does what was proved still hold, and will it?"""

from __future__ import annotations

import typing as t

from .._bound import changes, contracts
from .._bound.schema import check_schema
from .._errors import InputError, ServerError, TargetNotReady
from .._mysql import catalog as mysql_catalog
from .._mysql import connection as mysql
from .._mysql import moment
from .._mysql.processlist import check_sees_all, on_databases
from .._postgresql import catalog as postgresql_catalog
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._transform.source_sql import origin
from . import freezing
from .gate_values import other_values

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._bound.bound import Bound
    from .._catalog import Catalog
    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._run.manifest import Manifest
    from .._transform.plan import DatabasePlan
    from .gate_answers import Answers

_SHOWN: t.Final = 5


def _some(names: Sequence[str]) -> str:
    """The first of `names`, for a message."""
    return f"{', '.join(names[:_SHOWN])}{f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''}"


# --- the target ----------------------------------------------------------------------------------------


def ask_target(
    login: PostgreSQLLogin,
    plan: DatabasePlan,
    bound: Bound,
    found: Manifest,
    results: Sequence[dict[str, t.Any]],
    answers: Answers,
) -> None:
    """One database: its server, its ledger, its rows now. `results`: what the report says of each table."""
    connection = postgresql.connect(login, plan.target_name, "gate")
    try:
        server = postgresql_catalog.read_server(connection)
        if server.identity != bound.target_catalog.server.identity:
            answers.refused.append(
                f"The target server {login.address} is not the one that was loaded and proved "
                "(migration_target_login_host, migration_target_login_port)"
            )
            return
        if not _ledger_holds(connection, plan, found, answers):
            return
        try:
            check_schema(connection, plan, bound.target_catalog, contracts.of(bound.run, plan))
        except (TargetNotReady, InputError) as error:
            answers.refused.append(str(error))
        _count_target(connection, plan, results, answers)
    finally:
        connection.close()


def _ledger_holds(connection: t.Any, plan: DatabasePlan, found: Manifest, answers: Answers) -> bool:
    book = ledger.of(connection, plan.move)
    entry = ledger.read(book)
    where = f"the target database {plan.target}"
    if entry is None:
        wrong = f"{where} holds no ledger: it was cleaned up, restored, or made again since"
    elif entry.run_id != found.run_id:
        wrong = f"{where} holds the load of another run"
    elif entry.plan != found.plan:
        wrong = f"{where} was loaded by another plan than the one in transform.json"
    elif entry.state != "complete":
        wrong = f"the load of {where} is not complete ({entry.state})"
    elif ledger.loaded_chunks(book) != found.written:
        wrong = f"{where} was loaded from another snapshot than the one in the run directory"
    else:
        answers.note(f"ledger of {plan.target}", f"complete, {found.chunks} chunks of this snapshot")
        return True
    answers.refused.append(wrong[0].upper() + wrong[1:])
    return False


def _count_target(
    connection: t.Any, plan: DatabasePlan, results: Sequence[dict[str, t.Any]], answers: Answers
) -> None:
    reported = {entry["name"]: entry["target_rows"] for entry in results}
    written, differing, rows = [], [], 0
    for counted in changes.count(connection, plan):
        rows += counted.rows
        if changes.any_of(counted.change):
            written.append(str(counted.change))
        elif counted.rows != reported.get(counted.change.table):
            differing.append(f"{plan.name}.{counted.change.table}")
    if written:
        answers.refused.append(f"The target was written to since its load: {_some(written)}")
    if differing:
        answers.refused.append(f"The target holds other rows than the report counted, in {_some(differing)}")
    if not written and not differing:
        answers.note(
            f"rows of {plan.target}",
            f"{rows} in {len(plan.tables)} tables as proved, none written since the load",
        )


# --- the source ----------------------------------------------------------------------------------------


class SourceAsked:
    """One asking of the source."""

    def __init__(
        self, plans: Sequence[DatabasePlan], inspected: Catalog, report: dict[str, t.Any], answers: Answers
    ) -> None:
        self.plans = plans
        self.inspected = inspected
        self.report = report
        self.proof: dict[str, t.Any] = report["proof"]
        self.answers = answers
        self.live = self.proof["mode"] == "live"
        self.names = [plan.source_name for plan in plans]
        self.thread: int = 0

    def ask(self, login: MySQLLogin | None, freezer: MySQLLogin | None, ignore_users: Sequence[str]) -> None:
        """Whether it is the same, still, and kept so; what cannot be asked is a risk."""
        if login is None:
            self.answers.risks.append(
                "The source is not asked, since no account of it is given (migration_source_login_user)"
            )
            return
        try:
            connection = mysql.connect(login)
            try:
                self.thread = connection.thread_id()
                if self._is_the_same(connection, login):
                    frozen = self._is_frozen(freezer or login, ignore_users)
                    self._has_the_same_rows(connection)
                    self._stands_still(connection, frozen)
            finally:
                connection.close()
        except ServerError as error:
            self.answers.risks.append(f"The source cannot be asked: {error}")

    def _is_the_same(self, connection: t.Any, login: MySQLLogin) -> bool:
        now = mysql_catalog.read_server(connection)
        if now.identity == self.inspected.server.identity:
            self.answers.note("source", f"{login.address}, the server of this run")
            return True
        if self.report.get("source_files"):
            self.answers.note("source", f"not asked: {login.address} is not the copy that was migrated")
        else:
            self.answers.refused.append(
                f"The source server {login.address} is not the one that was dumped and proved "
                "(migration_source_login_host, migration_source_login_port)"
            )
        return False

    # --- still ------------------------------------------------------------------------------------

    def _stands_still(self, connection: t.Any, frozen: bool) -> None:
        """By the log, in which nothing was written; by the freeze and the update times; or by the rows themselves."""
        base = self.proof["position_at_verify"] or self.proof["position_at_dump"]
        now = moment.position(connection, self.names)
        moved = moment.moved(base, now)
        since = "the proof" if self.proof["position_at_verify"] else "the dump"
        if moved and not self.live:
            self.answers.refused.append(
                f"The source was written to after {since} of {self.answers.verified}: {moment.in_words(moved)}"
            )
        elif moved:
            self.answers.note(
                "position of the source", f"written to since the dump: {moment.in_words(moved)}"
            )
            self.answers.risks.append(f"The source was written to since the dump: {moment.in_words(moved)}")
        elif moment.log_stands(base, now):
            self.answers.note("position of the source", f"the same as at {since}, {_by(base, now)}")
        elif self.live:
            self.answers.risks.append("Nothing proves that the source was not written to since the dump")
        elif frozen and not moment.doubtful(base, now):
            self.answers.note(
                "position of the source", f"as at {since}, by the update times of its tables under the freeze"
            )
        elif not self.answers.refused:
            self._holds_the_same_values(connection)

    def _holds_the_same_values(self, connection: t.Any) -> None:
        """Other databases were written to, or the log and the update times began anew, or there is no log to tell."""
        other = other_values(connection, self.plans, self.report["databases"])
        if other:
            self.answers.refused.append(
                f"The source holds other values than those that were proved, in {_some(other)}"
            )
        else:
            self.answers.note(
                "position of the source",
                "moved on for other databases, began anew, or not told by a log: the tables hold what was proved, by "
                "the sums of its rows, computed again",
            )

    def _has_the_same_rows(self, connection: t.Any) -> None:
        """The tables and how many rows each has."""
        now = mysql_catalog.read_catalog(connection, self.names)
        changed = []
        for plan in self.plans:
            old, new = (
                self.inspected.databases[plan.source_name].tables,
                now.databases[plan.source_name].tables,
            )
            changed += [
                f"{plan.source_name}.{name}" for name in {*old, *new} if old.get(name) != new.get(name)
            ]
        if changed:
            text = (
                f"Tables of the source were made, altered or dropped after the dump: {_some(sorted(changed))}"
            )
            (self.answers.risks if self.live else self.answers.refused).append(text)
            return
        differing, rows = [], 0
        for plan, database in zip(self.plans, self.report["databases"], strict=True):
            entries = {entry["name"]: entry for entry in database["table_results"]}
            for table in plan.tables:
                rows_now = f"SELECT COUNT(*) {origin(plan.source_name, table)}"
                count = int(mysql.query(connection, rows_now)[0][0])
                rows += count
                if count != entries.get(table.name, {}).get("source_rows"):
                    differing.append(f"{plan.source_name}.{table.source.name}")
        if differing:
            text = f"The source holds other rows than the report counted, in {_some(differing)}"
            (self.answers.risks if self.live else self.answers.refused).append(text)
        else:
            self.answers.note("rows of the source", f"{rows}, in each table as many as were proved")

    # --- kept still -------------------------------------------------------------------------------

    def _is_frozen(self, login: MySQLLogin, ignore_users: Sequence[str]) -> bool:
        """Whether nobody can write, and nobody could since before the proof; what else there is, is a risk."""
        record = self.report["freeze"]
        if not record or record.get("thawed"):
            self.answers.risks.append(
                f"The source is not frozen{' any more' if record else ''}, so that nothing keeps it from being "
                "written to"
            )
            return False
        connection = mysql.connect(login)
        try:
            server = mysql_catalog.read_server(connection)
            if server.name != record["server"]:
                self.answers.risks.append(
                    f"The freeze was not of this server: {login.address} (service_downtime_login_host) is another one"
                )
                return False
            open_ways = [*_ways_in(connection, record), *freezing.unattended(connection)]
            check_sees_all(connection, login.user)
            remaining = [
                str(one)
                for one in on_databases(connection, self.names, ignore_users)
                if one.id != self.thread
            ]
        finally:
            connection.close()
        if open_ways:
            self.answers.risks.append(f"The freeze of {record['frozen']} does not hold: {_some(open_ways)}")
        if remaining:
            self.answers.risks.append(
                f"Sessions remain on the source's databases: {'; '.join(remaining)}. Those that only read may be named "
                "in service_downtime_ignore_users"
            )
        if not open_ways and not remaining:
            how = "by locks and read_only" if record["accounts"] else "by super_read_only, over a restart too"
            self.answers.note(
                "freeze of the source", f"in force since {record['frozen']}, {how}; nobody is connected"
            )
        return not open_ways and not remaining and self.proof["frozen_since"] == record["frozen"]


def _ways_in(connection: t.Any, record: dict[str, t.Any]) -> list[str]:
    """What somebody undid of a freeze, in words."""
    if freezing.holds(connection):
        return []
    if not record["accounts"]:
        return ["super_read_only is not on and persisted any more"]
    named = [name for name in record["accounts"] if freezing.is_locked(connection, name) is not None]
    found = [f"{one} is not locked" for one in freezing.entrances(connection, named) if not one.locked]
    if not freezing.read_only_state(connection)["read_only"]:
        found.append("read_only is off, as after a restart")
    if freezing.scheduler_runs(connection):
        found.append("event_scheduler is on")
    return found


def _by(before: dict[str, t.Any], after: dict[str, t.Any]) -> str:
    """Which of its logs says so."""
    return "by its transactions (GTID)" if "gtid" in before and "gtid" in after else "by its binary log"


__all__ = ("SourceAsked", "ask_target")
