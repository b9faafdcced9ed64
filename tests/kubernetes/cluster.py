# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stand-in keeps: a few objects, and controllers that bring the world after them. NOT Kubernetes.

Time passes when somebody asks. A Deployment or StatefulSet is observed a moment after it was changed. Its surplus pods
are then told to end and leave its count at once, as a cluster counts, but stay until they have ended.
A Job whose container is "sleep N" is complete after N seconds; any other goes on for ever.
"""

from __future__ import annotations

import copy
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
Key = tuple[str, str, str]  # resource, namespace, name

OBSERVED_AFTER = 0.4
READY_AFTER = 0.4
ENDED_AFTER = 1.0
# What an annotation of this name on a Deployment can make of its pods
BEHAVIOUR = "stand-in/pods"
NEVER_END, NEVER_READY = "never end", "never ready"

SCALABLE = ("deployments", "statefulsets")
DEFAULTS: dict[str, Object] = {
    "deployments": {"replicas": 1},
    "statefulsets": {"replicas": 1},
    "cronjobs": {"suspend": False},
}
WITHOUT_SPEC = ("configmaps", "secrets", "namespaces")
TYPES: dict[str, type] = {"replicas": int, "suspend": bool}


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason = code, reason


@dataclass
class Cluster:
    """All objects, and what was asked of them."""

    objects: dict[Key, Object] = field(default_factory=dict)
    forbidden: set[tuple[str, str]] = field(default_factory=set)
    """Verbs and resources that the account may not use, as ("patch", "deployments/scale")."""
    broken: set[tuple[str, str]] = field(default_factory=set)
    """The same, for which a dry run succeeds and the write fails."""
    writes: list[str] = field(default_factory=list)
    """What was really changed, as "patch deployments/scale server"."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _version: int = 0
    _changed: dict[Key, float] = field(default_factory=dict)
    _pods: dict[Key, dict[str, float]] = field(default_factory=dict)
    """For each pod when it began, and when it ends."""

    def get(self, key: Key) -> Object:
        with self.lock:
            self._pass_time()
            if key not in self.objects:
                raise Refused(404, "NotFound", f'{key[0]} "{key[2]}" not found')
            return copy.deepcopy(self.objects[key])

    def list(self, resource: str, namespace: str | None) -> list[Object]:
        with self.lock:
            self._pass_time()
            return [
                copy.deepcopy(found)
                for (kind, place, _name), found in sorted(self.objects.items())
                if kind == resource and namespace in (None, place)
            ]

    def create(self, key: Key, wanted: Object, *, dry_run: bool = False) -> Object:
        with self.lock:
            if key in self.objects:
                raise Refused(409, "AlreadyExists", f'{key[0]} "{key[2]}" already exists')
            if key[1] and ("namespaces", "", key[1]) not in self.objects:
                raise Refused(404, "NotFound", f'namespaces "{key[1]}" not found')
            made = copy.deepcopy(wanted)
            if key[0] not in WITHOUT_SPEC:
                made["spec"] = {**DEFAULTS.get(key[0], {}), **made.get("spec", {})}
                made["status"] = {}
            made["metadata"] |= {"name": key[2], "uid": str(uuid.uuid4()), "generation": 1}
            made["metadata"] |= {"namespace": key[1]} if key[1] else {}
            return self._keep("create", key, made, dry_run=dry_run)

    def patch(self, key: Key, patch: Object, *, dry_run: bool = False, part: str = "") -> Object:
        with self.lock:
            before = self.get(key)
            after = merged(before, patch)
            if after.get("spec") != before.get("spec"):
                after["metadata"]["generation"] += 1
            if after == before:
                return after
            return self._keep("patch", key, after, dry_run=dry_run, part=part)

    def finish(self, key: Key) -> None:
        """Let a Job end."""
        with self.lock:
            self.objects[key]["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}

    def replace(self, key: Key, wanted: Object, *, dry_run: bool = False) -> Object:
        """The object as wanted; what only the server writes stays."""
        with self.lock:
            before = self.get(key)
            after = copy.deepcopy(wanted)
            for name in ("uid", "generation", "resourceVersion"):
                after["metadata"][name] = before["metadata"][name]
            if "status" in before:
                after["status"] = before["status"]
            if after == before:
                return after
            if after.get("spec") != before.get("spec"):
                after["metadata"]["generation"] += 1
            return self._keep("update", key, after, dry_run=dry_run)

    def delete(self, key: Key, *, dry_run: bool = False) -> Object:
        with self.lock:
            found = self.get(key)
            if not dry_run:
                self.writes.append(f"delete {key[0]} {key[2]}")
                gone = [
                    one for one in self.objects if one == key or (key[0] == "namespaces" and one[1] == key[2])
                ]
                for one in gone:
                    del self.objects[one]
                    self._pods.pop(one, None)
            return found

    def _keep(self, verb: str, key: Key, wanted: Object, *, dry_run: bool, part: str = "") -> Object:
        for name, kind in TYPES.items():
            if name in wanted.get("spec", {}) and type(wanted["spec"][name]) is not kind:
                raise Refused(
                    400, "BadRequest", f"json: cannot unmarshal into .spec.{name} of type {kind.__name__}"
                )
        if not dry_run:
            self.writes.append(f"{verb} {key[0]}{part and '/' + part} {key[2]}")
            self._changed[key] = time.monotonic()
            self._put(key, wanted)
        return copy.deepcopy(wanted)

    def _put(self, key: Key, found: Object) -> None:
        self._version += 1
        found["metadata"]["resourceVersion"] = str(self._version)
        self.objects[key] = copy.deepcopy(found)

    def _pass_time(self) -> None:
        now = time.monotonic()
        for key, found in list(self.objects.items()):
            if key[0] in SCALABLE:
                self._pass_time_of_deployment(key, found, now)
            elif key[0] == "jobs":
                self._pass_time_of_job(key, found, now)

    def _pass_time_of_deployment(self, key: Key, found: Object, now: float) -> None:
        if now < self._changed.get(key, 0.0) + OBSERVED_AFTER:
            return
        behaviour = found["metadata"].get("annotations", {}).get(BEHAVIOUR)
        labels = found["spec"]["template"]["metadata"]["labels"]
        replicas = found["spec"].get("replicas", 1)
        mine = {
            pod: times
            for pod, times in self._pods.items()
            if pod[1] == key[1] and pod[2].startswith(f"{key[2]}-{key[0][0]}-pod-")
        }
        alive = [pod for pod, times in mine.items() if "ends" not in times]
        for pod in alive[replicas:]:
            self._pods[pod]["ends"] = float("inf") if behaviour == NEVER_END else now + ENDED_AFTER
            self.objects[pod]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        for number in range(replicas - len(alive)):
            pod = ("pods", key[1], f"{key[2]}-{key[0][0]}-pod-{uuid.uuid4().hex[:5]}-{number}")
            self._pods[pod] = {"began": now}
            made = {"name": pod[2], "namespace": key[1], "labels": dict(labels)}
            self._put(pod, {"metadata": made, "spec": {}, "status": {"phase": "Running"}})
        for pod, times in mine.items():
            if now >= times.get("ends", float("inf")):
                del self._pods[pod]
                self.objects.pop(pod, None)
        alive = alive[:replicas]
        ready = [pod for pod in alive if now >= self._pods[pod]["began"] + READY_AFTER]
        available = 0 if behaviour == NEVER_READY else len(ready)
        status = {
            "replicas": replicas,
            "readyReplicas": available,
            "availableReplicas": available,
            "updatedReplicas": replicas,
            "unavailableReplicas": replicas - available,
        }
        status = {name: count for name, count in status.items() if count}  # as a cluster leaves nothings out
        status["observedGeneration"] = found["metadata"].get("generation", 1)
        if found.get("status") != status:
            self._put(key, {**found, "status": status})

    def _pass_time_of_job(self, key: Key, found: Object, now: float) -> None:
        command = found["spec"]["template"]["spec"]["containers"][0].get("command", [])
        ends = float(command[1]) if command[:1] == ["sleep"] else float("inf")
        if "conditions" in found["status"]:
            return
        if now >= self._changed.get(key, 0.0) + ends:
            status: Object = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
        else:
            status = {"active": 1}
        if found["status"] != status:
            self._put(key, {**found, "status": status})


def merged(before: Any, patch: Any) -> Any:
    """A merge patch; a strategic one does the same to what is patched here."""
    if not isinstance(patch, dict) or not isinstance(before, dict):
        return copy.deepcopy(patch)
    after = copy.deepcopy(before)
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = merged(after.get(name), value)
    return after


def selected(found: Object, labels: str, fields: str) -> bool:
    """Whether an object is one that both selectors mean."""
    mine = found["metadata"].get("labels") or {}
    return all(_label_fits(mine, part.strip()) for part in re.split(r",(?![^(]*\))", labels) if part) and all(
        _field_fits(found, part) for part in fields.split(",") if part
    )


def _label_fits(labels: dict[str, str], wanted: str) -> bool:
    among = re.fullmatch(r"(\S+) (in|notin) \((.*)\)", wanted)
    if among:
        return (labels.get(among[1]) in among[3].split(",")) == (among[2] == "in")
    equal = re.fullmatch(r"([^!=]+)(!=|==|=)(.*)", wanted)
    if equal:
        return (labels.get(equal[1]) == equal[3]) == (equal[2] != "!=")
    return (wanted.lstrip("!") in labels) != wanted.startswith("!")


def _field_fits(found: Object, wanted: str) -> bool:
    path, operator, value = re.split(r"(!=|==?)", wanted, maxsplit=1)
    if path not in ("metadata.name", "metadata.namespace", "status.phase"):
        raise Refused(400, "BadRequest", f'field label not supported: "{path}"')
    part, _, name = path.partition(".")
    return (found.get(part, {}).get(name) == value) == (operator != "!=")
