# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Read the catalog of a MySQL or MariaDB server. Nothing is judged here."""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict
from dataclasses import replace

from .._catalog import Catalog, Column, Database, ForeignKey, Index, Server, Table
from .._errors import PrivilegeMissing, ServerError
from . import restored
from .connection import query, server_identity
from .quoting import qualified

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymysql.connections import Connection

# Settings that decide how a value was stored or how it reads; all others are the operator's own business.
SETTINGS: t.Final = (
    "character_set_server",
    "collation_server",
    "log_bin",
    "lower_case_table_names",
    "max_allowed_packet",
    "sql_mode",
    "system_time_zone",
    "time_zone",
)

_MEMBER = re.compile(r"'((?:[^']|'')*)'")
_JSON_CHECK = re.compile(r"^\(?json_valid\(`((?:[^`]|``)+)`\)\)?$", re.IGNORECASE)

_NEXTVAL: t.Final = re.compile(r"nextval\(`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`\)", re.IGNORECASE)
AUTO_INCREMENT: t.Final = "auto_increment"
RISING: t.Final = "sequence"
FALLING: t.Final = "falling sequence"
"""What a column counts by: the table's counter, or MariaDB's sequences up and down."""

_TABLES: t.Final = ("BASE TABLE", "SYSTEM VERSIONED")
IS_TABLE: t.Final = f"(table_type IN {_TABLES} AND {restored.NO_MARK})"
"""A condition on information_schema.tables. MariaDB's system-versioned tables give their present rows."""
_LEFT: t.Final = {"SYSTEM VERSIONED": "history of rows"}
"""What stays behind of an object that is not a plain table, where its kind does not say it."""

Rows = t.Iterable[tuple[t.Any, ...]]


def read_server(connection: Connection) -> Server:
    """The server with `SETTINGS`."""
    names = ", ".join(f"'{name}'" for name in SETTINGS)
    settings = dict(query(connection, f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})"))
    version = str(query(connection, "SELECT VERSION()")[0][0])
    vendor = "mariadb" if "mariadb" in version.lower() else "mysql"
    return Server(vendor, version, server_identity(connection), settings)


# Every month in which a TIMESTAMP can lie, and its first and last second (MariaDB 11.5 and later go to 2106).
_MOMENTS: t.Final = (
    "1970-01-01 00:00:01",
    *(f"{year}-{month:02d}-15 00:00:00" for year in range(1970, 2106) for month in range(1, 13)),
    "2038-01-19 03:14:07",
    "2106-02-07 06:28:15",
)

_MOMENTS_PER_QUERY: t.Final = 100
"""A statement of 14 kB: some servers take small packets only."""


def _read_offsets(connection: Connection) -> list[int | None]:
    """The seconds by which the server's zone is off UTC, at any time of a TIMESTAMP; `None`: it cannot say.

    The global zone, not our session's: what the application's own sessions saw by default.
    """
    shown = "CONVERT_TZ('{0}', '+00:00', @@GLOBAL.time_zone)"
    offset = f"COALESCE(TIMESTAMPDIFF(SECOND, '{{0}}', {shown}), '?')"
    found: set[int | None] = set()
    for start in range(0, len(_MOMENTS), _MOMENTS_PER_QUERY):
        part = _MOMENTS[start : start + _MOMENTS_PER_QUERY]
        # One value: so many columns take the driver longer to describe than the server to compute.
        text = f"SELECT CONCAT_WS(',', {', '.join(offset.format(moment) for moment in part)})"
        values = str(query(connection, text)[0][0]).split(",")
        found |= {None if value == "?" else int(value) for value in values}
    return sorted(found, key=lambda value: (value is None, value or 0))


def read_catalog(connection: Connection, databases: Sequence[str]) -> Catalog:
    """The structure of `databases`.

    Raises ServerError: a database does not exist or the account may not see it.
    """
    server = read_server(connection)
    server.settings["utc_offsets_seconds"] = _read_offsets(connection)
    found = {name: _read_database(connection, name, server.vendor) for name in databases}
    return Catalog(server, found)


def read_sizes(connection: Connection, database: str) -> dict[str, dict[str, int]]:
    """`{table: {"rows_estimate": n, "bytes": n}}` as the storage engine estimates them."""
    found = query(
        connection,
        "SELECT table_name, COALESCE(table_rows, 0), COALESCE(data_length, 0) "
        f"FROM information_schema.tables WHERE table_schema = %s AND {IS_TABLE}",
        (database,),
    )
    return {name: {"rows_estimate": int(rows), "bytes": int(size)} for name, rows, size in found}


def read_counters(connection: Connection, database: str) -> dict[str, int]:
    """AUTO_INCREMENT of each table, as the server would give it next (of now: see `settings`)."""
    found = query(
        connection,
        "SELECT table_name, auto_increment FROM information_schema.tables "
        "WHERE table_schema = %s AND auto_increment IS NOT NULL",
        (database,),
    )
    return {name: int(value) for name, value in found}


def read_next_value(connection: Connection, default: str) -> int | None:
    """Where MariaDB's sequence in `default` goes on; `None`: it is none. What it has in its cache counts as given."""
    name = _sequence(default)
    if name is None:
        return None
    return int(query(connection, f"SELECT next_not_cached_value FROM {name}")[0][0])


def _sequence(default: str | None) -> str | None:
    """The sequence, for SQL, that a default calls and nothing else."""
    match = _NEXTVAL.fullmatch((default or "").strip())
    return qualified(*(part.replace("``", "`") for part in match.groups())) if match else None


def is_mariadb(connection: Connection) -> bool:
    """The server told so in its greeting; no query is sent."""
    return "mariadb" in str(connection.get_server_info()).lower()


def _read_database(connection: Connection, name: str, vendor: str) -> Database:
    head = query(
        connection,
        "SELECT default_character_set_name, default_collation_name "
        "FROM information_schema.schemata WHERE schema_name = %s",
        (name,),
    )
    if not head:
        raise ServerError(
            f"The source server has no database {name!r}, or the account has no privilege on it. "
            "Check the list of databases and the account's grants."
        )
    objects = query(
        connection,
        "SELECT table_name, table_type, engine FROM information_schema.tables WHERE table_schema = %s "
        f"AND {restored.NO_MARK}",
        (name,),
    )
    json_columns, checks = _read_checks(connection, name, vendor)
    columns = _read_columns(connection, name, json_columns)
    indexes = _read_indexes(connection, name)
    keys = _read_foreign_keys(connection, name)
    tables = {
        table: Table(
            name=table,
            columns=tuple(columns[table]),
            indexes=tuple(indexes[table]),
            foreign_keys=tuple(keys[table]),
            checks=tuple(checks[table]),
            engine=engine,
        )
        for table, kind, engine in sorted(objects)
        if kind in _TABLES
    }
    blind = sorted(table for table in tables if not tables[table].columns)
    if blind or (not objects and not _may_select(connection, name)):
        what = f"may not read the table {blind[0]}" if blind else "sees no table"
        raise PrivilegeMissing(
            f"The source account {what} of the database {name!r}{'' if blind else ', unless it is empty'}. "
            f"GRANT SELECT, LOCK TABLES ON `{name}`.* TO it; see docs/privileges.md."
        )
    others = tuple(
        sorted(
            (_LEFT.get(kind, kind.lower()), table) for table, kind, _engine in objects if kind != "BASE TABLE"
        )
    )
    return Database(name=name, tables=tables, charset=head[0][0], collation=head[0][1], others=others)


def _may_select(connection: Connection, database: str) -> bool:
    """A grant on all of `database`: what looks empty then is empty. (An account sees its own grants only.)"""
    globally = "SELECT 1 FROM information_schema.user_privileges WHERE privilege_type = 'SELECT' LIMIT 1"
    here = (
        "SELECT 1 FROM information_schema.schema_privileges "
        "WHERE privilege_type = 'SELECT' AND REPLACE(table_schema, '\\', '') = %s LIMIT 1"
    )
    return bool(query(connection, globally) or query(connection, here, (database,)))


def _read_columns(
    connection: Connection, database: str, json_columns: set[tuple[str, str]]
) -> dict[str, list[Column]]:
    found = query(
        connection,
        "SELECT table_name, column_name, column_type, data_type, is_nullable, column_default, "
        "character_maximum_length, numeric_precision, numeric_scale, datetime_precision, "
        "character_set_name, collation_name, extra, generation_expression "
        "FROM information_schema.columns WHERE table_schema = %s ORDER BY table_name, ordinal_position",
        (database,),
    )
    columns: dict[str, list[Column]] = defaultdict(list)
    for row in found:
        column = _column(row, (row[0], row[1]) in json_columns)
        name = _sequence(column.default)
        if name is not None:
            step = query(connection, f"SELECT increment FROM {name}")[0][0]
            column = replace(column, counter=FALLING if int(step) < 0 else RISING)
        columns[row[0]].append(column)
    return columns


def _column(row: tuple[t.Any, ...], checked_json: bool) -> Column:
    (_table, name, full, family, nullable, default, length, digits, scale, fraction, charset, collation) = (
        row[:12]
    )
    extra, expression = str(row[12] or "").lower(), row[13]
    family = str(family).lower()
    return Column(
        name=name,
        type=str(full),
        family="json" if checked_json else family,
        nullable=nullable == "YES",
        default=None if default is None else str(default),
        length=int(digits) if family == "bit" else (None if length is None else int(length)),
        precision=_integer(fraction if digits is None else digits),
        scale=_integer(scale),
        unsigned="unsigned" in str(full).lower().partition("'")[0],
        charset=charset,
        collation=collation,
        labels=_labels(str(full)) if family in {"enum", "set"} else (),
        # DEFAULT_GENERATED in extra only says that the default is an expression; the text of a
        # generated column stands in generation_expression on both vendors.
        generated=bool(expression),
        counter=AUTO_INCREMENT if "auto_increment" in extra else None,
    )


def _integer(value: t.Any) -> int | None:
    return None if value is None else int(value)


def _labels(full_type: str) -> tuple[str, ...]:
    return tuple(member.replace("''", "'") for member in _MEMBER.findall(full_type))


def _read_checks(
    connection: Connection, database: str, vendor: str
) -> tuple[set[tuple[str, str]], dict[str, list[tuple[str, str]]]]:
    """MariaDB declares JSON as longtext with a json_valid() check: those columns, and all other checks."""
    json_columns: set[tuple[str, str]] = set()
    checks: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for table, name, clause in _check_rows(connection, database, vendor):
        match = _JSON_CHECK.match(str(clause).strip())
        if match and vendor == "mariadb":
            json_columns.add((table, match.group(1).replace("``", "`")))
        else:
            checks[table].append((name, str(clause)))
    return json_columns, checks


def _check_rows(connection: Connection, database: str, vendor: str) -> Rows:
    if vendor == "mariadb":
        return query(
            connection,
            "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints "
            "WHERE constraint_schema = %s ORDER BY 1, 2",
            (database,),
        )
    exists = query(
        connection,
        "SELECT 1 FROM information_schema.tables "
        "WHERE table_schema = 'information_schema' AND table_name = 'CHECK_CONSTRAINTS'",
    )
    if not exists:  # before 8.0.16 CHECK was parsed and ignored
        return []
    return query(
        connection,
        "SELECT t.table_name, c.constraint_name, c.check_clause FROM information_schema.check_constraints c "
        "JOIN information_schema.table_constraints t ON t.constraint_schema = c.constraint_schema "
        "AND t.constraint_name = c.constraint_name AND t.constraint_type = 'CHECK' "
        "WHERE c.constraint_schema = %s ORDER BY 1, 2",
        (database,),
    )


def _read_indexes(connection: Connection, database: str) -> dict[str, list[Index]]:
    found = query(
        connection,
        "SELECT table_name, index_name, non_unique, column_name, sub_part, index_type "
        "FROM information_schema.statistics WHERE table_schema = %s "
        "ORDER BY table_name, index_name, seq_in_index",
        (database,),
    )
    grouped: dict[tuple[str, str], list[tuple[t.Any, ...]]] = defaultdict(list)
    for row in found:
        grouped[row[0], row[1]].append(row)
    indexes: dict[str, list[Index]] = defaultdict(list)
    for (table, name), parts in grouped.items():
        if parts[0][5] in {"FULLTEXT", "SPATIAL"}:
            continue  # neither orders rows nor says anything about their values
        indexes[table].append(
            Index(
                name=name,
                columns=tuple(part[3] for part in parts),
                unique=not int(parts[0][2]),
                primary=name == "PRIMARY",
                # A hash index (MariaDB's long unique) cannot serve a range either.
                prefixed=any(part[4] is not None for part in parts) or parts[0][5] == "HASH",
            )
        )
    return indexes


def _read_foreign_keys(connection: Connection, database: str) -> dict[str, list[ForeignKey]]:
    found = query(
        connection,
        "SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name "
        "FROM information_schema.key_column_usage "
        "WHERE table_schema = %s AND referenced_table_name IS NOT NULL "
        "ORDER BY table_name, constraint_name, ordinal_position",
        (database,),
    )
    grouped: dict[tuple[str, str], list[tuple[t.Any, ...]]] = defaultdict(list)
    for row in found:
        grouped[row[0], row[1]].append(row)
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    for (table, name), parts in grouped.items():
        keys[table].append(
            ForeignKey(
                name=name,
                columns=_names(parts, 2),
                ref_table=parts[0][3],
                ref_columns=_names(parts, 4),
            )
        )
    return keys


def _names(parts: Iterable[tuple[t.Any, ...]], position: int) -> tuple[str, ...]:
    return tuple(part[position] for part in parts)


__all__ = (
    "AUTO_INCREMENT",
    "FALLING",
    "IS_TABLE",
    "is_mariadb",
    "read_catalog",
    "read_counters",
    "read_next_value",
    "read_server",
    "read_sizes",
)
