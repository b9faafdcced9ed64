# SPDX-License-Identifier: GPL-3.0-or-later
"""A second opinion: rows of both sides as the drivers give them, the profile's rules applied in Python.

Nothing of the collection is used here. A table is a multiset of rows; a row is what its columns hold, in
the target's order, in values that compare equal exactly when they mean the same.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import set_json_loads

from tests.support.engine import places
from tests.support.engine.migration import Move
from tests.support.servers.server import Server

# Type numbers of PostgreSQL's own catalog.
_BOOLEAN, _UUID, _CHAR, _JSONB, _TIMESTAMPTZ = 16, 2950, 1042, 3802, 1184
_UUID_TEXT = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_WHITEBOARDS = {("whiteboard", "content"), ("callout_contribution_defaults", "whiteboardContent")}
_LEFT_ALONE = {
    "alkemio": {"migrations_typeorm", "query-result-cache", "challenge", "opportunity"},
    "kratos": {"schema_migration", "schema_migration_pop_legacy"},
}

Row = tuple[Any, ...]


@dataclass
class Comparison:
    """What was found: rows by table, differences, and how often each rule had to act."""

    rows: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    plain: set[str] = field(default_factory=set)
    """Values that a rule changed, as they were: they must be in no file of the run."""


def compare(source: Server, target: Server, move: Move) -> Comparison:
    """Every row of every table that the profile moves."""
    found = Comparison()
    profile = move.profile or ""
    tables = set(_tables(source, move.source)) - _LEFT_ALONE.get(profile, set())
    on_target = set(_tables(target, move.target)) - _LEFT_ALONE.get(profile, set())
    if tables != on_target:
        found.differences.append(f"other tables: {sorted(tables ^ on_target)}")
    for table in sorted(tables & on_target):
        _compare_table(source, target, move, table, found)
    return found


def _tables(server: Server, database: str) -> list[str]:
    if server.kind == "postgresql":
        rows = places.ask(server, database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    else:
        rows = places.ask(server, database, "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    return [row[0] for row in rows]


def _compare_table(source: Server, target: Server, move: Move, table: str, found: Comparison) -> None:
    with places.session(target, move.target) as connection:
        set_json_loads(_text, connection)
        cursor = connection.execute(f'SELECT * FROM "{table}"')
        types = {column.name: column.type_code for column in cursor.description}
        right = Counter(
            tuple(_given(value, code) for value, code in zip(row, types.values(), strict=True))
            for row in cursor
        )
        cursor.execute(
            "SELECT attname, NOT attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
            (f'public."{table}"',),
        )
        nullable = dict(cursor.fetchall())
    with places.session(source, move.source) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(f"SELECT * FROM `{table}`")
        names = [column[0] for column in cursor.description]
        if set(names) != set(types):
            found.differences.append(f"{table}: other columns: {sorted(set(names) ^ set(types))}")
            return
        left: Counter[Row] = Counter()
        for row in cursor:
            values = dict(zip(names, row, strict=True))
            left[
                tuple(
                    _expected(values[name], code, (table, name), nullable[name], found)
                    for name, code in types.items()
                )
            ] += 1
    found.rows[table] = sum(right.values())
    for row, count in (left - right).items():
        found.differences.append(f"{table}: {count} missing: {row!r:.300}")
    for row, count in (right - left).items():
        found.differences.append(f"{table}: {count} unexpected: {row!r:.300}")


def _text(document: str | bytes) -> str:
    return document if isinstance(document, str) else document.decode()


def _given(value: Any, code: int) -> Any:
    """A value of the target, hashable."""
    if value is not None and code == _JSONB:
        return _frozen(value)
    if value is not None and code == _CHAR:
        return value.rstrip(" ")  # PostgreSQL pads char(n), and counts the blanks for nothing
    return ("bool", value) if isinstance(value, bool) else value


def _expected(  # noqa: PLR0911 - one way out per kind of value
    value: Any, code: int, place: tuple[str, str], nullable: bool, found: Comparison
) -> Any:
    """What the target has to hold for a value of the source."""
    table, column = place
    if value is None:
        return _instead_of_null(place, code, found)
    if code == _UUID:
        if value == "" and nullable:
            found.rules[f"{table}.{column}: empty_string → null"] += 1
            return None
        assert _UUID_TEXT.fullmatch(value), (table, column, value)
        return UUID(value)
    if code == _BOOLEAN:
        return ("bool", {0: False, 1: True}[value])
    if code == _JSONB:
        return _frozen(value)
    if code == _TIMESTAMPTZ:
        assert isinstance(value, datetime)
        return value.replace(tzinfo=timezone.utc)
    if place in _WHITEBOARDS:
        return _whiteboard(value, place, found)
    return value


def _instead_of_null(place: tuple[str, str], code: int, found: Comparison) -> Any:
    table, column = place
    if place == ("virtual_contributor", "platformSettings"):
        found.rules[f"{table}.{column}: null_value → replace"] += 1
        return '{"promptGraphEditingEnabled": false}'
    if table.startswith("selfservice_") and table.endswith("_flows") and column == "request_url":
        found.rules[f"{table}.{column}: null_value → replace"] += 1
        return ""
    return None


def _whiteboard(value: str, place: tuple[str, str], found: Comparison) -> str:
    """Inflated where it can be, to be sure that the target's text is the drawing."""
    rule = f"{place[0]}.{place[1]}: "
    if not value:
        return value
    if value.startswith(("x\x01", "x^", "x\x9c", "x\xda")):
        stream = value.encode("latin-1")
        zlib.decompress(stream)
        return base64.b64encode(stream).decode("ascii")
    try:
        zlib.decompress(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError, zlib.error):
        found.rules[rule + "legacy_text → keep"] += 1
    else:
        found.rules[rule + "already_base64 → keep"] += 1
    found.plain.add(value)
    return value


def _frozen(document: str) -> Any:
    """A document whose numbers are exact and whose objects have no order; of equal keys the last holds."""
    return _freeze(json.loads(document, parse_float=Decimal, parse_int=Decimal))


def _freeze(value: Any) -> Any:
    if isinstance(value, dict):
        return frozenset((name, _freeze(one)) for name, one in value.items())
    if isinstance(value, list):
        return tuple(_freeze(one) for one in value)
    return ("bool", value) if isinstance(value, bool) else value
