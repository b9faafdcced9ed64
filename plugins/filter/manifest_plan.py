# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from ansible.errors import AnsibleFilterError

from ..plugin_utils._configuration.cluster import planned
from ..plugin_utils._configuration.problem import RewriteError
from ..plugin_utils._configuration.settings import Settings

DOCUMENTATION = r"""
name: manifest_plan
short_description: What becomes of a cluster's objects when manifests are applied
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes, of rewritten manifests and of the objects as they are, the objects as they have to be, and what to keep for
    the way back.
  - Of a workload the pod template is the manifest's; images, the number of pods, a suspension and all else stay. In a
    ConfigMap or Secret the keys of the manifest change and no key goes.
  - Names everything for which pods would not start, or would use another database.
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
  live:
    description: The objects that P(alkemio.convergence.manifest_objects#filter) lists, as the cluster has them.
    type: list
    elements: dict
    required: true
  settings:
    description: The settings of M(alkemio.convergence.configuration_rewrite).
    type: dict
    required: true
  record:
    description: What an earlier run has kept. It stays the way back.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
plan: "{{ texts | alkemio.convergence.manifest_plan('default', live, settings) }}"
"""

RETURN = r"""
_value:
  description:
    - C(wanted), the objects to put; C(kept), what to write down for the way back; C(problems), a sentence on everything
      that stops it; C(leftovers), keys of the previous server that stay.
  type: dict
"""


def manifest_plan(
    texts: Iterable[str],
    namespace: str,
    live: Iterable[dict[str, t.Any]],
    settings: Mapping[str, t.Any],
    record: Iterable[dict[str, t.Any]] = (),
) -> dict[str, t.Any]:
    """Raises AnsibleFilterError: a text is no YAML, or an object is not as the API makes it."""
    try:
        return asdict(planned(texts, namespace, live, Settings.of(dict(settings)), record))
    except RewriteError as error:
        raise AnsibleFilterError(str(error)) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"a manifest or an object is not as the API makes it: {error!r}") from None


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"manifest_plan": manifest_plan}
