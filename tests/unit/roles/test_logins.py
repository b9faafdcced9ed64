# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role that logs in knows every option of a login, and hands all of them on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.lookup.login import OPTIONS
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import (
    MySQLLogin,
    in_words_of,
    speaking,
)

from tests.support.playbooks import ansible

ROLES = Path(__file__).resolve().parents[3] / "roles"
LOGINS = [
    ("migration", "migration_source_", "mysql", set()),
    ("migration", "migration_target_", "postgresql", set()),
    ("service_downtime", "service_downtime_", "mysql", set()),
    ("kratos", "kratos_source_", "mysql", set()),
    ("kratos", "kratos_target_", "postgresql", set()),
    ("postgresql_provision", "postgresql_provision_", "postgresql", set()),
    # Its programs run where the operator says, also in a container: there is no socket. mysqldump has no time to wait.
    ("database_backup", "database_backup_source_", "mysql", {"login_unix_socket", "connect_timeout"}),
    ("database_backup", "database_backup_target_", "postgresql", {"login_unix_socket"}),
]


def _specified(role: str) -> set[str]:
    specs = yaml.safe_load((ROLES / role / "meta/argument_specs.yml").read_text("utf-8"))["argument_specs"]
    return {name for entry in specs.values() for name in entry["options"]}


@pytest.mark.parametrize(("role", "prefix", "server", "without"), LOGINS)
def test_a_role_has_a_variable_for_every_option(
    role: str, prefix: str, server: str, without: set[str]
) -> None:
    assert {f"{prefix}{option}" for option in OPTIONS[server] if option not in without} <= _specified(role)


@pytest.mark.parametrize(
    ("role", "prefix", "server", "without"), [one for one in LOGINS if one[0] != "database_backup"]
)
def test_it_hands_them_on_by_the_lookup(role: str, prefix: str, server: str, without: set[str]) -> None:
    variables = (ROLES / role / "vars/main.yml").read_text("utf-8")
    assert f"lookup('alkemio.convergence.login', '{prefix}', server='{server}'" in variables


@pytest.mark.parametrize(
    "option", sorted({*OPTIONS["mysql"], *OPTIONS["postgresql"]} - {"login_unix_socket"})
)
def test_the_backup_uses_each_of_its_variables(option: str) -> None:
    text = "".join(
        path.read_text("utf-8")
        for path in (ROLES / "database_backup").rglob("*.yml")
        if path.parent.name != "meta"
    )
    names = [f"{prefix}{option}" for role, prefix, _server, _without in LOGINS if role == "database_backup"]
    for name in names:
        if name in _specified("database_backup"):
            # Once in its default, and once or more where it is used; take_backup.yml makes some names of a part.
            assert text.count(name) > 1 or f"__database_backup_way ~ '{option}'" in text, name


MINE = {
    "mine_login_user": "{{ 'an' ~ 'na' }}",
    "mine_login_host": "",
    "mine_login_port": 3307,
    "mine_check_hostname": False,
    "theirs_login_host": "db.example.org",
    "theirs_client_key": "/key",
}
OTHERS = {
    "x_login_user": "anna",
    "x_login_host": "db",
    "x_login_unix_socket": "/run/postgresql",
    "x_connect_timeout": "7",
    "x_trust_network": True,
    "x_ssl_cert": "/cert",
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "what is empty or not there is left to the module": (
        "'mine_', server='mysql'",
        {"login_user": "anna", "login_port": 3307, "check_hostname": False},
    ),
    "of several prefixes the first that has the variable counts": (
        "'mine_', 'theirs_', server='mysql', option_prefix='source_'",
        {
            "source_login_user": "anna",
            "source_login_port": 3307,
            "source_check_hostname": False,
            "source_client_key": "/key",
        },
    ),
    "modules of others get the same login in their words": (
        "'x_', server='postgresql', community=true",
        {
            "login_user": "anna",
            "login_unix_socket": "/run/postgresql",
            "ssl_cert": "/cert",
            "connect_params": {"connect_timeout": 7},
        },
    ),
}


@pytest.fixture(scope="module")
def looked_up(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the lookup gives for each case, in one play."""
    folder = tmp_path_factory.mktemp("login")
    file = folder / "found.json"
    lookups = {
        case: f"{{{{ lookup('alkemio.convergence.login', {words}) }}}}" for case, (words, _) in CASES.items()
    }
    play = {
        "name": "Look up",
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {**MINE, **OTHERS, "lookups": lookups},
        "tasks": [
            {
                "name": "Write it down",
                "ansible.builtin.copy": {
                    "content": "{{ lookups | to_json }}",
                    "dest": str(file),
                    "mode": "0600",
                },
            }
        ],
    }
    (folder / "play.json").write_text(json.dumps([play]), "utf-8")
    run = ansible.of_checkout()("ansible-playbook", folder / "play.json", cwd=folder)
    assert run.status == 0, run.output
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_lookup(looked_up: dict[str, Any], case: str) -> None:
    found = {option: value for option, value in looked_up[case].items() if not option.endswith("_variables")}
    assert found == CASES[case][1]


def test_the_lookup_says_what_the_variables_are_called(looked_up: dict[str, Any]) -> None:
    called = {
        option: value
        for found in looked_up.values()
        for option, value in found.items()
        if option.endswith("_variables")
    }
    assert set(called) == {"login_variables", "source_login_variables"}
    assert called["source_login_variables"]["login_port"] == "mine_login_port"
    assert called["source_login_variables"]["client_key"] == "theirs_client_key"
    assert called["source_login_variables"]["ca_cert"] == "theirs_ca_cert"
    assert not any(
        "_variables" in option for option in looked_up["modules of others get the same login in their words"]
    )


def test_a_message_speaks_of_the_operators_variables() -> None:
    variables = {"login_port": "migration_source_login_port", "ca_cert": "migration_source_ca_cert"}
    login = MySQLLogin(variables=variables)
    said = in_words_of(
        login, "Check login_host, login_port and ca_cert (migration_source_ca_cert) with x.login_port."
    )
    assert said == (
        "Check login_host, migration_source_login_port and migration_source_ca_cert with x.login_port."
    )
    with pytest.raises(ServerError, match=r"^Check migration_source_login_port\.$"), speaking(login):
        raise ServerError("Check login_port.")
    with pytest.raises(ServerError, match=r"^Check login_port\.$"), speaking(MySQLLogin()):
        raise ServerError("Check login_port.")
