#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mysql_readiness_info
short_description: List what on the source would stop a migration
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Looks at logins, clock, free connections and tables of the source, and at the disk of the migration host.
  - Returns everything that would stop a migration, all at once.
  - What the values decide is found by M(alkemio.convergence.snapshot_transform) and by
    M(alkemio.convergence.mysql_snapshot_dump) in check mode.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
  - alkemio.convergence._attributes.mysql
  - alkemio.convergence._mysql
  - alkemio.convergence._run.workers
options:
  databases:
    description: Names of the databases to move.
    type: list
    elements: str
    required: true
  directory:
    description:
      - Where the run directory is, or will be. It need not exist.
      - The room on its disk is compared with the tables.
    type: path
    required: true
seealso:
  - module: alkemio.convergence.postgresql_readiness_info
"""

EXAMPLES = r"""
---
- name: Look at the source
  alkemio.convergence.mysql_readiness_info:
    login_host: mysql.example.org
    login_user: migration
    login_password: "{{ source_password }}"
    databases: [alkemio, kratos]
    directory: /var/lib/convergence/run
  register: source

- name: Stop when there is something to do first
  ansible.builtin.assert:
    that: source.problems | length == 0
    fail_msg: "{{ source.problems | join(' ') }}"
"""

RETURN = r"""
---
problems:
  description: What would stop a migration, one sentence or more each, with what to do.
  returned: success
  type: list
  elements: str
notices:
  description: What is worth knowing.
  returned: success
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServerError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import MYSQL_LOGIN, WORKERS, mysql_login, workers
from ..module_utils._drivers import MYSQL
from ..module_utils._module import run
from ..module_utils._operate.readiness import source_readiness


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **MYSQL_LOGIN,
            **WORKERS,
            "databases": {"type": "list", "elements": "str", "required": True},
            "directory": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL,),
        lambda: source_readiness(
            mysql_login(params), params["databases"], params["directory"], workers(params)
        ),
    )


if __name__ == "__main__":
    main()
