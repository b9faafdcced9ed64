# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: smoke_failures
short_description: Which checks of an application did not answer as they should
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Judges the results of C(ansible.builtin.uri) in a loop over C(cutover_smoke_checks), each by the C(status) (V([200])
    when not given) and the regular expression C(contains) of its check.
options:
  _input:
    description: The results, each with its check as C(item).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
failed: "{{ asked.results | alkemio.convergence.smoke_failures }}"
"""

RETURN = r"""
_value:
  description: A few words on each, without what the application has answered.
  type: list
  elements: str
  sample: ["server at https://example.org answers 502"]
"""


def smoke_failures(results: Iterable[Mapping[str, t.Any]]) -> list[str]:
    """The checks that did not answer as they should."""
    found = []
    for result in results:
        check, status = result["item"], result.get("status", -1)
        right = status in check.get("status", [200])
        if right and re.search(check.get("contains") or "", result.get("content") or ""):
            continue
        missing = ", without what it must contain" if right else ""
        found.append(f"{check['name']} at {check['url']} answers {status or 'nothing'}{missing}")
    return found


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"smoke_failures": smoke_failures}
