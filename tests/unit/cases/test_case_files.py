# SPDX-License-Identifier: GPL-3.0-or-later
"""No case is forgotten, none expects nothing, and a row is told from another one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cases.case import DATA, Case, Told, read, told
from tests.cases.outcome import missed


def test_every_folder_is_run_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in DATA.parent.glob("test_*.py"))
    by_folder = {case.folder.name for case in told()}
    folders = {path.name for path in DATA.iterdir()}
    assert len(folders) > 50
    assert [name for name in sorted(folders - by_folder) if f'"{name}"' not in tests] == []


@pytest.mark.parametrize("case", told(), ids=lambda case: case.folder.name)
def test_a_case_has_statements_for_both_servers_and_words_that_stand_in_them(case: Case) -> None:
    assert case.title and case.attempts
    assert case.sql("source") and case.sql("target")
    for words in case.words.values():
        assert all(f"{{{word}}}" in case.sql("source") for word in words)


def written(folder: Path, **entry: Any) -> Path:
    (folder / "case.json").write_text(json.dumps({"title": "a case", **entry}))
    return folder


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"attempts": {"": {}}}, "expects nothing"),
        ({"attempts": {"": {"rows": {"SELECT 1": [["1"]]}, "rule": {}}}}, "Attempt has no rule"),
        ({"attempts": {}, "zone": "UTC"}, "Case has no zone"),
        ({"attempts": {"": {"told": [{"table": "t", "names": ["n"], "row": []}]}}}, "Told has no row"),
    ],
)
def test_a_key_that_means_nothing_is_refused(tmp_path: Path, entry: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read(written(tmp_path, **entry))


def found(column: str, *examples: str) -> dict[str, Any]:
    return {"table": "t", "column": column, "detail": "", "examples": list(examples)}


UNTESTED = [{"table": "t", "name": "c", "definition": "", "why": "a function"}]


@pytest.mark.parametrize(
    ("want", "misfits", "untested", "named"),
    [
        (Told("t", ["c"], [["id=2"]]), [found("c", "id=2")], [], True),
        (Told("t", ["c"], [["id=2"]]), [found("c", "id=20")], [], False),
        (Told("t", ["c"], [["id=2"]]), [found("c", "id=2, day=2024-01-01")], [], True),
        (Told("t", ["c"], [["id=1", "id=2"]]), [found("c", "id=2")], [], True),
        (Told("t", ["c"], [["id=1"], ["id=2"]]), [found("c", "id=2")], [], False),
        (Told("t", ["c"], [["id=2"]]), [found("other", "id=2")], [], False),
        (Told("other", ["c"], [["id=2"]]), [found("c", "id=2")], [], False),
        (Told("t", ["c"], [["id=2"]]), [], UNTESTED, False),
        (Told("t", ["c"], [["id=2"]], True), [], UNTESTED, True),
        (Told("t", ["c"], [["id=2"]], True), [], [], False),
    ],
)
def test_what_counts_as_named(
    want: Told, misfits: list[dict[str, Any]], untested: list[dict[str, Any]], named: bool
) -> None:
    assert (missed(want, misfits, untested) == "") is named
