# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Constructs that speak to the server rather than to its tables, and what no rule can judge."""

from __future__ import annotations

import typing as t

from .finders import ADAPT, HARD, Construct, Hit, first, row
from .sql import Sql

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAMS: t.Final = ("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT")


def _catalogs(sql: Sql) -> Iterator[Hit]:
    for number, word in enumerate(sql.words):
        said = word.name.lower() if word.names else ""
        if said in ("information_schema", "performance_schema", "mysql", "sys") and sql.at(number + 1) == ".":
            yield Hit(word.start, word.end)


def _programs(sql: Sql) -> Iterator[Hit]:
    if sql.kind.endswith(_PROGRAMS) or sql.begins("CALL"):
        yield Hit(sql.words[0].start, sql.words[0].end)


def _settings(sql: Sql) -> Iterator[Hit]:
    if sql.begins("SET") and not sql.begins("SET PASSWORD") and sql.at(1) != "@":
        names = {word.upper for word in sql.words}
        if not names & {"FOREIGN_KEY_CHECKS", "UNIQUE_CHECKS", "AUTOCOMMIT", "TRANSACTION"}:
            yield Hit(sql.words[0].start, sql.words[min(1, len(sql.words) - 1)].end)
    elif not sql.begins("SET"):
        yield from row("@@ *")(sql)


SERVER: t.Final = (
    Construct(
        "show", "SHOW", HARD, "A query of PostgreSQL's catalogs: the program reads the result.", first("SHOW")
    ),
    Construct(
        "catalog",
        "information_schema and MySQL's own databases",
        HARD,
        "`pg_catalog`, or PostgreSQL's `information_schema`: columns, case and what is a schema differ.",
        _catalogs,
    ),
    Construct(
        "key_checks",
        "FOREIGN_KEY_CHECKS, UNIQUE_CHECKS",
        HARD,
        "Write in the right order, or make the keys `DEFERRABLE`. `session_replication_role` needs a superuser.",
        row("FOREIGN_KEY_CHECKS|UNIQUE_CHECKS"),
    ),
    Construct(
        "setting",
        "SET of the session or the server",
        ADAPT,
        "Leave it away, or the setting of that meaning: `client_encoding` for NAMES.",
        _settings,
    ),
    Construct(
        "prepared",
        "PREPARE, EXECUTE, DEALLOCATE",
        HARD,
        "`DO $$ … EXECUTE format(…) … $$`, or the program itself.",
        first("PREPARE", "EXECUTE", "DEALLOCATE", "DROP PREPARE"),
    ),
    Construct(
        "stored_program",
        "procedures, functions, triggers, events",
        HARD,
        "PL/pgSQL, written anew; events are for a scheduler outside.",
        _programs,
    ),
    Construct(
        "delimiter",
        "DELIMITER",
        ADAPT,
        "A word of MySQL's client. The body of a function stands between `$$` there.",
        first("DELIMITER"),
    ),
    Construct(
        "lock_tables",
        "LOCK TABLES",
        HARD,
        "`LOCK TABLE … IN … MODE` inside the transaction, which ends it.",
        first("LOCK TABLES", "LOCK TABLE", "UNLOCK TABLES", "UNLOCK TABLE"),
    ),
    Construct(
        "transaction",
        "BEGIN, COMMIT and the like inside a migration",
        ADAPT,
        "Leave it to TypeORM's transaction: on PostgreSQL it holds changes of the schema too.",
        first(
            "START TRANSACTION",
            "BEGIN",
            "COMMIT",
            "ROLLBACK",
            "SET AUTOCOMMIT",
            "SET TRANSACTION",
            "SET SESSION TRANSACTION",
        ),
    ),
    Construct(
        "load_data",
        "LOAD DATA",
        HARD,
        "`COPY … FROM STDIN`, through the driver.",
        first("LOAD DATA", "LOAD XML"),
    ),
    Construct(
        "account",
        "accounts and grants",
        ADAPT,
        "Roles have no host part; mostly no matter of a migration.",
        first(
            "GRANT",
            "REVOKE",
            "CREATE USER",
            "DROP USER",
            "ALTER USER",
            "RENAME USER",
            "SET PASSWORD",
            "CREATE ROLE",
        ),
    ),
    Construct(
        "database",
        "CREATE DATABASE, USE and the like",
        ADAPT,
        "The database is made beforehand; a session stays in one. `CREATE SCHEMA`, if a schema is meant.",
        first(
            "CREATE DATABASE",
            "DROP DATABASE",
            "ALTER DATABASE",
            "CREATE SCHEMA",
            "DROP SCHEMA",
            "ALTER SCHEMA",
            "USE",
        ),
    ),
    Construct(
        "maintenance",
        "OPTIMIZE, ANALYZE TABLE, FLUSH, EXPLAIN and the like",
        ADAPT,
        "Leave it away; `ANALYZE t` and `VACUUM` outside of a transaction.",
        first(
            "OPTIMIZE",
            "ANALYZE",
            "CHECK",
            "REPAIR",
            "FLUSH",
            "RESET",
            "KILL",
            "PURGE",
            "HANDLER",
            "EXPLAIN",
            "DESCRIBE",
            "DESC",
            "DO",
            "INSTALL",
            "UNINSTALL",
            "CHECKSUM",
            "CACHE",
        ),
    ),
)

__all__ = ("SERVER",)
