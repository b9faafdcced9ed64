# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: login
short_description: The options of a login, from the variables of a role
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Collects every option that a module of this collection has for a login at one kind of server, each from the variable
    that bears its name behind a prefix, so that no role passes a part of them only.
  - A variable that is empty or not defined leaves its option out, so that the module's default holds.
  - C(login_variables) tells the module what each variable is called, so that its messages speak of them. Where no
    prefix has the variable, the last one names it.
options:
  _terms:
    description:
      - Prefixes of the variables, such as V(migration_source_). Of several, the first one that has the variable counts.
    required: true
  server:
    description: Which kind of server the login is for.
    type: str
    choices: [mysql, postgresql]
    required: true
  option_prefix:
    description: What stands before each option, where a module has several logins, such as V(source_).
    type: str
    default: ""
  community:
    description:
      - Whether the options are for a module of C(community.mysql) or C(community.postgresql), which know no
        C(trust_network), and the latter no C(connect_timeout) but in C(connect_params).
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Read the catalog of the source
  alkemio.convergence.mysql_schema_info:
    databases: [shop]
  module_defaults:
    group/alkemio.convergence.mysql: "{{ lookup('alkemio.convergence.login', 'migration_source_', server='mysql') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary of options with their values.
  type: list
  elements: dict
  sample: [{"login_host": "mysql.example.org", "login_port": 3306, "login_user": "convergence"}]
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._argspec import MYSQL_LOGIN, POSTGRESQL_LOGIN, VARIABLES

OPTIONS: t.Final = {
    server: tuple(option for option in spec if option != VARIABLES)
    for server, spec in (("mysql", MYSQL_LOGIN), ("postgresql", POSTGRESQL_LOGIN))
}


class LookupModule(LookupBase):
    """Templates the variables of a login, and no others."""

    def run(
        self, terms: list[t.Any], variables: Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        if not terms or self._templar is None:
            raise AnsibleLookupError("login needs the prefix of the variables, such as 'migration_source_'.")
        seen = variables or {}
        found: dict[str, t.Any] = {}
        called: dict[str, str] = {}
        for option in OPTIONS[self.get_option("server")]:
            name = next((f"{prefix}{option}" for prefix in terms if f"{prefix}{option}" in seen), None)
            called[option] = name or f"{terms[-1]}{option}"
            value = None if name is None else self._templar.template(seen[name])
            if value is not None and value != "":
                found[option] = value
        if self.get_option("community"):
            found = _community(found, self.get_option("server"))
        else:
            found[VARIABLES] = called
        before = self.get_option("option_prefix")
        return [{f"{before}{option}": value for option, value in found.items()}]


def _community(options: dict[str, t.Any], server: str) -> dict[str, t.Any]:
    """The same login for modules of others."""
    kept = {option: value for option, value in options.items() if option != "trust_network"}
    if server == "postgresql":
        if "connect_timeout" in kept:
            kept["connect_params"] = {"connect_timeout": int(kept.pop("connect_timeout"))}
        if "login_unix_socket" in kept:
            kept.pop("login_host", None)  # they would prefer it
    return kept
