# SPDX-License-Identifier: GPL-3.0-or-later
"""The role service_downtime before a stand-in of the API server. NOT Kubernetes."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._run import records

from tests.kubernetes.cluster import Cluster, Object
from tests.kubernetes.stand_in import CONTEXT, serving
from tests.support.playbooks import ansible
from tests.support.playbooks.ansible import Run

NAMESPACE = "shop"


@dataclass
class Shop:
    """A namespace with a few objects, and the services that an operator has named."""

    cluster: Cluster
    folder: Path
    kubeconfig: Path

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

    def variables(self, *services: dict[str, Any]) -> dict[str, Any]:
        return {
            "service_downtime_services": list(services),
            "service_downtime_run_directory": str(self.folder / "run"),
            "service_downtime_delay": 1,
        }

    def role(self, entry_point: str, *services: dict[str, Any], arguments: tuple[str, ...] = ()) -> Run:
        variables = self.variables(*services)
        return ansible.role(self.folder, "service_downtime", entry_point, variables, *arguments)

    def play(self, playbook: str, *services: dict[str, Any], arguments: tuple[str, ...] = ()) -> Run:
        variables = self.variables(*services) | {
            "migration_run_directory": str(self.folder / "run"),
            "migration_databases": [{"name": NAMESPACE}],
            "migration_source_login_user": "nobody",
            "migration_target_login_user": "nobody",
        }
        inventory = ansible.write_inventory(self.folder, sys.executable, variables)
        return ansible.of_checkout().playbook(playbook, inventory, *arguments)

    def deploy(self, name: str, replicas: int | None = 1, behaviour: str = "") -> None:
        """A deployment; without replicas as an object that never met the defaults of an API server."""
        labels = {"app": name}
        spec: Object = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}
        made: Object = {"metadata": {"annotations": {"stand-in/pods": behaviour}}, "spec": spec}
        self.cluster.create(("deployments", NAMESPACE, name), made)
        self._set("deployments", name, "replicas", replicas)

    def schedule(self, name: str, suspend: bool | None = False) -> None:
        self.cluster.create(("cronjobs", NAMESPACE, name), {"metadata": {}, "spec": {}})
        self._set("cronjobs", name, "suspend", suspend)

    def run_job(self, name: str, cron_job: str, *command: str) -> None:
        """A job made of a cron job, as its controller and "kubectl create job --from" make it."""
        owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": cron_job, "controller": True}
        containers = [{"name": "main", "command": list(command)}]
        made = {
            "metadata": {"ownerReferences": [owner]},
            "spec": {"template": {"spec": {"containers": containers}}},
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
            self.cluster.objects[("jobs", NAMESPACE, job)]["status"] = {
                "conditions": [{"type": "Complete", "status": "True"}]
            }

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
        return [one["metadata"]["name"] for one in self.cluster.list("pods", NAMESPACE)]

    def _set(self, resource: str, name: str, key: str, value: object) -> None:
        spec = self.cluster.objects[(resource, NAMESPACE, name)]["spec"]
        spec[key] = value
        if value is None:
            del spec[key]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    # The client keeps what it discovers in the folder for temporary files.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in (
        "K8S_AUTH_KUBECONFIG",
        "K8S_AUTH_HOST",
        "K8S_AUTH_CONTEXT",
        "K8S_AUTH_API_KEY",
        "KUBECONFIG",
    ):
        monkeypatch.delenv(name, raising=False)
    cluster = Cluster()
    cluster.create(("namespaces", "", NAMESPACE), {"metadata": {}})
    with serving(cluster) as stand_in:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(stand_in.kubeconfig(), encoding="utf-8")
        yield Shop(cluster, tmp_path, kubeconfig)
