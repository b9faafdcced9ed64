#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_readiness_info
short_description: List what on the target would stop a migration
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Looks at version, clock, connections, encoding, time zone, extensions, ownership and privileges of the target, and
    returns everything that would stop a migration or the application after it, all at once.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._run.workers
options:
  databases:
    description: Names of the databases to fill.
    type: list
    elements: str
    required: true
  schema:
    description: Schema that holds the application's tables, in every database that O(schemas) does not name.
    type: str
    default: public
  schemas:
    description: Schemas that hold them, as a list for each database where it is not O(schema) alone.
    type: dict
    default: {}
  extensions:
    description: Extensions that must be there, as a list for each database that needs some.
    type: dict
    default: {}
  connections:
    description: How many connections the application will need at the same time. V(0) does not ask.
    type: int
    default: 0
seealso:
  - module: alkemio.convergence.mysql_readiness_info
"""

EXAMPLES = r"""
---
- name: Look at the target
  alkemio.convergence.postgresql_readiness_info:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    databases: [alkemio, kratos]
    extensions:
      alkemio: [uuid-ossp]
    connections: 95
  register: target

- name: Stop when there is something to do first
  ansible.builtin.assert:
    that: target.problems | length == 0
    fail_msg: "{{ target.problems | join(' ') }}"
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

from ..module_utils._argspec import POSTGRESQL_LOGIN, SCHEMAS, WORKERS, postgresql_login, workers
from ..module_utils._drivers import POSTGRESQL
from ..module_utils._module import run
from ..module_utils._operate.readiness import target_readiness


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            **WORKERS,
            "databases": {"type": "list", "elements": "str", "required": True},
            **SCHEMAS,
            "extensions": {"type": "dict", "default": {}},
            "connections": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (POSTGRESQL,),
        lambda: target_readiness(
            postgresql_login(params),
            params["databases"],
            params["schema"],
            extensions=params["extensions"],
            connections=params["connections"],
            workers=workers(params),
            schemas=params["schemas"],
        ),
    )


if __name__ == "__main__":
    main()
