#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapshot_info
short_description: Tell how far a migration is
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Reads the run directory of a running, interrupted or finished migration and returns its phases, times
    and sizes.
  - Talks to no server.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
  - alkemio.convergence._run
seealso:
  - module: alkemio.convergence.mysql_snapshot_dump
  - module: alkemio.convergence.postgresql_snapshot_load
  - module: alkemio.convergence.postgresql_snapshot_verify
"""

EXAMPLES = r"""
---
- name: Ask how far the migration is
  alkemio.convergence.snapshot_info:
    run_directory: /var/lib/convergence/run
  register: progress

- name: Show the phases
  ansible.builtin.debug:
    var: progress.phases
"""

RETURN = r"""
---
run_id:
  description: Identifier of the run, the same as in the ledger on the target.
  returned: success
  type: str
state:
  description:
    - Where the migration stands. V(equal) and V(different) are the verdict of the last verification.
    - One of V(inspected), V(transformed), V(dumping), V(dumped), V(loaded), V(equal), V(different),
      V(cleaned).
  returned: success
  type: str
  sample: dumping
databases:
  description: The snapshot, per database.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the database in the run directory.
      type: str
    complete:
      description: Whether it is dumped to its end.
      type: bool
    mode:
      description: V(frozen) or V(live).
      type: str
    tables:
      description: Number of tables.
      type: int
    rows:
      description: Number of rows dumped.
      type: int
    bytes:
      description: Number of bytes dumped, before compression.
      type: int
    file_bytes:
      description: Size of the files.
      type: int
    chunks_done:
      description: Number of chunks that are written.
      type: int
    chunks_total:
      description: Number of chunks in the plan.
      type: int
    alterations:
      description: Number of values that a policy changed.
      type: int
phases:
  description: The phases in their order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the phase.
      type: str
    state:
      description: Where the phase stands.
      type: str
    seconds:
      description: How long it took.
      type: float
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import RUN_DIRECTORY
from ..module_utils._module import run
from ..module_utils._operate.progress import info


def main() -> None:
    module = AnsibleModule(argument_spec={**RUN_DIRECTORY}, supports_check_mode=True)
    run(module, (), lambda: info(module.params["run_directory"]))


if __name__ == "__main__":
    main()
