# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: started_services
short_description: The record of the services with some struck off
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Notes services of C(services.json) as started. The others stay as they are.
options:
  _input:
    description: The record so far.
    type: dict
    required: true
  names:
    description: The services that were started.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
record: "{{ {'services': {'server': {'state': 'stopped'}}} | alkemio.convergence.started_services(['server']) }}"
"""

RETURN = r"""
_value:
  description: The record.
  type: dict
"""


def started_services(record: Mapping[str, t.Any], names: Iterable[str]) -> dict[str, t.Any]:
    """The record after a start."""
    noted = record["services"]
    struck = {name: {**noted[name], "state": "started"} for name in names if name in noted}
    return {**record, "services": {**noted, **struck}}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"started_services": started_services}
