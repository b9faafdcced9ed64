# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Mapping

DOCUMENTATION = r"""
name: stopped_services
short_description: The record of the services with what ran before a stop
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Adds what runs now to C(services.json). A service that is already noted as stopped keeps what was noted, since a
    stop that is repeated finds less.
options:
  _input:
    description: The record so far.
    type: dict
    required: true
  running:
    description: By name what runs of each service, an empty text for nothing.
    type: dict
    required: true
  counts:
    description: By name of a service of a cluster, its C(replicas) and C(suspended) by object.
    type: dict
    required: true
"""

EXAMPLES = r"""
record: "{{ {'services': {}, 'queues': {}} | alkemio.convergence.stopped_services({'server': 'server'}, {}) }}"
"""

RETURN = r"""
_value:
  description: The record.
  type: dict
"""

Record = dict[str, t.Any]


def stopped_services(
    record: Mapping[str, t.Any], running: Mapping[str, str], counts: Mapping[str, t.Any]
) -> Record:
    """The record with every service in it."""
    nothing: dict[str, t.Any] = {"replicas": {}, "suspended": {}}
    now = {
        name: {"state": "stopped", "ran": ran, **counts.get(name, nothing)}
        for name, ran in running.items()
        if record["services"].get(name, {}).get("state") != "stopped"
    }
    return {**record, "services": {**record["services"], **now}}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"stopped_services": stopped_services}
