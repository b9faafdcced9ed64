# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV catalogs of both applications, read into one shape.

The two catalogs were written by different queries and name their columns differently. Everything
behind this file sees the same dataclasses, whichever application and server they describe.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PROFILES = ("alkemio", "kratos")


@dataclass(frozen=True)
class Column:
    """One column. ``default`` is ready to stand behind the word DEFAULT, or None."""

    name: str
    type: str
    nullable: bool
    default: str | None
    auto_increment: bool = False
    on_update: str | None = None
    collation: str | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Index:
    """A MySQL index; ``columns`` may carry DESC."""

    name: str
    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True)
class Constraint:
    """A constraint. On PostgreSQL ``definition`` is the server's own text of it."""

    name: str
    kind: str
    columns: tuple[str, ...]
    definition: str
    ref_table: str = ""


@dataclass
class Table:
    """A table of either server."""

    name: str
    columns: list[Column] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    auto_increment: int | None = None

    @property
    def column_names(self) -> list[str]:
        """Names in the order of the server."""
        return [column.name for column in self.columns]

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Columns of the primary key, empty where there is none."""
        for constraint in self.constraints:
            if constraint.kind == "PRIMARY KEY":
                return constraint.columns
        return ()


@dataclass
class PostgresqlSchema:
    """What the application's migrations leave on the target."""

    extensions: tuple[str, ...]
    enums: dict[str, list[str]]
    sequences: dict[str, str]
    tables: dict[str, Table]
    index_definitions: dict[str, str]


# The catalog has no texts; what matters is that the source carries comments with characters that
# need quoting.
NOTIFICATION_COMMENTS = {
    "type": "What happened",
    "state": "read, unread or archived",
    "category": "Whom it concerns: a space's member, an admin, …",
    "triggeredAt": "When it happened (UTC)",
    "triggeredByID": "The contributor who's the cause",
    "receiverID": "The user who is told",
    "payload": 'The rest: {"type": …}',
    "spaceID": "FK: the space",
    "organizationID": "FK: the organization",
    "userID": "FK: the user",
    "applicationID": "FK: the application",
    "invitationID": "FK: the invitation",
    "calloutID": "FK: the callout",
    "contributionID": "FK: the contribution",
    "roomID": "FK: the room",
    "messageID": "Matrix event id; no FK",
    "contributorUserID": "FK: a user who contributes",
    "calendarEventID": "FK: the calendar event",
}


def read_csv(profile: str, name: str) -> list[dict[str, str]]:
    """The rows of one fixture."""
    with (FIXTURES / profile / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def comment_of(table: str, column: str) -> str | None:
    """The comment of a column, the same on both servers."""
    return NOTIFICATION_COMMENTS.get(column) if table == "in_app_notification" else None


@cache
def mysql_tables(profile: str) -> dict[str, Table]:
    """The source's tables."""
    return _alkemio_mysql() if profile == "alkemio" else _kratos_mysql()


@cache
def postgresql_schema(profile: str) -> PostgresqlSchema:
    """The target's schema."""
    return _alkemio_postgresql() if profile == "alkemio" else _kratos_postgresql()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _split(columns: str) -> tuple[str, ...]:
    """Column lists are parted by "|" in one catalog and by a comma in the other."""
    if columns in ("", "\\N"):
        return ()
    return tuple(part.strip().strip('"') for part in columns.replace("|", ",").split(","))


def _alkemio_mysql_default(row: dict[str, str]) -> str | None:
    default = row["default"]
    if default == "<NULL>":
        return None
    return default if default.startswith("CURRENT_TIMESTAMP") else _quoted(default)


def _alkemio_mysql() -> dict[str, Table]:
    tables = {
        row["table"]: Table(row["table"], auto_increment=int(row["auto_increment"] or 0) or None)
        for row in read_csv("alkemio", "alkemio_mysql_tables.csv")
    }
    for row in read_csv("alkemio", "alkemio_mysql_columns.csv"):
        tables[row["table"]].columns.append(
            Column(
                name=row["column"],
                type=row["full_type"],
                nullable=row["nullable"] == "YES",
                default=_alkemio_mysql_default(row),
                auto_increment=row["extra"] == "auto_increment",
                on_update="CURRENT_TIMESTAMP(6)" if "on update" in row["extra"] else None,
                comment=comment_of(row["table"], row["column"]),
            )
        )
    for row in read_csv("alkemio", "alkemio_mysql_indexes.csv"):
        index = Index(row["index"], _split(row["columns"]), row["unique"] == "1")
        tables[row["table"]].indexes.append(index)
    for row in read_csv("alkemio", "alkemio_mysql_constraints.csv"):
        tables[row["table"]].constraints.append(_mysql_constraint(row["table"], row))
    return tables


def _mysql_constraint(table: str, row: dict[str, str]) -> Constraint:
    """A constraint of the Alkemio catalog; foreign keys get their clause here."""
    columns = _split(row["columns"])
    definition = ""
    if row["type"] == "FOREIGN KEY":
        definition = (
            f"FOREIGN KEY ({_backticked(columns)}) REFERENCES `{row['ref_table']}`"
            f" ({_backticked(_split(row['ref_columns']))})"
            f" ON DELETE {row['on_delete']} ON UPDATE {row['on_update']}"
        )
    return Constraint(row["constraint"], row["type"], columns, definition, row["ref_table"])


def _backticked(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _kratos_mysql_default(row: dict[str, str]) -> str | None:
    default = row["column_default"]
    if default == "\\N":
        return None
    return "CURRENT_TIMESTAMP" if default.startswith("current_timestamp") else default


def _kratos_mysql() -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for row in read_csv("kratos", "kratos_mysql_columns.csv"):
        table = tables.setdefault(row["table_name"], Table(row["table_name"]))
        is_json = row["type_mysql8"] == "json"
        explicit = row["collation"] == "utf8mb4_bin" and not is_json
        table.columns.append(
            Column(
                name=row["column_name"],
                type=row["type_mysql8"],
                nullable=row["nullable"] == "YES",
                default=_kratos_mysql_default(row),
                collation="utf8mb4_bin" if explicit else None,
            )
        )
    for row in read_csv("kratos", "kratos_mysql_indexes.csv"):
        index = Index(row["index_name"], _split(row["columns"]), row["is_unique"] == "1")
        tables[row["table_name"]].indexes.append(index)
    for row in read_csv("kratos", "kratos_mysql_constraints.csv"):
        tables[row["table_name"]].constraints.append(_kratos_mysql_constraint(row))
    return tables


def _kratos_mysql_constraint(row: dict[str, str]) -> Constraint:
    columns, kind = _split(row["columns"]), row["constraint_type"]
    definition = ""
    if kind == "FOREIGN KEY":
        definition = (
            f"FOREIGN KEY ({_backticked(columns)}) REFERENCES `{row['ref_table']}`"
            f" ({_backticked(_split(row['ref_columns']))})"
            f" ON DELETE {row['on_delete_or_check_clause']} ON UPDATE {row['on_update']}"
        )
    elif kind == "CHECK":
        definition = f"CHECK ({row['on_delete_or_check_clause']})"
    return Constraint(row["constraint_name"], kind, columns, definition, row["ref_table"])


def _alkemio_postgresql() -> PostgresqlSchema:
    tables: dict[str, Table] = {}
    for row in read_csv("alkemio", "alkemio_postgres_columns.csv"):
        table = tables.setdefault(row["table"], Table(row["table"]))
        table.columns.append(
            Column(
                name=row["column"],
                type=row["full_type"],
                nullable=row["nullable"] == "YES",
                default=None if row["default"] == "<NULL>" else row["default"],
                comment=comment_of(row["table"], row["column"]),
            )
        )
    for row in read_csv("alkemio", "alkemio_postgres_constraints.csv"):
        constraint = Constraint(
            row["constraint"], row["type"], _split(row["columns"]), row["check_or_def"], row["ref_table"]
        )
        tables[row["table"]].constraints.append(constraint)
    return PostgresqlSchema(
        extensions=("uuid-ossp",),
        enums={
            row["type"]: row["values"].split("|") for row in read_csv("alkemio", "alkemio_postgres_enums.csv")
        },
        sequences={
            row["sequence"]: row["owned_by"] for row in read_csv("alkemio", "alkemio_postgres_sequences.csv")
        },
        tables=tables,
        index_definitions={
            row["index"]: row["def"] for row in read_csv("alkemio", "alkemio_postgres_indexes.csv")
        },
    )


def _kratos_postgresql() -> PostgresqlSchema:
    tables: dict[str, Table] = {}
    for row in read_csv("kratos", "kratos_postgres_columns.csv"):
        table = tables.setdefault(row["table_name"], Table(row["table_name"]))
        default = row["column_default"]
        table.columns.append(
            Column(
                name=row["column_name"],
                type=row["type"],
                nullable=row["nullable"] == "t",
                default=None if default == "\\N" else default,
            )
        )
    for row in read_csv("kratos", "kratos_postgres_constraints.csv"):
        constraint = Constraint(
            row["constraint_name"],
            row["contype"],
            _split(row["columns"]),
            row["definition"],
            row["ref_table"],
        )
        tables[row["table_name"]].constraints.append(constraint)
    return PostgresqlSchema(
        # Left behind by an early migration whose index is dropped again later.
        extensions=("pg_trgm", "btree_gin"),
        enums={},
        sequences={},
        tables=tables,
        index_definitions={
            row["index_name"]: row["definition"] for row in read_csv("kratos", "kratos_postgres_indexes.csv")
        },
    )
