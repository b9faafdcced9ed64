#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_snapshot_cleanup
short_description: Remove what a finished migration no longer needs
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Drops the ledger on the target, with the seed rows it keeps, and removes the snapshot with all its chunk
    files. The rows of the application stay as they are.
  - What tells of the run stays in the run directory, as report, journal, list of altered values, catalogs
    and plan. O(keep_records=false) removes these, too.
  - Afterwards the load can be neither resumed nor reset, and a verification needs a new run. An unverified
    run is refused, and a half-done load or reset in any case.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._run
attributes:
  check_mode:
    support: full
    details:
      - Says what would be removed.
  diff_mode:
    support: none
    details:
      - RV(removed) says what was removed.
  idempotent:
    support: full
options:
  allow_unverified:
    description:
      - Whether to clean up although no report says that source and target are equal.
      - Useful for a rehearsal that was given up after its dump.
    type: bool
    default: false
  keep_records:
    description: Whether to keep all files of the run directory but the snapshot.
    type: bool
    default: true
seealso:
  - module: alkemio.convergence.postgresql_snapshot_verify
  - module: alkemio.convergence.postgresql_snapshot_reset
"""

EXAMPLES = r"""
---
- name: Say what would be removed
  alkemio.convergence.postgresql_snapshot_cleanup:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
  check_mode: true

- name: Remove ledger and chunk files of the verified run
  alkemio.convergence.postgresql_snapshot_cleanup:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
"""

RETURN = r"""
---
removed:
  description: What was, or would be, removed.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: One of V(ledger), V(snapshot) and V(run directory).
      type: str
    name:
      description: Database and schema of a ledger, or the path of a directory.
      type: str
    files:
      description: Number of files.
      type: int
    bytes:
      description: Size of the files.
      type: int
actions:
  description: The same in sentences.
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
from ..module_utils._move.cleanup import cleanup


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            **RUN_DIRECTORY,
            "allow_unverified": {"type": "bool", "default": False},
            "keep_records": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (POSTGRESQL,),
        lambda: cleanup(
            postgresql_login(params),
            params["run_directory"],
            allow_unverified=params["allow_unverified"],
            keep_records=params["keep_records"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
