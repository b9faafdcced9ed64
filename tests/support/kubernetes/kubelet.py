# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for nodes and their kubelet: it says of pods what a kubelet would say. NO POD RUNS.

Every pod is bound to a node that is not there and said to run and to be ready. One that is told to end has ended after
a moment. A pod of a Job whose container is "sleep N" has succeeded after N seconds; any other goes on until the test
ends it. The annotation that the other stand-in knows makes pods that never end or never become ready.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.kubernetes.api_server import ApiError, ApiServer, Object

BEHAVIOUR, NEVER_END, NEVER_READY = "stand-in/pods", "never end", "never ready"
ENDED_AFTER = 1.0
NODE = "stand-in"


@dataclass
class Kubelet:
    """Works in a thread."""

    api: ApiServer
    finished: set[str] = field(default_factory=set)
    """Jobs that a test lets end."""
    unloading: bool = False
    """Whether even pods that never end do."""
    over: threading.Event = field(default_factory=threading.Event)
    _began: dict[str, float] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)

    def work(self) -> None:
        while not self.over.wait(0.2):
            with contextlib.suppress(OSError):
                for pod in self.api.call("GET", "/api/v1/pods")["items"]:
                    with contextlib.suppress(ApiError):  # gone or changed meanwhile
                        self._look_after(pod)

    def _look_after(self, pod: Object) -> None:
        name, now = pod["metadata"]["uid"], time.monotonic()
        path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
        behaviour = "" if self.unloading else (pod["metadata"].get("annotations") or {}).get(BEHAVIOUR, "")
        if not pod["spec"].get("nodeName"):
            target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
            binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod["metadata"]["name"]}}
            self.api.call("POST", f"{path}/binding", {**binding, "target": target})
        elif pod["metadata"].get("deletionTimestamp"):
            if behaviour != NEVER_END and now > self._told.setdefault(name, now) + ENDED_AFTER:
                self.api.call("DELETE", path, {"gracePeriodSeconds": 0})
        elif pod["status"].get("phase", "Pending") == "Pending":
            self._began[name] = now
            self._say(path, "Running", ready=behaviour != NEVER_READY)
        elif pod["status"]["phase"] == "Running" and self._has_ended(pod, now - self._began.get(name, now)):
            self._say(path, "Succeeded", ready=False)

    def _has_ended(self, pod: Object, seconds: float) -> bool:
        job = (pod["metadata"].get("labels") or {}).get("job-name")
        command = pod["spec"]["containers"][0].get("command") or []
        return bool(job) and (
            job in self.finished or (command[:1] == ["sleep"] and seconds > float(command[1]))
        )

    def _say(self, path: str, phase: str, *, ready: bool) -> None:
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = [
            {"type": kind, "status": "True" if ready else "False", "lastTransitionTime": now}
            for kind in ("Initialized", "Ready", "ContainersReady")
        ]
        status = {"phase": phase, "startTime": now, "conditions": conditions}
        self.api.call("PATCH", f"{path}/status", {"status": status}, "application/merge-patch+json")


@contextlib.contextmanager
def working(api: ApiServer) -> Iterator[Kubelet]:
    """Until the end of the block."""
    kubelet = Kubelet(api)
    thread = threading.Thread(target=kubelet.work, daemon=True)
    thread.start()
    try:
        yield kubelet
    finally:
        kubelet.over.set()
        thread.join()
