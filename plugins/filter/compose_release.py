# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable

DOCUMENTATION = r"""
name: compose_release
short_description: Which release of an image the services of a compose project would be started with
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Reads what C(docker compose config --format json) prints. The release is the tag of the image.
options:
  _input:
    description: The output.
    type: str
    required: true
  services:
    description: The services to look at.
    type: list
    elements: str
    required: true
  image:
    description: The image without its tag.
    type: str
    required: true
"""

EXAMPLES = r"""
release: "{{ config.stdout | alkemio.convergence.compose_release(['server'], 'alkemio/server') }}"
"""

RETURN = r"""
_value:
  description: The tag that all services have, or in words what they have instead.
  type: str
  sample: v0.130.0
"""


def compose_release(config: str, services: Iterable[str], image: str) -> str:
    """The tag that all services have, or in words what they have instead."""
    known = json.loads(config).get("services") or {}
    found = {name: str((known.get(name) or {}).get("image") or "") for name in services}
    tags = {one.removeprefix(f"{image}:") for one in found.values() if one.startswith(f"{image}:")}
    if len(tags) == 1 and all(one.startswith(f"{image}:") for one in found.values()):
        return tags.pop()
    return ", ".join(f"{name}: {one or 'no image'}" for name, one in found.items())


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"compose_release": compose_release}
