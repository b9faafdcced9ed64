# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of migrations as an operator runs it: the module alone, and the role with its own environment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.playbooks import ansible

CHAIN = ansible.CHECKOUT / "tests/fixtures/migrations/typeorm"


def play(folder: Path, task: dict[str, Any], python: str, *words: str) -> ansible.Run:
    """One task on this host."""
    file = folder / "play.json"
    file.write_text(
        json.dumps(
            [
                {
                    "name": "Audit",
                    "hosts": "localhost",
                    "gather_facts": False,
                    "vars": {"ansible_connection": "local", "ansible_python_interpreter": python},
                    "tasks": [{"name": "Audit the chain", **task}],
                }
            ]
        )
    )
    return ansible.of_checkout()("ansible-playbook", "-i", "localhost,", file, *words)


def module(report: Path, **options: Any) -> dict[str, Any]:
    return {
        "alkemio.convergence.typeorm_migration_audit": {
            "path": str(CHAIN),
            "report_directory": str(report),
            **options,
        }
    }


def test_the_module_writes_its_report_once_and_tells_the_truth_in_check_mode(tmp_path: Path) -> None:
    report = tmp_path / "report"
    before = {path: path.read_bytes() for path in CHAIN.rglob("*") if path.is_file()}
    announced = play(tmp_path, module(report), sys.executable, "--check")
    assert (announced.status, announced.changed, report.exists()) == (0, 1, False), announced.output
    first = play(tmp_path, module(report), sys.executable)
    assert (first.status, first.changed) == (0, 1), first.output
    second = play(tmp_path, module(report), sys.executable)
    assert (second.status, second.changed) == (0, 0), second.output
    assert json.loads((report / "audit.json").read_text("utf-8"))["verdict"] == "adapt"
    assert (report.stat().st_mode & 0o777, (report / "audit.md").stat().st_mode & 0o777) == (0o700, 0o600)
    assert {path: path.read_bytes() for path in CHAIN.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    run = play(tmp_path, module(tmp_path / "report", path=str(tmp_path / "gone")), sys.executable)
    assert run.status != 0
    assert run.message.startswith(f"{tmp_path}/gone is no folder on this host")


def test_missing_parsers_are_named_with_the_remedy(tmp_path: Path) -> None:
    """And only the audit asks for them: the modules that move data do not."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    run = play(tmp_path, module(tmp_path / "report"), str(bare / "bin/python"))
    assert run.status != 0
    assert "lacks sqlglot, tree-sitter, tree-sitter-typescript" in run.message
    assert "role alkemio.convergence.migration_audit" in run.message


@pytest.mark.long
def test_the_role_makes_its_environment_and_audits(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(tmp_path / "wheels")]
    pinned = ansible.CHECKOUT / "roles/migration_audit/files/requirements.txt"
    subprocess.run([*pip, "--requirement", str(pinned)], check=True)
    role = {
        "ansible.builtin.import_role": {"name": "alkemio.convergence.migration_audit"},
        "vars": {
            "migration_audit_path": str(CHAIN),
            "migration_audit_report_directory": str(tmp_path / "audits/server"),
            "migration_audit_python": sys.executable,
            "migration_audit_wheels": str(tmp_path / "wheels"),
        },
    }
    (tmp_path / "audits").mkdir()
    first = play(tmp_path, role, sys.executable)
    assert first.status == 0, first.output
    assert first.changed == 4
    assert "adapt: 6 migrations, 19 statements" in " ".join(first.output.split())
    second = play(tmp_path, role, sys.executable)
    assert (second.status, second.changed) == (0, 0), second.output
