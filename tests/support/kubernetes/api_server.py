# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server with etcd and its controllers on free ports of this machine alone. No node runs; see kubelet.py."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.kubernetes import programs

Object = dict[str, Any]
ADMIN, TESTER = "admin", "tester"
CONTROLLERS = "deployment,replicaset,statefulset,job,cronjob,namespace,garbagecollector"


class ApiError(Exception):
    """An answer that is not a success."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class ApiServer:
    """One that runs. `tester` may do only what a role gives it; `admin` may do all."""

    folder: Path
    port: int
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path:
        """The certificate that it made for itself."""
        return self.folder / "certificates/apiserver.crt"

    def call(
        self, verb: str, path: str, body: Object | None = None, kind: str = "application/json"
    ) -> Object:
        """As the administrator. Raises ApiError: the server refuses."""
        request = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.tokens[ADMIN]}", "Content-Type": kind},
            method=verb,
        )
        context = ssl.create_default_context(cafile=str(self.authority))
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, error.read().decode("utf-8", "replace")) from None

    def kubeconfig(self, context: str) -> str:
        """`context` leads to it as `tester`, `stranger` with a token that it does not know; neither is current."""
        there = {"server": self.address, "certificate-authority": str(self.authority)}
        users = {context: self.tokens[TESTER], "stranger": "of somebody else", ADMIN: self.tokens[ADMIN]}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "nowhere",
                "clusters": [
                    {"name": "real", "cluster": there},
                    {"name": "nowhere", "cluster": {"server": "http://127.0.0.1:9"}},
                ],
                "users": [{"name": name, "user": {"token": token}} for name, token in users.items()],
                "contexts": [
                    *({"name": name, "context": {"cluster": "real", "user": name}} for name in users),
                    {"name": "nowhere", "context": {"cluster": "nowhere", "user": context}},
                ],
            },
            indent=2,
        )

    @property
    def audit(self) -> list[Object]:
        """Every request that was answered, in order."""
        lines = (self.folder / "audit.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[ApiServer]:
    """Start it, and end it with all that it kept. Raises RuntimeError: it does not start."""
    bin_folder = programs.install()
    folder.mkdir(mode=0o700)
    etcd, peers, port = _free_port(), _free_port(), _free_port()
    server = ApiServer(folder, port, {name: secrets.token_hex(16) for name in (ADMIN, TESTER)})
    _write_files(server)
    processes: list[subprocess.Popen[bytes]] = []

    def start(name: str, *options: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [str(bin_folder / name), *options]
            processes.append(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))

    try:
        start("etcd", *_etcd(etcd, peers))
        start("kube-apiserver", *_api_server(etcd, port))
        _wait_until_ready(server, processes)
        start("kube-controller-manager", *_controllers())
        yield server
    finally:
        for process in reversed(processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _write_files(server: ApiServer) -> None:
    folder = server.folder
    groups = {ADMIN: '"system:masters"', TESTER: '"testers"'}
    tokens = [f"{token},{name},{name},{groups[name]}\n" for name, token in server.tokens.items()]
    (folder / "tokens").write_text("".join(tokens), encoding="utf-8")
    policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"]}
    (folder / "policy.json").write_text(
        json.dumps({**policy, "rules": [{"level": "Metadata"}]}), encoding="utf-8"
    )
    subprocess.run(
        ["openssl", "genrsa", "-out", str(folder / "accounts.key"), "2048"], check=True, capture_output=True
    )


def _etcd(clients: int, peers: int) -> Sequence[str]:
    return (
        "--data-dir=etcd",
        f"--listen-client-urls=http://127.0.0.1:{clients}",
        f"--advertise-client-urls=http://127.0.0.1:{clients}",
        f"--listen-peer-urls=http://127.0.0.1:{peers}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
        f"--initial-cluster=default=http://127.0.0.1:{peers}",
        "--unsafe-no-fsync",
    )


def _api_server(etcd: int, port: int) -> Sequence[str]:
    return (
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        "--cert-dir=certificates",
        "--token-auth-file=tokens",
        "--authorization-mode=RBAC",
        "--audit-policy-file=policy.json",
        "--audit-log-path=audit.jsonl",
        "--audit-log-mode=blocking",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://tests.invalid",
        "--service-account-key-file=accounts.key",
        "--service-account-signing-key-file=accounts.key",
        # Pods of tests have no account, and no controller makes one.
        "--disable-admission-plugins=ServiceAccount",
    )


def _controllers() -> Sequence[str]:
    return (
        "--kubeconfig=controllers.json",
        f"--controllers={CONTROLLERS}",
        "--leader-elect=false",
        "--port=0",
        "--secure-port=0",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
    )


def _wait_until_ready(server: ApiServer, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    limit = time.monotonic() + 120
    while time.monotonic() < limit and all(process.poll() is None for process in processes):
        with contextlib.suppress(OSError, ApiError, ssl.SSLError):
            server.call("GET", "/api/v1/namespaces/default")
            config = json.loads(server.kubeconfig("tester")) | {"current-context": ADMIN}
            (server.folder / "controllers.json").write_text(json.dumps(config), encoding="utf-8")
            return
        time.sleep(0.3)
    raise RuntimeError(f"the API server did not start; {server.folder / 'kube-apiserver.log'} says why")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
