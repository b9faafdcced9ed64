# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
short_description: Variables that look like one of this collection's and are none
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Looks at the variables of every host of the inventory, whatever C(--limit) says, at those of C(--extra-vars) and at
    those of the play.
  - Finds names that begin with the name of a role of this collection, or are one letter away from a variable of one,
    and that no role knows, and keys of lists and dictionaries that no role knows, unless they stand in a template.
  - What the roles know is read from their own argument specifications. Names that begin with an underscore are left
    alone, and so are those in C(migration_other_variables).
options:
  _terms:
    description: None are taken.
"""

EXAMPLES = r"""
---
- name: Check that no variable is misspelt
  ansible.builtin.assert:
    that: query('alkemio.convergence.unknown_variables') | length == 0
  run_once: true
"""

RETURN = r"""
_raw:
  description: A few words on each of these names, with where it is seen and what was probably meant.
  type: list
  elements: str
  sample: ["migration_mod (all hosts): did you mean migration_mode?"]
"""

import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ..plugin_utils import _variables

ROLES: t.Final = Path(__file__).resolve().parents[2] / "roles"
OTHERS: t.Final = "migration_other_variables"
EXTRA: t.Final = "--extra-vars"
PLAY: t.Final = "the playbook"


class LookupModule(LookupBase):
    """Nothing is templated but the list of the operator's own names: a value may be a secret, or not ready yet."""

    def run(
        self, terms: list[t.Any], variables: Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        if terms:
            raise AnsibleLookupError("unknown_variables takes no terms.")
        seen = variables or {}
        if self._loader is None or self._templar is None:
            raise AnsibleLookupError("unknown_variables needs a play, with its inventory and variables.")
        hostvars, groups = seen["hostvars"], seen["groups"]
        extra = load_extra_vars(self._loader)
        hosts = {host: hostvars.raw_get(host) for host in groups["all"]}
        here = hosts.get(seen.get("inventory_hostname"), {})
        places = {
            **{host: _without(found, extra) for host, found in hosts.items()},
            EXTRA: extra,
            PLAY: _without(seen, {**here, **extra}),
        }
        others: set[str] = set()
        for names in [
            *(hostvars[host][OTHERS] for host, found in hosts.items() if OTHERS in found),
            *([self._templar.template(seen[OTHERS])] if OTHERS in seen else []),
        ]:
            if isinstance(names, str) or not all(isinstance(name, str) for name in names):
                raise AnsibleLookupError(f"{OTHERS} must be a list of names of variables.")
            others |= {str(name) for name in names}
        return _variables.unknown(_variables.read(ROLES), places, groups, others)


def _without(found: Mapping[str, t.Any], others: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in found.items() if name not in others}
