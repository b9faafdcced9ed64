#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: configuration_residue_info
short_description: List what is left of MySQL in a tree of files
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Looks through configuration, manifests, scripts, documentation, or a whole checkout, and lists every line that
    tells of MySQL or MariaDB with what it is there.
  - Shows the place and the word that was found, never the line, which may hold a password.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._configuration
  - alkemio.convergence._configuration.search
options:
  paths:
    description: Files and directories to look through. When empty, all of O(root).
    type: list
    elements: str
    default: []
  allow:
    description:
      - What may stay, and why. An entry that covers nothing is listed in RV(unused_allowances).
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Relative path, or a pattern of paths as the shell writes them.
        type: str
        required: true
      reason:
        description: Why it may stay.
        type: str
        required: true
      kind:
        description: Only findings of this kind.
        type: str
        choices: [connection string, image, tool, variable, path, port, name]
      found:
        description: Only findings whose word this regular expression matches as a whole.
        type: str
  largest:
    description: Files of more bytes than this are not read, but listed in RV(skipped).
    type: int
    default: 5000000
  shadow:
    description:
      - Folder of files that are read in the place of those with the same relative path, as
        RV(alkemio.convergence.configuration_rewrite#module:shadow) of a check is. Findings name the files of O(root).
    type: path
seealso:
  - module: alkemio.convergence.configuration_rewrite
"""

EXAMPLES = r"""
---
- name: Look through a checkout
  alkemio.convergence.configuration_residue_info:
    root: /srv/alkemio
    allow:
      - path: docs/history.md
        reason: tells how it was
  register: residue

- name: Show what is left
  ansible.builtin.debug:
    msg: "{{ residue.findings | map(attribute='text') }}"
"""

RETURN = r"""
---
findings:
  description: One entry per line that tells of MySQL.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: File, relative to O(root).
      type: str
    line:
      description: Number of the line.
      type: int
    kind:
      description: What it is, one of the choices of O(allow[].kind).
      type: str
    place:
      description: V(configuration), V(comment) or V(documentation).
      type: str
    found:
      description: The word that was found.
      type: str
    text:
      description: All of this in a line for people.
      type: str
      sample: "docs/setup.md:12: port '3306' in documentation"
allowed:
  description: How many lines O(allow) covers.
  returned: success
  type: int
files:
  description: How many files were read.
  returned: success
  type: int
skipped:
  description: Files that were not read, and why.
  returned: success
  type: list
  elements: str
unused_allowances:
  description: Entries of O(allow) that cover nothing.
  returned: success
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._configuration.argspec import SEARCH
from ..module_utils._configuration.residue import KINDS, Allowance, scan
from ..module_utils._module import run

ALLOWANCE = {
    "path": {"type": "str", "required": True},
    "reason": {"type": "str", "required": True},
    "kind": {"type": "str", "choices": [kind for kind, _pattern in KINDS]},
    "found": {"type": "str"},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **SEARCH,
            "paths": {"type": "list", "elements": "str", "default": []},
            "allow": {"type": "list", "elements": "dict", "default": [], "options": ALLOWANCE},
            "largest": {"type": "int", "default": 5_000_000},
            "shadow": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    allow = [Allowance(**one) for one in params["allow"]]
    run(
        module,
        (),
        lambda: scan(
            params["root"],
            params["paths"],
            params["exclude"],
            allow,
            largest=params["largest"],
            shadow=params["shadow"],
        ),
    )


if __name__ == "__main__":
    main()
