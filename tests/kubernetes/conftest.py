# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles before a stand-in of the API server, NOT Kubernetes; with KUBERNETES_API=real before a real one."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._run import records

from tests.kubernetes.cluster import BEHAVIOUR, NEVER_READY, Cluster, Object
from tests.kubernetes.real import CRON_API, RealCluster, namespace
from tests.kubernetes.stand_in import CONTEXT, serving
from tests.support.kubernetes import api_server, kubelet
from tests.support.playbooks import ansible
from tests.support.playbooks.ansible import Run

NAMESPACE = "shop"


@dataclass
class Shop:
    """A namespace with a few objects, and the services that an operator has named."""

    cluster: Cluster | RealCluster
    folder: Path
    kubeconfig: Path
    cron_api: str = "batch/v1"

    @property
    def record(self) -> dict[str, Any]:
        """What the role has written down of each service."""
        return dict(json.loads((self.folder / "run/services.json").read_text("utf-8"))["services"])

    def write_down(self, services: dict[str, Any]) -> None:
        """As if a stop had done it."""
        content = {"services": services, "queues": {}}
        records.keep(str(self.folder / "run"), "services", content, check=False)

    def service(self, name: str, **keys: Any) -> dict[str, Any]:
        login = {"kubeconfig": str(self.kubeconfig), "context": CONTEXT}
        return {"name": name, "driver": "kubernetes", "namespace": NAMESPACE, "timeout": 4, **login, **keys}

    @property
    def of_this_api(self) -> tuple[str, str]:
        """What stands in the role's own vars, so that only the command line can say otherwise."""
        return ("-e", f"__service_downtime_cron_api={self.cron_api}")

    def variables(self, *services: dict[str, Any]) -> dict[str, Any]:
        return {
            "service_downtime_services": list(services),
            "service_downtime_run_directory": str(self.folder / "run"),
            "service_downtime_delay": 1,
        }

    def role(self, entry_point: str, *services: dict[str, Any], arguments: tuple[str, ...] = ()) -> Run:
        variables = self.variables(*services)
        return ansible.role(
            self.folder, "service_downtime", entry_point, variables, *self.of_this_api, *arguments
        )

    def play(self, playbook: str, *services: dict[str, Any], arguments: tuple[str, ...] = ()) -> Run:
        variables = self.variables(*services) | {
            "migration_run_directory": str(self.folder / "run"),
            "migration_databases": [{"name": NAMESPACE}],
            "migration_source_login_user": "nobody",
            "migration_target_login_user": "nobody",
        }
        inventory = ansible.write_inventory(self.folder, sys.executable, variables)
        return ansible.of_checkout().playbook(playbook, inventory, *self.of_this_api, *arguments)

    def deploy(
        self, name: str, replicas: int | None = 1, behaviour: str = "", kind: str = "deployments"
    ) -> None:
        """A deployment or stateful set; without replicas as an object that never met the defaults of an API server."""
        labels = {"app": name, "kind": kind}
        template = {**_pod("main"), "metadata": {"labels": labels, "annotations": {BEHAVIOUR: behaviour}}}
        spec: Object = {"selector": {"matchLabels": labels}, "template": template, "replicas": replicas or 0}
        if kind == "statefulsets":
            spec |= {"serviceName": name, "podManagementPolicy": "Parallel"}
        self.cluster.create(
            (kind, NAMESPACE, name), {"metadata": {"annotations": {BEHAVIOUR: behaviour}}, "spec": spec}
        )
        self.set(kind, name, "replicas", replicas)
        if isinstance(self.cluster, RealCluster) and behaviour != NEVER_READY:
            self.cluster.settled([(kind, NAMESPACE, name)])

    def schedule(self, name: str, suspend: bool | None = False) -> None:
        template = {"spec": {"template": _pod("main", restartPolicy="Never")}}
        spec = {"schedule": "@yearly", "jobTemplate": template}
        self.cluster.create(("cronjobs", NAMESPACE, name), {"metadata": {}, "spec": spec})
        self.set("cronjobs", name, "suspend", suspend)

    def run_job(self, name: str, cron_job: str, *command: str) -> None:
        """A job made of a cron job, as its controller and "kubectl create job --from" make it."""
        owner = {
            "apiVersion": self.cron_api,
            "kind": "CronJob",
            "name": cron_job,
            "controller": True,
            "uid": self.cluster.get(("cronjobs", NAMESPACE, cron_job))["metadata"]["uid"],
        }
        made = {
            "metadata": {"ownerReferences": [owner]},
            "spec": {"template": _pod("main", *command, restartPolicy="Never")},
        }
        self.cluster.create(("jobs", NAMESPACE, name), made)

    @contextlib.contextmanager
    def ending_once_suspended(self, job: str, cron_job: str) -> Iterator[None]:
        """The job goes on until its cron job has been suspended for a while."""
        over = threading.Event()

        def end() -> None:
            while not self.spec("cronjobs", cron_job)["suspend"] and not over.wait(0.1):
                pass
            over.wait(2)
            self.cluster.finish(("jobs", NAMESPACE, job))

        thread = threading.Thread(target=end)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def spec(self, resource: str, name: str) -> Object:
        return dict(self.cluster.get((resource, NAMESPACE, name))["spec"])

    def pods(self) -> list[str]:
        """Those that have not ended; a cluster keeps the pods of a Job that has."""
        found = self.cluster.list("pods", NAMESPACE)
        return [one["metadata"]["name"] for one in found if one["status"].get("phase") != "Succeeded"]

    def set(self, resource: str, name: str, key: str, value: object) -> None:
        if isinstance(self.cluster, RealCluster):
            self.cluster.patch((resource, NAMESPACE, name), {"spec": {key: value}})
            return
        spec = self.cluster.objects[(resource, NAMESPACE, name)]["spec"]
        spec[key] = value
        if value is None:
            del spec[key]


def _pod(name: str, *command: str, **more: str) -> Object:
    container = {"name": name, "image": "registry.k8s.io/pause:3.10"} | (
        {"command": list(command)} if command else {}
    )
    return {"spec": {"containers": [container], **more}}


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[api_server.ApiServer, kubelet.Kubelet]]:
    """A real API server, with a stand-in for the kubelet."""
    folder = tmp_path_factory.mktemp("kubernetes") / "api"
    with api_server.running(folder) as server, kubelet.working(server) as pods:
        yield server, pods


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In which the client keeps what it discovers, and where nothing of the caller's leads to a cluster."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in (
        "K8S_AUTH_KUBECONFIG",
        "K8S_AUTH_HOST",
        "K8S_AUTH_CONTEXT",
        "K8S_AUTH_API_KEY",
        "KUBECONFIG",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def stand_in_shop(folder: Path) -> Iterator[Shop]:
    """Before the stand-in, whichever is asked for: only that can be broken on purpose."""
    cluster = Cluster()
    cluster.create(("namespaces", "", NAMESPACE), {"metadata": {}})
    with serving(cluster) as stand_in:
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(stand_in.kubeconfig(), encoding="utf-8")
        yield Shop(cluster, folder, kubeconfig)


@pytest.fixture
def shop(folder: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    if os.environ.get("KUBERNETES_API") != "real":
        yield request.getfixturevalue("stand_in_shop")
        return
    server, pods = request.getfixturevalue("api")
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(server.kubeconfig(CONTEXT), encoding="utf-8")
    with namespace(server, pods, NAMESPACE) as real:
        yield Shop(real, folder, kubeconfig, CRON_API)
