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
