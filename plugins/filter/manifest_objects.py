# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError

from ..plugin_utils._configuration.cluster import asked
from ..plugin_utils._configuration.problem import RewriteError
from ..plugin_utils._configuration.settings import Settings

DOCUMENTATION = r"""
name: manifest_objects
short_description: Objects of a cluster that manifests speak of
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Lists what has to be read of the cluster before manifests can be applied. Those are the workloads, ConfigMaps and
    Secrets in them, and every ConfigMap and Secret from which a workload takes something.
options:
  _input:
    description: The texts of the manifests.
    type: list
    elements: str
    required: true
  namespace:
    description: Namespace of the objects that name none.
    type: str
    required: true
  settings:
    description: The settings of M(alkemio.convergence.configuration_rewrite).
    type: dict
    required: true
"""

EXAMPLES = r"""
loop: "{{ texts | alkemio.convergence.manifest_objects('default', settings) }}"
"""

RETURN = r"""
_value:
  description: The objects, each once.
  type: list
  elements: dict
  sample: [{"api_version": "v1", "kind": "ConfigMap", "namespace": "default", "name": "alkemio-config"}]
"""


def manifest_objects(
    texts: Iterable[str], namespace: str, settings: Mapping[str, t.Any]
) -> list[dict[str, t.Any]]:
    """Raises AnsibleFilterError: a text is no YAML, or a setting is unknown."""
    try:
        return asked(texts, namespace, Settings.of(dict(settings)))
    except RewriteError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"manifest_objects": manifest_objects}
