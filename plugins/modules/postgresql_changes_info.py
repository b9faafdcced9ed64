#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_changes_info
short_description: Count what was written to the target since the load
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Tells what a way back to the source would lose - rows that were added, changed or deleted after the load of this run
    was complete, counted per table from PostgreSQL's own row versions.
  - Rows of tables that the plan does not move are named apart, in RV(not_counted).
  - Reads every table once. Needs the ledger, so it answers until the clean-up.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._run
seealso:
  - module: alkemio.convergence.cutover_state
"""

EXAMPLES = r"""
---
- name: Ask what a roll-back would lose
  alkemio.convergence.postgresql_changes_info:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
  register: since_load

- name: Show it
  ansible.builtin.debug:
    var: since_load.texts
"""

RETURN = r"""
---
tables:
  description: Every table that was written to.
  returned: success
  type: list
  elements: dict
  contains:
    database:
      description: Name of the database in the run directory.
      type: str
    table:
      description: The table.
      type: str
    written:
      description: Rows that are there and were added or changed since.
      type: int
    gone:
      description: Rows of the load that were changed or deleted since.
      type: int
written:
  description: Sum over the tables.
  returned: success
  type: int
gone:
  description: Sum over the tables.
  returned: success
  type: int
texts:
  description: The same in sentences.
  returned: success
  type: list
  elements: str
not_counted:
  description:
    - Tables that the plan does not move and that rows were written to, in sentences. The source has no place for these
      rows. Rows that were deleted there leave no trace.
  returned: success
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: TargetNotReady
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import POSTGRESQL_LOGIN, RUN_DIRECTORY, postgresql_login
from ..module_utils._bound.changes import changes
from ..module_utils._drivers import POSTGRESQL
from ..module_utils._module import run


def main() -> None:
    module = AnsibleModule(argument_spec={**POSTGRESQL_LOGIN, **RUN_DIRECTORY}, supports_check_mode=True)
    params = module.params
    run(module, (POSTGRESQL,), lambda: changes(postgresql_login(params), params["run_directory"]))


if __name__ == "__main__":
    main()
