# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of an inventory say by themselves: refused, missing, idle, contradicting each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.alkemio.convergence.plugins.plugin_utils._inventory import uses
from ansible_collections.alkemio.convergence.plugins.plugin_utils._inventory.seen import Seen
from ansible_collections.alkemio.convergence.plugins.plugin_utils._inventory.survey import (
    Survey,
    of_inventory,
    survey,
)

ROOT = Path(__file__).resolve().parents[3]
KNOWN = uses.read(ROOT / "roles")
GROUPS = {"all": ["mover", "platform"], "migration_host": ["mover"], "migration_service": ["platform"]}
LEAST: dict[str, Any] = {
    "migration_run_directory": "/srv/run",
    "migration_databases": [{"name": "alkemio", "profile": "alkemio"}, {"name": "kratos"}],
    "migration_source_login_user": "reader",
    "migration_target_login_user": "owner",
}


def looked(host: str = "mover", groups: dict[str, list[str]] | None = None, **variables: Any) -> Survey:
    """Templates are not made; a text that begins with LACKS needs the variable behind it."""

    def template(value: Any) -> Any:
        text = str(value)
        if text.startswith("LACKS "):
            raise AnsibleUndefinedVariable(f"'{text.split()[1]}' is undefined")
        if text.startswith("BROKEN"):
            raise ValueError("the template and what is secret in it")
        return value

    return survey(Seen(host, groups or GROUPS, KNOWN, {**LEAST, **variables}, template), lambda _name: True)


def said(found: Survey) -> list[str]:
    return [f"{one['variable']} {one['found']}. {one['remedy']}" for one in found.findings]


def test_the_least_that_a_migration_needs_is_right() -> None:
    assert said(looked()) == []


@pytest.mark.parametrize("name", LEAST)
def test_what_a_role_requires_is_missed(name: str) -> None:
    seen = Seen(
        "mover", GROUPS, KNOWN, {one: LEAST[one] for one in LEAST if one != name}, lambda value: value
    )
    found = survey(seen, lambda _name: True).findings
    assert [(one["variable"], one["found"]) for one in found if one["variable"] == name] == [
        (name, "is not given")
    ]
    assert "The role migration needs it: " in found[0]["why"]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (
            {"migration_source_login_port": "33o6"},
            "migration_source_login_port is not of the type int: 33o6. Correct it.",
        ),
        ({"migration_mode": "frosen"}, "migration_mode is frosen. It must be one of frozen, live."),
        (
            {"service_downtime_services": [{"driver": "systemd", "unit": "shop"}]},
            "service_downtime_services has an entry without name. Give it to every entry.",
        ),
        (
            {"service_downtime_services": [{"name": "shop", "driver": "sytemd"}]},
            "service_downtime_services is sytemd. It must be one of docker_compose, systemd, kubernetes, command.",
        ),
        (
            {"service_downtime_services": [{"name": "shop", "driver": "systemd"}]},
            "service_downtime_services[0] (shop, driver systemd) has no unit. Give it.",
        ),
        (
            {"service_downtime_services": [{"name": "shop", "driver": "kubernetes", "namespace": "default"}]},
            "service_downtime_services[0] (shop, driver kubernetes) has no deployments or cronjobs. Give it.",
        ),
        (
            {
                "service_downtime_services": [
                    {"name": "a", "driver": "systemd", "unit": "a", "host": "platfrm"}
                ]
            },
            "service_downtime_services[0].host is platfrm, which is no host of this inventory. Did you mean platform?",
        ),
        (
            {"service_downtime_services": [{"name": "a", "driver": "systemd", "unit": "a"}] * 2},
            "service_downtime_services has two services called a. Give each a name of its own.",
        ),
        (
            {"migration_databases": [{"name": "shop"}, {"name": "shop"}]},
            "migration_databases names shop twice. Give each entry a name of its own, with source and target.",
        ),
        (
            {"database_backup_directory": "/srv/backups"},
            "database_backup_source_databases is empty. Name the databases of migration_databases.",
        ),
        (
            {"migration_source_login_port": 5432},
            "migration_target_login_port is localhost:5432 with its host, and that is the source's address. "
            "Correct host or port of one of them.",
        ),
        (
            {"migration_target_extensions": {"alkemo": ["uuid-ossp"]}},
            "migration_target_extensions names the database alkemo, which migration_databases does not have on the "
            "target. Did you mean alkemio?",
        ),
        (
            {"cutover_smoke_checks": [{"name": "a", "url": "http://a", "contains": "("}]},
            "cutover_smoke_checks[0].contains is no regular expression",
        ),
        (
            {"source_copy_program": "mysqld"},
            "source_copy_program is given, and source_copy_dumps is not. Give source_copy_dumps, or take the others",
        ),
        (
            {
                "migration_source_login_password": "LACKS vault_a",
                "service_downtime_login_password": "LACKS vault_a",
            },
            "vault_a is not given, and migration_source_login_password, service_downtime_login_password need it.",
        ),
        (
            {"migration_source_login_host": "BROKEN"},
            "migration_source_login_host cannot be made of its template (ValueError). Correct it.",
        ),
    ],
)
def test_a_mistake_is_said_once(variables: dict[str, Any], says: str) -> None:
    found = said(looked(**variables))
    assert len(found) == 1, found
    assert found[0].startswith(says)


def test_a_value_that_may_be_secret_is_not_said() -> None:
    found = looked(
        host="platform", kratos_environment="pass", kratos_configuration_file="/k", kratos_directory="/k"
    )
    texts = str(found.findings)
    assert "kratos_environment" in texts
    assert "pass" not in texts.replace("password", "")


def test_files_of_services_without_a_host_are_found() -> None:
    groups = {**GROUPS, "migration_service": []}
    (found,) = looked(groups=groups, compose_quickstart_directory="/srv/alkemio").findings
    assert found["section"] == "groups"
    assert found["found"] == "is given, and the group migration_service has no host"


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ({"migration_host": ["a"], "migration_service": []}, []),
        ({"migration_host": ["a"]}, ["migration_service is no group of this inventory"]),
        ({"migration_host": ["a", "b"], "migration_service": []}, ["migration_host has 2 hosts"]),
        ({"migration_service": ["a"]}, ["migration_host has 0 hosts"]),
    ],
)
def test_groups_that_playbooks_address_are_there(groups: dict[str, list[str]], says: list[str]) -> None:
    found = of_inventory(groups, [])
    assert [f"{one['variable']} {one['found']}" for one in found] == says


def test_an_unknown_variable_is_said_with_the_nearest_one() -> None:
    texts = ["migration_mod (all hosts): did you mean migration_mode?"]
    (found,) = of_inventory({"migration_host": ["a"], "migration_service": []}, texts)
    assert (found["variable"], found["remedy"]) == ("migration_mod", "Did you mean migration_mode?")
    assert found["found"] == "is known to no role (all hosts)"


def test_a_collection_that_is_not_there_is_found_where_it_is_needed() -> None:
    service = {"name": "a", "driver": "kubernetes", "namespace": "b", "deployments": ["c"]}
    seen = Seen(
        "mover", GROUPS, KNOWN, {**LEAST, "service_downtime_services": [service]}, lambda value: value
    )
    made = survey(seen, lambda name: name != "kubernetes.core")
    assert made.absent == ["kubernetes.core"]
    assert [one["found"] for one in made.findings] == ["The controller has no collection kubernetes.core"]
    assert survey(Seen("mover", GROUPS, KNOWN, LEAST, lambda value: value), lambda _name: False).absent == []


def test_what_a_service_names_is_asked_on_its_own_host() -> None:
    services = [
        {"name": "a", "driver": "systemd", "unit": "a", "host": "platform"},
        {"name": "b", "driver": "command", "stop": ["b"], "start": ["b"], "status": ["b"]},
    ]
    asked = looked(service_downtime_services=services).as_result()["questions"]
    assert [
        (one["host"], one["question"]["variable"])
        for one in asked
        if "services" in one["question"]["variable"]
    ] == [
        ("platform", "service_downtime_services[0].unit"),
        *(("mover", f"service_downtime_services[1].{key}") for key in ("stop", "start", "status")),
    ]


# --- the table of uses --------------------------------------------------------------------------------

_CALL = re.compile(r"name: alkemio\.convergence\.(\w+)\n(?:\s+tasks_from: (\w+)\n)?")


def test_every_entry_point_that_a_playbook_calls_is_in_the_table_for_its_group() -> None:
    called = set()
    for file in (ROOT / "playbooks").glob("*.yml"):
        for play in yaml.safe_load(file.read_text("utf-8")):
            for role, entry_point in _CALL.findall(
                f"{yaml.safe_dump(play.get('tasks', []), sort_keys=False)}\n"
            ):
                called.add((role, play["hosts"], entry_point or "main"))
    called = {one for one in called if one[0] != "inventory_check"}
    there = {(use.role, use.group, entry_point) for use in uses.USES for entry_point in use.entry_points}
    assert called - there == set()
    assert there - called == set()


def test_every_switch_is_a_variable_of_its_role() -> None:
    for use in uses.USES:
        options = KNOWN.options(use)
        assert set(use.switches) <= set(options) | {"kratos_login_session_token"}, use
    everything = {name for role in KNOWN.specs.values() for point in role.values() for name in point}
    assert everything >= uses.OF_PLAYBOOKS
