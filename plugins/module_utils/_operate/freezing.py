# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What keeps an application from writing, even one that logs in as root, and over a restart of the server.

MySQL: super_read_only, persisted. MariaDB has nothing that binds an administrator, so the application's accounts are
locked, which a restart does not undo; read_only binds all others until then.
"""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import dataclass

from .._errors import InputError, PrivilegeMissing, ServerError
from .._mysql import quoting
from .._mysql.catalog import is_mariadb
from .._mysql.connection import query
from .._mysql.processlist import sessions

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymysql.connections import Connection

# Bits of mysql.global_priv. SUPER was enough to write to a read-only MariaDB before version 11.
_READ_ONLY_ADMIN: t.Final = 1 << 33
_SUPER: t.Final = 1 << 15
_SUPER_ALONE: t.Final = 110000
_MYSQL_WRITES: t.Final = (
    "Insert_priv", "Update_priv", "Delete_priv", "Create_priv", "Drop_priv", "Alter_priv", "Super_priv",
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    """One account of the source, or a role, which nobody logs in as."""

    user: str
    host: str
    locked: bool
    role: bool
    writes: bool
    """MariaDB: also where read_only is on. MySQL: in every database, unless super_read_only is on."""

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"


def accounts(connection: Connection) -> list[Account]:
    """All accounts of the server; raises PrivilegeMissing."""
    if is_mariadb(connection):
        found = query(connection, "SELECT User, Host, Priv FROM mysql.global_priv")
        return [_of_mariadb(str(user), str(host), json.loads(entry)) for user, host, entry in found]
    writes = " OR ".join(f"{name} = 'Y'" for name in _MYSQL_WRITES)
    found = query(connection, f"SELECT User, Host, account_locked = 'Y', ({writes}) FROM mysql.user")
    return [Account(_text(row[0]), _text(row[1]), bool(row[2]), False, bool(row[3])) for row in found]


def _of_mariadb(user: str, host: str, entry: dict[str, t.Any]) -> Account:
    access = int(entry.get("access", 0))
    old = int(entry.get("version_id", 0)) < _SUPER_ALONE
    writes = bool(access & _READ_ONLY_ADMIN or (old and access & _SUPER))
    return Account(user, host, bool(entry.get("account_locked")), bool(entry.get("is_role")), writes)


def _text(value: t.Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def account_name(account: str) -> tuple[str, str]:
    """User and host of `user@host`, the host in small letters as servers keep it; `%` when not given."""
    user, found, host = account.rpartition("@")
    return (user, host.lower() or "%") if found else (account, "%")


def entrances(connection: Connection, named: Sequence[str]) -> list[Account]:
    """Every account that a client of the application's can come in as, whatever host it comes from.

    The server looks for the most special host part first, then for an account without a name, which takes any
    user; and who may act for one of these (PROXY) needs no lock of theirs.

    Raises InputError: an account of `named` does not exist; raises PrivilegeMissing.
    """
    there = [one for one in accounts(connection) if not one.role]
    known = {(one.user, one.host.lower()) for one in there}
    for account in named:
        if account_name(account) not in known:
            raise InputError(
                f"The source has no account {'@'.join(account_name(account))}. Check accounts "
                "(service_downtime_accounts), their host part too."
            )
    users = {account_name(account)[0] for account in named}
    proxies = _proxies(connection, users) if users else set()
    return [one for one in there if users and (one.user in {*users, ""} or (one.user, one.host) in proxies)]


def _proxies(connection: Connection, users: set[str]) -> set[tuple[str, str]]:
    try:
        found = query(connection, "SELECT User, Host, Proxied_user FROM mysql.proxies_priv")
    except PrivilegeMissing as error:
        raise PrivilegeMissing(
            "The account of the freeze cannot see who may act for the application's accounts, which a lock does not "
            "keep out. GRANT SELECT ON mysql.proxies_priv TO it; see docs/privileges.md."
        ) from error
    return {(_text(user), _text(host)) for user, host, proxied in found if _text(proxied) in users}


def is_locked(connection: Connection, account: str) -> bool | None:
    """`None` where there is no such account."""
    wanted = account_name(account)
    found = [one.locked for one in accounts(connection) if (one.user, one.host.lower()) == wanted]
    return found[0] if found else None


def lock(connection: Connection, account: str, locked: bool) -> None:
    """Lock or unlock an account; sessions that are open stay open."""
    user, host = account_name(account)
    name = f"{quoting.identifier(user)}@{quoting.identifier(host)}"
    query(connection, f"ALTER USER {name} ACCOUNT {'LOCK' if locked else 'UNLOCK'}")


def end_sessions(connection: Connection, users: Iterable[str]) -> list[str]:
    """End the sessions of these users; gives them in words."""
    names = set(users)
    ended = [session for session in sessions(connection) if session.user in names]
    for session in ended:
        try:
            query(connection, f"KILL {session.id}")
        except ServerError:  # it ended by itself
            continue
    return [str(session) for session in ended]


# --- what writes without a session of a client ---------------------------------------------------------

_APPLIERS: t.Final = {
    # The thread that only fetches shows as Slave_IO, or as connecting.
    True: "command IN ('Slave_SQL', 'Slave_worker') OR (command = 'Connect' AND state LIKE '%relay log%')",
    False: "command <> 'Daemon' AND COALESCE(host, '') = ''",
}
_DETACHED: t.Final = (
    "SELECT CAST(trx_id AS CHAR) FROM information_schema.innodb_trx "
    "WHERE trx_mysql_thread_id = 0 AND trx_state = 'RUNNING'"
)


def unattended(connection: Connection) -> list[str]:
    """What can still write without any client's session: replication, and transactions prepared for XA.

    Neither read_only nor super_read_only keeps these out.
    """
    found = [f"the prepared XA transaction {name}" for name in _prepared(connection)]
    applies = query(
        connection,
        "SELECT COUNT(*) FROM information_schema.processlist "
        f"WHERE user = 'system user' AND ({_APPLIERS[is_mariadb(connection)]})",
    )
    if applies[0][0]:
        found.append("replication, which applies what another server sends")
    return found


def _prepared(connection: Connection) -> list[str]:
    """Names of prepared XA transactions, or their numbers where the account may not ask for names."""
    try:
        return sorted(_text(row[3]) for row in query(connection, "XA RECOVER"))
    except ServerError:
        first = {str(row[0]) for row in query(connection, _DETACHED)}
    if not first:
        return []
    # The server's own work has no session either, but ends within a moment.
    time.sleep(0.5)
    return sorted(f"number {one}" for one in first & {str(row[0]) for row in query(connection, _DETACHED)})


def scheduler_runs(connection: Connection) -> bool:
    """Whether the server's events run: they have the rights of whoever defined them, locked or not."""
    return str(query(connection, "SELECT @@GLOBAL.event_scheduler")[0][0]).upper() in {"ON", "1"}


def set_scheduler(connection: Connection, on: bool) -> None:
    """Raises PrivilegeMissing: it takes SUPER (MariaDB) or SYSTEM_VARIABLES_ADMIN (MySQL)."""
    query(connection, f"SET GLOBAL event_scheduler = {'ON' if on else 'OFF'}")


# --- read only ----------------------------------------------------------------------------------------


def read_only_variable(connection: Connection) -> str:
    """The strongest variable of this server."""
    return "read_only" if is_mariadb(connection) else "super_read_only"


def read_only_state(connection: Connection) -> dict[str, t.Any]:
    """Values of the variables, and on MySQL what is persisted of them."""
    names = ["read_only"] if is_mariadb(connection) else ["read_only", "super_read_only"]
    state: dict[str, t.Any] = {
        name: bool(query(connection, f"SELECT @@GLOBAL.{name}")[0][0]) for name in names
    }
    if not is_mariadb(connection):
        rows = query(
            connection,
            "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.persisted_variables "
            "WHERE VARIABLE_NAME IN ('read_only', 'super_read_only')",
        )
        state["persisted"] = {str(name): str(value) for name, value in rows}
    return state


def holds(connection: Connection) -> bool:
    """Whether the server itself refuses every writer, after a restart too."""
    state = read_only_state(connection)
    return bool(state.get("super_read_only")) and state["persisted"].get("super_read_only", "").upper() in {
        "ON",
        "1",
    }


def make_read_only(connection: Connection) -> bool:
    """Let the server refuse writers; `False` where this account may not, or the server has only half of it."""
    try:
        if is_mariadb(connection):
            query(connection, "SET GLOBAL read_only = 1")
            return False
        query(connection, "SET PERSIST super_read_only = ON")
    except PrivilegeMissing:
        return False
    return True


def restore_read_only(connection: Connection, before: t.Mapping[str, t.Any]) -> None:
    """Give the variables the values they had."""
    if is_mariadb(connection):
        query(connection, f"SET GLOBAL read_only = {int(before['read_only'])}")
        return
    # super_read_only implies read_only: off in this order, on in the other.
    for name in ("super_read_only", "read_only"):
        persisted = before["persisted"].get(name)
        if persisted is None:
            query(connection, f"RESET PERSIST IF EXISTS {name}")
        else:
            query(connection, f"SET PERSIST {name} = {'ON' if persisted.upper() in {'ON', '1'} else 'OFF'}")
    for name in ("super_read_only", "read_only"):
        query(connection, f"SET GLOBAL {name} = {int(before[name])}")
    if before["super_read_only"]:
        query(connection, "SET GLOBAL super_read_only = 1")


__all__ = (
    "Account",
    "account_name",
    "accounts",
    "end_sessions",
    "entrances",
    "holds",
    "is_locked",
    "lock",
    "make_read_only",
    "read_only_state",
    "read_only_variable",
    "restore_read_only",
    "scheduler_runs",
    "set_scheduler",
    "unattended",
)
