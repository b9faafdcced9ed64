# SPDX-License-Identifier: GPL-3.0-or-later
"""The role kubernetes_manifests on a copy of the platform's manifests. No cluster is asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.configuration.conftest import Host
from tests.support.playbooks import states

ROLE = "kubernetes_manifests"
FILES = [path for path in states.MANIFESTS if path.startswith("manifests/")]

# Takes the newest version of the schemas that it has
SCHEMAS = [str(Path(sys.executable).with_name("kubernetes-validate")), "--strict"]


def _variables(host: Host) -> dict[str, Any]:
    return {
        "kubernetes_manifests_directory": str(host.checkout),
        "kubernetes_manifests_files": FILES,
        "kubernetes_manifests_helm_files": ["helm/values.yaml"],
    }


def test_rewrites_in_check_mode_and_really_and_goes_back(host: Host) -> None:
    before, variables = host.tree(), _variables(host)
    check = host.role(ROLE, "main", "--check", "--diff", **variables)
    assert (check.status, check.changed) == (0, 1), check.output
    assert "+            - name: DATABASE_PASSWORD" in check.output
    assert "c3luYXBzZQ" not in check.output, "what the Secret holds"
    assert host.tree() == before

    first = host.role(ROLE, "main", **variables)
    assert (first.status, first.changed) == (0, 1), first.output
    assert "NOT VALIDATED" in first.output
    for path, text in states.texts("postgres", states.MANIFESTS).items():
        assert host.tree()[path].decode() == text, path
    assert host.role(ROLE, "main", **variables).changed == 0

    assert host.role(ROLE, "restore", **variables).changed == 1
    assert host.tree() == before


@pytest.mark.long
def test_the_published_schemas_take_the_manifests_before_and_after(host: Host) -> None:
    """The library holds the schemas that the project publishes; no cluster and no network is asked."""
    before = subprocess.run(
        [*SCHEMAS, *FILES], cwd=host.checkout, check=False, capture_output=True, text=True
    )
    assert before.returncode == 0, before.stdout
    assert before.stdout.count(" passed for resource ") == 4, before.stdout
    variables = _variables(host) | {"kubernetes_manifests_validate_command": SCHEMAS}
    run = host.role(ROLE, "main", **variables)
    assert (run.status, run.changed) == (0, 1), run.output
    assert "NOT VALIDATED" not in run.output
    after = subprocess.run([*SCHEMAS, *FILES], cwd=host.checkout, check=False, capture_output=True, text=True)
    assert after.returncode == 0, after.stdout
    again = host.role(ROLE, "main", **variables)
    assert (again.status, again.changed) == (0, 0), again.output


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "right", "wrong", "reason"),
    [
        (FILES[1], "replicas: 1", "replicas: one", "spec.replicas: 'one' is not of type 'integer'"),
        (FILES[2], "suspend: false", "suspended: false", "'suspended' was unexpected"),
        (
            FILES[0],
            "SESSION_KEY: c2Vzc2lvbg==",
            "SESSION_KEY: 271828182845",
            "it holds a Secret: run the command",
        ),
    ],
)
def test_files_come_back_when_the_schemas_refuse_them(
    host: Host, path: str, right: str, wrong: str, reason: str
) -> None:
    broken = host.checkout / path
    broken.write_text(broken.read_text("utf-8").replace(right, wrong), "utf-8")
    before = host.tree()
    variables = _variables(host) | {"kubernetes_manifests_validate_command": SCHEMAS}
    run = host.role(ROLE, "main", "-vvv", **variables)
    assert run.status != 0
    assert f"refuses what was written. {path}" in run.output
    assert reason in run.output
    assert "The files are as they were." in run.output
    assert host.tree() == before
    assert "271828182845" not in run.output, "what the Secret holds"


def test_a_validator_that_is_not_there_is_told(host: Host) -> None:
    before = host.tree()
    run = host.role(ROLE, "main", **_variables(host), kubernetes_manifests_validate_command=["kubeconfirm"])
    assert run.status != 0
    assert "kubeconfirm refuses" in run.output
    assert "No such file" in run.output
    assert host.tree() == before
