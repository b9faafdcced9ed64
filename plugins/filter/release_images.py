# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: release_images
short_description: The images that services need on their hosts to be switched from one release to another and back
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Picks the entries of C(service_downtime_services) whose C(release) has an image.
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
images: "{{ service_downtime_services | alkemio.convergence.release_images(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: The C(name) of each service, its C(host), and the C(images) of both releases.
  type: list
  elements: dict
"""


def release_images(services: Iterable[Mapping[str, t.Any]], here: str) -> list[dict[str, t.Any]]:
    """The services that run images, with the images of both releases."""
    found = []
    for service in services:
        release = service.get("release") or {}
        if release.get("image"):
            images = [f"{release['image']}:{release[side]}" for side in ("source", "target")]
            found.append({"name": service["name"], "host": service.get("host") or here, "images": images})
    return found


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"release_images": release_images}
