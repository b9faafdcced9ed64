# SPDX-License-Identifier: GPL-3.0-or-later
"""Every place of the engine where SQL names a table is on a list, with the reason why it means that table alone.

A new statement fails here until somebody has thought of tables that inherit (tests/engine/
test_inheritance.py hears what is really sent).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

UTILS = Path(__file__).resolve().parents[3] / "plugins/module_utils"
_BEFORE_A_NAME = re.compile(
    r"\b(FROM|JOIN|TRUNCATE|INTO|UPDATE|TABLE|LOCK|COPY|ANALYZE|VACUUM|ONLY|REFERENCES|ON|LIKE|EXISTS|USING)"
    r"\s+\(?$"
)

OWN_ROWS = "named by own_rows or named: ONLY for an ordinary table, the whole of a partitioned one"
LEDGER = "a table of the ledger's schema, which nobody inherits from"
SOURCE = "a statement of the source server"
ALONE = "means the table it names alone, whoever inherits from it"

ROOMS = ("_bound", "_copy", "_move", "_operate", "_postgresql", "_prove", "_scan")
"""Where statements for the target, or for both servers, are made."""

KNOWN = {
    "_operate/pasted.py": {"FROM {known}": SOURCE},
    "_operate/target_state.py": {"FROM {own_rows(plan.schema, table.target)}": OWN_ROWS},
    "_bound/changes.py": {"FROM {relation}": OWN_ROWS},
    "_scan/leaf.py": {"FROM {sql}": "TRIM in a value of the source"},
    "_scan/meaning.py": {"FROM {text.sql}": "TRIM in a value of the source"},
    "_scan/patterns.py": {"LIKE {_literal(pattern)}": "a pattern"},
    "_scan/references.py": {
        "FROM {both}": SOURCE,
        "FROM {self.groups}": SOURCE,
        "JOIN {source}": SOURCE,
        "ON {' AND '.join(equal)}": SOURCE,
    },
    "_scan/written.py": {
        "FROM {origin}": SOURCE,
        "FROM {quoting.qualified(database, table.source.name)}": SOURCE,
    },
    "_bound/counts.py": {"FROM {origin}": SOURCE},
    "_move/load.py": {
        "FROM {own_rows(plan.schema, table.target)}": OWN_ROWS,
        "ON {grant}": "words of a remedy",
        "ANALYZE {qualified(target.plan.schema, task.table)}": "no ANALYZE ONLY in PostgreSQL 17",
    },
    "_scan/cut.py": {"FROM {quoting.qualified(database, table.source.name)}": SOURCE},
    "_move/reset.py": {"FROM {one.rows}": OWN_ROWS, "TABLE {one.rows}": OWN_ROWS},
    "_copy/restore.py": {"EXISTS {schema}": SOURCE},
    "_operate/freezing.py": {"EXISTS {name}": SOURCE},
    "_prove/sides.py": {
        "FROM {inner}": "a subquery",
        "FROM {relation}": OWN_ROWS,
        "FROM {self.relation(table)}": OWN_ROWS,
    },
    "_prove/snapshot_copy.py": {
        "EXISTS {_RELATION}": "our own temporary table",
        "TABLE {_COPY}": "our own temporary table",
    },
    "_prove/sums.py": {"FROM {relation}": OWN_ROWS},
    "_postgresql/before.py": {
        "FROM {name}": "a sequence",
        "FROM {one.rows}": OWN_ROWS,
        "FROM {one.copy}": LEDGER,
        "FROM {rows}": f"{OWN_ROWS}; or {LEDGER}",
        "INTO {one.name}": ALONE,
        "TABLE {qualified(book.schema, kept)}": LEDGER,
        "TRUNCATE {', '.join((one.rows for one in todo))}": OWN_ROWS,
        "TRUNCATE {one.rows}": OWN_ROWS,
    },
    "_postgresql/trial_tables.py": {
        "FROM {above}": f"a temporary table of ours; or {OWN_ROWS}",
        "FROM {self.loose}": "a temporary table of ours",
        "FROM {self.refused}": "a temporary table of ours",
        "INTO {self.refused}": "a temporary table of ours",
        "INTO {self.strict}": "a temporary table of ours",
        "JOIN {self.refused}": "a temporary table of ours",
        "LIKE {like}": "the definition alone",
        "TABLE {self.strict}": "a temporary table of ours",
    },
    "_postgresql/copy.py": {"COPY {relation}": ALONE},
    "_postgresql/ledger.py": {"FROM {relation}": OWN_ROWS},
    "_postgresql/materialized.py": {
        "FROM {view}": "a materialised view",
        "ANALYZE {view}": "a materialised view",
    },
    "_postgresql/rebuild.py": {
        "TABLE {table}": OWN_ROWS,
        "TRUNCATE {listed}": OWN_ROWS,
        "TABLE {relation.named(namespace, name, False)}": OWN_ROWS,
        "ONLY {qualified(namespace, name)}": "each partition has a state of its own",
        "ON {qualified(namespace, name)}": ALONE,
        "ON {identifier(index_name)}": "an index, of CLUSTER ON",
    },
    "_postgresql/sequences.py": {"FROM {sequence.name}": "a sequence", "FROM {rows}": OWN_ROWS},
}


def _named(path: Path) -> Iterator[str]:
    """Each interpolation that stands where SQL expects a table."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.JoinedStr):
            continue
        text = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += str(part.value)
                continue
            assert isinstance(part, ast.FormattedValue)
            keyword = _BEFORE_A_NAME.search(text)
            name = ast.unparse(part.value)
            if keyword and name != "book.schema":  # what follows it is a table of the ledger
                yield f"{keyword.group(1)} {{{name}}}"
            text = ""


@pytest.mark.fault("A4")
def test_every_table_that_sql_names_is_on_the_list() -> None:
    found = {
        (f"{folder}/{path.name}", name)
        for folder in ROOMS
        for path in (UTILS / folder).glob("*.py")
        for name in _named(path)
    }
    known = {(file, name) for file, names in KNOWN.items() for name in names}
    assert sorted(found - known) == [], "not on the list"
    assert sorted(known - found) == [], "on the list and gone"
