#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: configuration_files_info
short_description: Find the compose files of a checkout and what belongs to them
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Finds compose files by what they hold, not by their names, and says which of them docker compose reads together.
  - A file may be a stack of its own, include others, or be an overlay, which speaks of services that another makes.
  - Says which of other files, given by path, are there. A file that is not there is no error.
requirements:
  - ruamel.yaml >= 0.18 on the controller (C(python3 -m pip install ruamel.yaml), beside ansible-core)
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._configuration
  - alkemio.convergence._configuration.search
options:
  compose:
    description: The compose files. When empty, every file of O(root) that is one.
    type: list
    elements: str
    default: []
  search:
    description: Whether to look for compose files when O(compose) is empty.
    type: bool
    default: true
  others:
    description:
      - Other files by their kind, in the words of
        O(alkemio.convergence.configuration_rewrite#module:files[].kind).
    type: dict
    default: {}
  read:
    description: Files to read, filled in by the controller. Not to be given in a playbook.
    type: list
    elements: str
seealso:
  - module: alkemio.convergence.configuration_rewrite
"""

EXAMPLES = r"""
---
- name: Find the compose files
  alkemio.convergence.configuration_files_info:
    root: /srv/alkemio
    others:
      environment: [.env.docker, .env.docker.local]
  register: found

- name: Show what docker compose reads together
  ansible.builtin.debug:
    msg: "{{ found.stacks }}"
"""

RETURN = r"""
---
files:
  description: The files that are there, by their kind; compose files first.
  returned: success
  type: dict
  sample: {"compose": ["quickstart-services.yml", "overlays/debug.yml"], "environment": [".env.docker"]}
missing:
  description: Files that were named and are not there.
  returned: success
  type: list
  elements: str
  sample: [.env.docker.local]
stacks:
  description: The files of each call of docker compose, in their order.
  returned: success
  type: list
  elements: list
  sample: [["quickstart-services.yml"], ["quickstart-services.yml", "overlays/debug.yml"]]
apart:
  description: Overlays that lie on no file of O(root), so that docker compose cannot read them.
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

from ..module_utils._configuration.argspec import FILES_INFO
from ..module_utils._configuration.reading import read
from ..module_utils._module import run


def main() -> None:
    module = AnsibleModule(argument_spec=FILES_INFO, supports_check_mode=True)
    params = module.params
    if params["read"] is None:
        module.fail_json(
            msg="The action plugin of this module has not run. "
            "Call it as alkemio.convergence.configuration_files_info.",
            error="ActionMissing",
        )
    run(
        module,
        (),
        lambda: read(
            params["root"],
            params["read"],
            search=params["search"] and not params["compose"],
            exclude=params["exclude"],
        ),
    )


if __name__ == "__main__":
    main()
