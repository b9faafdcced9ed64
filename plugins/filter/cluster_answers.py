# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: cluster_answers
short_description: What a cluster said to objects that were put, without values of Secrets
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Reads the results of a loop of C(kubernetes.core.k8s) over objects.
options:
  _input:
    description: The results.
    type: list
    elements: dict
    required: true
  question:
    description:
      - V(refusals) gives the objects that were refused, and why. Of a Secret the cluster's words are left out,
        since they may quote a value.
      - V(changed) gives the objects of the loop that differ from those of O(live).
      - V(changes) gives the places in which they differ, without their values.
    type: str
    choices: [refusals, changed, changes]
    required: true
  live:
    description: For V(changed) and V(changes), the objects as they were read before.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
said: "{{ put.results | alkemio.convergence.cluster_answers('refusals') | join('; ') }}"
"""

RETURN = r"""
_value:
  description: A few words on each object, or the objects.
  type: list
  elements: raw
"""

Object = Mapping[str, t.Any]
_NOT_OURS: t.Final = {"status", "managedFields", "resourceVersion", "generation"}


def refusals(results: Iterable[Object]) -> list[str]:
    """Those without an object in their result."""
    found = []
    for one in (one for one in results if "result" not in one):
        said = str(one.get("msg") or "no reason given").strip()
        if one["item"]["kind"] == "Secret":
            said = "its answer may quote a value: try kubectl replace --dry-run=server to see it"
        found.append(f"{_named(one['item'])}: {said}")
    return found


def differences(results: Iterable[Object], live: Iterable[Object]) -> Iterator[tuple[Object, list[str]]]:
    """Objects that are not as they were, and the places in them; no place of one that is new."""
    before = {_named(one): one for one in live}
    for one in (one for one in results if "result" in one):
        old = before.get(_named(one["item"]))
        places = list(dict.fromkeys(_places(old, one["result"], ""))) if old else []
        if places or not old:
            yield one["item"], places


def changes(results: Iterable[Object], live: Iterable[Object]) -> list[str]:
    """Objects and the places in them that are not as they were."""
    return [
        f"{_named(item)}: {', '.join(places)}" if places else f"{_named(item)} is new"
        for item, places in differences(results, live)
    ]


def _places(before: t.Any, after: t.Any, place: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in (*before, *(name for name in after if name not in before)):
            if name not in _NOT_OURS:
                yield from _places(before.get(name), after.get(name), f"{place}.{name}" if place else name)
    elif isinstance(before, list) and isinstance(after, list) and _by_name(before) and _by_name(after):
        old, new = ({one["name"]: one for one in side} for side in (before, after))
        for name in (*old, *(name for name in new if name not in old)):
            yield from _places(old.get(name), new.get(name), f"{place}[{name}]")
    elif before != after:
        yield place


def _by_name(listed: list[t.Any]) -> bool:
    return all(isinstance(one, Mapping) and "name" in one for one in listed)


def _named(one: Object) -> str:
    return f"{one['kind']} {one['metadata'].get('namespace', '')}/{one['metadata']['name']}"


def cluster_answers(results: Iterable[Object], question: str, live: Iterable[Object] = ()) -> list[t.Any]:
    """The answer to one question about results."""
    if question == "refusals":
        return refusals(results)
    if question == "changes":
        return changes(results, live)
    if question == "changed":
        return [item for item, _places_in_it in differences(results, live)]
    raise AnsibleFilterError(f"cluster_answers: {question!r} is none of refusals, changed, changes")


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"cluster_answers": cluster_answers}
