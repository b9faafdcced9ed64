# SPDX-License-Identifier: GPL-3.0-or-later
"""Every construct is found where it is, as often as it is there, and nowhere else."""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._audit import constructs, sql, texts

from tests.unit.audit.examples import EXAMPLES, PORTABLE, Example

FLAGS = frozenset({"flag"})
ELSEWHERE = {"delimiter", "spliced_value", "spliced_text", *(one.name for one in constructs.FOUND_OTHERWISE)}
"""What needs a file or a program around it: test_chains.py and test_programs.py."""


def judged(statement: str) -> constructs.Judged:
    found = sql.statements(texts.written(statement, 1), FLAGS)
    assert found is not None
    (one,) = found
    return constructs.judge("1.ts", frozenset({"up"}), one)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.sql)
def test_what_is_in_a_statement_is_found_and_nothing_else(example: Example) -> None:
    found = judged(example.sql)
    assert Counter(one.construct.name for one in found.findings) == Counter(example.found)
    assert found.rewritten == example.rewritten


def test_every_construct_has_an_example() -> None:
    shown = {name for example in EXAMPLES for name in example.found}
    assert set(constructs.CONSTRUCTS) - shown - ELSEWHERE == set()
    assert shown <= set(constructs.CONSTRUCTS)


def test_no_construct_is_defined_twice() -> None:
    names = [one.name for group in constructs.GROUPS.values() for one in group]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("example", PORTABLE, ids=lambda one: one.sql)
def test_what_both_servers_take_runs_as_it_is(example: Example) -> None:
    assert judged(example.sql).severity in (None, constructs.NOTE)


def test_only_a_statement_that_is_safe_in_all_its_parts_is_written_anew() -> None:
    assert judged("SELECT `a` FROM t").rewritten == 'SELECT "a" FROM t'
    assert judged("SELECT `a`, IF(a, 1, 2) FROM t").rewritten is None


def test_a_finding_knows_its_line() -> None:
    found = judged("SELECT id,\n  IFNULL(a, 1),\n\n  UUID()\nFROM t")
    assert [(one.construct.name, one.line) for one in found.findings] == [("ifnull", 2), ("uuid", 4)]


def test_several_statements_of_one_text_are_parted() -> None:
    found = sql.statements(texts.written("SELECT 1; SELECT ';' AS a;\nSELECT 2", 5))
    assert found is not None
    assert [(one.sql.strip(), one.line) for one in found] == [
        ("SELECT 1", 5),
        ("SELECT ';' AS a", 5),
        ("SELECT 2", 6),
    ]


def test_parameters_go_on_counting_in_the_next_statement_of_a_text() -> None:
    found = sql.statements(texts.written("UPDATE t SET a = ?; UPDATE t SET b = ?", 1))
    assert found is not None
    found[1].memory["parameters_before"] = 1
    assert constructs.judge("f", frozenset(), found[1]).rewritten == "UPDATE t SET b = $2"


@pytest.mark.parametrize("statement", ["SELECT 'a", "SELECT `a", "SELECT /* a"])
def test_a_text_without_an_end_is_no_statement(statement: str) -> None:
    assert sql.statements(texts.written(statement, 1)) is None
