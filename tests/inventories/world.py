# SPDX-License-Identifier: GPL-3.0-or-later
"""The world that an example inventory speaks of, on this machine: a copy of the inventory with our addresses in it.

Both database servers are real, with an Alkemio platform in tiny. The application, Kratos, docker, systemd and the
cluster are stand-ins.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import secrets
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubernetes.cluster import Cluster
from tests.kubernetes.stand_in import CONTEXT, StandIn, serving
from tests.support.playbooks import ansible, stage
from tests.support.playbooks.ansible import CHECKOUT, Run
from tests.support.playbooks.checkouts import checkout

PROGRAMS = (
    "docker",
    "systemctl",
    "kubectl",
    "kubeconform",
    "pnpm",
    "mysqldump",
    "pg_dumpall",
    "psql",
    "mysqld",
)
DEPLOYMENTS = (
    "alkemio-server-deployment",
    "alkemio-notifications-deployment",
    "alkemio-matrix-adapter-deployment",
    "alkemio-whiteboard-collaboration-service-deployment",
    "alkemio-collaborative-document-service-deployment",
    "alkemio-file-service-deployment",
    "oidc-service",
    "kratos",
)
# Method and path, what is answered with which status
ANSWERS: dict[tuple[str, str], tuple[int, str]] = {
    ("GET", "/rest"): (200, "Hello Alkemio!"),
    ("POST", "/graphql"): (200, '{"data": {"spaces": [{"id": "1"}]}}'),
    ("GET", "/ory/kratos/admin/health/ready"): (200, '{"status": "ok"}'),
    ("GET", "/ory/kratos/admin/version"): (200, '{"version": "v1.3.1"}'),
    ("GET", "/ory/kratos/public/sessions/whoami"): (401, '{"error": {"code": 401}}'),
}


@dataclass(frozen=True)
class World:
    """Where everything is."""

    stage: stage.Stage
    port: int
    """Of the application and of Kratos."""
    cluster: StandIn
    programs: Path

    def inventory(self, name: str, folder: Path) -> Inventory:
        """A copy of an example with our addresses, and the files that it names."""
        return Inventory(self, name, folder).furnished()


@dataclass(frozen=True)
class Inventory:
    """A copy of one example."""

    world: World
    name: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "inventory"

    @property
    def variables(self) -> Path:
        return self.path / "group_vars/all/main.yml"

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "report.json").read_text("utf-8")))

    def furnished(self) -> Inventory:
        """Made, with all that it names."""
        shutil.copytree(CHECKOUT / "inventories" / self.name, self.path)
        self._name_our_addresses()
        (self.path / "group_vars/all/stand_ins.yml").write_text(json.dumps(self._own()), "utf-8")
        (self.folder / "convergence").mkdir()
        (self.folder / "convergence/venv").symlink_to(Path(sys.prefix))
        (self.folder / "backups").mkdir()
        for file, text in checkout("v0.128.3").items():
            (self.folder / "checkout" / file).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / "checkout" / file).write_text(text, "utf-8")
        (self.folder / "dumps").mkdir()
        for kind, end in (
            ("alkemio", "-- Dump completed"),
            ("kratos", "-- Dump completed"),
            ("mysql", "-- Dump completed"),
            ("postgresql", "-- PostgreSQL database cluster dump complete"),
        ):
            (self.folder / f"dumps/{kind}.sql.gz").write_bytes(gzip.compress(f"{end}\n".encode()))
        key = self.folder / "key"
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(32), "utf-8")
        return self

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        words = ["-i", str(self.path), *arguments]
        if variables:
            words += ["--extra-vars", json.dumps(variables)]
        run = ansible.of_checkout()
        return run("ansible-playbook", f"alkemio.convergence.{playbook}", *words, cwd=self.folder)

    def check(self, *arguments: str, **variables: Any) -> Run:
        """The playbook inventory_check, with its list kept."""
        return self.play(
            "inventory_check",
            *arguments,
            inventory_check_report=str(self.folder / "report.json"),
            **variables,
        )

    def replace(self, old: str, new: str, count: int = 1) -> None:
        """Write something else into the variables."""
        text = self.variables.read_text("utf-8")
        assert text.count(old) >= count, f"{self.name} has no {old}"
        self.variables.write_text(text.replace(old, new, count), "utf-8")

    def give(self, **variables: Any) -> None:
        """Variables that take the place of others."""
        file = self.path / "group_vars/all/stand_ins.yml"
        there = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps({**there, **variables}), "utf-8")

    def take(self, name: str) -> None:
        """Let nobody give this variable."""
        file = self.path / "group_vars/all/stand_ins.yml"
        there = json.loads(file.read_text("utf-8"))
        del there[name]
        file.write_text(json.dumps(there), "utf-8")

    def _name_our_addresses(self) -> None:
        ours = f"http://127.0.0.1:{self.world.port}"
        for theirs, here in (
            ("/var/lib/convergence", f"{self.folder}/convergence"),
            ("/var/lib/kratos-secrets.json", f"{self.folder}/kratos-secrets.json"),
            ("/srv/alkemio/server", f"{self.folder}/checkout"),
            ("/srv/alkemio/manifests", f"{self.folder}/checkout/manifests"),
            ("/var/backups/convergence", f"{self.folder}/backups"),
            ("/var/backups/mysql", f"{self.folder}/dumps"),
            ("/var/backups/export", f"{self.folder}/dumps"),
            ("/etc/convergence/key", f"{self.folder}/key"),
            ("http://localhost:3000", ours),
            ("http://localhost:4000", ours),
            ("https://acc.example.org", ours),
            ("https://alkem.example.org", ours),
            ("context: production", f"context: {CONTEXT}"),
        ):
            text = self.variables.read_text("utf-8")
            self.variables.write_text(text.replace(theirs, here), "utf-8")

    def _own(self) -> dict[str, Any]:
        """What text cannot replace: our servers show no certificate, and their accounts are our own."""
        there = yaml.safe_load(self.variables.read_text("utf-8"))
        made = self.world.stage
        administrator = {"user": made.target.user, "password": made.target.password}
        return {
            **{name: "" for name in there if name.endswith("_ca_cert")},
            **{name: "prefer" for name in there if name.endswith("_ssl_mode")},
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            **{
                f"{name}_login_host": made.target.host
                for name in ("migration_target", "postgresql_provision")
            },
            **{
                f"{name}_login_port": made.target.port
                for name in ("migration_target", "postgresql_provision")
            },
            "migration_source_login_host": made.source.host,
            "migration_source_login_port": made.source.port,
            "migration_source_login_user": made.source_account.user,
            "vault_source_password": made.source_account.password,
            "migration_target_login_user": made.target_account.user,
            "vault_target_password": made.target_account.password,
            "migration_target_connections": 20,
            "service_downtime_login_user": made.source.user,
            "vault_freezer_password": made.source.password,
            "postgresql_provision_login_user": administrator["user"],
            "postgresql_provision_login_password": administrator["password"],
            "vault_provisioner_password": administrator["password"],
            "vault_restorer_password": "nobody's",
            "vault_smoke_password": "nobody's",
            **({"kratos_interpreter": sys.executable} if "kratos_interpreter" in there else {}),
            **({"kratos_target_login_host": made.target.host} if "kratos_target_login_host" in there else {}),
        }


@contextlib.contextmanager
def answering() -> Iterator[int]:
    """The application and Kratos behind one port, as far as somebody asks."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer("POST")

        def _answer(self, method: str) -> None:
            status, text = ANSWERS.get((method, self.path.partition("?")[0]), (404, "{}"))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Nothing of it is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield int(server.server_port)
        server.shutdown()
        thread.join()


def make_cluster() -> Cluster:
    """What the manifests of production have made."""
    cluster = Cluster()
    cluster.create(("namespaces", "", "default"), {"metadata": {}})
    for name in DEPLOYMENTS:
        labels = {"app": name}
        spec = {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}},
            "replicas": 1,
        }
        cluster.create(("deployments", "default", name), {"metadata": {"annotations": {}}, "spec": spec})
    cluster.create(("cronjobs", "default", "server-migration"), {"metadata": {}, "spec": {"suspend": False}})
    keys = {"POSTGRES_USER": "alkemio", "POSTGRES_PASSWORD": "a secret of the cluster"}
    cluster.create(("configmaps", "default", "alkemio-config"), {"metadata": {}, "data": keys})
    return cluster


def make_programs(folder: Path) -> Path:
    """The stand-ins under the names of the programs."""
    folder.mkdir()
    copy = folder / "stand_in.py"
    shutil.copy(Path(__file__).with_name("stand_in.py"), copy)
    for name in PROGRAMS:
        program = folder / name
        program.write_text(f"#!{sys.executable}\n{copy.read_text('utf-8')}", "utf-8")
        program.chmod(0o755)
    return folder


@contextlib.contextmanager
def made(found: stage.Stage, folder: Path) -> Iterator[World]:
    """Everything but the inventories."""
    with answering() as port, serving(make_cluster()) as cluster, pytest.MonkeyPatch.context() as patch:
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(cluster.kubeconfig(), "utf-8")
        programs = make_programs(folder / "programs")
        # The client of the cluster keeps what it discovers in the folder for temporary files.
        patch.setenv("TMPDIR", str(folder))
        patch.setenv("K8S_AUTH_KUBECONFIG", str(kubeconfig))
        patch.setenv("PATH", str(programs), prepend=":")
        yield World(found, port, cluster, programs)


__all__ = ("Inventory", "World", "made")
