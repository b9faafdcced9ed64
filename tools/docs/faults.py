# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that people found who tried the product: the rule that keeps each away, where, and its tests.

Tests name the rows they hold with the marker `fault`; they are found here by reading them, not by running them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.docs.proofs import cell

CHECKOUT = Path(__file__).resolve().parents[2]
_ENGINE = "plugins/module_utils/"


@dataclass(frozen=True)
class Fault:
    """One row. `places` are files below plugins/module_utils/, or from the checkout where they lie elsewhere."""

    row: str
    seen: str
    rule: str
    places: tuple[str, ...]

    def paths(self) -> list[Path]:
        """The files, as they lie in the checkout."""
        return [
            CHECKOUT
            / (place if place.startswith(("roles/", "playbooks/", "plugins/", "tests/")) else _ENGINE + place)
            for place in self.places
        ]


ROWS: tuple[Fault, ...] = (
    Fault(
        "A1",
        "the cut-over believed report.json",
        "the gate asks both servers: position, freeze, sessions, ledger, counts; a proof that is live, unfrozen or of "
        "kept sums wants a word of its own, and one that time has overtaken is refused",
        ("_operate/gate.py", "_operate/gate_servers.py", "_operate/gate_answers.py"),
    ),
    Fault(
        "A2",
        "sql_select_limit cut results",
        "every session states what its results depend on, and each step counts the rows by itself: COUNT(*) of the "
        "source = scanned + filtered, scanned = dumped = ledger = COUNT(*) of the target",
        ("_mysql/settings.py", "_bound/counts.py"),
    ),
    Fault(
        "A3",
        "connections reached different servers",
        "every session, readers and proof included, is checked to be on the server of the run",
        ("_mysql/identity.py", "_postgresql/identity.py"),
    ),
    Fault(
        "A4",
        "a child table was emptied, or counted as its parent's",
        "a statement that names an ordinary table says ONLY",
        ("_postgresql/relation.py",),
    ),
    Fault(
        "A5",
        "row security hid a row",
        "row_security is off in every session, and what then fails names the table",
        ("_postgresql/settings.py", "_postgresql/connection.py"),
    ),
    Fault(
        "A6",
        "a byte without a character became '?'",
        "text of another character set than UTF-8 has to come back from UTF-8 as the same bytes, else it is a misfit",
        ("_transform/checks.py", "_transform/charsets.py"),
    ),
    Fault(
        "A7",
        "a zone with summer time passed for UTC",
        "a TIMESTAMP becomes a timestamp without zone only where the source's zone is UTC at every moment it knows",
        ("_mysql/catalog.py", "_transform/planner.py"),
    ),
    Fault(
        "A8",
        "a sequence that only a default names stayed at 1",
        "sequences are found by what depends on them, set so that the next insert works, and proved by the same rule; "
        "those that nobody uses are listed",
        ("_postgresql/sequences.py",),
    ),
    Fault(
        "A9",
        "one source column filled two target columns",
        "a source column serves one target column: the exact name first, then another case where only one can be meant",
        ("_transform/planner.py",),
    ),
    Fault(
        "A10",
        "a dump made anew under a load",
        "the load compares what it would load with the ledger, chunk by chunk, and a new dump sets the proof of the "
        "old one aside",
        ("_move/load.py", "_move/dump.py"),
    ),
    Fault(
        "A11",
        "a verification that crashed left the old verdict",
        "a verification sets the old report aside first; until it ends there is no verdict",
        ("_prove/verify.py", "_prove/report_file.py"),
    ),
    Fault(
        "A12",
        "BC equal to AD, 30 days equal to 720 hours, tables nobody knew",
        "each form tells what the type tells apart, and both lists of tables are compared; what is not distinguished "
        "stands in the type mapping",
        ("_transform/pairs.py", "_prove/verify.py"),
    ),
    Fault(
        "A12b",
        "the freeze locked one host part of the account",
        "every account a client can come in as is locked, and sessions that remain fail the freeze",
        ("_operate/freeze.py", "_operate/freezing.py"),
    ),
    Fault(
        "A13",
        "tampered schemas were equal",
        "the whole schema is compared with its contract, taken before the load: every object, definition, state, owner "
        "and comment, functions too; what differs is said by kind, with what it was and what it is",
        (
            "_contract/kinds.py",
            "_contract/in_tables.py",
            "_contract/in_database.py",
            "_postgresql/properties.py",
        ),
    ),
    Fault(
        "A14",
        "the load lost statistics targets, tablespaces, trigger states; nothing was said of what it passed by",
        "what the target had, it has again: pg_dump prints the same schema before and after; columns, triggers and "
        "materialised views that saw no rows are listed, and a rule can name a statement for after the load",
        ("_postgresql/rebuild.py", "_transform/planner.py"),
    ),
    Fault(
        "B1",
        "a comment became SQL",
        "literals are safe whatever standard_conforming_strings says, and every session sets it",
        ("_postgresql/quoting.py", "_postgresql/settings.py"),
    ),
    Fault(
        "B2",
        "a rogue server got the passwords",
        "over an address that is not local a password goes only over verified TLS, or by trust_network; never by a "
        "clear-text plugin",
        ("_channels.py",),
    ),
    Fault(
        "B3",
        "somebody's folder was taken for a run directory",
        "a run directory is ours if it is empty or bears our mark, and files go by name",
        ("_run/directory.py", "_run/removal.py"),
    ),
    Fault(
        "B4",
        "a reset deleted rows that only PostgreSQL had",
        "reset and roll-back count first, the roll-back again after the stop; loss wants a word of its own",
        ("_move/reset.py", "_bound/changes.py", "roles/cutover/tasks/rolling_back.yml"),
    ),
    Fault(
        "B5",
        "a marker outlived the database it marked",
        "the marker lies in the database that it marks",
        ("_mysql/restored.py",),
    ),
    Fault(
        "B6",
        "a verdict could be written by hand",
        "the files of a run are sealed with its key and bound to its id",
        ("_run/seal.py", "_run/directory.py"),
    ),
    Fault(
        "B7",
        "PGHOSTADDR won over login_host",
        "nothing of the operator's environment is read",
        ("_postgresql/connection.py",),
    ),
    Fault(
        "B8",
        "a pooler kept our lock and our settings",
        "a session whose settings or number are not its own is refused as a pooler's before it does anything",
        ("_postgresql/identity.py",),
    ),
    Fault(
        "B9",
        "a misspelt variable was accepted",
        "the guard refuses a variable with a prefix of the collection that no role knows, and proposes the nearest",
        ("playbooks/tasks/guard.yml",),
    ),
    Fault(
        "C",
        "a silent connection and a foreign lock were waited for without end",
        "every wait has an end and a name: keepalive, user timeout, lock timeouts, and the holder of the lock",
        ("_mysql/connection.py", "_postgresql/connection.py"),
    ),
    Fault(
        "D2",
        "kills of tests came after the end",
        "a kill is aimed at a place where the verb is seen to wait, and the test asserts that it hit",
        ("tests/support/engine/aim.py",),
    ),
    Fault(
        "D",
        "keys and checks that failed after all rows were loaded, good rows refused with no way out, JSON that the "
        "source could not judge",
        "the source is asked only what provably means the same on the target; everything else is listed with its "
        "definition, and a trial puts it to the target; JSON is judged by reading it, in one pass",
        ("_scan/meaning.py", "_scan/constraints.py", "_move/trial.py", "_transform/json_text.py"),
    ),
    Fault(
        "E",
        "preflight said that nothing would stop a migration, showed the first of many misfits, and came after the stop",
        "preflight lists everything of all databases at once, with rules to paste; what it passes, no later step "
        "refuses for a reason that was there; migrate looks before the first writer stops",
        ("_operate/preflight.py", "_operate/readiness.py", "_operate/target_state.py"),
    ),
    Fault(
        "F",
        "a neighbour's writes on a shared source stopped the run",
        "a position of the whole server convicts nobody: a table's own update time or the sums decide, and the report "
        "says which",
        ("_mysql/moment.py", "_operate/gate_values.py"),
    ),
    Fault(
        "G",
        "pairs without a way, rules in the wrong spelling that did nothing, messages that name no variable",
        "rules mean names in either side's spelling, and one about nothing is refused; every type has a way, told "
        "with the rule to paste; messages name the operator's own variables",
        ("_transform/rules.py", "_transform/ways.py", "_transform/named.py", "_transform/arrays.py"),
    ),
)


@cache
def tests_by_row() -> dict[str, tuple[str, ...]]:
    """Row -> `file::function` of every test below tests/ that bears its marker, in their order."""
    found: dict[str, list[str]] = {}
    for path in sorted((CHECKOUT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        name = str(path.relative_to(CHECKOUT / "tests"))
        of_all = [row for node in tree.body for row in _of_module(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in {*of_all, *_rows(node.decorator_list)}:
                    found.setdefault(row, []).append(f"{name}::{node.name}")
    return {row: tuple(tests) for row, tests in found.items()}


def _of_module(node: ast.stmt) -> list[str]:
    """Rows of a `pytestmark`."""
    if not isinstance(node, ast.Assign) or not any(
        isinstance(one, ast.Name) and one.id == "pytestmark" for one in node.targets
    ):
        return []
    return _rows(node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value])


def _rows(marks: list[ast.expr]) -> list[str]:
    return [
        str(argument.value)
        for mark in marks
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    ]


def table() -> list[str]:
    """Lines of Markdown: one row per fault."""
    lines = ["| row | seen once | rule now | where | tests |", "| --- | --- | --- | --- | --- |"]
    for one in ROWS:
        places = ", ".join(f"`{place}`" for place in one.places)
        tests = _shown(tests_by_row().get(one.row, ()))
        lines.append(f"| {one.row} | {cell(one.seen)} | {cell(one.rule)} | {places} | {tests} |")
    return lines


def _shown(tests: tuple[str, ...]) -> str:
    """By file, with the number of its tests: the names are in the file, found by the marker."""
    files: dict[str, int] = {}
    for test in tests:
        file = test.partition("::")[0]
        files[file] = files.get(file, 0) + 1
    return ", ".join(f"`{file}` ({count})" for file, count in sorted(files.items()))
