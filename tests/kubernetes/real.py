# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace on a real API server, with what the tests ask of the stand-in's cluster."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from tests.kubernetes.cluster import Key, Object
from tests.support.kubernetes.api_server import TESTER, ApiError, ApiServer
from tests.support.kubernetes.kubelet import Kubelet

CRON_API = "batch/v1beta1"
# Resource -> group and version, and kind
RESOURCES = {
    "namespaces": ("v1", "Namespace"),
    "pods": ("v1", "Pod"),
    "configmaps": ("v1", "ConfigMap"),
    "secrets": ("v1", "Secret"),
    "deployments": ("apps/v1", "Deployment"),
    "statefulsets": ("apps/v1", "StatefulSet"),
    "cronjobs": (CRON_API, "CronJob"),
    "jobs": ("batch/v1", "Job"),
}
# What the READMEs of the two roles say that the account needs, and nothing else
RIGHTS: dict[str, tuple[str, set[str]]] = {
    "deployments": ("apps", {"get", "list", "update"}),
    "statefulsets": ("apps", {"get", "list", "update"}),
    "deployments/scale": ("apps", {"patch"}),
    "statefulsets/scale": ("apps", {"patch"}),
    "cronjobs": ("batch", {"get", "list", "patch", "update"}),
    "jobs": ("batch", {"list"}),
    "pods": ("", {"list"}),
    "configmaps": ("", {"get", "update"}),
    "secrets": ("", {"get", "update"}),
}


class Writes(Sequence[str]):
    """What the account has really changed, by the server's own audit, as "patch deployments/scale server"."""

    def __init__(self, api: ApiServer) -> None:
        self._api = api
        self._from = 0

    def clear(self) -> None:
        self._from = len(self._api.audit)

    def _all(self) -> list[str]:
        found = []
        for one in self._api.audit[self._from :]:
            done = one.get("responseStatus", {}).get("code", 500) < 300 and "dryRun" not in one["requestURI"]
            if (
                one["user"]["username"] == TESTER
                and done
                and one["verb"] in ("create", "patch", "update", "delete")
            ):
                place = one["objectRef"]
                part = f"/{place['subresource']}" if place.get("subresource") else ""
                found.append(f"{one['verb']} {place['resource']}{part} {place.get('name', '')}")
        return found

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        return self._all()[at]

    def __eq__(self, other: object) -> bool:
        return self._all() == other

    __hash__ = None  # type: ignore[assignment]


class RealCluster:
    """As tests.kubernetes.cluster.Cluster, for the tests alone: the roles meet the server itself."""

    def __init__(self, api: ApiServer, kubelet: Kubelet) -> None:
        self.api, self.kubelet = api, kubelet
        self.writes = Writes(api)
        self._forbidden: set[tuple[str, str]] = set()

    @property
    def forbidden(self) -> set[tuple[str, str]]:
        return self._forbidden

    @forbidden.setter
    def forbidden(self, pairs: set[tuple[str, str]]) -> None:
        """Give the account the rights of the READMEs, less these."""
        self._forbidden = pairs
        rules = [
            {"apiGroups": [group], "resources": [name], "verbs": sorted(verbs)}
            for name, (group, rights) in RIGHTS.items()
            if (verbs := {verb for verb in rights if (verb, name) not in pairs})
        ]
        base = "/apis/rbac.authorization.k8s.io/v1"
        head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": TESTER}}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": TESTER}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": TESTER}
        self._put(f"{base}/clusterroles", {**head, "kind": "ClusterRole", "rules": rules})
        with contextlib.suppress(ApiError):
            self.api.call(
                "POST",
                f"{base}/clusterrolebindings",
                {**head, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]},
            )
        time.sleep(1)  # the authorizer learns of it by a watch

    def _put(self, path: str, wanted: Object) -> None:
        try:
            self.api.call("POST", path, wanted)
        except ApiError:
            self.api.call("PUT", f"{path}/{wanted['metadata']['name']}", wanted)

    def get(self, key: Key) -> Object:
        return self.api.call("GET", _path(key))

    def list(self, resource: str, namespace: str) -> list[Object]:
        return list(self.api.call("GET", _path((resource, namespace, "")))["items"])

    def create(self, key: Key, wanted: Object) -> Object:
        version, kind = RESOURCES[key[0]]
        metadata = {**wanted.get("metadata", {}), "name": key[2]}
        made = {**wanted, "apiVersion": version, "kind": kind, "metadata": metadata}
        return self.api.call("POST", _path((key[0], key[1], "")), made)

    def patch(self, key: Key, patch: Object) -> Object:
        return self.api.call("PATCH", _path(key), patch, "application/merge-patch+json")

    def delete(self, key: Key) -> Object:
        return self.api.call("DELETE", _path(key), {"propagationPolicy": "Background"})

    def finish(self, key: Key) -> None:
        """Let a Job end."""
        self.kubelet.finished.add(key[2])

    def settled(self, keys: Iterable[Key]) -> None:
        """Wait until the controllers have made all pods of these and all are ready, or stay as they are."""
        limit = time.monotonic() + 30
        for key in keys:
            while time.monotonic() < limit:
                found = self.get(key)
                if found.get("status", {}).get("readyReplicas", 0) >= found["spec"].get("replicas", 1):
                    break
                time.sleep(0.2)


@contextlib.contextmanager
def namespace(api: ApiServer, kubelet: Kubelet, name: str) -> Iterator[RealCluster]:
    """A fresh one; at the end it is gone with all that was in it."""
    cluster = RealCluster(api, kubelet)
    kubelet.unloading = False
    kubelet.finished.clear()
    cluster.create(("namespaces", "", name), {})
    cluster.forbidden = set()
    try:
        yield cluster
    finally:
        kubelet.unloading = True
        cluster.delete(("namespaces", "", name))
        limit = time.monotonic() + 120
        with contextlib.suppress(ApiError):
            while time.monotonic() < limit:
                cluster.get(("namespaces", "", name))
                time.sleep(0.3)
            raise RuntimeError(f"the namespace {name} does not go")


def _path(key: Key) -> str:
    resource, place, name = key
    version = RESOURCES[resource][0]
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    inside = f"/namespaces/{place}" if place else ""
    return f"{base}{inside}/{resource}" + (f"/{name}" if name else "")
