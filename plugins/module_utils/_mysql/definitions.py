# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a schema made anew needs to know of the source, and no row depends on: it is in no catalog of a run.

Expressions are in the source's own words. An account sees a part of them only: what it may not read is empty.
"""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict
from dataclasses import dataclass

from .connection import query

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

Row = tuple[t.Any, ...]

_ON_UPDATE: t.Final = re.compile(r"on update (current_timestamp(?:\(\d?\))?)", re.IGNORECASE)
_BACKSLASH: t.Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class ColumnDefinition:
    """What stands beside a column's type."""

    default: str | None = None
    """A literal's text, or an expression; `None`: there is none, or NULL."""
    computed: bool = False
    """The default is an expression in SQL, no literal's text."""
    generated: str | None = None
    """The expression of a generated column."""
    on_update: bool = False
    """The server sets it to the present moment whenever its row changes."""
    comment: str = ""


@dataclass(frozen=True)
class IndexPart:
    """One column or expression of an index."""

    column: str | None
    length: int | None = None
    """Characters, or bytes of a binary column, that alone are in the index."""
    falling: bool = False
    expression: str | None = None


@dataclass(frozen=True)
class IndexDefinition:
    """One index, in the order of its parts."""

    name: str
    unique: bool
    kind: str
    """`BTREE`, `HASH`, `FULLTEXT`, `SPATIAL`, …"""
    parts: tuple[IndexPart, ...]

    @property
    def primary(self) -> bool:
        return self.name == "PRIMARY"


@dataclass(frozen=True)
class Partition:
    """One partition; `bound` as the server prints it."""

    name: str
    bound: str | None


@dataclass(frozen=True)
class Partitioning:
    """How a table is parted."""

    method: str
    expression: str
    partitions: tuple[Partition, ...]
    deeper: bool = False
    """The partitions are parted themselves."""


@dataclass(frozen=True)
class ObjectDefinition:
    """What is no table: a view, a trigger, a routine, an event."""

    kind: str
    name: str
    text: str
    """Empty: the account may not read it."""
    table: str = ""


@dataclass(frozen=True)
class Definitions:
    """Of one database."""

    columns: dict[tuple[str, str], ColumnDefinition]
    """By table and column."""
    indexes: dict[str, tuple[IndexDefinition, ...]]
    actions: dict[tuple[str, str], tuple[str, str]]
    """By table and foreign key: ON UPDATE and ON DELETE."""
    unenforced: frozenset[tuple[str, str]]
    """Table and name of each CHECK that the server does not hold to."""
    comments: dict[str, str]
    """Of tables that have one."""
    partitionings: dict[str, Partitioning]
    objects: tuple[ObjectDefinition, ...]
    unseen: tuple[tuple[str, str], ...] = ()
    """What the server hides from the account, and the privilege that would show it."""


def read(connection: Connection, database: str, vendor: str) -> Definitions:
    """All of `database`; raises ServerError."""
    return Definitions(
        columns=_columns(connection, database, vendor),
        indexes=_indexes(connection, database, vendor),
        actions=_actions(connection, database),
        unenforced=_unenforced(connection, database),
        comments=dict(
            query(
                connection,
                "SELECT table_name, table_comment FROM information_schema.tables "
                "WHERE table_schema = %s AND table_type <> 'VIEW' AND table_comment <> ''",
                (database,),
            )
        ),
        partitionings=_partitionings(connection, database),
        objects=_objects(connection, database, vendor),
        unseen=_unseen(connection, database),
    )


def plain(vendor: str, text: str) -> str:
    """An expression without the backslashes that MySQL's catalog puts before the quotes in it."""
    return _BACKSLASH.sub(r"\1", text) if vendor == "mysql" else text


def _columns(connection: Connection, database: str, vendor: str) -> dict[tuple[str, str], ColumnDefinition]:
    found = query(
        connection,
        "SELECT table_name, column_name, column_default, extra, generation_expression, column_comment "
        "FROM information_schema.columns WHERE table_schema = %s",
        (database,),
    )
    return {(row[0], row[1]): column(vendor, *row[2:]) for row in found}


def column(
    vendor: str, default: str | None, extra: str | None, generated: str | None, comment: str | None
) -> ColumnDefinition:
    """One column, as either server's catalog prints it: MariaDB prints every default as an expression."""
    extra = str(extra or "")
    computed = vendor == "mariadb" or "default_generated" in extra.lower()
    text = None if default is None else str(default)
    if text is not None and re.fullmatch(r"current_timestamp(\(\d?\))?", text, re.IGNORECASE):
        computed = True  # before 8.0.13 nothing else said so
    if computed and text is not None:
        text = None if text.upper() == "NULL" else plain(vendor, text)
    return ColumnDefinition(
        default=text,
        computed=computed,
        generated=plain(vendor, str(generated)) if generated else None,
        on_update=_ON_UPDATE.search(extra) is not None,
        comment=str(comment or ""),
    )


def _indexes(connection: Connection, database: str, vendor: str) -> dict[str, tuple[IndexDefinition, ...]]:
    expression = "NULL"
    if _has_column(connection, "STATISTICS", "EXPRESSION"):
        expression = "expression"
    found = query(
        connection,
        f"SELECT table_name, index_name, non_unique, index_type, column_name, sub_part, collation, {expression} "
        "FROM information_schema.statistics WHERE table_schema = %s "
        "ORDER BY table_name, index_name, seq_in_index",
        (database,),
    )
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in found:
        grouped[row[0], row[1]].append(row)
    indexes: dict[str, list[IndexDefinition]] = defaultdict(list)
    for (table, name), rows in grouped.items():
        parts = tuple(
            IndexPart(
                column=row[4],
                length=None if row[5] is None else int(row[5]),
                falling=row[6] == "D",
                expression=plain(vendor, str(row[7])) if row[7] else None,
            )
            for row in rows
        )
        indexes[table].append(IndexDefinition(name, not int(rows[0][2]), str(rows[0][3]), parts))
    return {table: tuple(found) for table, found in indexes.items()}


def _has_column(connection: Connection, table: str, column: str) -> bool:
    return bool(
        query(
            connection,
            "SELECT 1 FROM information_schema.columns "
            "WHERE table_schema = 'information_schema' AND table_name = %s AND column_name = %s",
            (table, column),
        )
    )


def _actions(connection: Connection, database: str) -> dict[tuple[str, str], tuple[str, str]]:
    found = query(
        connection,
        "SELECT table_name, constraint_name, update_rule, delete_rule "
        "FROM information_schema.referential_constraints WHERE constraint_schema = %s",
        (database,),
    )
    return {(row[0], row[1]): (str(row[2]), str(row[3])) for row in found}


def _unenforced(connection: Connection, database: str) -> frozenset[tuple[str, str]]:
    if not _has_column(connection, "TABLE_CONSTRAINTS", "ENFORCED"):
        return frozenset()
    found = query(
        connection,
        "SELECT table_name, constraint_name FROM information_schema.table_constraints "
        "WHERE constraint_schema = %s AND constraint_type = 'CHECK' AND enforced = 'NO'",
        (database,),
    )
    return frozenset((row[0], row[1]) for row in found)


def _partitionings(connection: Connection, database: str) -> dict[str, Partitioning]:
    found = query(
        connection,
        "SELECT table_name, partition_name, partition_method, partition_expression, partition_description, "
        "subpartition_method FROM information_schema.partitions "
        "WHERE table_schema = %s AND partition_name IS NOT NULL "
        "AND (subpartition_ordinal_position IS NULL OR subpartition_ordinal_position = 1) "
        "ORDER BY table_name, partition_ordinal_position",
        (database,),
    )
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        grouped[row[0]].append(row)
    return {
        table: Partitioning(
            method=str(rows[0][2]).upper(),
            expression=str(rows[0][3] or ""),
            partitions=tuple(Partition(str(row[1]), None if row[4] is None else str(row[4])) for row in rows),
            deeper=rows[0][5] is not None,
        )
        for table, rows in grouped.items()
    }


_OBJECTS: t.Final = (
    (
        "view",
        "SELECT table_name, view_definition, '' FROM information_schema.views WHERE table_schema = %s",
    ),
    (
        "trigger",
        "SELECT trigger_name, CONCAT(action_timing, ' ', event_manipulation, ' FOR EACH ROW ', action_statement), "
        "event_object_table FROM information_schema.triggers WHERE trigger_schema = %s",
    ),
    (
        "routine",
        "SELECT CONCAT(LOWER(routine_type), ' ', routine_name), routine_definition, '' "
        "FROM information_schema.routines WHERE routine_schema = %s",
    ),
    (
        "event",
        "SELECT event_name, event_definition, '' FROM information_schema.events WHERE event_schema = %s",
    ),
)


def _objects(connection: Connection, database: str, vendor: str) -> tuple[ObjectDefinition, ...]:
    found = [
        ObjectDefinition(kind, str(name), str(text or "").strip(), str(table))
        for kind, statement in _OBJECTS
        for name, text, table in query(connection, statement, (database,))
    ]
    if vendor == "mariadb":
        found += [
            ObjectDefinition("sequence", str(row[0]), "")
            for row in query(
                connection,
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = %s AND table_type = 'SEQUENCE'",
                (database,),
            )
        ]
    return tuple(sorted(found, key=lambda one: (one.kind, one.name)))


_SHOWN_BY: t.Final = (
    ("triggers", ("TRIGGER",)),
    ("events", ("EVENT",)),
    ("texts of views", ("SHOW VIEW",)),
    ("routines", ("SHOW_ROUTINE", "SHOW CREATE ROUTINE", "ALTER ROUTINE", "CREATE ROUTINE")),
)


def _unseen(connection: Connection, database: str) -> tuple[tuple[str, str], ...]:
    """What is not there may be hidden. (An account sees its own grants only.)"""
    globally = query(connection, "SELECT privilege_type FROM information_schema.user_privileges")
    here = query(
        connection,
        "SELECT privilege_type FROM information_schema.schema_privileges "
        "WHERE REPLACE(table_schema, '\\', '') = %s",
        (database,),
    )
    held = {str(row[0]).upper() for row in [*globally, *here]}
    return tuple((what, ways[0]) for what, ways in _SHOWN_BY if not held & set(ways))


__all__ = (
    "ColumnDefinition",
    "Definitions",
    "IndexDefinition",
    "IndexPart",
    "ObjectDefinition",
    "Partition",
    "Partitioning",
    "column",
    "plain",
    "read",
)
