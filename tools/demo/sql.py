# SPDX-License-Identifier: GPL-3.0-or-later
"""One statement on a server of the demo, as its administrator, where no client program is at hand.

python -m tools.demo.sql source|target DATABASE 'STATEMENT'
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import psycopg
import pymysql

from tests.support.playbooks import stage
from tools.demo import seed

_WIDEST = 60


def main() -> int:
    """Show the statement's rows, or how many it has changed."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo.sql", description=__doc__)
    parser.add_argument("side", choices=("source", "target"))
    parser.add_argument("database", choices=stage.DATABASES)
    parser.add_argument("statement")
    options = parser.parse_args()
    found = stage.known(seed.NAME)
    connect = found.on_source if options.side == "source" else found.on_target
    try:
        with connect(options.database) as connection, connection.cursor() as cursor:
            cursor.execute(options.statement)
            if cursor.description is None:
                print(f"{cursor.rowcount} rows")
            else:
                print(_table([column[0] for column in cursor.description], cursor.fetchall()))
    except (psycopg.Error, pymysql.MySQLError) as error:
        print(f"the {options.side} refused: {error}", file=sys.stderr)
        return 1
    return 0


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under the names of their columns."""
    cells = [list(names), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    text = "NULL" if value is None else str(value).replace("\n", "\\n")
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


if __name__ == "__main__":
    sys.exit(main())
