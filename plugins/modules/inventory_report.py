#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: inventory_report
short_description: Print one list of everything that is wrong with an inventory
version_added: 1.1.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Collects what the role P(alkemio.convergence.inventory_check#role) has found on all hosts, prints it line by line,
    and fails when something of it would stop a run, or could not be asked.
  - Works on the controller; no host is asked.
extends_documentation_fragment:
  - alkemio.convergence._attributes
attributes:
  check_mode:
    support: full
    details:
      - Prints the list and writes no file.
  diff_mode:
    support: none
    details:
      - The list says what was found.
  idempotent:
    support: full
    details:
      - The file is written again when what it says has changed.
options:
  report:
    description: File on the controller for the list as JSON. When not given, none is written.
    type: path
"""

EXAMPLES = r"""
---
- name: List what is wrong with the inventory
  alkemio.convergence.inventory_report:
    report: inventory-check.json
  run_once: true
"""

RETURN = r"""
---
findings:
  description: What should be put right and stops nothing, each with what is said of it in C(text).
  returned: success
  type: list
  elements: dict
stops:
  description: How many things would stop a run.
  returned: success
  type: int
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InventoryWrong
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    module = AnsibleModule(argument_spec={"report": {"type": "path"}}, supports_check_mode=True)
    module.fail_json(
        msg="The action plugin of this module has not run. Call it as alkemio.convergence.inventory_report.",
        error="ActionMissing",
    )


if __name__ == "__main__":
    main()
