# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: way_back
short_description: How a platform that stands still comes back, in one line
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes the last line of a playbook that has failed after it has stopped services. It names the playbooks that go on
    and that go back.
positional: _input, failed, check, stopped
options:
  _input:
    description: Name of the playbook.
    type: str
    required: true
  failed:
    description: Name of the task that failed.
    type: str
    required: true
  check:
    description: Whether it was a check, which has stopped nobody.
    type: bool
    required: true
  stopped:
    description: Whether the inventory lets the playbook stop services or freeze the source.
    type: bool
    required: true
"""

EXAMPLES = r"""
line: "{{ 'migrate' | alkemio.convergence.way_back(ansible_failed_task.name, ansible_check_mode, true) }}"
"""

RETURN = r"""
_value:
  description: The line.
  type: str
"""

_LINES: t.Final = {
    "migrate": (
        "The services are stopped, and the source holds all that it held. To bring the platform back on the source, "
        "run abort. To go on, mend the cause and run migrate again; phases that have ended are not done twice."
    ),
}


def way_back(playbook: str, failed: str, check: bool, stopped: bool) -> str:
    """The line."""
    task = failed.rpartition(" : ")[2]
    if check:
        return f'CHECK of {playbook}: "{task}" would fail, for the cause above. Nothing was changed.'
    if not stopped:
        return f'"{task}" has failed, for the cause above. No service was stopped, so the platform goes on.'
    return f'"{task}" has failed, for the cause above. {_LINES[playbook]}'


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"way_back": way_back}
