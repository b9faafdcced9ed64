#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mysql_freeze
short_description: Keep an application from writing to the source, and let it again
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Freezes the source so that even an application which logs in as C(root) cannot write, also after a restart of the
    server. On MySQL by C(super_read_only), persisted. On MariaDB, and where this account may not set it, by locking
    O(accounts) with every other host part of the same users, accounts without a name, and those who may act for them
    (C(PROXY)), by ending their sessions, by switching the server's events off, and on MariaDB by C(read_only) against
    all others.
  - Fails when something could write all the same - replication that applies another server's writes, a prepared XA
    transaction, and where accounts are locked, a session that remains on O(databases).
  - Writes what was before into C(freeze.json) in the run directory, before it changes anything. Thawing restores that,
    and nothing else.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.mysql
  - alkemio.convergence._mysql
  - alkemio.convergence._run
attributes:
  check_mode:
    support: full
    details:
      - Whether this account may set what it would set is found out only when it does.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(frozen) keeps writers out, V(thawed) restores what was before.
    type: str
    choices: [frozen, thawed]
    required: true
  accounts:
    description:
      - Accounts of the application, as C(user@host). The host is C(%) when not given.
      - They are locked where the server cannot be made read only for everybody, with every other host part of the same
        users. The account that the module logs in with cannot be among them.
    type: list
    elements: str
    default: []
  databases:
    description:
      - Databases whose remaining sessions are returned in RV(sessions). Where accounts are locked, the freeze fails
        while there are any.
    type: list
    elements: str
    default: []
  ignore_users:
    description: Users whose sessions may remain, since they only read.
    type: list
    elements: str
    default: []
seealso:
  - module: alkemio.convergence.mysql_sessions_info
"""

EXAMPLES = r"""
---
- name: Freeze the source
  alkemio.convergence.mysql_freeze:
    login_host: mysql.example.org
    login_user: freezer
    login_password: "{{ freezer_password }}"
    run_directory: /var/lib/convergence/run
    accounts: ["root@%"]
    databases: [alkemio, kratos]
    state: frozen

- name: Thaw it
  alkemio.convergence.mysql_freeze:
    login_host: mysql.example.org
    login_user: freezer
    login_password: "{{ freezer_password }}"
    run_directory: /var/lib/convergence/run
    state: thawed
"""

RETURN = r"""
---
state:
  description: The state that was asked for.
  returned: success
  type: str
read_only:
  description: Whether the server refuses every writer, after a restart too.
  returned: success
  type: bool
locked_accounts:
  description: Accounts that are locked by it, or would be. Empty where the server refuses every writer.
  returned: success
  type: list
  elements: str
not_kept_out:
  description: Who could write all the same where accounts are locked, administrators of a MariaDB above all.
  returned: success
  type: list
  elements: str
actions:
  description: What was, or would be, done.
  returned: success
  type: list
  elements: str
sessions:
  description: Sessions that are left on O(databases), but for those of the login.
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

from ..module_utils._argspec import MYSQL_LOGIN, RUN_DIRECTORY, mysql_login
from ..module_utils._drivers import MYSQL
from ..module_utils._module import run
from ..module_utils._operate.freeze import FreezeOutcome, freeze, thaw


def main() -> None:
    names = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            **MYSQL_LOGIN,
            **RUN_DIRECTORY,
            "state": {"type": "str", "choices": ["frozen", "thawed"], "required": True},
            "accounts": names,
            "databases": names,
            "ignore_users": names,
        },
        supports_check_mode=True,
    )
    params, check = module.params, module.check_mode

    def verb() -> FreezeOutcome:
        login, directory = mysql_login(params), params["run_directory"]
        if params["state"] == "thawed":
            return thaw(login, directory, check=check)
        return freeze(
            login,
            directory,
            params["accounts"],
            params["databases"],
            check=check,
            ignore_users=params["ignore_users"],
        )

    run(module, (MYSQL,), verb)


if __name__ == "__main__":
    main()
