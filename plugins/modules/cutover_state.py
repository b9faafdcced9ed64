#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cutover_state
short_description: Note how far a cut-over, an abort or a roll-back has come
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Keeps in the run directory on which database the application works, so that the playbooks C(cutover), C(abort)
    and C(rollback) can refuse what makes no sense any more, and can be run again after an interruption.
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
  state:
    description:
      - The state to enter. When not given, the module only tells the present one.
      - C(open) is the state before any of these; it cannot be entered. C(begun) follows it, which
        M(alkemio.convergence.cutover_gate) alone enters.
      - V(done) follows C(begun). V(aborting) follows C(open), V(aborted) follows
        V(aborting). V(rolling_back) follows C(begun) and V(done), V(turning_back) follows V(rolling_back), and
        V(rolled_back) follows V(turning_back).
        Everything else is refused.
    type: str
    choices: [done, aborting, aborted, rolling_back, turning_back, rolled_back]
  accepted:
    description: What was accepted with O(state), in sentences. It is kept beside the state.
    type: list
    elements: str
    default: []
  findings:
    description:
      - What was proved of each service with O(state), and what was not, as
        P(alkemio.convergence.cutover_findings#filter) gives it. It is kept beside the state.
    type: list
    elements: dict
    default: []
  give_up:
    description:
      - Give up a roll-back that is V(rolling_back), which has changed nothing yet. The state is C(begun) or V(done)
        again.
    type: bool
    default: false
  foreseen:
    description:
      - In check mode, the state that an earlier task of the same check would have entered. The module answers as if
        it had.
      - Without check mode it means nothing.
    type: str
    choices: [begun, done, aborting, aborted, rolling_back, turning_back, rolled_back]
seealso:
  - module: alkemio.convergence.cutover_gate
  - module: alkemio.convergence.snapshot_info
  - module: alkemio.convergence.postgresql_changes_info
"""

EXAMPLES = r"""
---
- name: Refuse unless an abort can begin, and note that it has
  alkemio.convergence.cutover_state:
    run_directory: /var/lib/convergence/run
    state: aborting

- name: Ask where it stands
  alkemio.convergence.cutover_state:
    run_directory: /var/lib/convergence/run
  register: cutover
"""

RETURN = r"""
---
state:
  description: The state, in check mode the one that would be entered.
  returned: success
  type: str
  sample: begun
history:
  description: Every state that was entered, with its time in UTC.
  returned: success
  type: list
  elements: dict
  contains:
    state:
      description: The state.
      type: str
    at:
      description: When it was entered, ISO 8601.
      type: str
    accepted:
      description: What was accepted with it.
      type: list
      elements: str
    findings:
      description: What was proved of each service with it, and what was not.
      type: list
      elements: dict
    gate:
      description: Of the state C(begun), what the gate asked, was answered and accepted.
      type: dict
records:
  description:
    - What roles remember in the run directory, C(services) and C(configured), as M(alkemio.convergence.run_directory)
      reads them. Empty where a state was entered.
  returned: success
  type: dict
begun:
  description: When the cut-over began last, in seconds since 1970. Null when none has begun.
  returned: success
  type: float
frozen:
  description: Whether this run has frozen the source and not thawed it yet. False where a state was entered.
  returned: success
  type: bool
seconds:
  description: How long the step took that ended with this state. Null when none has ended.
  returned: success
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
from ..module_utils._operate.cutover import STATES, CutoverOutcome, cutover, give_up


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **RUN_DIRECTORY,
            "state": {"type": "str", "choices": [state for state in STATES[1:] if state != "begun"]},
            "foreseen": {"type": "str", "choices": list(STATES[1:])},
            "accepted": {"type": "list", "elements": "str", "default": []},
            "findings": {"type": "list", "elements": "dict", "default": []},
            "give_up": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params, check = module.params, module.check_mode

    def verb() -> CutoverOutcome:
        directory, foreseen = params["run_directory"], params["foreseen"]
        if params["give_up"]:
            return give_up(directory, check=check, foreseen=foreseen)
        facts = {name: params[name] for name in ("accepted", "findings") if params[name]}
        return cutover(directory, params["state"], check=check, foreseen=foreseen, **facts)

    run(module, (), verb)


if __name__ == "__main__":
    main()
