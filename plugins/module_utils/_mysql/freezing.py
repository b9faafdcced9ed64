# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What keeps an application from writing, even one that logs in as root, and over a restart of the server.

MySQL: super_read_only, persisted. MariaDB has nothing that binds an administrator, so the application's accounts are
locked, which a restart does not undo; read_only binds all others until then.
"""

from __future__ import annotations

import typing as t

from .._errors import InputError, PrivilegeMissing, ServerError
from .catalog import is_mariadb
from .connection import query
from .quoting import identifier
from .sessions import sessions

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection


def account_name(account: str) -> tuple[str, str]:
    """User and host of C(user@host); the host is C(%) when not given."""
    user, found, host = account.rpartition("@")
    return (user, host or "%") if found else (account, "%")


def account_sql(account: str) -> str:
    """The account as it stands in statements."""
    user, host = account_name(account)
    return f"{identifier(user)}@{identifier(host)}"


def is_locked(connection: Connection, account: str) -> bool:
    """@raise InputError: there is no such account."""
    user, host = account_name(account)
    if is_mariadb(connection):
        sql = "SELECT COALESCE(JSON_VALUE(Priv, '$.account_locked'), '0') FROM mysql.global_priv"
    else:
        sql = "SELECT account_locked FROM mysql.user"
    found = query(connection, f"{sql} WHERE User = %s AND Host = %s", (user, host))
    if not found:
        raise InputError(f"The source has no account {user}@{host}. Check accounts, their host part too.")
    return str(found[0][0]).lower() in {"1", "y", "true"}


def lock(connection: Connection, account: str, locked: bool) -> None:
    """Lock or unlock an account; sessions that are open stay open."""
    query(connection, f"ALTER USER {account_sql(account)} ACCOUNT {'LOCK' if locked else 'UNLOCK'}")


def end_sessions(connection: Connection, accounts: Sequence[str]) -> list[str]:
    """End the sessions of these accounts' users; gives them in words."""
    users = {account_name(account)[0] for account in accounts}
    ended = [session for session in sessions(connection) if session.user in users]
    for session in ended:
        try:
            query(connection, f"KILL {session.id}")
        except ServerError:  # it ended by itself
            continue
    return [str(session) for session in ended]


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
    """Let the server refuse writers; C(False) where this account may not, or the server has only half of it."""
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
    "account_name",
    "end_sessions",
    "holds",
    "is_locked",
    "lock",
    "make_read_only",
    "read_only_state",
    "read_only_variable",
    "restore_read_only",
)
