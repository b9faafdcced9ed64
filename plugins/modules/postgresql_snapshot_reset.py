#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_snapshot_reset
short_description: Take a load back, so that the target is as it was before
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Empties every table that a load from this run directory has filled, and puts back what was there before.
    These are the rows of the seed tables, indexes, keys, constraints, triggers, and the positions of the
    sequences. At the end the ledger is dropped.
  - Works from every state of a load, whether it is complete, half done or was killed. A killed reset goes on
    with the same command.
  - Also empties what anybody has written to these tables since the load. That is why it wants
    O(confirm=true).
  - Never talks to the source.
  - Refuses if the tables themselves were changed after the load, for example by a migration of the
    application, before it changes anything.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._run
attributes:
  check_mode:
    support: full
    details:
      - Says what would be taken back. Needs no O(confirm).
  diff_mode:
    support: none
    details:
      - The rows are too many to show. RV(databases) counts them.
  idempotent:
    support: full
options:
  confirm:
    description:
      - Must be V(true) for the reset to do anything.
    type: bool
    default: false
  accept_loss:
    description:
      - Whether rows that were added, changed or deleted in these tables since the load may be lost.
      - When V(false), such rows are counted, and the reset refuses while there are any. Check mode refuses as well.
    type: bool
    default: false
seealso:
  - module: alkemio.convergence.postgresql_snapshot_load
  - module: alkemio.convergence.postgresql_snapshot_cleanup
"""

EXAMPLES = r"""
---
- name: Say what a reset would take back
  alkemio.convergence.postgresql_snapshot_reset:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
  check_mode: true

- name: Take the load back
  alkemio.convergence.postgresql_snapshot_reset:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
    confirm: true
"""

RETURN = r"""
---
databases:
  description: What was, or would be, taken back, per database. Empty when there is nothing to reset.
  returned: success, or when the reset was not confirmed
  type: list
  elements: dict
  contains:
    name:
      description: Name of the database on the target.
      type: str
    state:
      description: How far the load, or an earlier reset, had come.
      type: str
      sample: complete
    tables:
      description: Number of tables that are emptied.
      type: int
    loaded_rows:
      description: Number of rows that the load had brought.
      type: int
    kept_rows:
      description: Number of previous rows that are put back.
      type: int
    written:
      description: What was written to these tables since the load and goes with it, in sentences.
      type: list
      elements: str
actions:
  description: What was done, in the order of doing.
  returned: success
  type: list
  elements: str
seconds:
  description: How long it took.
  returned: success
  type: float
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import POSTGRESQL_LOGIN, RUN_DIRECTORY, postgresql_login
from ..module_utils._drivers import POSTGRESQL
from ..module_utils._module import run
from ..module_utils._move.reset import reset


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            **RUN_DIRECTORY,
            "confirm": {"type": "bool", "default": False},
            "accept_loss": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (POSTGRESQL,),
        lambda: reset(
            postgresql_login(params),
            params["run_directory"],
            confirm=params["confirm"],
            accept_loss=params["accept_loss"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
