# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's name is read alone, in a log: it names its object, and no word in it points at another name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_NAME = re.compile(r"^\s*- name: (.+)$", re.MULTILINE)
_POINTS = re.compile(r"\b(it|its|them|they|their|those|these)\b", re.IGNORECASE)


def names() -> Iterator[tuple[str, str]]:
    """File and name of every play, block and task that an operator sees."""
    for folder in ("roles", "playbooks"):
        for file in sorted((ROOT / folder).rglob("*.yml")):
            if file.parent.name in {"tasks", "handlers", "playbooks"}:
                for match in _NAME.finditer(file.read_text("utf-8")):
                    yield str(file.relative_to(ROOT)), match.group(1)


def test_no_name_points_at_another_one() -> None:
    found = list(names())
    assert len(found) > 300
    assert [one for one in found if _POINTS.search(one[1])] == []


INCLUDED = re.compile(r"(?:include|import)_tasks:\s+([\w/.]+)\.yml\s*$", re.MULTILINE)
FROM_ROLE = re.compile(r"name: alkemio\.convergence\.(\w+)\n\s+tasks_from: (\w+)\s*$", re.MULTILINE)


def test_every_file_of_tasks_that_is_included_is_there() -> None:
    """A dynamic include is looked up when it runs, which may be in the middle of a downtime."""
    missing = []
    for folder in ("roles/*/tasks", "playbooks", "playbooks/guard", "playbooks/tasks"):
        for file in ROOT.glob(f"{folder}/*.yml"):
            named = INCLUDED.findall(file.read_text("utf-8"))
            missing += [
                f"{file.name}: {name}" for name in named if not (file.parent / f"{name}.yml").is_file()
            ]
    assert missing == []


def test_every_entry_point_that_is_called_is_specified_and_there() -> None:
    files = [file for part in ("roles", "playbooks", "molecule") for file in ROOT.glob(f"{part}/**/*.yml")]
    calls = {call for file in files for call in FROM_ROLE.findall(file.read_text("utf-8"))}
    assert len(calls) > 30
    for role, entry_point in sorted(calls):
        assert (ROOT / f"roles/{role}/tasks/{entry_point}.yml").is_file(), (role, entry_point)
        specs = (ROOT / f"roles/{role}/meta/argument_specs.yml").read_text("utf-8")
        assert f"\n  {entry_point}:\n" in specs, (role, entry_point)
