# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Every session variable of the source that a result of ours depends on, with its value and the reason.

Whatever the server's configuration, the account or init_connect says, a session of ours stands as this table
says, or is refused by the name of the variable. Variables that stand here for one family, or that a version
does not know, are left out where the server has none of the name.

What changes costs, logs or writes only is not here; a test holds that each session variable of both servers
is in this table or in its list of those that do not matter.
"""

from __future__ import annotations

import typing as t

from .._drivers import pymysql
from .._errors import ServerError

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

LOCK_SECONDS: t.Final = 60
"""So long a statement of ours waits for another session's lock."""


class Setting(t.NamedTuple):
    """One variable. `value`: as SELECT @@SESSION shows it; of a list of flags those that must stand in it."""

    name: str
    value: str
    reason: str
    family: t.Literal["mariadb", "mysql", None] = None


# ANSI_QUOTES and the rest of the server's modes are replaced, not extended. PAD_CHAR_TO_FULL_LENGTH
# must stay away (it would add blanks to CHAR values).
SQL_MODE: t.Final = "NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION"

# First and without a look at the server: they shorten or forbid the statements that look at it.
_FIRST: t.Final = (
    Setting(
        "sql_select_limit", str(2**64 - 1), "rows beyond it are left out of every result, without an error"
    ),
    Setting("sql_big_selects", "1", "a query that may read many rows is refused (max_join_size)"),
)

SETTINGS: t.Final = (
    *_FIRST,
    # --- which bytes a value is, and how two values compare
    Setting("character_set_client", "utf8mb4", "the bytes of our statements"),
    Setting("character_set_results", "utf8mb4", "the bytes of every value that is read"),
    Setting("character_set_connection", "utf8mb4", "the character set of literals and of numbers made text"),
    Setting("collation_connection", "utf8mb4_bin", "how literals and numbers made text compare: as bytes"),
    Setting(
        "character_set_collations",
        ",".join(f"{name}={name}_uca1400_ai_ci" for name in ("utf8mb3", "ucs2", "utf8mb4", "utf16", "utf32")),
        "the collation of what CONVERT makes: how it folds case",
        "mariadb",
    ),
    Setting("default_collation_for_utf8mb4", "utf8mb4_0900_ai_ci", "the same", "mysql"),
    Setting("sql_mode", SQL_MODE, "what a quote, a backslash, || and a blank at the end of CHAR mean"),
    Setting("old_mode", "", "what utf8 means, and what a time is as a date", "mariadb"),
    Setting("old", "0", "the same, all at once", "mariadb"),
    Setting("new_mode", "", "behaviour of later versions", "mariadb"),
    # --- times
    Setting("time_zone", "+00:00", "every TIMESTAMP is read in it"),
    Setting(
        "timestamp", "DEFAULT", "NOW() stands still: a write in the second of the dump would not be told"
    ),
    Setting("show_old_temporals", "0", "comments in the types of old time columns", "mysql"),
    Setting("lc_time_names", "en_US", "names of months in what a rule formats"),
    Setting("default_week_format", "0", "WEEK() in a rule"),
    # --- functions
    Setting("div_precision_increment", "4", "digits of a quotient in a rule"),
    Setting("group_concat_max_len", str(1 << 30), "GROUP_CONCAT in a rule is cut"),
    Setting("default_regex_flags", "", "what a regular expression of the scan matches", "mariadb"),
    Setting("windowing_use_high_precision", "1", "sums of window functions in a rule", "mysql"),
    Setting("max_recursive_iterations", "4294967295", "a recursive rule is cut", "mariadb"),
    Setting("standard_compliant_cte", "1", "what a recursive rule means", "mariadb"),
    Setting("max_sort_length", "4096", "longer keys compare equal in a sort; InnoDB's longest is 3072"),
    Setting("sort_buffer_size", str(2 << 20), "keys of such a length must fit into a sort"),
    Setting("sql_auto_is_null", "0", "IS NULL finds the row inserted last"),
    # --- which rows there are
    Setting("system_versioning_asof", "DEFAULT", "tables are read as they were at another time", "mariadb"),
    Setting("transaction_isolation", "REPEATABLE-READ", "all readers see one point in time"),
    Setting("transaction_read_only", "0", "freeze and restore write"),
    Setting("autocommit", "1", "a session outside a snapshot sees what is there now"),
    Setting("completion_type", "NO_CHAIN", "the end of a snapshot begins another or ends the session"),
    Setting("query_cache_type", "OFF", "an answer of earlier", "mariadb"),
    Setting("query_cache_wlock_invalidate", "1", "the same, of a table that is locked", "mariadb"),
    Setting("wsrep_dirty_reads", "0", "a node cut off from its cluster gives rows of earlier", "mariadb"),
    Setting("use_secondary_engine", "OFF", "another engine answers, from rows of its own", "mysql"),
    Setting("information_schema_stats_expiry", "0", "update times of up to a day ago", "mysql"),
    Setting(
        "show_gipk_in_create_table_and_information_schema",
        "1",
        "generated keys are not in the catalog",
        "mysql",
    ),
    # --- how the server executes it
    Setting("sql_safe_updates", "0", "statements without a key are refused"),
    Setting("max_join_size", str(2**64 - 1), "a query that may read many rows is refused"),
    Setting("sql_buffer_result", "0", "a whole table is kept in a temporary one before its first row comes"),
    # Merged, a derived table's hash would be computed once for each of its uses.
    Setting("optimizer_switch", "derived_merge=off", "each row is hashed once"),
    Setting("max_error_count", "64", "warnings of a conversion are not kept"),
    Setting("sql_notes", "1", "notes are not kept"),
    Setting("lc_messages", "en_US", "messages, as an operator looks them up"),
    # --- how long it may take: a chunk may wait for a slow disk or a stopped consumer
    Setting("max_statement_time", "0", "a statement is ended", "mariadb"),
    Setting("max_execution_time", "0", "a statement is ended", "mysql"),
    Setting("wait_timeout", "86400", "the server hangs up while a chunk waits"),
    Setting("net_write_timeout", "3600", "the server hangs up while a chunk waits"),
    Setting("net_read_timeout", "3600", "the server hangs up while a chunk waits"),
    Setting("idle_transaction_timeout", "0", "an idle reader's snapshot is ended", "mariadb"),
    Setting("idle_readonly_transaction_timeout", "0", "an idle reader's snapshot is ended", "mariadb"),
    Setting("lock_wait_timeout", str(LOCK_SECONDS), "else a lock is waited for a day, or a year"),
    Setting("innodb_lock_wait_timeout", str(LOCK_SECONDS), "the same for rows"),
)

_FLAGS: t.Final = {"sql_mode", "optimizer_switch", "character_set_collations"}
"""Values that are lists, in an order of the server's own."""
_NOT_SHOWN: t.Final = {"timestamp"}
"""What @@SESSION shows of it says nothing of how it stands."""
_AT_LEAST: t.Final = {"max_error_count", "max_sort_length", "sort_buffer_size"}
_SWITCH: t.Final = {"ON": "1", "OFF": "0"}


def of_family(mariadb: bool) -> list[Setting]:
    """The settings of one family of servers."""
    other = "mysql" if mariadb else "mariadb"
    return [one for one in SETTINGS if one.family != other]


def apply(connection: Connection, address: str, mariadb: bool) -> None:
    """Set what stands otherwise, and see that all of it stands.

    Raises ServerError: a variable that the account may not set stands at a value that would change a result.
    """
    _set(connection, _FIRST)
    wanted = of_family(mariadb)
    names = ", ".join(f"'{one.name}'" for one in wanted)
    shown = dict(_rows(connection, f"SHOW SESSION VARIABLES WHERE Variable_name IN ({names})"))
    known = [one for one in wanted if one.name in shown]
    _set(connection, [one for one in known if one.name in _NOT_SHOWN or not stands(one, shown[one.name])])
    compared = [one for one in known if one.name not in _NOT_SHOWN]
    columns = ", ".join(f"@@SESSION.{one.name}" for one in compared)
    values = _rows(connection, f"SELECT {columns}")[0]
    for one, value in zip(compared, values, strict=True):
        if not stands(one, value):
            raise _refusal(one, value, address)


def stands(setting: Setting, value: t.Any) -> bool:
    """Whether `value`, as SHOW or SELECT give it, is what the setting says."""
    text = str(value).strip()
    text, wanted = _SWITCH.get(text, text), _SWITCH.get(setting.value, setting.value)
    if setting.name in _FLAGS:
        have, parts = set(text.split(",")), set(wanted.split(","))
        return parts <= have if setting.name == "optimizer_switch" else parts == have
    try:
        return float(text) == float(wanted) or (setting.name in _AT_LEAST and float(text) > float(wanted))
    except ValueError:
        return text == wanted


def _set(connection: Connection, settings: t.Sequence[Setting]) -> None:
    """In one statement, or one by one where the server refuses one of them; what stands is seen afterwards."""
    assignments = [f"SESSION {one.name} = {_literal(one.value)}" for one in settings]
    try:
        _rows(connection, f"SET {', '.join(assignments)}")
    except (pymysql.err.OperationalError, pymysql.err.ProgrammingError, pymysql.err.InternalError):
        for assignment in assignments:
            try:
                _rows(connection, f"SET {assignment}")
            except pymysql.MySQLError:
                if not connection.open:
                    raise


def _literal(value: str) -> str:
    return value if value.isdigit() or value == "DEFAULT" else f"'{value}'"


def _rows(connection: Connection, sql: str) -> list[tuple[t.Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _refusal(setting: Setting, value: t.Any, address: str) -> ServerError:
    shown = f"{value}"[:80]
    return ServerError(
        f"The source server {address} keeps {setting.name} at {shown!r} in our session, where results depend on it "
        f"({setting.reason}). It must be {setting.value!r}: let an administrator set it so for the time of the "
        "migration, or take away what sets it for this account; something between us and the server that swallows "
        "SET statements has to go."
    )


__all__ = ("LOCK_SECONDS", "SETTINGS", "SQL_MODE", "Setting", "apply", "of_family", "stands")
