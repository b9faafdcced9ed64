# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable that nobody knows is told apart from one that a role declares, and the right one is proposed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.plugin_utils import _variables

from tests.support.playbooks import ansible

pytestmark = pytest.mark.fault("B9")

ROLES = ansible.CHECKOUT / "roles"
KNOWN = _variables.read(ROLES)
NAMES = sorted(KNOWN.variables)
GROUPS = {
    "all": ["mover", "left", "right"],
    "migration_host": ["mover"],
    "sides": ["left", "right"],
}


def found(places: dict[str, dict[str, Any]], *others: str) -> list[str]:
    return _variables.unknown(KNOWN, places, GROUPS, others)


def test_all_roles_are_read() -> None:
    folders = {folder.name for folder in ROLES.iterdir() if folder.is_dir()}
    assert {prefix.removesuffix("_") for prefix in KNOWN.prefixes} == folders
    assert len(NAMES) > 200


@pytest.mark.parametrize("name", NAMES)
def test_a_known_name_is_let_pass_and_each_of_its_misspellings_is_not(name: str) -> None:
    assert found({"mover": {name: "a template of it"}}) == []
    assert found({"mover": {f"__{name}": 1, f"_{name}": 1}}) == []
    for place in range(len(name)):
        misspelt = name[:place] + name[place + 1 :]
        if misspelt in KNOWN.variables:
            continue
        says = found({"mover": {misspelt: 1}})
        assert len(says) == 1, misspelt
        meant = says[0].removeprefix(f"{misspelt} (mover): did you mean ").removesuffix("?")
        # Where a letter less is as near to another one, either is a good answer.
        assert meant == name or _one_letter_more(misspelt, meant), says


def _one_letter_more(misspelt: str, name: str) -> bool:
    return any(name[:place] + name[place + 1 :] == misspelt for place in range(len(name)))


def test_no_known_name_becomes_another_by_one_letter() -> None:
    """Else its misspelling could not be told."""
    for name in NAMES:
        assert not any(_one_letter_more(name, other) for other in NAMES)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("migration_encryption_key_fil", "migration_encryption_key_file"),
        ("migration_encryption_keyfile", "migration_encryption_key_file"),
        ("migration_target_ssl_mod", "migration_target_ssl_mode"),
        ("migration_target_sslmode", "migration_target_ssl_mode"),
        ("migration_taregt_ssl_mode", "migration_target_ssl_mode"),
        ("migratoin_target_ssl_mode", "migration_target_ssl_mode"),
        ("migration_traget_login_hosts", "migration_target_login_host"),
        ("service_downtime_service", "service_downtime_services"),
        ("servicedowntime_services", "service_downtime_services"),
        ("cutover_acceptloss", "cutover_accept_loss"),
        ("cutover_decison", "cutover_decision"),
        ("migration_other_variable", "migration_other_variables"),
    ],
)
def test_the_nearest_name_is_proposed(misspelt: str, meant: str) -> None:
    assert found({"mover": {misspelt: 1}}) == [f"{misspelt} (mover): did you mean {meant}?"]


@pytest.mark.parametrize("name", ["migration_window_of_our_team", "kratos_image_tag", "cutover_x"])
def test_what_is_like_nothing_is_refused_without_a_proposal(name: str) -> None:
    assert found({"mover": {name: 1}}) == [f"{name} (mover): there is no variable like that."]
    assert found({"mover": {name: 1}}, name) == []


@pytest.mark.parametrize(
    "name",
    ["ansible_host", "inventory_dir", "vault_source_password", "shop_mode", "migrations", "kratos", "_x"],
)
def test_other_variables_are_nobody_s_business(name: str) -> None:
    assert found({"mover": {name: 1}}) == []


def test_all_names_come_at_once_with_where_they_are() -> None:
    both = {"migration_mod": 1}
    places: dict[str, dict[str, Any]] = {
        "mover": {"migration_worker": 1, **both},
        "left": {"migration_python_": 1, **both},
        "right": {"migration_python_": 1, **both},
        "--extra-vars": {"cutover_decison": "go"},
    }
    assert found(places) == [
        "cutover_decison (--extra-vars): did you mean cutover_decision?",
        "migration_mod (all hosts): did you mean migration_mode?",
        "migration_python_ (group sides): did you mean migration_python?",
        "migration_worker (mover): did you mean migration_workers?",
    ]


def test_keys_within_a_variable_are_looked_at_too() -> None:
    variables: dict[str, Any] = {
        "migration_databases": [
            {"name": "alkemio", "profil": "alkemio"},
            {"name": "kratos", "rules": {"whatever": 1}},
            "{{ one_more }}",
        ],
        "service_downtime_services": [{"name": "server", "driver": "systemd", "helth": "http://localhost"}],
        "cutover_smoke_checks": "{{ checks }}",
        "postgresql_provision_roles": [{"name": "shop", "pasword": "{{ vault_of_shop }}", 7: 1}],
        "migration_target_extensions": {"alkemio": ["uuid-ossp"]},
    }
    assert found({"mover": variables}) == [
        "migration_databases[0].profil (mover): did you mean profile?",
        "postgresql_provision_roles[0].pasword (mover): did you mean password?",
        "service_downtime_services[0].helth (mover): did you mean health?",
    ]
    assert found({"mover": {"migration_databases": [{"name": "shop", "collations": 1}]}}) == [
        "migration_databases[0].collations (mover): the keys are name, profile, rules, schema, source, target."
    ]


def _named(tree: Any, within: str = "") -> Iterator[str]:
    """Every name that these tasks or plays give to something: registered, set, of a play, of a loop."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in {"register", "loop_var", "index_var"}:
                yield value
            if key in {"vars", "set_fact", "ansible.builtin.set_fact"} and isinstance(value, dict):
                yield from value
            yield from _named(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from _named(value, within)


FILES = [
    file
    for part in ("playbooks", "roles")
    for file in sorted((ansible.CHECKOUT / part).rglob("*.yml"))
    if file.parent.name != "meta"
]


def test_what_roles_and_playbooks_name_is_known() -> None:
    """A result that another play needs, without underscores, stands in OF_PLAYBOOKS; all others begin with two."""
    names = {name for file in FILES for name in _named(yaml.load(file.read_text("utf-8"), _Loose))}
    assert {name for name in names if KNOWN.concerns(name)} == set()
    assert {"migration_changes", "guard_phases"} <= names


def test_what_playbooks_use_is_known() -> None:
    word = re.compile(rf"(?<![\w.])(?:{'|'.join(KNOWN.prefixes)})\w+\b(?!\w*[.(])")
    groups = {"migration_host", "migration_source", "migration_target", "migration_service"}
    modules = {file.stem for file in (ansible.CHECKOUT / "plugins").rglob("*.py")}
    for file in FILES:
        if file.is_relative_to(ansible.CHECKOUT / "playbooks"):
            text = re.sub(r"(?m)^\s*#.*$", "", file.read_text("utf-8"))
            used = set(word.findall(text)) - groups - modules
            assert used <= set(NAMES), file


@pytest.mark.parametrize("folder", ["inventories", "molecule"])
def test_the_inventories_of_the_repository_name_nothing_else(folder: str) -> None:
    files = sorted((ansible.CHECKOUT / folder).glob("**/group_vars/**/*.yml"))
    assert files
    for file in files:
        assert found({file.parts[-4]: yaml.safe_load(file.read_text("utf-8"))}) == []


class _Loose(yaml.SafeLoader):
    """Takes !unsafe and the like for what they stand before."""


_Loose.add_multi_constructor("!", lambda loader, _suffix, node: loader.construct_scalar(node))
