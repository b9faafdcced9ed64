# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import re
import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: manifest_refusals
short_description: What a validator says of manifests, without the values of Secrets
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Of each file that a command has refused, its path and what the command said. Of a file that holds a Secret the
    command's words are left out, since they may quote a value.
options:
  _input:
    description: Results of a loop of commands over paths.
    type: list
    elements: dict
    required: true
  read:
    description: Results of C(ansible.builtin.slurp) in a loop over the refused paths.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
said: "{{ validated.results | alkemio.convergence.manifest_refusals(read.results) | join('; ') }}"
"""

RETURN = r"""
_value:
  description: A few words on each file.
  type: list
  elements: str
"""

_SECRET: t.Final = re.compile(r"""kind["']?\s*:\s*["']?Secret\b""")


def manifest_refusals(
    results: Iterable[Mapping[str, t.Any]], read: Iterable[Mapping[str, t.Any]]
) -> list[str]:
    """The files that were refused; `read` has the content of each, in the same order."""
    found = []
    for result, file in zip((one for one in results if one.get("failed")), read, strict=True):
        if _SECRET.search(base64.b64decode(file["content"]).decode("utf-8", "replace")):
            why = " (it holds a Secret: run the command by hand to see why)"
        else:
            said = [result[key] for key in ("stdout", "stderr", "msg") if result.get(key)]
            why = f": {said[0] if said else ''}"
        found.append(f"{result['item']}{why}")
    return found


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"manifest_refusals": manifest_refusals}
