# SPDX-License-Identifier: GPL-3.0-or-later
"""ARCHITECTURE.md names every room, and imports go the way it says."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
UTILS = CHECKOUT / "plugins/module_utils"
PAGE = (CHECKOUT / "ARCHITECTURE.md").read_text("utf-8")
ROOMS = re.findall(r"^\| `(_\w+)/` \|", PAGE, re.MULTILINE)
"""From the ground up, as the page lists them."""
LARGEST = 0.25
"""Of all lines, what a room has less than."""


def rooms_of(path: Path) -> set[str]:
    """The rooms that a file imports from."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = path.relative_to(UTILS).parts[:-1]
        base = base[: len(base) - node.level + 1]
        where = [*base, *(node.module or "").split(".")]
        names = [[*where, alias.name] for alias in node.names] if node.module is None else [where]
        found |= {next(part for part in parts if part) for parts in names}
    return found & set(ROOMS)


def test_the_page_names_every_room_and_no_other() -> None:
    assert {path.name for path in UTILS.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(
        ROOMS
    )


def test_a_room_imports_only_from_those_above_it_on_the_page() -> None:
    wrong = [
        f"{path.relative_to(UTILS)} imports from {room}"
        for path in sorted(UTILS.rglob("*.py"))
        for room in rooms_of(path)
        if path.parent == UTILS or ROOMS.index(room) > ROOMS.index(path.parent.name)
    ]
    assert wrong == []


def test_what_proves_never_looks_at_what_moves() -> None:
    """Not even by way of another room: a proof that shares the mover's code would share its faults."""
    seen: set[str] = set()
    waiting = ["_prove"]
    while waiting:
        room = waiting.pop()
        seen.add(room)
        for path in (UTILS / room).glob("*.py"):
            waiting += rooms_of(path) - seen - set(waiting)
    assert not seen & {"_move", "_scan", "_operate", "_copy"}


def test_no_room_is_a_quarter_of_the_house() -> None:
    lines = Counter(
        {
            room: sum(len(path.read_text("utf-8").splitlines()) for path in (UTILS / room).glob("*.py"))
            for room in ROOMS
        }
    )
    room, most = lines.most_common(1)[0]
    assert most < LARGEST * lines.total(), room


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:_\w+|plugins|tests|tools|roles|playbooks|docs)/[\w./]+\.\w+)`", PAGE)
    assert len(named) > 10
    missing = [name for name in named if not any((root / name).exists() for root in (UTILS, CHECKOUT))]
    assert missing == []


def test_the_page_of_the_tests_names_every_folder_with_tests() -> None:
    page = (CHECKOUT / "tests/README.md").read_text("utf-8")
    folders = {
        path.relative_to(CHECKOUT / "tests").parts[0] for path in (CHECKOUT / "tests").rglob("test_*.py")
    }
    assert sorted(name for name in folders if f"`{name}`" not in page) == []
