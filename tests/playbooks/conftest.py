# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator's machine: ansible-core alone, the collection from its tarball, a bare migration host."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.support.playbooks import ansible, stage
from tests.support.playbooks.ansible import Ansible, Run
from tests.support.servers.server import Server

TARBALL_LIMIT = 5 * 1024 * 1024


@pytest.fixture(scope="session")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as "ansible-galaxy collection build" packs it."""
    folder = tmp_path_factory.mktemp("tarball")
    run = ansible.of_checkout()("ansible-galaxy", "collection", "build", "--output-path", folder)
    assert run.status == 0, run.output
    (file,) = folder.glob("alkemio-convergence-*.tar.gz")
    return file


@pytest.fixture(scope="session")
def core_alone(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Ansible:
    """ansible-core in an environment of its own, with no collection but this one, from the tarball."""
    folder = tmp_path_factory.mktemp("core-alone")
    python = _environment(folder / "venv")
    _command(python, "-m", "pip", "install", "--quiet", f"ansible-core=={version('ansible-core')}")
    found = Ansible(python, folder / "collections")
    where = ["-p", str(found.collections)]
    run = found("ansible-galaxy", "collection", "install", "--offline", "--no-deps", str(tarball), *where)
    assert run.status == 0, run.output
    return found


@pytest.fixture(scope="session")
def system_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migration host's Python before anybody has touched it: not one library."""
    return _environment(tmp_path_factory.mktemp("system") / "python", "--without-pip")


@dataclass(frozen=True)
class Operator:
    """Somebody with an inventory."""

    ansible: Ansible
    inventory: Path
    folder: Path
    stage: stage.Stage

    @property
    def run_directory(self) -> Path:
        return self.folder / "run"

    def migrate(self, *arguments: str, **variables: Any) -> Run:
        return self.ansible.playbook("migrate", self.inventory, *arguments, **variables)

    def verify(self, *arguments: str, **variables: Any) -> Run:
        return self.ansible.playbook("verify", self.inventory, *arguments, **variables)


@pytest.fixture(scope="session")
def operator(
    core_alone: Ansible,
    system_python: Path,
    mariadb: Server,
    postgresql: Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Operator:
    """Before the first run: servers with an Alkemio platform in tiny, an inventory, nothing else."""
    folder = tmp_path_factory.mktemp("operator")
    platform = stage.make(mariadb, postgresql, prefix="playbooks_")
    variables = {
        **platform.variables(),
        "migration_run_directory": str(folder / "run"),
        "migration_python": str(system_python),
    }
    return Operator(core_alone, ansible.write_inventory(folder, system_python, variables), folder, platform)


@pytest.fixture(scope="session")
def first_run(operator: Operator) -> Run:
    """migrate.yml for the first time."""
    return operator.migrate()


@pytest.fixture(scope="session")
def finished(operator: Operator, first_run: Run) -> Operator:
    """The operator after that."""
    assert first_run.status == 0, first_run.output
    return operator


def _environment(folder: Path, *options: str) -> Path:
    _command(Path(sys.executable), "-m", "venv", *options, str(folder))
    return folder / "bin/python"


def _command(*words: str | Path) -> None:
    subprocess.run(words, check=True, timeout=300)
