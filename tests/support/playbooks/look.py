# SPDX-License-Identifier: GPL-3.0-or-later
"""An independent look: both databases through their drivers, compared in Python, without the engine.

    python -m tests.support.playbooks.look NAME

looks at the servers of that name, where stage.py made the databases. Only for small ones.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import sys
import uuid
import zlib
from collections import Counter
from decimal import Decimal
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader
from pymysql.cursors import DictCursor

from tests.support.playbooks import stage

LEFT_BEHIND = {"migrations_typeorm", "query-result-cache", "schema_migration", "challenge", "opportunity"}
# base64 of zlib bytes on the target; the same bytes as characters U+0000 to U+00FF on the source.
WHITEBOARDS = {("whiteboard", "content"), ("callout_contribution_defaults", "whiteboardContent")}
# The profiles' replacements where the target has no NULL
NULL_BECOMES = {"request_url": "", "platformSettings": '{"promptGraphEditingEnabled": false}'}
# Types of PostgreSQL
BOOLEAN, CHARACTER, UUID, JSONB = 16, 1042, 2950, 3802


def differences(found: stage.Stage, profile: str) -> list[str]:
    """A line per table that does not hold the same rows on both sides."""
    lines = []
    with found.on_source(profile) as source, found.on_target(profile) as target:
        # MariaDB's json is text, the target's json keeps the text as it came, and jsonb its meaning.
        for name in ("json", "jsonb"):
            target.adapters.register_loader(name, TextLoader)
        for table in sorted(_tables(source) - LEFT_BEHIND):
            with source.cursor(DictCursor) as cursor:
                cursor.execute(f"SELECT * FROM `{table}`")
                source_rows = cursor.fetchall()
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
            with target.cursor(row_factory=dict_row) as reader:
                target_rows = reader.execute(query).fetchall()
                types = {column.name: column.type_code for column in reader.description or []}
            here = Counter(_row(table, row, types) for row in source_rows)
            there = Counter(_row(table, row, types) for row in target_rows)
            if here != there:
                lost = list((here - there).elements())
                lines.append(
                    f"{profile}.{table}: {len(source_rows)} rows on the source, {len(target_rows)} on the "
                    f"target; {len(lost)} of the source's are not there, first: {lost[:1]}"
                )
    return lines


def _tables(source: Any) -> set[str]:
    with source.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        return {name for (name,) in cursor.fetchall()}


def _row(table: str, row: dict[str, Any], types: dict[str, int]) -> str:
    """The row as text that is the same for the same values, whatever the order of its columns."""
    form = {}
    for name in sorted(row):
        value = NULL_BECOMES.get(name) if row[name] is None else row[name]
        if value is not None:
            drawing = (table, name) in WHITEBOARDS
            form[name] = _drawing(value) if drawing else _value(value, types[name])
    return json.dumps({name: value for name, value in form.items() if value is not None})


def _value(value: Any, target_type: int) -> Any:
    """A value of either driver in one form, by the type of the column on the target."""
    if target_type == UUID:
        return str(uuid.UUID(str(value))) if value else None
    if target_type == BOOLEAN:
        return bool(value)
    if target_type == JSONB:
        return json.dumps(_meaning(json.loads(value, parse_float=Decimal, parse_int=Decimal)))
    if target_type == CHARACTER:
        return value.rstrip(" ")
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, int | str) else str(value)


def _meaning(value: Any) -> Any:
    """JSON without what does not matter in it: the order of keys, how a number is written."""
    if isinstance(value, dict):
        return {key: _meaning(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_meaning(item) for item in value]
    return f"number {value.normalize() or 0}" if isinstance(value, Decimal) else value


def _drawing(value: str) -> str:
    """What is drawn on a whiteboard, or the text itself where no drawing can be made out in it."""
    for unpack in (lambda text: base64.b64decode(text, validate=True), lambda text: text.encode("latin-1")):
        with contextlib.suppress(ValueError, zlib.error):
            return zlib.decompress(unpack(value)).decode()
    return value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.playbooks.look", description=__doc__)
    parser.add_argument("name", help="name of the servers")
    found = stage.known(parser.parse_args().name)
    lines = [line for profile in stage.DATABASES for line in differences(found, profile)]
    print("\n".join(lines) or "the same rows on both sides")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
