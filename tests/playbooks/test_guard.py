# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in which Ansible would skip plays and report success stops with a message instead."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.playbooks import ansible

NO_SERVERS: dict[str, Any] = {
    "migration_databases": [{"name": "shop"}],
    "migration_source_login_user": "nobody",
    "migration_target_login_user": "nobody",
}
PHASES = "The phases are preflight, backup, inspect, transform, stop, freeze, dump, load, verify."


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guard")
    variables = {**NO_SERVERS, "migration_run_directory": str(folder / "run")}
    return ansible.write_inventory(folder, sys.executable, variables)


@pytest.mark.parametrize(
    ("playbook", "arguments", "says"),
    [
        pytest.param(
            "migrate",
            "--limit mysql-server",
            "--limit leaves out mover, postgresql-server, which",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "migrate",
            "--limit mover",
            "--limit leaves out mysql-server, postgresql-server, which",
            marks=pytest.mark.long,
        ),
        (
            "migrate",
            "--limit bystander --tags load",
            "--limit leaves out mover, mysql-server, postgresql-server",
        ),
        pytest.param(
            "migrate", "--limit all:!mover", "--limit leaves out mover, which", marks=pytest.mark.long
        ),
        ("migrate", "--tags lod", f"There is no tag lod. {PHASES}"),
        pytest.param("migrate", "--tags load,lod", "There is no tag lod.", marks=pytest.mark.long),
        pytest.param("migrate", "--tags untagged", "There is no tag untagged.", marks=pytest.mark.long),
        pytest.param("migrate", "--tags always", "There is no tag always.", marks=pytest.mark.long),
        pytest.param("migrate", "--tags never", "There is no tag never.", marks=pytest.mark.long),
        ("migrate", "--skip-tags lod", "There is no tag lod."),
        pytest.param("migrate", "--skip-tags all", "There is no tag all.", marks=pytest.mark.long),
        ("migrate", "--skip-tags tagged", "--skip-tags tagged would skip every phase."),
        ("migrate", "--tags load --skip-tags load", f"together leave no phase to run. {PHASES}"),
        ("migrate", "--skip-tags always", "--skip-tags always would switch off the guard"),
        pytest.param(
            "migrate",
            "--skip-tags always --tags load",
            "--skip-tags always would switch off the guard",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "migrate",
            "--skip-tags always --limit bystander",
            "--skip-tags always would switch off the guard",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "verify",
            "--limit bystander",
            "--limit leaves out mover, mysql-server, postgresql-server",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "verify", "--tags load", "There is no tag load. The phases are verify.", marks=pytest.mark.long
        ),
    ],
)
def test_stops_with_a_message(inventory: Path, playbook: str, arguments: str, says: str) -> None:
    run = ansible.of_checkout().playbook(playbook, inventory, *arguments.split())
    assert run.status != 0
    assert says in run.message
    assert set(run.plays) <= {"Guard the plan", "Guard the guard"}


@pytest.mark.parametrize(
    ("hosts", "count"),
    [
        ("", 0),
        ("[others]\nbystander\n", 0),
        ("[migration_host]\nmover\nother-mover\n", 2),
    ],
    ids=["empty inventory", "no migration host", "two migration hosts"],
)
def test_wants_one_migration_host(tmp_path: Path, hosts: str, count: int) -> None:
    inventory = tmp_path / "inventory.ini"
    inventory.write_text(hosts, encoding="utf-8")
    run = ansible.of_checkout().playbook("migrate", inventory)
    assert run.status != 0
    assert f"must have exactly one host in the group migration_host; it has {count}." in run.message


def test_tags_of_an_outer_playbook_are_known(inventory: Path) -> None:
    """With a tag of its own only, an outer playbook runs past all phases."""
    run = ansible.of_checkout().playbook("migrate", inventory, "--tags", "app", migration_other_tags=["app"])
    assert run.status == 0, run.output
    assert run.plays[0] == "Guard the plan"
    assert "changed=0" in run.output


def test_wants_an_inventory() -> None:
    run = ansible.of_checkout().playbook("migrate", None)
    assert run.status != 0
    assert "or give the inventory with -i" in run.message


def test_unknown_host_is_refused_by_ansible(inventory: Path) -> None:
    assert ansible.of_checkout().playbook("migrate", inventory, "--limit", "nobody").status != 0


@pytest.mark.parametrize(
    "arguments",
    [
        "--tags load",
        pytest.param("--limit mover,mysql-server,postgresql-server --tags load", marks=pytest.mark.long),
        pytest.param("--tags tagged --skip-tags preflight", marks=pytest.mark.long),
    ],
)
def test_lets_a_full_plan_pass(inventory: Path, arguments: str) -> None:
    """The phase itself then stops, since nobody has made the environment."""
    run = ansible.of_checkout().playbook("migrate", inventory, *arguments.split())
    assert run.status != 0
    assert "mover has no environment in" in run.message
    assert "Make it with the role alkemio.convergence.migration, entry point prepare" in run.message


# --- variables that nobody knows --------------------------------------------------------------------------

PLAYBOOKS = sorted(file.stem for file in (ansible.CHECKOUT / "playbooks").glob("*.yml"))
QUICK = {"migrate"}
"""Of all others a test says that their first play is the same guard; each by itself is a long test."""
NOTHING = "These variables would do nothing, since the collection does not know them: "
REMEDY = " Correct them. Rename what is your own, or list its name in migration_other_variables."


@pytest.fixture(scope="module")
def misspelt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mistakes of every place that an inventory has: all hosts, a group, a host that is not in the plan."""
    folder = tmp_path_factory.mktemp("misspelt")
    inventory = ansible.write_inventory(folder, sys.executable, NO_SERVERS)
    for part, name, text in (
        ("group_vars", "all", f"migration_run_directory: {folder}/run\nmigration_encryption_key_fil: /key\n"),
        ("group_vars", "others", "migration_target_ssl_mod: '{{ vault_that_nobody_has }}'\n"),
        ("host_vars", "mover", "service_downtime_services: [{name: server, driver: systemd, helth: x}]\n"),
    ):
        (folder / part).mkdir(exist_ok=True)
        (folder / part / f"{name}.yml").write_text(text, encoding="utf-8")
    return inventory


ALL_AT_ONCE = (
    f"{NOTHING}cutover_decison (--extra-vars): did you mean cutover_decision? "
    "migration_encryption_key_fil (all hosts): did you mean migration_encryption_key_file? "
    "migration_target_ssl_mod (bystander): did you mean migration_target_ssl_mode? "
    f"service_downtime_services[0].helth (mover): did you mean health?{REMEDY}"
)


@pytest.mark.fault("B9")
@pytest.mark.parametrize(
    "playbook",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in PLAYBOOKS],
)
def test_every_playbook_refuses_variables_that_nobody_knows(misspelt: Path, playbook: str) -> None:
    run = ansible.of_checkout().playbook(playbook, misspelt, cutover_decison="go")
    assert run.status != 0
    assert run.message == ALL_AT_ONCE
    assert run.plays == ["Guard the plan"]


@pytest.mark.fault("B9")
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param("--tags load --skip-tags preflight", marks=pytest.mark.long),
        "--limit mover,mysql-server,postgresql-server --check",
    ],
)
def test_variables_are_looked_at_whatever_the_command_line_says(misspelt: Path, arguments: str) -> None:
    run = ansible.of_checkout().playbook("migrate", misspelt, *arguments.split(), cutover_decison="go")
    assert run.status != 0
    assert run.message == ALL_AT_ONCE
    assert run.plays == ["Guard the plan"]


@pytest.mark.fault("B9")
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_playbook_begins_with_the_guard(playbook: str) -> None:
    first, second = yaml.safe_load(
        (ansible.CHECKOUT / f"playbooks/{playbook}.yml").read_text(encoding="utf-8")
    )[:2]
    assert first["ansible.builtin.import_playbook"] == "guard/plan.yml"
    assert second["ansible.builtin.import_playbook"] == "guard/tagged.yml"
    assert not {"tags", "when"} & set(first)


@pytest.mark.fault("B9")
def test_the_guard_itself_is_on_all_hosts_and_runs_whatever_tags_say() -> None:
    plan, tagged = (
        yaml.safe_load((ansible.CHECKOUT / f"playbooks/guard/{name}.yml").read_text(encoding="utf-8"))[0]
        for name in ("plan", "tagged")
    )
    guard = {"ansible.builtin.import_tasks": "../tasks/guard.yml", "tags": ["always"]}
    assert guard.items() <= plan["tasks"][0].items()
    assert plan["hosts"] == tagged["hosts"] == "all:localhost"
    assert not {"tags", "when"} & {*plan, *tagged}


@pytest.mark.fault("B9")
def test_variables_of_an_outer_playbook_are_looked_at_and_one_s_own_may_be_named(
    inventory: Path, tmp_path: Path
) -> None:
    outer = tmp_path / "outer.yml"
    brought = "ansible.builtin.import_playbook: alkemio.convergence.migrate"
    outer.write_text(f"- {brought}\n  vars: {{migration_mod: live, kratos_image: '1.3'}}\n", encoding="utf-8")
    words = ["-i", str(inventory), str(outer), "--tags", "load"]
    run = ansible.of_checkout()("ansible-playbook", *words)
    says = "kratos_image (the playbook): there is no variable like that. migration_mod (the playbook): did you mean"
    assert says in run.message
    named = ansible.of_checkout()(
        "ansible-playbook", *words, "-e", '{"migration_other_variables": ["kratos_image", "migration_mod"]}'
    )
    assert "mover has no environment in" in named.message


@pytest.mark.fault("B9")
def test_a_word_that_is_no_list_is_refused(inventory: Path) -> None:
    run = ansible.of_checkout().playbook("migrate", inventory, migration_other_variables="kratos_image")
    assert "migration_other_variables must be a list of names of variables" in run.output
