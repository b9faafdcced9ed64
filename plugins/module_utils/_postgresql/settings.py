# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Every session variable of the target that a result of ours depends on, with its value and the reason.

Whatever the server's configuration or the role's and the database's own settings say, a session of ours stands as
this table says, or is refused by the name of the variable. What decides costs, logs, or how rows are packed is not
here: there the database's own choice stays. A test holds that each session variable of the server is in this table
or in its list of those that do not matter.
"""

from __future__ import annotations

import typing as t

from .._drivers import psycopg
from .._errors import ServerError

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._logins import PostgreSQLLogin

LOCK_SECONDS: t.Final = 60
"""So long a statement of ours waits for another session's lock."""


class Setting(t.NamedTuple):
    """One variable. `value`: as pg_settings shows it, in the variable's base unit."""

    name: str
    value: str
    reason: str


START: t.Final = (
    # --- what a statement of ours means. With pg_catalog alone every name that is read back is printed qualified.
    Setting("search_path", "pg_catalog", "which table, function and operator a name means"),
    Setting("client_encoding", "UTF8", "the bytes of statements and values"),
    Setting("standard_conforming_strings", "on", "what a backslash in a literal means"),
    Setting("backslash_quote", "safe_encoding", "the same"),
    Setting("transform_null_equals", "off", "= NULL means IS NULL"),
    Setting("quote_all_identifiers", "off", "definitions read back look changed"),
    Setting("array_nulls", "on", "NULL in an array becomes a text"),
    Setting("xmloption", "content", "which XML is taken"),
    # --- how values are read and printed
    Setting("TimeZone", "UTC", "every time with a zone is read and printed in it"),
    Setting("timezone_abbreviations", "Default", "what the abbreviation of a zone means"),
    Setting("DateStyle", "ISO, YMD", "which number of a date is the month"),
    Setting("IntervalStyle", "postgres", "how intervals are printed, and what their signs mean"),
    Setting("bytea_output", "hex", "how bytes are printed"),
    Setting("xmlbinary", "base64", "how bytes are printed in XML"),
    Setting("extra_float_digits", "1", "less rounds what is printed"),
    Setting("lc_monetary", "C", "what a sum of money is as a number"),
    Setting("lc_numeric", "C", "the decimal point of to_char()"),
    Setting("lc_time", "C", "names of months of to_char()"),
    # --- which rows there are
    Setting("row_security", "off", "rows that a policy hides are left out of every result, without an error"),
    Setting("gin_fuzzy_search_limit", "0", "a GIN index gives a part of the rows"),
    Setting("default_transaction_isolation", "read committed", "a claim waits for the commit in doubt"),
    Setting("default_transaction_read_only", "off", "the load writes"),
    Setting("default_transaction_deferrable", "off", "a transaction waits for others before it begins"),
    Setting("restrict_nonsystem_relation_kind", "", "views and foreign tables are refused"),
    # --- what is made
    Setting("default_tablespace", "", "an index put back lies elsewhere than before"),
    Setting("default_table_access_method", "heap", "the ledger is a table of another kind"),
    Setting("synchronous_commit", "on", "a state that was noted is lost in a crash"),
    # --- how long it may take, and how it ends
    Setting("statement_timeout", "0", "a statement is ended"),
    Setting("idle_in_transaction_session_timeout", "0", "a session is ended while a chunk waits"),
    Setting("idle_session_timeout", "0", "a session is ended while a chunk waits"),
    Setting("lock_timeout", str(LOCK_SECONDS * 1000), "else a lock is waited for without end"),
    Setting("exit_on_error", "off", "an error that is expected ends the session"),
    Setting("log_parameter_max_length_on_error", "0", "keys of rows stand in the server's log"),
)
"""Given with the login, so that they hold from the first statement on, over all settings of role and database."""

LATER: t.Final = (
    Setting("transaction_timeout", "0", "a transaction is ended"),  # not before PostgreSQL 17
    Setting("session_replication_role", "origin", "triggers that keep rows right do not fire"),
    Setting("zero_damaged_pages", "off", "rows of damaged pages are left out of every result"),
    Setting("ignore_checksum_failure", "off", "damaged pages are read as if they were whole"),
)
"""Set where they stand otherwise: not every version knows them, and some take an administrator."""

_TCP: t.Final = {
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
    "tcp_user_timeout": "120000",
}
"""The server notices a migration host that fell silent, and lets go of its locks. Not shown by every system."""


def options(unix_socket: bool) -> str:
    """The settings of `START` as the options of a login."""
    found = {one.name: one.value for one in START} | ({} if unix_socket else _TCP)
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in found.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def check(connection: Connection[t.Any], login: PostgreSQLLogin) -> None:
    """See that all settings stand, and set what only can be set now.

    Raises ServerError: one of them stands otherwise.
    """
    wanted = {one.name: one for one in (*START, *LATER)}
    different = _different(connection, wanted)
    for one in LATER:
        if one.name in different:
            _try(connection, one.name, one.value)
    if different:
        different = _different(connection, wanted)
    # A statement of a killed run, as of an index, ends with its client; not on every system.
    _try(connection, "client_connection_check_interval", "2000")
    for name, value in different.items():
        raise _refusal(wanted[name], value, login)


def _different(connection: Connection[t.Any], wanted: t.Mapping[str, Setting]) -> dict[str, str]:
    found = connection.execute(
        b"SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY(%s)", (list(wanted),)
    ).fetchall()
    return {name: value for name, value in found if value != wanted[name].value}


def _try(connection: Connection[t.Any], name: str, value: str) -> None:
    try:
        connection.execute(b"SELECT pg_catalog.set_config(%s, %s, false)", (name, value))
    except psycopg.Error:
        if connection.broken:
            raise


def _refusal(setting: Setting, value: str, login: PostgreSQLLogin) -> ServerError:
    if setting in START:
        cause = (
            "although it was given with the login: something between us and the server (a pooler, a proxy) swallows "
            "it. Name the server itself in login_host and login_port."
        )
    else:
        cause = (
            f"and {login.user!r} may not change it. It must be {setting.value!r}: let an administrator take away what "
            "sets it (ALTER ROLE … RESET, ALTER DATABASE … RESET, or the server's configuration) for the time of "
            "the migration."
        )
    return ServerError(
        f"The target server {login.address} keeps {setting.name} at {value!r} in our session, where results depend "
        f"on it ({setting.reason}), {cause}"
    )


__all__ = ("LATER", "LOCK_SECONDS", "START", "Setting", "check", "options")
