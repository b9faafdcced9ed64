# SPDX-License-Identifier: GPL-3.0-or-later
"""The example inventories hold all that every playbook asks for, under addresses that the platform has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
INVENTORIES = ("dev", "acc", "prod")
PLAYBOOKS = sorted(file.stem for file in (ROOT / "playbooks").glob("*.yml"))
_CALL = re.compile(r"name: alkemio\.convergence\.(\w+)\n(?:\s+tasks_from: (\w+)\n)?")
# What switches a role on: a playbook includes it only when this is given.
SWITCHES = {
    "compose_quickstart": "compose_quickstart_directory",
    "kubernetes_manifests": "kubernetes_manifests_directory",
    "kratos": "kratos_configuration_file",
}


def variables(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / f"inventories/{name}/group_vars/all/main.yml").read_text("utf-8")))


def asked(playbook: str) -> set[str]:
    """The variables without which an entry point that the playbook calls refuses."""
    text = (ROOT / f"playbooks/{playbook}.yml").read_text("utf-8")
    found = set()
    for role, entry_point in _CALL.findall(text):
        specs = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text("utf-8"))
        options = specs["argument_specs"][entry_point or "main"].get("options", {})
        found |= {f"{role} {name}" for name, option in options.items() if option.get("required")}
    return found


@pytest.mark.parametrize("inventory", INVENTORIES)
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_inventory_holds_what_a_playbook_asks_for(inventory: str, playbook: str) -> None:
    there = variables(inventory)
    given = (ROOT / f"playbooks/{playbook}.yml").read_text("utf-8")
    missing = [
        name
        for role, name in (one.split() for one in asked(playbook))
        if name not in there
        and SWITCHES.get(role, "migration_run_directory") in there
        and not re.search(rf"^\s+{name}:", given, re.M)
    ]
    assert missing == []


def services(inventory: str) -> list[dict[str, Any]]:
    return list(variables(inventory)["service_downtime_services"])


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_the_server_is_asked_where_it_answers(inventory: str) -> None:
    """/rest up to v0.151, /health/ready after it; no release knows /rest/health."""
    for service in services(inventory):
        assert re.fullmatch(r"https?://[\w.:-]+/(rest|health/ready)", service.get("health", "http://h/rest"))


@pytest.mark.parametrize("inventory", ["dev", "acc"])
def test_the_role_and_not_the_inventory_says_admin(inventory: str) -> None:
    """The base that ends in /admin becomes /admin/admin."""
    assert variables(inventory)["kratos_admin_url"].endswith(":3000/ory/kratos")
    assert variables(inventory)["kratos_public_url"].endswith(":3000/ory/kratos/public")


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_a_smoke_check_reads_rows(inventory: str) -> None:
    for check in variables(inventory)["cutover_smoke_checks"]:
        assert "__typename" not in str(check), "it is answered without a database"
        assert check["contains"] == '"id"'


def test_production_names_the_objects_of_the_platform() -> None:
    found = {name for service in services("prod") for name in service["deployments"]}
    assert found - {"kratos", "oidc-service"} == {
        "alkemio-server-deployment",
        "alkemio-notifications-deployment",
        "alkemio-matrix-adapter-deployment",
        "alkemio-whiteboard-collaboration-service-deployment",
        "alkemio-collaborative-document-service-deployment",
        "alkemio-file-service-deployment",
    }
    assert {service["namespace"] for service in services("prod")} == {"default"}
    assert [one for service in services("prod") for one in service.get("cronjobs", [])] == [
        "server-migration"
    ]


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_both_databases_have_the_extension(inventory: str) -> None:
    there = variables(inventory)
    assert there["migration_target_extensions"] == {"alkemio": ["uuid-ossp"], "kratos": ["uuid-ossp"]}
    assert [one["extensions"] for one in there["postgresql_provision_databases"]] == [["uuid-ossp"]] * 2
