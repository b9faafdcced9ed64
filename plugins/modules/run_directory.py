#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: run_directory
short_description: Begin the run directory of a migration, and keep small records in it
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes the run directory with mode 0700, or takes an empty one, and puts the mark of a run and the run's key into
    it. A folder that holds files and no mark is somebody's own. It is refused and stays as it is.
  - With O(record), reads or replaces one of the small files in which roles of this collection remember what they
    have done. Each bears the seal of the run. One that was changed by hand, or comes from another run, is refused.
  - Talks to no server.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._run
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  record:
    description:
      - The record to read or to replace. When not given, the module only begins the run directory.
      - V(services) is C(services.json), which services ran before the stop. V(configured) is C(configured.json),
        which command has changed the configuration. V(database_settings) is C(database-settings.json), what was set
        for the databases before the load.
    type: str
    choices: [services, configured, database_settings]
  content:
    description:
      - What the record is to hold. When not given, the module only reads it, and begins no run directory.
      - An empty dictionary removes the record.
    type: dict
seealso:
  - module: alkemio.convergence.cutover_state
  - module: alkemio.convergence.snapshot_info
"""

EXAMPLES = r"""
---
- name: Begin the run directory
  alkemio.convergence.run_directory:
    run_directory: /var/lib/convergence/run

- name: Write down which services ran
  alkemio.convergence.run_directory:
    run_directory: /var/lib/convergence/run
    record: services
    content:
      services: {}
      queues: {}

- name: Read it again
  alkemio.convergence.run_directory:
    run_directory: /var/lib/convergence/run
    record: services
  register: found
"""

RETURN = r"""
---
content:
  description: What the record holds, in check mode what it would hold. Empty when there is none.
  returned: success
  type: dict
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: SealBroken
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import RUN_DIRECTORY
from ..module_utils._module import run
from ..module_utils._run.records import RECORDS, RecordOutcome, begin, keep, look


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **RUN_DIRECTORY,
            "record": {"type": "str", "choices": list(RECORDS)},
            "content": {"type": "dict"},
        },
        required_by={"content": ("record",)},
        supports_check_mode=True,
    )
    params = module.params

    def verb() -> RecordOutcome:
        folder, record, content = params["run_directory"], params["record"], params["content"]
        if record is None:
            return begin(folder, check=module.check_mode)
        if content is None:
            return look(folder, record)
        return keep(folder, record, content, check=module.check_mode)

    run(module, (), verb)


if __name__ == "__main__":
    main()
