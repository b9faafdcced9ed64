# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements of the guides and the tests that hold them: each names its tests, and a unit test looks for them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.types.vectors import CASES
from tests.types.vectors.misfits import ALL

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Proof:
    """One test, as the guide names it."""

    text: str
    exists: bool


def matrix(*cases: str) -> tuple[Proof, ...]:
    """Cases of tests/types/test_matrix.py: every value, by every route, compared by two drivers."""
    known = {case.name for case in CASES}
    return tuple(Proof(f'matrix "{case}"', case in known) for case in cases)


def misfits(*classes: str) -> tuple[Proof, ...]:
    """Classes of tests/types/test_misfits.py: found by the scan, and by each policy changed as it says."""
    known = {one.misfit for one in ALL}
    return tuple(Proof(f"misfits `{name}`", name in known) for name in classes)


def cases(*folders: str) -> tuple[Proof, ...]:
    """Folders of tests/cases/data: the input as people met it, on each source it is there for."""
    known = {path.parent.name for path in (CHECKOUT / "tests/cases/data").glob("*/case.json")}
    return tuple(Proof(f"case `{name}`", name in known) for name in folders)


def tests(file: str, *names: str) -> tuple[Proof, ...]:
    """Test functions of a file below tests/."""
    known = _functions(file)
    return tuple(Proof(f"`{name}`", name in known) for name in names)


@cache
def _functions(file: str) -> frozenset[str]:
    path = CHECKOUT / "tests" / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def cell(text: str) -> str:
    """A text that a table of Markdown can hold."""
    return text.replace("|", "\\|")
