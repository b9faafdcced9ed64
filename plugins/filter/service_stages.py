# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: service_stages
short_description: The services of an environment, as they are stopped in one go each
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Puts the entries of C(service_downtime_services) that follow on one another on one host together, in their order.
    Each service of a cluster stands alone.
options:
  _input:
    description: The services.
    type: list
    elements: dict
    required: true
  here:
    description: Inventory name of the host of a service that names none.
    type: str
    required: true
"""

EXAMPLES = r"""
stages: "{{ service_downtime_services | alkemio.convergence.service_stages(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description:
    - The stages, each with its C(host), its C(driver), which is V(service_state) or V(kubernetes), the C(names) of its
      services, these as a C(label), and its C(services), those of V(service_state) with the options of that module.
  type: list
  elements: dict
"""

_OF_ROLE = {"host", "release"}
"""Keys that the role reads, and the module service_state does not know."""


def service_stages(services: Iterable[Mapping[str, t.Any]], here: str) -> list[dict[str, t.Any]]:
    """The stages in the order of a stop."""
    stages: list[dict[str, t.Any]] = []
    for service in services:
        host = service.get("host") or here
        driver = "kubernetes" if service["driver"] == "kubernetes" else "service_state"
        if (
            not stages
            or (stages[-1]["host"], stages[-1]["driver"]) != (host, driver)
            or driver == "kubernetes"
        ):
            stages.append({"host": host, "driver": driver, "names": [], "services": []})
        stage = stages[-1]
        stage["names"].append(service["name"])
        own = {key: value for key, value in service.items() if key not in _OF_ROLE}
        stage["services"].append(dict(service) if driver == "kubernetes" else own)
        stage["label"] = ", ".join(stage["names"])
    return stages


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"service_stages": service_stages}
