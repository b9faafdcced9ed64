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
from dataclasses import dataclass, field

from .._errors import ForeignRunDirectory, InputError, PrivilegeMissing
from .._mysql import connection as mysql
from .._mysql import freezing
from .._mysql.catalog import read_server
from .._mysql.sessions import on_databases
from .._snapshot import journal
from .._snapshot.layout import RunDirectory

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

    from .._logins import MySQLLogin

_SESSIONS_END: t.Final = 10.0
"""Seconds that ended sessions may take to go."""


@dataclass
class FreezeOutcome:
    """What holds now, or would."""

    state: str
    changed: bool = False
    read_only: bool = False
    """The server itself refuses every writer, after a restart too."""
    locked: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "state": self.state,
            "read_only": self.read_only,
            "locked_accounts": self.locked,
            "actions": self.actions,
            "sessions": self.sessions,
            "diff": {"before": "", "after": "".join(f"{action}\n" for action in self.actions)},
        }


def freeze(
    login: MySQLLogin, run_directory: str, accounts: Sequence[str], databases: Sequence[str], *, check: bool
) -> FreezeOutcome:
    """Keep every writer of I(databases) out, and end the sessions of I(accounts).

    @raise InputError: nothing that this account may set would hold; @raise PrivilegeMissing.
    """
    run = RunDirectory(run_directory)
    if not check:
        run.ensure()
    connection = mysql.connect(login)
    try:
        # A check makes no directory, and there is nobody to share one that is not there.
        with run.locked() if not check or run.path.exists() else contextlib.nullcontext():
            _refuse_own_account(connection, accounts)
            outcome = FreezeOutcome("frozen", read_only=freezing.holds(connection))
            _record(run, connection, accounts, check)
            if not outcome.read_only:
                _hold(connection, accounts, outcome, check)
            if not check:
                _end_sessions(connection, accounts, outcome)
            outcome.locked = [name for name in accounts if freezing.is_locked(connection, name)]
            outcome.sessions = [str(one) for one in on_databases(connection, databases, (login.user,))]
    finally:
        connection.close()
    outcome.changed = bool(outcome.actions)
    return outcome


def _refuse_own_account(connection: Connection, accounts: Sequence[str]) -> None:
    own = str(mysql.query(connection, "SELECT CURRENT_USER()")[0][0])
    for account in accounts:
        if "@".join(freezing.account_name(account)) == own:
            raise InputError(
                f"The freeze cannot lock {own}, the account it logs in with. Give it an account of its own with the "
                "privileges in docs/privileges.md."
            )


def _record(run: RunDirectory, connection: Connection, accounts: Sequence[str], check: bool) -> None:
    """Write down what is, unless a freeze that was not thawed has done so."""
    server = read_server(connection)
    identity = f"{server['vendor']} {server['identity']}"
    record = run.read_optional(run.freeze, "freeze")
    if record and record.get("server") != identity:
        raise ForeignRunDirectory(
            f"{run.freeze} was written for another server. Check login_host and login_port, or name another "
            "run_directory."
        )
    if record and not record.get("thawed"):
        missing = [name for name in accounts if name not in record["accounts"]]
        record["accounts"].update({name: freezing.is_locked(connection, name) for name in missing})
        if not missing:
            return
    else:
        record = {
            "server": identity,
            "frozen": journal.now(),
            "read_only": freezing.read_only_state(connection),
            "accounts": {name: freezing.is_locked(connection, name) for name in accounts},
            "thawed": None,
        }
    if not check:
        run.write(run.freeze, record)


def _hold(connection: Connection, accounts: Sequence[str], outcome: FreezeOutcome, check: bool) -> None:
    """Let the server refuse writers, or lock the accounts where it cannot bind an administrator."""
    variable = freezing.read_only_variable(connection)
    was_set = freezing.read_only_state(connection)[variable]
    if check:
        outcome.read_only = variable == "super_read_only"
    else:
        outcome.read_only = freezing.make_read_only(connection)
    if not was_set and (check or freezing.read_only_state(connection)[variable]):
        outcome.actions.append(f"set {variable}")
    if outcome.read_only:
        return
    if not accounts:
        raise InputError(
            f"{variable} alone does not keep an administrator from writing, or this account may not set it. Name the "
            "application's accounts in accounts, so that they are locked."
        )
    for account in accounts:
        if not freezing.is_locked(connection, account):
            if not check:
                freezing.lock(connection, account, True)
            outcome.actions.append(f"locked {account}")


def _end_sessions(connection: Connection, accounts: Sequence[str], outcome: FreezeOutcome) -> None:
    """A locked account's open sessions would go on writing."""
    if outcome.read_only or not accounts:
        return
    patience = time.monotonic() + _SESSIONS_END
    ended = freezing.end_sessions(connection, accounts)
    outcome.actions += [f"ended the session of {one}" for one in ended]
    while freezing.end_sessions(connection, accounts):
        if time.monotonic() > patience:
            raise PrivilegeMissing(
                "Sessions of the locked accounts do not end. The account of the freeze needs CONNECTION_ADMIN (MySQL) "
                "or CONNECTION ADMIN (MariaDB), or stop these clients first."
            )
        time.sleep(0.2)


def thaw(login: MySQLLogin, run_directory: str, *, check: bool) -> FreezeOutcome:
    """Restore what the record says, and only what the freeze has changed.

    @raise InputError: the server is read only, and no record says what was before.
    """
    run = RunDirectory(run_directory)
    run.check()
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
        if freezing.is_locked(connection, account) != was_locked:
            outcome.actions.append(f"{'locked' if was_locked else 'unlocked'} {account}")
            if not check:
                freezing.lock(connection, account, was_locked)


__all__ = ("FreezeOutcome", "freeze", "thaw")
