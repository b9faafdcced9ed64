#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mysql_sessions_info
short_description: List the clients that are connected to databases of the source
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Returns every client's session that uses one of O(databases), or none at all, with user, host, command and time.
  - Texts of statements are left out, since they can hold values.
  - An empty list is the proof that every writer has stopped.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
  - alkemio.convergence._attributes.mysql
  - alkemio.convergence._mysql
options:
  databases:
    description: The databases.
    type: list
    elements: str
    required: true
  ignore_users:
    description: Users whose sessions do not count, for example those of backups. The module's own session never counts.
    type: list
    elements: str
    default: []
seealso:
  - module: alkemio.convergence.mysql_freeze
"""

EXAMPLES = r"""
---
- name: Ask who is connected
  alkemio.convergence.mysql_sessions_info:
    login_host: mysql.example.org
    login_user: freezer
    login_password: "{{ freezer_password }}"
    databases: [alkemio, kratos]
  register: clients

- name: Stop unless nobody is
  ansible.builtin.assert:
    that: clients.sessions | length == 0
    fail_msg: "Still connected: {{ clients.texts | join('; ') }}"
"""

RETURN = r"""
---
sessions:
  description: The sessions.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Number of the session.
      type: int
    user:
      description: The user.
      type: str
    host:
      description: Where it comes from.
      type: str
    database:
      description: The database it uses, empty for none.
      type: str
    command:
      description: What it does, in the server's words.
      type: str
    seconds:
      description: For how long.
      type: int
texts:
  description: The same in words.
  returned: success
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: PrivilegeMissing
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import MYSQL_LOGIN, mysql_login
from ..module_utils._drivers import MYSQL
from ..module_utils._module import run
from ..module_utils._operate.sessions import client_sessions


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **MYSQL_LOGIN,
            "databases": {"type": "list", "elements": "str", "required": True},
            "ignore_users": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL,),
        lambda: client_sessions(mysql_login(params), params["databases"], params["ignore_users"]),
    )


if __name__ == "__main__":
    main()
