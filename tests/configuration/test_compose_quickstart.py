# SPDX-License-Identifier: GPL-3.0-or-later
"""The role compose_quickstart on a copy of the platform's files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.configuration.conftest import Host
from tests.support.playbooks import ansible, states

ROLE = "compose_quickstart"


def _variables(host: Host, docker: Path) -> dict[str, object]:
    return {"compose_quickstart_directory": str(host.checkout), "compose_quickstart_docker": [str(docker)]}


def test_rewrites_says_what_is_left_elsewhere_and_goes_back(host: Host, docker: Path) -> None:
    """One operator's evening, in one test as each step is a command of some seconds."""
    (host.checkout / "docs").mkdir()
    (host.checkout / "docs/setup.md").write_text("Start mysql first.\n", encoding="utf-8")
    before, variables = host.tree(), _variables(host, docker)

    check = host.role(ROLE, "main", "--check", "--diff", **variables)
    assert (check.status, check.changed) == (0, 1), check.output
    assert "-  mysql:\n" in check.output
    assert "+DATABASE_PASSWORD=********" in check.output
    assert "toor" not in check.output
    assert host.tree() == before

    first = host.role(ROLE, "main", "-vvv", **variables)
    assert (first.status, first.changed) == (0, 1), first.output
    assert "docs/setup.md:1: name 'mysql' in documentation" in first.output
    assert "toor" not in first.output
    after = host.tree()
    for name, text in states.texts("postgres").items():
        assert after[name].decode() == text, name

    second = host.role(ROLE, "main", "--diff", **variables)
    assert (second.status, second.changed) == (0, 0), second.output
    assert host.tree() == after

    check = host.role(ROLE, "restore", "--check", **variables)
    assert (check.status, check.changed) == (0, 1), check.output
    assert host.tree() == after
    back = host.role(ROLE, "restore", **variables)
    assert (back.status, back.changed) == (0, 1), back.output
    assert host.tree() == before
    assert host.role(ROLE, "restore", **variables).changed == 0


@pytest.mark.long
def test_files_come_back_when_docker_refuses_them(host: Host, refusing_docker: Path) -> None:
    before = host.tree()
    run = host.role(ROLE, "main", **_variables(host, refusing_docker))
    assert run.status != 0
    assert "depends on undefined service" in run.output
    assert "The files are as they were." in run.output
    assert host.tree() == before


def test_without_docker_it_says_loudly_that_nothing_was_validated(host: Host) -> None:
    missing = host.folder / "missing"
    run = host.role(ROLE, "main", **_variables(host, missing))
    assert run.status == 0, run.output
    assert "NOT VALIDATED: docker compose has not read the files" in run.output
    run = host.role(ROLE, "validate", **_variables(host, missing), compose_quickstart_validate="always")
    assert run.status != 0
    assert "does not answer on machine" in run.output


def test_nothing_is_written_unless_everything_can_be_rewritten(host: Host, docker: Path) -> None:
    (host.checkout / "alkemio.yml").write_text("storage: {}\n", encoding="utf-8")
    before = host.tree()
    run = host.role(ROLE, "main", **_variables(host, docker))
    assert run.status != 0
    assert "alkemio.yml has no storage.database" in run.output
    assert host.tree() == before


@pytest.mark.long
def test_missing_library_is_named_with_its_remedy(host: Host, docker: Path) -> None:
    """On a controller whose Python hides the library."""
    hidden = host.folder / "hidden/ruamel"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('hidden')\n", encoding="utf-8")
    host.role(ROLE, "rewrite", "--syntax-check", **_variables(host, docker))
    checkout = ansible.of_checkout()
    words = [
        "-c",
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from ansible.cli.playbook import main; main()",
    ]
    run = checkout(
        Path(sys.executable).name,
        *words,
        str(hidden.parent),
        "-i",
        host.folder / "inventory.json",
        host.folder / "play.json",
    )
    assert run.status != 0
    assert "lacks ruamel.yaml" in run.output
    assert "-m pip install 'ruamel.yaml>=0.18'" in run.output


def test_residue_is_fatal_where_asked_and_allowed_with_a_reason(host: Host, docker: Path) -> None:
    variables = {**_variables(host, docker), "compose_quickstart_residue_fatal": "all"}
    run = host.role(ROLE, "main", **variables)
    assert run.status != 0, "the manifests are not this role's"
    assert "manifests/10-server-config.yaml:9: variable 'MYSQL_DATABASE' in configuration" in run.output
    allow = [{"path": path, "reason": "another role's"} for path in ("manifests/*", "helm/*")]
    run = host.role(ROLE, "residue", **variables, compose_quickstart_residue_allow=allow)
    assert run.status == 0, run.output
