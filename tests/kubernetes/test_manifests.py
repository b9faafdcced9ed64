# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewritten manifests reach the cluster as a whole and only where they have to, or everything stays as it was."""

from __future__ import annotations

import base64
import shutil
from typing import Any

import pytest

from tests.kubernetes.cluster import Cluster, Object
from tests.kubernetes.conftest import NAMESPACE, Shop
from tests.kubernetes.stand_in import CONTEXT
from tests.support.playbooks import ansible, states
from tests.support.playbooks.ansible import Run

SERVER, JOB, OTHER = "alkemio-server-deployment", "server-migration", "alkemio-notifications-deployment"
FILES = ["25-server-deployment-dev.yaml", "26-server-migration.yaml", "27-notifications.yaml"]
CONFIG = {
    "DATABASE_HOST": "mysql",
    "MYSQL_DATABASE": "alkemio",
    "POSTGRES_USER": "synapse",
    "POSTGRES_PASSWORD": "271828182845",
    "LOGGING_LEVEL": "verbose",
}
SECRET = {"MYSQL_ROOT_PASSWORD": "toor", "SESSION_KEY": "314159265358"}


class Platform:
    """The platform in a namespace of the cluster, as its own manifests make it, and those on a host."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.folder = shop.folder / "manifests"
        shutil.copytree(states.FIXTURES / "mysql/manifests", self.folder)
        (self.folder / "10-server-config.yaml").unlink()  # they lie in no repository
        server = self.folder / FILES[0]
        text = server.read_text("utf-8")
        (self.folder / FILES[2]).write_text(
            text.replace("alkemio-server-deployment", OTHER).replace("alkemio-server", "notifications"),
            "utf-8",
        )
        job = self.folder / FILES[1]
        job.write_text(job.read_text("utf-8").replace("batch/v1", shop.cron_api), "utf-8")
        self._put("configmaps", "alkemio-config", dict(CONFIG))
        self._put("configmaps", "alkemio-elastic-config", {"ELASTIC": "x"})
        coded = {name: base64.b64encode(value.encode()).decode() for name, value in SECRET.items()}
        self._put("secrets", "alkemio-secrets", coded)
        for file in FILES:
            (made,) = states.data((self.folder / file).read_text("utf-8"))
            if "replicas" in made["spec"]:
                made["spec"]["replicas"] = 3  # not as in its file
                made["spec"]["template"]["spec"]["containers"][0]["image"] = "alkemio/server:v0.130.0"
            resource = {"Deployment": "deployments", "CronJob": "cronjobs"}[made["kind"]]
            self.shop.cluster.create((resource, NAMESPACE, made["metadata"]["name"]), made)
        self.shop.cluster.writes.clear()

    def _put(self, resource: str, name: str, data: dict[str, str]) -> None:
        kind = {"configmaps": "ConfigMap", "secrets": "Secret"}[resource]
        made = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}}
        self.shop.cluster.create((resource, NAMESPACE, name), {**made, "data": data})

    def variables(self, **more: Any) -> dict[str, Any]:
        return {
            "kubernetes_manifests_directory": str(self.folder),
            "kubernetes_manifests_files": FILES,
            "kubernetes_manifests_backup_directory": str(self.shop.folder / "kept/manifests"),
            "kubernetes_manifests_namespace": NAMESPACE,
            "kubernetes_manifests_kubeconfig": str(self.shop.kubeconfig),
            "kubernetes_manifests_context": CONTEXT,
            "kubernetes_manifests_host": "postgresql.example.org",
            **more,
        }

    def role(self, entry_point: str, *arguments: str, **more: Any) -> Run:
        return ansible.role(
            self.shop.folder, "kubernetes_manifests", entry_point, self.variables(**more), *arguments
        )

    def get(self, resource: str, name: str) -> Object:
        """Without what time alone changes."""
        found = self.shop.cluster.get((resource, NAMESPACE, name))
        kept: Object = {part: found[part] for part in ("spec", "data") if part in found}
        return kept | {"labels": found["metadata"].get("labels")}

    def all(self) -> dict[str, Object]:
        return {
            name: self.get(resource, name)
            for resource, name in (
                ("configmaps", "alkemio-config"),
                ("secrets", "alkemio-secrets"),
                ("deployments", SERVER),
                ("deployments", OTHER),
                ("cronjobs", JOB),
            )
        }

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}

    def environment(self, resource: str, name: str) -> dict[str, Any]:
        spec = self.get(resource, name)["spec"]
        pod = (spec["jobTemplate"]["spec"] if resource == "cronjobs" else spec)["template"]["spec"]
        return {
            one["name"]: one.get("valueFrom") or one["value"] for one in pod["containers"][0].get("env") or []
        }


@pytest.fixture
def platform(shop: Shop) -> Platform:
    return Platform(shop)


def hidden(run: Run) -> bool:
    """Whether nothing of what ConfigMap and Secret hold was shown."""
    secrets = [CONFIG["POSTGRES_PASSWORD"], *SECRET.values()]
    secrets += [base64.b64encode(value.encode()).decode() for value in SECRET.values()]
    return not any(value in run.output for value in secrets)


def test_the_manifests_reach_the_cluster_and_go_back(platform: Platform) -> None:
    before, files, writes = platform.all(), platform.files(), platform.shop.cluster.writes
    looked = platform.role("check", "--diff", "-vvv")
    assert (looked.status, looked.changed) == (0, 0), looked.output
    check = platform.role("main", "--check", "--diff", "-vvv")
    assert check.status == 0, check.output
    assert check.changed > 0
    assert (platform.all(), platform.files(), writes) == (before, files, [])

    done = platform.role("main", "-vvv")
    assert done.status == 0, done.output
    assert all(map(hidden, (looked, check, done)))
    config = platform.get("configmaps", "alkemio-config")["data"]
    assert config == CONFIG | {
        "DATABASE_TYPE": "postgres",
        "DATABASE_HOST": "postgresql.example.org",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "alkemio",
        "POSTGRES_DB_PORT": "5432",
        "POSTGRES_DATABASE": "alkemio",
    }
    assert "STILL THERE, and not read any more: ConfigMap shop/alkemio-config: MYSQL_DATABASE" in done.output
    source = {"configMapKeyRef": {"name": "alkemio-config", "key": "POSTGRES_PASSWORD"}}
    for resource, name in (("deployments", SERVER), ("cronjobs", JOB)):
        assert platform.environment(resource, name)["DATABASE_PASSWORD"] == source
    # Others decide how many pods there are and which release runs, and who is no client keeps all.
    spec = platform.get("deployments", SERVER)["spec"]
    assert spec["replicas"] == 3
    assert spec["template"]["spec"]["containers"][0]["image"] == "alkemio/server:v0.130.0"
    assert {name: platform.all()[name] for name in (OTHER, "alkemio-secrets")} == {
        name: before[name] for name in (OTHER, "alkemio-secrets")
    }
    assert OTHER not in " ".join(writes)
    assert (
        "Deployment shop/alkemio-server-deployment: spec.template.spec.containers[alkemio-server].env"
        in done.output
    )

    count = len(writes)
    again = platform.role("main")
    assert (again.status, again.changed, len(writes)) == (0, 0, count), again.output

    # Somebody scales it meanwhile, as the stop of the roll-back does, and adds a key of his own.
    platform.shop.set("deployments", SERVER, "replicas", 0)
    platform.shop.cluster.patch(("configmaps", NAMESPACE, "alkemio-config"), {"data": {"NEW": "x"}})
    foreseen = platform.role("restore", "--check")
    assert foreseen.status == 0, foreseen.output
    assert foreseen.changed > 0
    back = platform.role("restore", "-vvv")
    assert back.status == 0, back.output
    assert hidden(back)
    before[SERVER]["spec"]["replicas"] = 0
    before["alkemio-config"]["data"]["NEW"] = "x"
    assert (platform.all(), platform.files()) == (before, files)
    again = platform.role("restore")
    assert (again.status, again.changed) == (0, 0), again.output


def test_what_is_lacking_is_refused_before_anything_changes(platform: Platform) -> None:
    before, files = platform.all(), platform.files()
    cluster = platform.shop.cluster
    assert (
        "Nobody would apply the manifests of"
        in platform.role("check", kubernetes_manifests_namespace="").message
    )
    cluster.delete(("configmaps", NAMESPACE, "alkemio-elastic-config"))
    cluster.patch(("configmaps", NAMESPACE, "alkemio-config"), {"data": {"POSTGRES_USER": None}})
    run = platform.role("check")
    assert run.status != 0
    said = run.message
    lacking = (
        "ConfigMap shop/alkemio-config, key POSTGRES_USER, which is not there: its pods would not start."
    )
    for name in (f"Deployment shop/{SERVER}", f"CronJob shop/{JOB}"):
        assert f"{name} needs {lacking}" in said
    assert f"Deployment shop/{OTHER} needs ConfigMap shop/alkemio-elastic-config, which is not there" in said
    assert f"{OTHER} needs ConfigMap shop/alkemio-config" not in said
    stranger = platform.role("check", kubernetes_manifests_context="stranger")
    assert "does not show ConfigMap, Secret of the namespace shop: " in stranger.output
    assert "Unauthorized" in stranger.output
    # The role itself changes nothing then, either.
    assert platform.role("main").status != 0
    cluster.patch(
        ("configmaps", NAMESPACE, "alkemio-config"), {"data": {"POSTGRES_USER": CONFIG["POSTGRES_USER"]}}
    )
    assert (platform.all(), platform.files()) == (before, files)


def test_an_object_that_the_cluster_does_not_take_stops_all(platform: Platform) -> None:
    """The dry run of the last object is refused, and the first is not changed."""
    before, files = platform.all(), platform.files()
    platform.shop.cluster.forbidden = {("update", "cronjobs")}
    run = platform.role("check")
    assert f"The cluster does not take CronJob shop/{JOB}: " in run.message
    assert "cannot update resource" in run.message
    run = platform.role("main")
    assert run.status != 0
    assert "The files are as they were, and so is the cluster." in run.output
    assert (platform.all(), platform.files()) == (before, files)


def test_a_write_that_fails_after_others_brings_all_back(stand_in_shop: Shop) -> None:
    platform = Platform(stand_in_shop)
    before, files = platform.all(), platform.files()
    assert isinstance(stand_in_shop.cluster, Cluster)
    stand_in_shop.cluster.broken = {("update", "cronjobs")}
    run = platform.role("main")
    assert f"The cluster did not take CronJob shop/{JOB}: " in run.message
    assert "The files are as they were, and so is the cluster." in run.output
    assert f"update deployments {SERVER}" in stand_in_shop.cluster.writes
    assert (platform.all(), platform.files()) == (before, files)


def test_the_preflight_gets_what_a_check_finds(platform: Platform) -> None:
    show = {"name": "Show", "ansible.builtin.debug": {"var": "kubernetes_manifests_doubts"}}
    variables = platform.variables(kubernetes_manifests_namespace="")
    run = ansible.role(platform.shop.folder, "kubernetes_manifests", "doubts", variables, then=[show])
    assert run.status == 0, run.output
    assert '"text": "The manifests: Nobody would apply the manifests of' in run.output


def test_a_manifest_that_cannot_be_applied_stops_before_the_gate(platform: Platform) -> None:
    shop = platform.shop
    variables = shop.variables(shop.service("server", deployments=[SERVER])) | {
        "migration_run_directory": str(shop.folder / "run"),
        "migration_databases": [{"name": NAMESPACE}],
        "migration_source_login_user": "nobody",
        "migration_target_login_user": "nobody",
        **platform.variables(kubernetes_manifests_namespace=""),
    }
    inventory = ansible.write_inventory(shop.folder, "python3", variables, {"mover": {}})
    for playbook, tags, play in (
        ("cutover", "gate", "(1/5) gate, manifests"),
        ("migrate", "stop", "(3/9) stop, manifests"),
    ):
        run = ansible.of_checkout().playbook(playbook, inventory, "--tags", tags, "-e", "cutover_decision=go")
        assert "Nobody would apply the manifests of" in run.message, run.output
        assert run.plays[-1] == play
    assert not (shop.folder / "run/cutover.json").exists()
