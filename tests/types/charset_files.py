# SPDX-License-Identifier: GPL-3.0-or-later
"""Text columns that hold bytes which no statement would let in, as old servers and old programs did."""

from __future__ import annotations

import re

from tests.support.engine import places
from tests.support.servers.server import Server


def store(source: Server, database: str, tables: dict[str, tuple[str, dict[int, bytes]]]) -> None:
    """By table: the declaration of a column `v` and its values by `id`.

    The rows of a table of bytes are put into the place of the text table's files, which hold them in the same way.
    """
    sizes = dict(
        places.ask(source, None, "SELECT character_set_name, maxlen FROM information_schema.character_sets")
    )
    head = "(id INT NOT NULL PRIMARY KEY, v {} NULL) ENGINE=MyISAM"
    statements = []
    for table, (declared, values) in tables.items():
        held = ", ".join(f"({number}, X'{value.hex()}')" for number, value in values.items())
        statements += [
            f"CREATE TABLE {table} {head.format(declared)}",
            f"CREATE TABLE raw_{table} {head.format(_of_bytes(declared, sizes))}",
            f"INSERT INTO raw_{table} VALUES {held}",
        ]
    names = ", ".join(f"{table}, raw_{table}" for table in tables)
    places.ask(source, database, "SET SESSION sql_mode = ''", *statements, f"FLUSH LOCAL TABLES {names}")
    folder = source.datadir / database
    for table in tables:
        for suffix in ("MYD", "MYI"):
            (folder / f"{table}.{suffix}").write_bytes((folder / f"raw_{table}.{suffix}").read_bytes())
    dropped = (f"DROP TABLE raw_{table}" for table in tables)
    places.ask(source, database, f"FLUSH LOCAL TABLES {', '.join(tables)}", *dropped)


def _of_bytes(declared: str, sizes: dict[str, int]) -> str:
    """The type of bytes that is kept like this type of text."""
    shown = re.fullmatch(r"(VARCHAR|TEXT)(?:\((\d+)\))? CHARACTER SET (\w+).*", declared)
    assert shown, declared
    length = shown.group(2)
    return f"VARBINARY({int(length) * int(sizes[shown.group(3)])})" if length else "BLOB"
