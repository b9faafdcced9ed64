#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mysql_schema_info
short_description: Read the catalog of MySQL or MariaDB databases
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Reads tables, columns, keys, sizes and the settings of the server that decide how values are stored.
  - Judges nothing and changes nothing on the server.
  - With O(run_directory), the catalog is also written to C(source-catalog.json) there, for
    M(alkemio.convergence.snapshot_transform).
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.mysql
  - alkemio.convergence._mysql
attributes:
  check_mode:
    support: full
    details:
      - Reads the server, and does not write to O(run_directory).
  diff_mode:
    support: full
    details:
      - Shows what changes in C(source-catalog.json).
  idempotent:
    support: full
options:
  databases:
    description: Names of the databases on this server.
    type: list
    elements: str
    required: true
  run_directory:
    description:
      - Directory on the migration host that holds everything one migration knows about itself.
      - A directory that was made for another source is refused.
      - When not given, nothing is written.
    type: path
seealso:
  - module: alkemio.convergence.postgresql_schema_info
  - module: alkemio.convergence.snapshot_transform
"""

EXAMPLES = r"""
---
- name: Look at the source, write nothing
  alkemio.convergence.mysql_schema_info:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    databases:
      - alkemio
      - kratos

- name: Take the source's catalog into the run directory
  alkemio.convergence.mysql_schema_info:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    ca_cert: /etc/ssl/certs/mysql-ca.pem
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
    vendor: mariadb
    version: 10.11.14
databases:
  description: The tables of every database, by the database's name, as in C(source-catalog.json).
  returned: success
  type: dict
sizes:
  description: Rows and bytes of every table, by database and table. The server estimates the rows.
  returned: success
  type: dict
  sample:
    alkemio:
      user:
        rows_estimate: 2073
        bytes: 1589248
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServerError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import MYSQL_LOGIN, mysql_login
from ..module_utils._drivers import MYSQL
from ..module_utils._module import run
from ..module_utils._move.inspect import inspect_source


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **MYSQL_LOGIN,
            "databases": {"type": "list", "elements": "str", "required": True},
            "run_directory": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL,),
        lambda: inspect_source(
            mysql_login(params), params["databases"], params["run_directory"], check=module.check_mode
        ),
    )


if __name__ == "__main__":
    main()
