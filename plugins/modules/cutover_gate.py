#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cutover_gate
short_description: Ask both servers whether the proof still holds, and begin the cut-over
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - A report says what was equal when it was written. This module asks the servers what is there now, and notes that
    the cut-over has begun only where that is what was proved.
  - Of the report, seal, run, plan and snapshot must be those of the run directory.
  - Of the target, server, ledger, schema and the number of rows of every table must be those of the report, and no
    row may have been written since the load.
  - Of the source, server, tables, number of rows and position must be those of the proof, the freeze must be in force,
    and nobody may be connected to the databases. Where the position does not tell, since other databases of the server
    are written to, its log is off, or it began anew, the source hashes its rows again, and they must be those of the
    proof.
  - A proof of mode C(live), by sums that were kept, or of a copy, and a source that is not frozen or cannot be asked,
    are refused unless O(accept_unfrozen=true). A source that was written to after the proof of mode
    C(frozen), and a target that is not what was proved, are always refused.
  - What was asked and answered, what was accepted, and how old the proof is, is kept in C(cutover.json).
  - Where the cut-over has begun before, nothing is asked again, since the application may have written to the target.
  - The options O(login_user) and so on name the target. The source has options of its own that begin with C(source_),
    and the account of the freeze has some that begin with C(freezer_).
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._mysql.source
  - alkemio.convergence._mysql.freezer
  - alkemio.convergence._run
options:
  accept_unfrozen:
    description:
      - Whether to begin although nothing keeps the source from being written to, or the proof does not cover what it
        holds now.
      - Rows that were or will be written to the source after the proof stay on the source alone then. The application
        on PostgreSQL does not have them, and nobody will notice.
    type: bool
    default: false
  ignore_users:
    description: Users whose sessions on the source may remain, since they only read.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    details:
      - Asks the same and fails for the same reasons, and does not write C(cutover.json).
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - zstandard
seealso:
  - module: alkemio.convergence.cutover_state
  - module: alkemio.convergence.postgresql_snapshot_verify
  - module: alkemio.convergence.mysql_freeze
"""

EXAMPLES = r"""
---
- name: Begin the cut-over if what was proved still holds
  alkemio.convergence.cutover_gate:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    source_login_host: mysql.example.org
    source_login_user: convergence
    source_login_password: "{{ source_password }}"
    freezer_login_host: mysql.example.org
    freezer_login_user: freezer
    freezer_login_password: "{{ freezer_password }}"
    run_directory: /var/lib/convergence/run
"""

RETURN = r"""
---
state:
  description: The state of the cut-over, in check mode the one that would be entered.
  returned: success
  type: str
  sample: begun
lines:
  description: What was proved, what was asked now, and what was accepted, for people. Empty where nothing was asked.
  returned: success
  type: list
  elements: str
asked:
  description: Every question with its answer.
  returned: always, where anything was asked
  type: list
  elements: dict
  contains:
    what:
      description: What was asked about.
      type: str
    answer:
      description: The answer.
      type: str
accepted:
  description: What O(accept_unfrozen) has accepted, in sentences.
  returned: success
  type: list
  elements: str
age_seconds:
  description: Seconds between the verification and now. Null where nothing was asked.
  returned: success
  type: float
refused:
  description: What no option accepts, in sentences.
  returned: when the gate stays shut
  type: list
  elements: str
risks:
  description: What O(accept_unfrozen) would accept, in sentences.
  returned: when the gate stays shut
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: GateRefused
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import (
    FREEZER_LOGIN,
    POSTGRESQL_LOGIN,
    RUN_DIRECTORY,
    SOURCE_LOGIN,
    freezer_login,
    postgresql_login,
    source_login,
)
from ..module_utils._drivers import MYSQL, POSTGRESQL, SNAPSHOT
from ..module_utils._module import run
from ..module_utils._operate.gate import gate


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            **SOURCE_LOGIN,
            **FREEZER_LOGIN,
            **RUN_DIRECTORY,
            "accept_unfrozen": {"type": "bool", "default": False},
            "ignore_users": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL, POSTGRESQL, SNAPSHOT),
        lambda: gate(
            postgresql_login(params),
            source_login(params),
            freezer_login(params),
            params["run_directory"],
            accept_unfrozen=params["accept_unfrozen"],
            ignore_users=params["ignore_users"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
