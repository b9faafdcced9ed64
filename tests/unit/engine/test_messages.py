# SPDX-License-Identifier: GPL-3.0-or-later
"""No sentence of the engine names an option of a module: an operator has set variables of roles."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _argspec
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import (
    MySQLLogin,
    PostgreSQLLogin,
    in_words_of,
)

pytestmark = pytest.mark.fault("G")

CHECKOUT = Path(__file__).resolve().parents[3]
UTILS = CHECKOUT / "plugins/module_utils"
OF_MODULES = (
    r"(?:restart|force)=true|run_directory|encryption_key_file|chunk_bytes|target_schema|source_login_\w*"
)
BARE = re.compile(rf"(?<![\w./])(?:{OF_MODULES})(?!\w)")


def sentences(path: Path) -> Iterator[str]:
    """Every text of a file that has words, but for its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documents = {
        id(node.value)
        for parent in ast.walk(tree)
        for node in ast.iter_child_nodes(parent)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in documents else None
        if isinstance(text, str) and " " in text.strip():
            yield text


def test_no_message_names_an_option_of_a_module() -> None:
    found = [
        (path.relative_to(UTILS).as_posix(), text)
        for path in sorted(UTILS.rglob("*.py"))
        for text in sentences(path)
        if BARE.search(text)
    ]
    assert found == []


@pytest.mark.parametrize("login", [MySQLLogin, PostgreSQLLogin])
def test_every_option_of_a_login_is_said_in_the_operators_word(
    login: type[MySQLLogin] | type[PostgreSQLLogin],
) -> None:
    spec = _argspec.MYSQL_LOGIN if login is MySQLLogin else _argspec.POSTGRESQL_LOGIN
    options = [option for option in spec if option != _argspec.VARIABLES]
    mine = login(variables={option: f"mine_{option}" for option in options})
    said = in_words_of(mine, f"Check {', '.join(options)}.")
    assert said == f"Check {', '.join(f'mine_{option}' for option in options)}."
