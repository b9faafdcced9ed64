# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: inventory_survey
short_description: What is wrong with the variables of a host, and what to ask of the hosts that they name
version_added: 1.1.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Looks at the variables of the host that the task runs for, as the roles that the playbooks run on it would see them.
  - Finds what the argument specifications of these roles refuse, variables whose templates need others that nobody
    gives, variables of a role that nothing switches on, and variables that contradict each other.
  - Collects what the variables name on hosts, as questions for M(alkemio.convergence.host_readiness_info), each with
    its host. Asks nobody.
options:
  _terms:
    description: None are taken.
  whole:
    description:
      - Whether to look at the inventory as a whole instead, at its groups and at variables that no role knows
        (P(alkemio.convergence.unknown_variables#lookup)).
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Look at the variables of the host
  ansible.builtin.set_fact:
    survey: "{{ lookup('alkemio.convergence.inventory_survey') }}"
"""

RETURN = r"""
_raw:
  description:
    - One dictionary with C(findings), C(questions), and C(absent), which names collections that the controller does not
      have. A finding has C(section), C(variable), C(found), C(why), C(remedy) and C(host).
  type: list
  elements: dict
"""

import importlib.util
import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible import template
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase

from ..plugin_utils._inventory import uses
from ..plugin_utils._inventory.seen import Seen
from ..plugin_utils._inventory.survey import Survey, of_inventory, survey

# ansible-core before 2.19 makes no difference between texts.
_trust: t.Final = getattr(template, "trust_as_template", str)
UNKNOWN: t.Final = "alkemio.convergence.unknown_variables"
ROLES: t.Final = Path(__file__).resolve().parents[2] / "roles"


class LookupModule(LookupBase):
    """Templates what the specifications of the roles name, and nothing else."""

    def run(
        self, terms: list[t.Any], variables: Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        if terms or self._templar is None:
            raise AnsibleLookupError("inventory_survey takes no terms, and needs a play.")
        self.set_options(var_options=variables, direct=kwargs)
        raw = dict(variables or {})
        if self.get_option("whole"):
            others = lookup_loader.get(UNKNOWN, loader=self._loader, templar=self._templar)
            return [Survey(of_inventory(raw["groups"], others.run([], variables))).as_result()]
        known = uses.read(ROLES)
        defaults = {name: _trusted(value) for name, value in known.defaults.items()}
        templar = self._templar.copy_with_new_env(available_variables={**defaults, **raw})
        seen = Seen(
            host=str(raw["inventory_hostname"]),
            groups=raw["groups"],
            known=uses.Known(known.specs, defaults, known.profiles),
            raw=raw,
            template=templar.template,
        )
        return [survey(seen, _has_collection).as_result()]


def _has_collection(name: str) -> bool:
    return importlib.util.find_spec(f"ansible_collections.{name}") is not None


def _trusted(value: t.Any) -> t.Any:
    """A default is the collection's own text, and may be a template."""
    if isinstance(value, str):
        return _trust(value)
    if isinstance(value, dict):
        return {name: _trusted(one) for name, one in value.items()}
    return [_trusted(one) for one in value] if isinstance(value, list) else value
