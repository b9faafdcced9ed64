# SPDX-License-Identifier: GPL-3.0-or-later
"""The cut-over switches the release of the application, the roll-back switches it back, and no start runs a wrong one.

One service runs from a checkout, a real one of git; the other is a compose project before a stand-in for docker, of
which nothing runs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.environment.test_downtime import sells
from tests.support.environment.place import WRITERS, Environment
from tests.support.playbooks.ansible import Run


@dataclass
class Released:
    """The environment whose services have releases."""

    environment: Environment

    @property
    def checkout(self) -> Path:
        return self.environment.folder / "checkout"

    @property
    def override(self) -> Path:
        return self.environment.folder / "web/release.yml"

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.checkout), "-c", "user.name=t", "-c", "user.email=t@example.org"]
        done = subprocess.run([*command, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def releases(self) -> tuple[str, str]:
        """Of the checkout, and of the compose project."""
        image = yaml.safe_load(self.override.read_text("utf-8"))["services"]["app"]["image"]
        return self.git("describe", "--tags"), image

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        server, other = self.environment.variables()["service_downtime_services"]
        git = ["git", "-C", str(self.checkout)]
        server["release"] = {
            "source": "v1",
            "target": "v2",
            "switch": [*git, "checkout", "--quiet", "v2"],
            "switch_back": [*git, "checkout", "--quiet", "v1"],
            "status": [*git, "describe", "--tags"],
        }
        web = {
            "name": "web",
            "driver": "docker_compose",
            "directory": str(self.override.parent),
            "files": ["compose.yml", "release.yml"],
            "services": ["app"],
            "release": {
                "source": "1.9",
                "target": "2.0",
                "image": "registry:5000/shop/app",
                "override": "release.yml",
            },
        }
        return self.environment.play(
            playbook,
            *arguments,
            service_downtime_services=[server, other, web],
            service_downtime_docker=[sys.executable, str(self.environment.folder / "docker.py")],
            **variables,
        )


@pytest.fixture
def released(environment: Environment) -> Released:
    found = Released(environment)
    found.checkout.mkdir()
    found.git("init", "--quiet")
    for tag in ("v1", "v2"):
        found.git("commit", "--quiet", "--allow-empty", "-m", tag)
        found.git("tag", tag)
    found.override.parent.mkdir()
    compose = found.override.with_name("compose.yml")
    compose.write_text(
        "services:\n  app:\n    image: registry:5000/shop/app:latest\n    command: run\n", "utf-8"
    )
    found.override.write_text("services:\n  app:\n    image: registry:5000/shop/app:1.9\n", "utf-8")
    shutil.copy(Path(__file__).with_name("docker_stand_in.py"), environment.folder / "docker.py")
    return found


V1, V2 = ("v1", "registry:5000/shop/app:1.9"), ("v2", "registry:5000/shop/app:2.0")


def test_the_releases_go_over_and_back_and_no_start_runs_a_wrong_one(released: Released) -> None:
    environment = released.environment
    absent = environment.folder / "absent"
    refused = released.play("migrate", "--tags", "preflight,stop")
    assert refused.status != 0
    assert "A start of server would run v2, and on the source it has to be v1" in refused.message
    released.git("checkout", "--quiet", "v1")
    absent.touch()
    refused = released.play("migrate", "--tags", "preflight,stop")
    assert "The images of both releases of web have to be on their host before the window" in refused.message
    assert sells(environment)
    absent.unlink()
    moved = released.play("migrate")
    assert moved.status == 0, moved.output

    foreseen = released.play("cutover", "--check", cutover_decision="go")
    assert foreseen.status == 0, foreseen.output
    assert "Would switch server from v1 to v2" in " ".join(foreseen.output.split())
    assert released.releases() == V1

    early = released.play("cutover", "--tags", "gate,start", cutover_decision="go")
    assert early.status != 0
    assert "A start of web would run 1.9, and on the target it has to be 2.0" in early.message
    assert "It was not started. Run the phase configuration first." in early.message
    assert not any(environment.runs(writer) for writer in WRITERS)

    done = released.play("cutover")
    assert done.status == 0, done.output
    assert released.releases() == V2
    assert sells(environment, environment.target)
    again = released.play("cutover")
    assert (again.status, again.changed) == (0, 0), again.output

    back = released.play("rollback", cutover_accept_loss=True)
    assert back.status == 0, back.output
    assert released.releases() == V1
    assert sells(environment)
    again = released.play("rollback", cutover_accept_loss=True)
    assert (again.status, again.changed) == (0, 0), again.output


def test_an_abort_starts_no_service_of_the_targets_release(released: Released) -> None:
    environment = released.environment
    released.git("checkout", "--quiet", "v1")
    assert released.play("migrate").status == 0
    released.git("checkout", "--quiet", "v2")
    refused = released.play("abort")
    assert refused.status != 0
    assert "A start of server would run v2, and on the source it has to be v1" in refused.message
    assert not environment.runs("server")
    released.git("checkout", "--quiet", "v1")
    assert released.play("abort").status == 0
    assert sells(environment)
