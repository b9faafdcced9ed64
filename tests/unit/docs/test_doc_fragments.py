# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of modules and its fragments are YAML: a colon in a sentence would take a module's page away."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
FILES = sorted((CHECKOUT / "plugins").glob("*/*.py"))
FRAGMENTS = "ansible_collections.alkemio.convergence.plugins.doc_fragments"
NAMES = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
ELSEWHERE = {("_mysql", "FREEZER"): {"source_login_user"}}
"""Options of another fragment that one speaks of; whoever has the one has the other."""


def fragment(name: str) -> dict[str, str]:
    """The texts of a fragment, as they are when Ansible has imported it: some are computed."""
    made = vars(importlib.import_module(f"{FRAGMENTS}.{name}").ModuleDocFragment)
    return {key: value for key, value in made.items() if key.isupper()}


def pages(path: Path) -> list[str]:
    """The texts that ansible-doc reads: of a plugin from its source, of a fragment from its class."""
    if path.parent.name == "doc_fragments":
        return list(fragment(path.stem).values())
    return [
        str(ast.literal_eval(node.value))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in NAMES
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


PAGES = {path: found for path in FILES if (found := pages(path))}
OF_FRAGMENTS = [
    (path.stem, key) for path in PAGES if path.parent.name == "doc_fragments" for key in fragment(path.stem)
]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_documentation_is_yaml(path: Path) -> None:
    for page in PAGES[path]:
        assert yaml.safe_load(page), path


@pytest.mark.parametrize(("name", "key"), OF_FRAGMENTS)
def test_a_fragment_speaks_of_its_own_options(name: str, key: str) -> None:
    """A module with two logins has the other's option too: no linter would see that the wrong one is named."""
    page = fragment(name)[key]
    named = set(re.findall(r"\bO\((\w+)", page))
    assert named - set(yaml.safe_load(page)["options"]) == ELSEWHERE.get((name, key), set())
