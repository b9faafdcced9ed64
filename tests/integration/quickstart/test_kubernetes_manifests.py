# SPDX-License-Identifier: GPL-3.0-or-later
"""The role kubernetes_manifests on a copy of the platform's manifests. No cluster is asked."""

from __future__ import annotations

from typing import Any

from tests.unit.quickstart import states

from .conftest import Host

ROLE = "kubernetes_manifests"
FILES = [path for path in states.MANIFESTS if path.startswith("manifests/")]


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


def test_files_come_back_when_the_schemas_refuse_them(host: Host) -> None:
    before = host.tree()
    run = host.role(ROLE, "main", **_variables(host), kubernetes_manifests_validate_command=["/bin/false"])
    assert run.status != 0
    assert "The files are as they were." in run.output
    assert host.tree() == before
