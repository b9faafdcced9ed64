# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
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
    when not given), the regular expression C(contains) and the places C(json) of its check.
  - An answer of GraphQL with C(errors) in it is wrong whatever its status is.
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
  description: A few words on each, with its service and address, and without what the application has answered.
  type: list
  elements: str
  sample: ["server: spaces at https://example.org answers 502"]
"""

_NOTHING: t.Final = object()


def smoke_failures(results: Iterable[Mapping[str, t.Any]]) -> list[str]:
    """The checks that did not answer as they should."""
    return [said for said in map(_said, results) if said]


def _said(result: Mapping[str, t.Any]) -> str:
    """What is wrong with one answer; empty: nothing."""
    check, status = result["item"], result.get("status", -1)
    of = f"{check['service']}: " if check.get("service") else ""
    answers = f"{of}{check['name']} at {check['url']} answers {status or 'nothing'}"
    if status not in check.get("status", [200]):
        return answers
    content = result.get("content") or ""
    if not re.search(check.get("contains") or "", content):
        return f"{answers}, without what it must contain"
    found = _json(content)
    if isinstance(found, Mapping) and found.get("errors"):
        return f"{answers} with errors in it"
    for place in check.get("json") or []:
        wrong = _wrong(found, place)
        if wrong:
            return f"{answers}, {wrong}"
    return ""


def _json(content: str) -> t.Any:
    try:
        return json.loads(content)
    except ValueError:
        return _NOTHING


def _wrong(found: t.Any, place: Mapping[str, t.Any]) -> str:
    """What is wrong with one place of the answer; empty: nothing. Its value is not told."""
    if found is _NOTHING:
        return "which is no JSON"
    for step in str(place["path"]).split("."):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return f"without {place['path']}"
    wanted = place.get("equals")
    if wanted is None:
        return f"with nothing in {place['path']}" if found is None or found in ("", [], {}) else ""
    # A number or a boolean may stand in an inventory as a text.
    same = found == wanted or (isinstance(wanted, str) and json.dumps(found) == wanted)
    return "" if same else f"with something else in {place['path']}"


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"smoke_failures": smoke_failures}
