# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: configuration_files
short_description: Files of an application by their kind, as configuration_rewrite takes them
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes the option C(files) of M(alkemio.convergence.configuration_rewrite) of paths that are grouped by kind.
options:
  _input:
    description: Kind to relative paths, in this order.
    type: dict
    required: true
  directory:
    description: The directory that the paths are relative to.
    type: str
    required: true
"""

EXAMPLES = r"""
files: "{{ {'compose': ['compose.yml']} | alkemio.convergence.configuration_files('/srv/app') }}"
"""

RETURN = r"""
_value:
  description: The files.
  type: list
  elements: dict
  sample: [{"path": "/srv/app/compose.yml", "kind": "compose"}]
"""


def configuration_files(paths: Mapping[str, Iterable[str]], directory: str) -> list[dict[str, str]]:
    """One entry per file."""
    return [
        {"path": f"{directory}/{path}", "kind": kind} for kind, listed in paths.items() for path in listed
    ]


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"configuration_files": configuration_files}
