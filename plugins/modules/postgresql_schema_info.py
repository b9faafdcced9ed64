#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_schema_info
short_description: Read the catalog of PostgreSQL databases
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Reads tables, columns, keys, indexes, triggers, sequences and the settings of the server that decide how
    values are stored.
  - Judges nothing and changes nothing on the server.
  - With O(run_directory), the catalog is also written to C(target-catalog.json) there, for
    M(alkemio.convergence.snapshot_transform).
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
attributes:
  check_mode:
    support: full
    details:
      - Reads the server, and does not write to O(run_directory).
  diff_mode:
    support: full
    details:
      - Shows what changes in C(target-catalog.json).
  idempotent:
    support: full
options:
  databases:
    description: Names of the databases on this server.
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
  run_directory:
    description:
      - Directory on the migration host that holds everything one migration knows about itself.
      - A directory that was made for another target is refused.
      - When not given, nothing is written.
    type: path
seealso:
  - module: alkemio.convergence.mysql_schema_info
  - module: alkemio.convergence.snapshot_transform
"""

EXAMPLES = r"""
---
- name: Look at the target, write nothing
  alkemio.convergence.postgresql_schema_info:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    databases:
      - alkemio
      - kratos

- name: Take the target's catalog into the run directory
  alkemio.convergence.postgresql_schema_info:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    ssl_mode: verify-full
    ca_cert: /etc/ssl/certs/postgresql-ca.pem
    databases:
      - alkemio
      - kratos
    run_directory: /var/lib/convergence/run
"""

RETURN = r"""
---
server:
  description: Vendor, version and settings of the server.
  returned: success
  type: dict
  sample:
    vendor: postgresql
    version: "17.6"
databases:
  description:
    - The tables of every database, by the database's name, as in C(target-catalog.json). Several schemas of one
      database are called C(database.schema).
  returned: success
  type: dict
sizes:
  description: Rows and bytes of every table, by database and table. The server estimates the rows.
  returned: success
  type: dict
  sample:
    alkemio:
      user:
        rows_estimate: 0
        bytes: 32768
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServerError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import POSTGRESQL_LOGIN, SCHEMAS, postgresql_login
from ..module_utils._drivers import POSTGRESQL
from ..module_utils._module import run
from ..module_utils._move.inspect import inspect_target


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            "databases": {"type": "list", "elements": "str", "required": True},
            **SCHEMAS,
            "run_directory": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (POSTGRESQL,),
        lambda: inspect_target(
            postgresql_login(params),
            params["databases"],
            params["run_directory"],
            schema=params["schema"],
            schemas=params["schemas"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
