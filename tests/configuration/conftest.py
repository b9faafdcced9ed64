# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's entry point, run as an operator runs it, on a copy of the platform's files."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.playbooks import ansible, states
from tests.support.playbooks.ansible import Run

ROLES = ("compose_quickstart", "kubernetes_manifests")


@dataclass(frozen=True)
class Host:
    """One machine with a checkout of the platform."""

    folder: Path
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        return self.folder / "platform"

    def role(self, name: str, entry_point: str, *arguments: str, **variables: Any) -> Run:
        """Run an entry point of a role."""
        return ansible.role(self.folder, name, entry_point, self.variables | variables, *arguments)

    def tree(self) -> dict[str, bytes]:
        """All files of the checkout."""
        return {
            str(path.relative_to(self.checkout)): path.read_bytes()
            for path in sorted(self.checkout.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """With the files as the last release for MySQL ships them."""
    shutil.copytree(states.FIXTURES / "mysql", tmp_path / "platform")
    kept = {f"{role}_backup_directory": str(tmp_path / "kept" / role) for role in ROLES}
    return Host(tmp_path, kept)


DOCKER = """\
#!{python}
# A stand-in for docker: "compose config" reads the file with the library instead. Not the real command.
import pathlib, sys
from ruamel.yaml import YAML
words = sys.argv[1:]
if words[:2] == ["compose", "version"]:
    print("0.0.0-stand-in")
elif words[0] == "compose" and "config" in words:
    services = {{}}
    files = [pathlib.Path(after) for word, after in zip(words, words[1:]) if word == "--file"]
    while files:
        file = files.pop()
        found = YAML(typ="safe", pure=True).load(file)
        files += [file.parent / (one if isinstance(one, str) else one["path"]) for one in found.get("include", [])]
        for name, service in (found.get("services") or {{}}).items():
            services.setdefault(name, {{}}).update(service)
    for name, service in services.items():
        if not {{"image", "build", "extends"}} & set(service):
            sys.exit(f'service "{{name}}" has neither an image nor a build context specified')
        for other in service.get("depends_on") or []:
            if other not in services or "{refuse}" == name:
                sys.exit(f'service "{{name}}" depends on undefined service "{{other}}"')
    for word, after in zip(words, words[1:]):
        if word == "--env-file" and not pathlib.Path(after).is_file():
            sys.exit(f"couldn't find env file: {{after}}")
else:
    sys.exit("the stand-in knows nothing of " + " ".join(words))
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A command that validates like docker compose does, roughly."""
    return _docker(tmp_path / "docker", "nobody")


@pytest.fixture
def refusing_docker(tmp_path: Path) -> Path:
    """One that refuses every compose file."""
    return _docker(tmp_path / "docker", "kratos-migrate")


def _docker(path: Path, refuse: str) -> Path:
    path.write_text(DOCKER.format(python=sys.executable, refuse=refuse), encoding="utf-8")
    path.chmod(0o755)
    return path
