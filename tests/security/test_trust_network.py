# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever logs in has the word that trusts a network, and does not take it for said."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils import _argspec

from tests.support.playbooks import ansible

pytestmark = pytest.mark.fault("B2")

PLUGINS = "ansible_collections.alkemio.convergence.plugins"
MODULES = sorted(file.stem for file in (ansible.CHECKOUT / "plugins/modules").glob("*.py"))


class _Options(Exception):
    """What a module would have taken."""


def options_of(name: str, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
    """The options of a module, from its own call."""
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")

    def caught(**words: Any) -> None:
        raise _Options(words["argument_spec"])

    monkeypatch.setattr(module, "AnsibleModule", caught)
    with pytest.raises(_Options) as options:
        module.main()
    found: Mapping[str, Any] = options.value.args[0]
    return found


@pytest.mark.parametrize("name", MODULES)
def test_every_module_that_logs_in_has_the_word(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = options_of(name, monkeypatch)
    prefixes = [word.removesuffix("login_host") for word in options if word.endswith("login_host")]
    for prefix in prefixes:
        assert options[f"{prefix}trust_network"] == {"type": "bool", "default": False}
    assert [word for word in options if word.endswith("trust_network")] == [
        f"{prefix}trust_network" for prefix in prefixes
    ]


def test_some_modules_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the test above is not one of nothing."""
    found = [name for name in MODULES if "login_host" in options_of(name, monkeypatch)]
    assert {name.partition("_")[0] for name in found} >= {"mysql", "postgresql"}
    assert len(found) >= 13


@pytest.mark.parametrize("word", [False, True])
def test_the_word_reaches_the_login(word: bool) -> None:
    def filled(spec: Mapping[str, Any]) -> dict[str, Any]:
        return {name: option.get("default") for name, option in spec.items()}

    source = {**filled(_argspec.MYSQL_LOGIN), "login_user": "anna", "trust_network": word}
    assert _argspec.mysql_login(source).trust_network is word
    asked = {**filled(_argspec.SOURCE_LOGIN), "source_login_user": "anna", "source_trust_network": word}
    login = _argspec.source_login(asked)
    assert login is not None
    assert login.trust_network is word
    target = {**filled(_argspec.POSTGRESQL_LOGIN), "login_user": "anna", "trust_network": word}
    assert _argspec.postgresql_login(target).trust_network is word


def _yaml(path: str) -> Any:
    return yaml.safe_load((ansible.CHECKOUT / path).read_text(encoding="utf-8"))


def _logins(role: str) -> set[str]:
    """The beginnings of the role's variables that name a login, as `migration_source_`."""
    return {
        name.removesuffix("login_host")
        for point in _yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values()
        for name in point["options"]
        if name.endswith("login_host")
    }


ROLES = sorted(folder.name for folder in (ansible.CHECKOUT / "roles").iterdir() if _logins(folder.name))


@pytest.mark.parametrize("role", ROLES)
def test_every_role_that_logs_in_has_the_word(role: str) -> None:
    """And one that takes its login from the role migration takes the word from there too.

    But for Kratos, which runs on another host: that the migration host's way is trusted says nothing of its own.
    """
    points = _yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values()
    defaults = _yaml(f"roles/{role}/defaults/main.yml")
    for login in _logins(role):
        word = f"{login}trust_network"
        for point in points:
            assert (f"{login}login_host" in point["options"]) == (word in point["options"])
        assert {point["options"][word]["type"] for point in points if word in point["options"]} == {"bool"}
        of_migration = "migration_" in str(defaults[f"{login}login_host"])
        if of_migration and role not in {"migration", "kratos"}:
            side = "target" if "target" in login else "source"
            assert defaults[word] == f"{{{{ migration_{side}_trust_network | default(false) }}}}"
        else:
            assert defaults[word] is False
