#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mysql_private_server
short_description: Run a throw-away MySQL or MariaDB server in one folder
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes and starts a server for a copy of production that comes as a dump file, or stops it and removes
    it with all it holds.
  - The server opens no port and belongs to no service manager. It listens on a Unix socket in the folder,
    which only its owner may enter. Whoever can is the account V(root), without a password.
  - It runs until it is removed or the host restarts. After a restart, V(state=present) starts it again.
extends_documentation_fragment:
  - alkemio.convergence._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - The server runs or it does not. RV(running) says so.
  idempotent:
    support: full
options:
  path:
    description:
      - The folder of the server, on the migration host. The way to it must not be longer than 95 characters.
      - A folder that holds files and was not made by this module is refused, in both states.
    type: path
    required: true
  state:
    description:
      - V(present) makes the folder if need be and starts the server.
      - V(absent) stops the server and removes what is its own, with all databases, and the folder if it is empty
        then. Other files in the folder stay and are named in RV(left).
    type: str
    choices: [present, absent]
    default: present
  program:
    description:
      - The server's program, as a name or a path. C(mariadbd) and C(mysqld) are known to work.
      - Take the family and the version that the dump is from.
      - Not used with V(state=absent).
    type: str
    default: mariadbd
  buffer_pool_bytes:
    description:
      - Memory for the server's cache of rows.
      - A server that runs already keeps what it has.
    type: int
    default: 536870912
notes:
  - On Debian and Ubuntu, the packages mariadb-server-core and mariadb-client-core hold the programs of a
    server and no service.
requirements:
  - PyMySQL
  - cryptography
seealso:
  - module: alkemio.convergence.mysql_dump_restore
"""

EXAMPLES = r"""
---
- name: Have a private server for a copy
  alkemio.convergence.mysql_private_server:
    path: /var/lib/convergence/source-copy

- name: Have one of MySQL, with more memory
  alkemio.convergence.mysql_private_server:
    path: /var/lib/convergence/mysql-copy
    program: /usr/sbin/mysqld
    buffer_pool_bytes: 4294967296

- name: Remove a private server and the copy in it
  alkemio.convergence.mysql_private_server:
    path: /var/lib/convergence/source-copy
    state: absent
"""

RETURN = r"""
---
login_unix_socket:
  description: Path of the server's Unix socket, for the modules that log in to it.
  returned: success
  type: str
  sample: /var/lib/convergence/source-copy/server.sock
left:
  description: With O(state=absent), names in the folder that the server did not make and that stay.
  returned: success
  type: list
  elements: str
running:
  description: Whether the server runs. In check mode, whether it did before.
  returned: success
  type: bool
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._copy.ensure import ensure
from ..module_utils._drivers import MYSQL
from ..module_utils._module import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "program": {"type": "str", "default": "mariadbd"},
            "buffer_pool_bytes": {"type": "int", "default": 536870912},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL,),
        lambda: ensure(
            params["path"],
            present=params["state"] == "present",
            command=params["program"],
            buffer_pool_bytes=params["buffer_pool_bytes"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
