# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV catalogs of applications that exist on both sides, in one shape for each side."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.alkemio.convergence.plugins.module_utils._catalog import (
    Column,
    Database,
    ForeignKey,
    Index,
    Table,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import definitions
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql.definitions import (
    ColumnDefinition,
    Definitions,
    IndexDefinition,
    IndexPart,
)

FIXTURES = Path(__file__).resolve().parents[2] / "tests/fixtures"
APPLICATIONS = ("alkemio", "kratos", "mattermost")
_TYPE = re.compile(r"(\w+)(?:\(([^)]*)\))?(.*)", re.DOTALL)
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_PART = re.compile(r"(.+?)(?:\((\d+)\))?( DESC)?", re.IGNORECASE)

Row = dict[str, str]


def _rows(application: str, name: str) -> list[Row]:
    """With the keys that the catalog of Alkemio has, whatever application's they are."""
    path = FIXTURES / application / f"{application}_{name}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return [_renamed(row) for row in csv.DictReader(handle)]


_KEYS = {
    "table_name": "table",
    "column_name": "column",
    "type_mysql8": "full_type",
    "column_default": "default",
    "constraint_name": "constraint",
    "constraint_type": "type",
    "contype": "type",
    "on_delete_or_check_clause": "on_delete",
    "index_name": "index",
    "is_unique": "unique",
    "index_type": "method",
    "definition": "def",
}


def _renamed(row: Row) -> Row:
    return {_KEYS.get(key, key): value for key, value in row.items()}


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.replace("|", ",").split(",")] if text not in {"", "\\N"} else []


def source(application: str) -> tuple[Database, Definitions]:
    """What an inspection of the application's MySQL finds."""
    columns: dict[str, list[Column]] = defaultdict(list)
    more: dict[tuple[str, str], ColumnDefinition] = {}
    for row in _rows(application, "mysql_columns"):
        columns[row["table"]].append(_column(row))
        default = None if row["default"] in {"<NULL>", "\\N"} else row["default"]
        # The catalog of Kratos prints defaults as MariaDB does.
        printed = "mariadb" if application == "kratos" else "mysql"
        more[row["table"], row["column"]] = definitions.column(printed, default, row["extra"], None, None)
    indexes: dict[str, list[IndexDefinition]] = defaultdict(list)
    for row in _rows(application, "mysql_indexes"):
        parts = tuple(_part(part) for part in _split(row["columns"]))
        indexes[row["table"]].append(
            IndexDefinition(row["index"], row["unique"] == "1", row["method"], parts)
        )
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    actions = {}
    for row in _rows(application, "mysql_constraints"):
        if row["type"] == "FOREIGN KEY":
            keys[row["table"]].append(
                ForeignKey(
                    row["constraint"],
                    tuple(_split(row["columns"])),
                    row["ref_table"],
                    tuple(_split(row["ref_columns"])),
                )
            )
            actions[row["table"], row["constraint"]] = (row["on_update"], row["on_delete"])
    tables = {
        name: Table(
            name,
            tuple(columns[name]),
            tuple(_index(one) for one in indexes[name]),
            tuple(keys[name]),
        )
        for name in sorted(columns)
    }
    found = Definitions(more, {k: tuple(v) for k, v in indexes.items()}, actions, frozenset(), {}, {}, ())
    return Database(application, tables), found


def _column(row: Row) -> Column:
    match = _TYPE.fullmatch(row["full_type"])
    assert match is not None
    family, inside = match[1].lower(), match[2] or ""
    numbers = [int(part) for part in inside.split(",") if part.strip().isdigit()]
    text = family in {"char", "varchar", "binary", "varbinary", "bit"}
    return Column(
        name=row["column"],
        type=row["full_type"],
        family=family,
        nullable=row["nullable"] == "YES",
        length=numbers[0] if text and numbers else None,
        precision=numbers[0] if numbers and not text else None,
        scale=numbers[1] if len(numbers) > 1 else None,
        unsigned="unsigned" in match[3],
        charset=row["charset"] or None,
        collation=row["collation"] or None,
        labels=tuple(one.replace("''", "'") for one in _LABEL.findall(inside)) if family == "enum" else (),
        counter="auto_increment" if "auto_increment" in row["extra"].lower() else None,
    )


def _part(text: str) -> IndexPart:
    match = _PART.fullmatch(text.strip())
    assert match is not None
    return IndexPart(match[1], int(match[2]) if match[2] else None, falling=bool(match[3]))


def _index(one: IndexDefinition) -> Index:
    return Index(one.name, tuple(part.column for part in one.parts), one.unique, one.primary)


@dataclass
class Target:
    """What there is of a schema of PostgreSQL, with names in small letters."""

    columns: dict[tuple[str, str], tuple[str, bool, str]] = field(default_factory=dict)
    """Type, nullable, and default (empty: none)."""
    primary: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unique: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    indexes: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    foreign_keys: set[tuple[str, tuple[str, ...], str, str]] = field(default_factory=set)
    """Table, columns, table that is referred to, and actions."""


def target(application: str) -> Target:
    """The application's own schema."""
    found = Target()
    for row in _rows(application, "postgres_columns"):
        kind = row.get("full_type") or row["type"]
        default = row["default"] if row["default"] not in {"<NULL>", "\\N"} else ""
        nullable = row["nullable"] in {"YES", "t"}
        found.columns[row["table"].lower(), row["column"].lower()] = (kind, nullable, default)
    for row in _rows(application, "postgres_indexes"):
        add_index(found, row["def"], primary=row["is_primary"] in {"True", "t"})
    for row in _rows(application, "postgres_constraints"):
        if row["type"] == "FOREIGN KEY":
            add_foreign_key(found, row["table"], row.get("check_or_def") or row["def"])
    return found


_INDEX = re.compile(
    r"CREATE (UNIQUE )?INDEX .+? ON (?:public\.)?(\"[^\"]+\"|\w+)(?: USING \w+)? \((.*)\)(?: WHERE .*)?",
    re.DOTALL,
)
_FOREIGN = re.compile(r"FOREIGN KEY \((.*?)\) REFERENCES (\"[^\"]+\"|\w+) ?\((.*?)\)(.*)")


def add_index(found: Target, definition: str, *, primary: bool) -> None:
    match = _INDEX.fullmatch(definition)
    assert match is not None, definition
    table = match[2].strip('"').lower()
    columns = names(match[3])
    if primary:
        found.primary[table] = columns
    elif match[1]:
        found.unique.add((table, tuple(sorted(columns))))
    else:
        found.indexes.add((table, columns))


def add_foreign_key(found: Target, table: str, definition: str) -> None:
    match = _FOREIGN.search(definition)
    assert match is not None, definition
    # RESTRICT and NO ACTION are one to MySQL.
    actions = re.sub(r" ON (?:UPDATE|DELETE) (?:RESTRICT|NO ACTION)", "", match[4])
    actions = " ".join(sorted(re.findall(r"ON \w+ (?:CASCADE|SET NULL)", actions)))
    found.foreign_keys.add((table.lower(), names(match[1]), match[2].strip('"').lower(), actions))


def names(listed: str) -> tuple[str, ...]:
    """Columns and expressions of a list, in small letters."""
    parts, depth, word = [], 0, ""
    for letter in listed:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(word)
            word = ""
        else:
            word += letter
    return tuple(part.strip().replace('"', "").lower() for part in [*parts, word])
