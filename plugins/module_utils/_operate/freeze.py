# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Freeze and thaw of the source: its only change of state, recorded with the state before.

freeze.json in the run directory is written before the first change, so that a freeze which was killed can be thawed.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass, field, replace

from .._errors import ForeignRunDirectory, InputError, NotFrozen, PrivilegeMissing
from .._mysql import connection as mysql
from .._mysql.catalog import is_mariadb, read_server
from .._mysql.processlist import Session, check_sees_all, on_databases
from .._run import journal
from .._run.directory import RunDirectory
from . import freezing

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

    from .._logins import MySQLLogin

_SESSIONS_END: t.Final = 5.0
"""Seconds that ended sessions may take to go."""


@dataclass
class FreezeOutcome:
    """What holds now, or would."""

    state: str
    changed: bool = False
    read_only: bool = False
    """The server itself refuses every writer, after a restart too."""
    locked: list[str] = field(default_factory=list)
    not_kept_out: list[str] = field(default_factory=list)
    """Who could write all the same: administrators of a MariaDB, whom nothing binds but a lock of their own."""
    actions: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "state": self.state,
            "read_only": self.read_only,
            "locked_accounts": self.locked,
            "not_kept_out": self.not_kept_out,
            "actions": self.actions,
            "sessions": self.sessions,
            "diff": {"before": "", "after": "".join(f"{action}\n" for action in self.actions)},
        }


def freeze(
    login: MySQLLogin,
    run_directory: str,
    accounts: Sequence[str],
    databases: Sequence[str],
    *,
    check: bool,
    ignore_users: Sequence[str] = (),
) -> FreezeOutcome:
    """Keep every writer of `databases` out, and where that takes locks, end the sessions of `accounts`.

    `accounts`: `user@host` each; every other host part of the same user is locked with it. `ignore_users`:
    users whose sessions may stay.

    Raises InputError: nothing that this account may set would hold; raises PrivilegeMissing;
    raises NotFrozen: the locks hold, and something could write all the same.
    """
    run = RunDirectory(run_directory)
    if not check:
        run.ensure()
    elif not run.fresh():
        run.check()
    connection = mysql.connect(login)
    try:
        # A check begins no run, and there is nobody to share one that has not begun.
        with run.locked() if not check or not run.fresh() else contextlib.nullcontext():
            job = _Freeze(run, connection, login.user, accounts, databases, ignore_users, check)
            job.freeze()
    finally:
        connection.close()
    job.outcome.changed = bool(job.outcome.actions)
    return job.outcome


@dataclass
class _Freeze:
    """One run of the verb."""

    run: RunDirectory
    connection: Connection
    user: str
    accounts: Sequence[str]
    databases: Sequence[str]
    ignore_users: Sequence[str]
    check: bool
    outcome: FreezeOutcome = field(default_factory=lambda: FreezeOutcome("frozen"))

    def freeze(self) -> None:
        """All of it; what was done already is not done again."""
        self.refuse_own_account([freezing.account_name(name) for name in self.accounts])
        self.outcome.read_only = freezing.holds(self.connection)
        if not self.outcome.read_only and is_mariadb(self.connection):
            self.look_before_locking()
        self.record([])
        if not self.outcome.read_only:
            self.make_read_only()
        if not self.outcome.read_only:
            self.lock_out()
        obstacles = freezing.unattended(self.connection)
        if obstacles:
            raise NotFrozen(
                f"The source is not still: {', and '.join(obstacles)} could change it at any moment, whatever is "
                "frozen. End a prepared transaction with XA COMMIT or XA ROLLBACK, stop replication with STOP REPLICA "
                "(or freeze the server it comes from, too), then run the freeze again."
            )
        self.outcome.sessions = [str(one) for one in self.remaining()]

    def refuse_own_account(self, names: Sequence[tuple[str, str]]) -> None:
        own = str(mysql.query(self.connection, "SELECT CURRENT_USER()")[0][0])
        user, _at, host = own.rpartition("@")
        if (user, host.lower()) in names:
            raise InputError(
                f"The freeze cannot lock {own}, the account it logs in with, which bears a name of accounts "
                "(service_downtime_accounts) or none. Give it an account of its own with the privileges in "
                "docs/privileges.md."
            )

    def look_before_locking(self) -> list[freezing.Account]:
        """What is going to be locked; refuses what can be known before anything changes."""
        if not self.accounts:
            variable = freezing.read_only_variable(self.connection)
            raise InputError(
                f"{variable} alone does not keep an administrator from writing, or this account may not set it. Name "
                "the application's accounts in accounts (service_downtime_accounts), so that they are locked."
            )
        check_sees_all(self.connection, self.user)
        found = freezing.entrances(self.connection, self.accounts)
        self.refuse_own_account([(one.user, one.host.lower()) for one in found])
        return found

    def record(self, accounts: Sequence[freezing.Account]) -> None:
        """Write down what is, unless a freeze that was not thawed has done so."""
        server = read_server(self.connection).name
        record = self.run.read_optional(self.run.freeze, "freeze")
        if record and record.get("server") != server:
            raise ForeignRunDirectory(
                f"{self.run.freeze} was written for another server. Check login_host and login_port, or name another "
                "migration_run_directory."
            )
        if not record or record.get("thawed"):
            record = {
                "server": server,
                "frozen": journal.now(),
                "read_only": freezing.read_only_state(self.connection),
                "event_scheduler": freezing.scheduler_runs(self.connection),
                "accounts": {},
                "thawed": None,
            }
        elif not {str(one) for one in accounts} - set(record["accounts"]) and "event_scheduler" in record:
            return
        record["accounts"] = {**{str(one): one.locked for one in accounts}, **record["accounts"]}
        record.setdefault("event_scheduler", freezing.scheduler_runs(self.connection))
        if not self.check:
            self.run.write(self.run.freeze, record)

    def make_read_only(self) -> None:
        """Let the server refuse writers as far as it can."""
        variable = freezing.read_only_variable(self.connection)
        if self.check:
            # Whether this account may set it is known where an earlier freeze had to lock instead.
            record = self.run.read_optional(self.run.freeze, "freeze") or {}
            by_locks = bool(record.get("accounts")) and not record.get("thawed")
            self.outcome.read_only = variable == "super_read_only" and not by_locks
            would = self.outcome.read_only or variable == "read_only"
            if would and not freezing.read_only_state(self.connection)[variable]:
                self.outcome.actions.append(f"set {variable}")
            return
        was_set = freezing.read_only_state(self.connection)[variable]
        self.outcome.read_only = freezing.make_read_only(self.connection)
        if not was_set and freezing.read_only_state(self.connection)[variable]:
            self.outcome.actions.append(f"set {variable}")

    # --- where the server cannot bind an administrator --------------------------------------------

    def lock_out(self) -> None:
        """Lock the application's accounts, end their sessions, and prove that nobody else is there."""
        found = self.look_before_locking()
        self.stop_scheduler()
        while True:  # an account may be made while others are locked
            self.record(found)
            todo = [one for one in found if not one.locked]
            for one in todo:
                if not self.check:
                    freezing.lock(self.connection, str(one), True)
                self.outcome.actions.append(f"locked {one}")
            if self.check or not todo:
                break
            found = self.look_before_locking()
        self.outcome.locked = [str(one) for one in found]
        self.outcome.not_kept_out = not_kept_out(self.connection)
        if not self.check:
            self.end_sessions(sorted({one.user for one in found if one.user}))

    def stop_scheduler(self) -> None:
        """Events have the rights of those who made them, of locked accounts too."""
        if not freezing.scheduler_runs(self.connection):
            return
        self.record([])
        if not self.check:
            try:
                freezing.set_scheduler(self.connection, False)
            except PrivilegeMissing as error:
                raise NotFrozen(
                    "The source's events run (event_scheduler is ON), with the rights of those who made them, locked "
                    "or not, and the account of the freeze may not stop them. SET GLOBAL event_scheduler = OFF as an "
                    "administrator, then run the freeze again; afterwards set it ON."
                ) from error
        self.outcome.actions.append("set event_scheduler off")

    def end_sessions(self, users: Sequence[str]) -> None:
        """A locked account's open sessions would go on writing, and so would those of anybody unnamed."""
        patience = time.monotonic() + _SESSIONS_END
        ended = freezing.end_sessions(self.connection, users)
        self.outcome.actions += [f"ended the session of {one}" for one in ended]
        while freezing.end_sessions(self.connection, users):
            if time.monotonic() > patience:
                raise PrivilegeMissing(
                    "Sessions of the locked accounts do not end. The account of the freeze needs CONNECTION_ADMIN "
                    "(MySQL) or CONNECTION ADMIN (MariaDB), or stop these clients first."
                )
            time.sleep(0.2)
        while remaining := self.remaining():
            if time.monotonic() < patience:  # one that ends by itself is seen a little longer
                time.sleep(0.2)
                continue
            raise NotFrozen(
                f"Still connected to the source, after the application's accounts were locked: "
                f"{'; '.join(map(str, remaining))}. Stop these clients, or name their accounts in accounts "
                "(service_downtime_accounts) or, if they only read, their users in ignore_users "
                "(service_downtime_ignore_users). Then run the freeze again."
            )

    def remaining(self) -> list[Session]:
        """Sessions on the databases but for ours."""
        return on_databases(self.connection, self.databases, (self.user, *self.ignore_users))


def not_kept_out(connection: Connection) -> list[str]:
    """Who could write to a source that is frozen by locks, in words; ourselves aside."""
    own = str(mysql.query(connection, "SELECT CURRENT_USER()")[0][0])
    found = [
        f"whoever has the role {one.user}" if one.role else str(one)
        for one in freezing.accounts(connection)
        if one.writes and not one.locked and str(one) != own
    ]
    if not freezing.read_only_state(connection)["read_only"]:
        found.append("every account that was not named, since read_only is off")
    return found


def thaw(login: MySQLLogin, run_directory: str, *, check: bool) -> FreezeOutcome:
    """Restore what the record says, and only what the freeze has changed.

    Raises InputError: the server is read only, and no record says what was before.
    """
    run = RunDirectory(run_directory)
    run.check()
    record = run.read_optional(run.freeze, "freeze")
    if record is not None:
        login = replace(login, server=str(record["server"]).partition(" ")[2])
    connection = mysql.connect(login)
    try:
        with run.locked():
            record = run.read_optional(run.freeze, "freeze")
            outcome = FreezeOutcome("thawed")
            if record is None or record.get("thawed"):
                if record is None and freezing.holds(connection):
                    raise InputError(
                        f"The source is read only, and {run.freeze} is lost. Set super_read_only and read_only as they "
                        "should be, and unlock the application's accounts (ALTER USER … ACCOUNT UNLOCK)."
                    )
                return outcome
            _restore(connection, record, outcome, check)
            if not check:
                run.write(run.freeze, {**record, "thawed": journal.now()})
    finally:
        connection.close()
    outcome.changed = True
    return outcome


def _restore(connection: Connection, record: dict[str, t.Any], outcome: FreezeOutcome, check: bool) -> None:
    # Accounts are rows, which a read-only server does not change: the variables first.
    if freezing.read_only_state(connection) != record["read_only"]:
        outcome.actions.append("restored read_only")
        if not check:
            freezing.restore_read_only(connection, record["read_only"])
    for account, was_locked in record["accounts"].items():
        # One that was dropped since has no state to restore.
        if freezing.is_locked(connection, account) == (not was_locked):
            outcome.actions.append(f"{'locked' if was_locked else 'unlocked'} {account}")
            if not check:
                freezing.lock(connection, account, was_locked)
    if record.get("event_scheduler") and not freezing.scheduler_runs(connection):
        outcome.actions.append("set event_scheduler on")
        if not check:
            freezing.set_scheduler(connection, True)


__all__ = ("FreezeOutcome", "freeze", "not_kept_out", "thaw")
