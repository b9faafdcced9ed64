# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t

DOCUMENTATION = r"""
name: inventory_finding
short_description: What a check of the inventory notes of a task that failed
version_added: 1.1.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes a finding for M(alkemio.convergence.inventory_report) of the result of a task.
  - Of a request it says the address and the status of the answer, or why nobody answers; never what was answered.
positional: section, variable, why, remedy, host
options:
  _input:
    description: The result of the task.
    type: dict
    required: true
  section:
    description: Part of the list.
    type: str
    choices: [groups, variables, hosts, servers, services]
    required: true
  variable:
    description: The variable to look at.
    type: str
    required: true
  why:
    description: Why it matters.
    type: str
    required: true
  remedy:
    description: What to do. Empty where the task's own message says it.
    type: str
    required: true
  host:
    description: Name of the host that was asked from.
    type: str
    required: true
  weight:
    description: V(stops) where it would stop a run, V(unasked) where nothing is known of it.
    type: str
    choices: [stops, beside, unasked]
    default: stops
"""

EXAMPLES = r"""
finding: >-
  {{ ansible_failed_result | alkemio.convergence.inventory_finding(
       'services', 'kratos_admin_url', 'The phase smoke asks it.', 'Correct it.', inventory_hostname) }}
"""

RETURN = r"""
_value:
  description: The finding.
  type: dict
"""


def inventory_finding(
    result: t.Mapping[str, t.Any],
    section: str,
    variable: str,
    why: str,
    remedy: str,
    host: str,
    weight: str = "stops",
) -> dict[str, str]:
    """One finding, with the words of the task."""
    return {
        "section": section,
        "variable": variable.strip(),
        "found": _said(result),
        "why": " ".join(why.split()),
        "remedy": " ".join(remedy.split()),
        "host": host,
        "weight": weight,
    }


def _said(result: t.Mapping[str, t.Any]) -> str:
    message = " ".join(str(result.get("msg") or "it failed and does not say why").split())
    message = re.sub(r"^(?:Task|Action) failed: ", "", message)
    url = result.get("url")
    if not url:
        return message
    status = result.get("status", -1)
    if isinstance(status, int) and status > 0:
        return f"{url} answers {status}"
    # urllib's own word for it is left open: ansible-test takes it for a call, wherever it stands.
    reason = re.search(r"(?:\[Errno -?\d+\] |<url\w+ error )(?P<reason>[^\[>']+)", message)
    return f"nobody answers at {url} ({reason['reason'].strip() if reason else message})"


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"inventory_finding": inventory_finding}
