# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: kubernetes_state
short_description: What of a service on Kubernetes goes on, or has not come back
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Answers one question about objects as C(kubernetes.core.k8s_info) gives them.
options:
  _input:
    description:
      - For V(selectors) a Deployment or StatefulSet; for V(named), V(names), V(unscaled) and V(unavailable) a list of
        them; for V(pods) the results of a loop over them that read their pods; for V(jobs) a list of Jobs.
    type: raw
    required: true
  question:
    description:
      - V(named) gives the objects of O(wanted), names of Deployments, and of StatefulSets with C(statefulset/) before
        them.
      - V(names) gives such names of objects.
      - V(selectors) gives the selectors of an object's pods, as the API writes them.
      - V(unscaled) gives objects that their controller has not scaled to nothing, though it was told.
      - V(pods) gives objects of which pods are left.
      - V(jobs) gives Jobs of O(wanted), names of CronJobs, that have not ended.
      - V(unavailable) gives objects with fewer pods available than O(wanted), a number by name. Only pods of the
        present template count.
    type: str
    choices: [named, names, selectors, unscaled, pods, jobs, unavailable]
    required: true
  wanted:
    description: See V(named), V(jobs) and V(unavailable).
    type: raw
  kind:
    description: For V(unavailable), the only kind that is asked for. When empty, all.
    type: str
    choices: ["", Deployment, StatefulSet]
    default: ""
"""

EXAMPLES = r"""
label_selectors: "{{ deployment | alkemio.convergence.kubernetes_state('selectors') }}"
"""

RETURN = r"""
_value:
  description: Selectors, names, objects, or a few words on each object.
  type: list
  elements: raw
"""

Object = Mapping[str, t.Any]
ENDED: t.Final = {"Complete", "Failed", "Suspended"}
"""Conditions of a Job that does nothing any more."""


STATEFUL: t.Final = "statefulset/"
"""In front of a StatefulSet's name, since it may bear that of a Deployment."""


def name(one: Object) -> str:
    """As it is written down."""
    return (STATEFUL if one.get("kind") == "StatefulSet" else "") + str(one["metadata"]["name"])


def words(written: str) -> str:
    """A name that was written down, for people."""
    return (
        f"the stateful set {written[len(STATEFUL) :]}"
        if written.startswith(STATEFUL)
        else f"the deployment {written}"
    )


def named(objects: Iterable[Object], wanted: Iterable[str]) -> list[Object]:
    """Those of `wanted`."""
    ours = set(wanted)
    return [one for one in objects if name(one) in ours]


def names(objects: Iterable[Object], _wanted: t.Any) -> list[str]:
    """As they are written down."""
    return [name(one) for one in objects]


def selectors(deployment: Object, _wanted: t.Any) -> list[str]:
    """Of the object's pods; raises KeyError: an operator that the API does not have."""
    selector = deployment["spec"]["selector"]
    found = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or []:
        key, values = one["key"], f"({','.join(one.get('values') or [])})"
        forms = {
            "In": f"{key} in {values}",
            "NotIn": f"{key} notin {values}",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        found.append(forms[one["operator"]])
    return found


def unscaled(deployments: Iterable[Object], _wanted: t.Any) -> list[str]:
    """Those whose controller has not seen the last change, or counts replicas still."""
    return [
        f"{words(name(one))}, which its controller has not scaled"
        for one in deployments
        if one.get("status", {}).get("observedGeneration", 0) < one["metadata"].get("generation", 0)
        or one.get("status", {}).get("replicas", 0) > 0
    ]


def pods(results: Iterable[Object], _wanted: t.Any) -> list[str]:
    """Those of which pods are there; an object that was not asked for has no resources in its result."""
    return [
        f"{words(name(one['item']))} (pods {', '.join(pod['metadata']['name'] for pod in one['resources'])})"
        for one in results
        if one.get("resources")
    ]


def jobs(found: Iterable[Object], wanted: Iterable[str]) -> list[str]:
    """Those that a CronJob of `wanted` owns and that have not ended."""
    ours, left = set(wanted), []
    for job in found:
        owners = {
            one["name"] for one in job["metadata"].get("ownerReferences") or [] if one["kind"] == "CronJob"
        }
        conditions = job.get("status", {}).get("conditions") or []
        held = {one["type"] for one in conditions if one["status"] == "True"}
        if owners & ours and not held & ENDED:
            left.append(f"job/{job['metadata']['name']}")
    return left


def unavailable(deployments: Iterable[Object], wanted: Mapping[str, int]) -> list[str]:
    """Those of `wanted` that have fewer pods available; one that is gone has none."""
    there = {name(one): available(one) for one in deployments}
    return [
        f"{words(written)} has {there.get(written, 0)} of {number} pods available"
        for written, number in wanted.items()
        if number > there.get(written, 0)
    ]


def available(one: Object) -> int:
    """Pods of the present template that serve. A StatefulSet counts them as ready in clusters before 1.22."""
    status = one.get("status", {})
    if status.get("observedGeneration", 0) < one["metadata"].get("generation", 0):
        return 0
    ready = status.get("readyReplicas", 0) if one.get("kind") == "StatefulSet" else 0
    return int(min(status.get("availableReplicas", ready), status.get("updatedReplicas", 0)))


def of_kind(wanted: Mapping[str, int], kind: str) -> dict[str, int]:
    """The part of `wanted` that is of one kind, or all of it."""
    return {
        written: number
        for written, number in wanted.items()
        if not kind or (kind == "StatefulSet") == written.startswith(STATEFUL)
    }


QUESTIONS: t.Final[Mapping[str, Callable[[t.Any, t.Any], list[t.Any]]]] = {
    "named": named,
    "names": names,
    "selectors": selectors,
    "unscaled": unscaled,
    "pods": pods,
    "jobs": jobs,
    "unavailable": unavailable,
}


def kubernetes_state(value: t.Any, question: str, wanted: t.Any = (), kind: str = "") -> list[t.Any]:
    """The answer to one question about objects of the API."""
    if question not in QUESTIONS:
        raise AnsibleFilterError(f"kubernetes_state: {question!r} is none of {', '.join(QUESTIONS)}")
    try:
        return QUESTIONS[question](value, of_kind(wanted, kind) if kind else wanted)
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(
            f"kubernetes_state: an object is not as the API makes it: {error!r}"
        ) from error


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"kubernetes_state": kubernetes_state}
