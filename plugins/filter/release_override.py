# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Mapping

import yaml
from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: release_override
short_description: A compose file that sets nothing but the images of some services
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Replaces such a file by one with another release. A file that sets anything else is refused, since it would be lost.
options:
  _input:
    description: The file as it is.
    type: str
    required: true
  services:
    description: The services.
    type: list
    elements: str
    required: true
  image:
    description: The image without its tag.
    type: str
    required: true
  release:
    description: The tag.
    type: str
    required: true
"""

EXAMPLES = r"""
content: "{{ file | alkemio.convergence.release_override(['server'], 'alkemio/server', 'v0.130.0') }}"
"""

RETURN = r"""
_value:
  description: The new file.
  type: str
"""


def release_override(content: str, services: Iterable[str], image: str, release: str) -> str:
    """The new file; raises AnsibleFilterError: the old one sets more than the images of these services."""
    wanted = {"services": {name: {"image": f"{image}:{release}"} for name in services}}
    try:
        old = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise AnsibleFilterError("is no YAML") from error
    if not isinstance(old, Mapping) or set(old) != {"services"} or not isinstance(old["services"], Mapping):
        raise AnsibleFilterError("has to hold the key services and nothing else")
    for name, service in old["services"].items():
        if name not in wanted["services"]:
            raise AnsibleFilterError(f"sets the service {name}, which this entry does not name")
        if not isinstance(service, Mapping) or set(service) != {"image"}:
            raise AnsibleFilterError(f"sets more of the service {name} than its image")
    # Ansible gives text of a class of its own, which the writer does not know.
    return yaml.safe_dump(json.loads(json.dumps(wanted)), sort_keys=False)


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"release_override": release_override}
