# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's commands as an operator runs them, and what they said."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]
LONGEST = 300


@dataclass(frozen=True)
class Run:
    """One command that has ended."""

    status: int
    output: str

    @property
    def message(self) -> str:
        """What the failed task said."""
        found = re.search(r"^(?:fatal|failed): .*?=> (?=\{)", self.output, re.M)
        # Over one line or over several, as the task's action likes it.
        return str(json.JSONDecoder().raw_decode(self.output, found.end())[0]["msg"]) if found else ""

    @property
    def changed(self) -> int:
        """How many tasks reported a change, over all hosts."""
        return sum(int(number) for number in re.findall(r"\bchanged=(\d+)", self.output))

    @property
    def plays(self) -> list[str]:
        """The plays that ran a task of their own."""
        parts = re.split(r"^PLAY \[(.*?)\] \**$", self.output, flags=re.M)
        return [name for name, text in zip(parts[1::2], parts[2::2], strict=True) if "TASK [" in text]


@dataclass(frozen=True)
class Ansible:
    """The commands of one Python environment, with the collections of one folder."""

    python: Path
    collections: Path

    def __call__(self, command: str, *arguments: str | Path, cwd: Path = CHECKOUT) -> Run:
        ended = subprocess.run(
            [self.python.parent / command, *arguments],
            cwd=cwd,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return Run(ended.returncode, ended.stdout)

    def playbook(self, name: str, inventory: Path | None, *arguments: str, **variables: Any) -> Run:
        """alkemio.convergence.<name>, from a folder that knows nothing of the checkout."""
        words = ["-i", str(inventory)] if inventory else []
        if variables:
            words += ["--extra-vars", json.dumps(variables)]
        cwd = inventory.parent if inventory else Path("/")
        return self("ansible-playbook", f"alkemio.convergence.{name}", *words, *arguments, cwd=cwd)

    def _environment(self) -> dict[str, str]:
        # Of Python, too: a collection that stands on its path would be found beside those of the folder.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "PYTHONPATH"))
        }
        return {
            **kept,
            "PATH": f"{self.python.parent}:{kept.get('PATH', '')}",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
        }


def of_checkout() -> Ansible:
    """The environment of these tests, with the collection as it stands in the checkout."""
    return Ansible(Path(sys.executable), CHECKOUT / ".ansible/collections")


def write_inventory(
    folder: Path,
    python: Path | str,
    variables: dict[str, Any],
    services: dict[str, dict[str, Any]] | None = None,
) -> Path:
    """An inventory with source, target, migration host, and one host that is no part of the plan.

    `services`: hosts of the services with their variables.
    """
    inventory = {
        "all": {
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": str(python), **variables},
            "children": {
                "migration_host": {"hosts": {"mover": {}}},
                "migration_source": {"hosts": {"mysql-server": {}}},
                "migration_target": {"hosts": {"postgresql-server": {}}},
                "others": {"hosts": {"bystander": {}}},
                **({"migration_service": {"hosts": services}} if services else {}),
            },
        }
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "inventory.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(inventory, indent=2), encoding="utf-8")
    return file


def role(
    folder: Path,
    name: str,
    entry_point: str,
    variables: dict[str, Any],
    *arguments: str,
    then: Sequence[Any] = (),
) -> Run:
    """Run an entry point of a role of the collection on this machine, and tasks that look at what it gives."""
    include = {"name": f"alkemio.convergence.{name}", "tasks_from": entry_point}
    play = {
        "name": "Run one entry point",
        "hosts": "platform",
        "gather_facts": False,
        "tasks": [{"name": "Run it", "ansible.builtin.include_role": include}, *then],
    }
    playbook = folder / "play.json"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    inventory = folder / "inventory.json"
    machine = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {"platform": {"hosts": {"machine": {**machine, **variables}}}}
    inventory.write_text(json.dumps(hosts), encoding="utf-8")
    return of_checkout()("ansible-playbook", "-i", inventory, playbook, *arguments, cwd=folder)
