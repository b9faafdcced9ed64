# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever logs in has the word that trusts a network, and does not take it for said."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _argspec

from tests.integration.playbooks import ansible

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
