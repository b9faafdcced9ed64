# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable

from ansible.errors import AnsibleFilterError

from ..plugin_utils._configuration.cluster import returned
from ..plugin_utils._configuration.problem import RewriteError

DOCUMENTATION = r"""
name: manifest_return
short_description: A cluster's objects as they were before manifests were applied
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes the objects for the way back of what P(alkemio.convergence.manifest_plan#filter) has kept. What others have
    changed since, images, the number of pods and other keys, stays.
options:
  _input:
    description: What was kept.
    type: list
    elements: dict
    required: true
  live:
    description: Those objects as the cluster has them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
wanted: "{{ kept | alkemio.convergence.manifest_return(live) }}"
"""

RETURN = r"""
_value:
  description: The objects to put.
  type: list
  elements: dict
"""


def manifest_return(
    kept: Iterable[dict[str, t.Any]], live: Iterable[dict[str, t.Any]]
) -> list[dict[str, t.Any]]:
    """Raises AnsibleFilterError: a workload is gone."""
    try:
        return returned(kept, live)
    except RewriteError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"manifest_return": manifest_return}
