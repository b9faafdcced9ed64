# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection says about itself in two places is the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.playbooks import ansible

MODULES = sorted(file.stem for file in (ansible.CHECKOUT / "plugins/modules").glob("*.py"))
ROLES = sorted(folder.name for folder in (ansible.CHECKOUT / "roles").iterdir() if folder.is_dir())
PLAYBOOKS = sorted(file.stem for file in (ansible.CHECKOUT / "playbooks").glob("*.yml"))
PREFIX = "alkemio.convergence."


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    run = ansible.of_checkout()("ansible-doc", "--json", *(PREFIX + name for name in MODULES))
    assert run.status == 0, run.output
    return dict(json.loads(run.output))


def _yaml(path: str | Path) -> Any:
    return yaml.safe_load((ansible.CHECKOUT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES)
def test_module_is_documented(documents: dict[str, Any], module: str) -> None:
    found = documents[PREFIX + module]
    assert found["doc"]["short_description"]
    assert {"check_mode", "diff_mode", "idempotent"} <= set(found["doc"]["attributes"])
    examples = yaml.safe_load(found["examples"])
    assert examples, "no example"
    assert any(PREFIX + module in task for task in examples)
    helpers = "ansible.builtin."  # what an example does with the result
    assert all(any(key.startswith((PREFIX, helpers)) for key in task) for task in examples)
    assert found["return"]["error"]["returned"] == "failure"


def test_action_groups_are_what_the_modules_state(documents: dict[str, Any]) -> None:
    stated: dict[str, list[str]] = {}
    for module in MODULES:
        attributes = documents[PREFIX + module]["doc"]["attributes"]
        for group in attributes.get("action_group", {}).get("membership", []):
            stated.setdefault(group.removeprefix(PREFIX), []).append(module)
    assert stated == _yaml("meta/runtime.yml")["action_groups"]


@pytest.mark.parametrize("module", MODULES)
def test_main_is_short(module: str) -> None:
    text = (ansible.CHECKOUT / f"plugins/modules/{module}.py").read_text(encoding="utf-8")
    main = text.partition("\ndef main(")[2].partition("\n\n\n")[0]
    assert 0 < main.count("\n") < 40


@pytest.mark.parametrize("role", ROLES)
def test_role_defaults_are_what_the_specification_says(role: str) -> None:
    defaults = _yaml(f"roles/{role}/defaults/main.yml")
    specified: dict[str, Any] = {}
    for entry_point in _yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values():
        specified |= {name: option.get("default") for name, option in entry_point["options"].items()}
    assert all(name.startswith(f"{role}_") for name in specified)
    assert set(defaults) <= set(specified)
    computed = {name for name, value in defaults.items() if isinstance(value, str) and "{{" in value}
    for name in set(defaults) - computed:
        assert defaults[name] == specified[name], name
    assert {name for name, value in specified.items() if value is not None} <= set(defaults)


def test_collections_that_roles_use_are_declared() -> None:
    named = re.compile(r"^\s*-?\s*((?:community|kubernetes)\.\w+)\.\w+:", re.M)
    files = [file for part in ("roles", "playbooks") for file in (ansible.CHECKOUT / part).rglob("*.yml")]
    used = {found for file in files for found in named.findall(file.read_text(encoding="utf-8"))}
    assert used == set(_yaml("galaxy.yml")["dependencies"])


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_phases_are_numbered_plays_with_a_tag(playbook: str) -> None:
    """A phase on several kinds of hosts is several plays; what another playbook brings has its own."""
    guard, guard_of_guard, *plays = _yaml(f"playbooks/{playbook}.yml")
    plays = [play for play in plays if "hosts" in play and not play["name"].startswith("Guard ")]
    *phases, last = plays
    if playbook == "rehearse_copy":  # its last line is that of migrate
        phases.append(last)
    else:
        assert last["tasks"][0]["vars"]["last_line_of"] == playbook
        assert (last["name"], last["tags"], last["gather_facts"]) == ("Last line", ["always"], False)
    names = guard["vars"]["guard_phases"]
    assert guard_of_guard["tags"] == names
    if not playbook.startswith("rehearse"):  # the other phases are those of migrate
        seen = dict.fromkeys(play["name"].partition(",")[0] for play in phases)
        assert list(seen) == [f"({number}/{len(names)}) {name}" for number, name in enumerate(names, 1)]
    assert all(play["tags"] == [play["name"].partition(",")[0].split()[1]] for play in phases)
    assert all(play["any_errors_fatal"] is True for play in phases)
    assert all(play["gather_facts"] is False for play in phases)


def test_demo_inventory_has_the_groups_of_the_plan() -> None:
    hosts = _yaml("inventories/demo/hosts.yml")
    assert set(hosts) == {"migration_host", "migration_source", "migration_target", "migration_service"}
    assert len(hosts["migration_host"]["hosts"]) == 1
