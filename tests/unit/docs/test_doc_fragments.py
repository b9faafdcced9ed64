# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of modules and its fragments are YAML: a colon in a sentence would take a module's page away."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
FILES = sorted((CHECKOUT / "plugins").glob("*/*.py"))
NAMES = {"DOCUMENTATION", "EXAMPLES", "RETURN"}


def pages(path: Path) -> list[str]:
    """The texts that ansible-doc reads: of a module at the top, of a fragment in its class."""
    tree = ast.parse(path.read_text("utf-8"))
    fragment = path.parent.name == "doc_fragments"
    return [
        str(ast.literal_eval(node.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and (node.targets[0].id in NAMES or (fragment and node.targets[0].id.isupper()))
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


@pytest.mark.parametrize("path", [path for path in FILES if pages(path)], ids=lambda path: path.stem)
def test_documentation_is_yaml(path: Path) -> None:
    for page in pages(path):
        assert yaml.safe_load(page), path
