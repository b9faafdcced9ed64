# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a Python cannot make the environment, by what real interpreters say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.filter.python_refusal import python_refusal

ROOT = Path(__file__).resolve().parents[3]
TASKS = yaml.safe_load((ROOT / "roles/migration/tasks/check_python.yml").read_text("utf-8"))
QUESTION = next(task for task in TASKS if "ansible.builtin.command" in task)["ansible.builtin.command"][
    "argv"
][2]


def asked(*words: str) -> dict[str, Any]:
    """As the command module returns it, of the question that the role asks."""
    try:
        ended = subprocess.run([*words, "-c", QUESTION], capture_output=True, text=True, check=False)
    except OSError as error:
        return {"rc": error.errno, "msg": f"{error}", "stdout": "", "stderr": ""}
    return {"rc": ended.returncode, "stdout": ended.stdout.strip(), "stderr": ended.stderr.strip()}


def test_this_python_is_no_case() -> None:
    found = asked(sys.executable)
    assert (found["rc"], found["stderr"]) == (0, "")


def test_a_shim_without_its_python_is_quoted(tmp_path: Path) -> None:
    shim = tmp_path / "python3"
    shim.write_text('#!/bin/sh\necho "pyenv: python3: command not found" >&2\nexit 127\n')
    shim.chmod(0o755)
    said = python_refusal(asked(str(shim)), str(shim), "mover")
    assert said == (
        f"{shim} on mover does not run: pyenv: python3: command not found. Name a Python 3.10 or later in "
        "migration_python, by its full path."
    )


def test_a_command_that_is_not_there_is_said_so() -> None:
    said = python_refusal(asked("/nowhere/python3"), "/nowhere/python3", "mover")
    assert said.startswith("/nowhere/python3 on mover does not run: [Errno 2] No such file or directory")


def test_a_python_without_venv_gets_the_package(tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ModuleNotFoundError(\"No module named 'ensurepip'\")")
    words = ("/usr/bin/env", f"PYTHONPATH={tmp_path}", sys.executable)
    said = python_refusal(asked(*words), "python3", "mover")
    assert "without venv (ModuleNotFoundError: No module named 'ensurepip')" in said
    assert "install python3-venv" in said


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (
            {"rc": 0, "stdout": "3.9", "stderr": ""},
            "python3 on mover is Python 3.9. It must be Python 3.10 or later",
        ),
        (
            {"rc": 1, "stdout": "3.12", "stderr": "Fatal: no zlib."},
            "python3 on mover is Python 3.12 and cannot make the environment: Fatal: no zlib.",
        ),
        (
            {
                "failed": True,
                "msg": "MODULE FAILURE",
                "module_stderr": "pyenv: python3.13: command not found\n",
            },
            "The Python that Ansible itself found on mover does not run: pyenv: python3.13: command not found.",
        ),
    ],
)
def test_the_reason_is_the_one_that_it_is(result: dict[str, Any], says: str) -> None:
    assert python_refusal(result, "python3", "mover").startswith(says)
