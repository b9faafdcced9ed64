# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the API server of Kubernetes, for tests of the driver "kubernetes". NOT Kubernetes.

It answers discovery, and reads and writes of the few kinds that the driver meets, in the shapes of the
published API: list, get, create, patch, replace, delete, the scale of a workload, dry runs, refusals. What it
knows of controllers stands in cluster.py. No pod runs. Nothing shown with it is shown on a cluster.

    python3 -m tests.kubernetes.stand_in up FOLDER     starts it; FOLDER/kubeconfig leads to it
    python3 -m tests.kubernetes.stand_in down FOLDER   ends it
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.kubernetes.cluster import Cluster, Key, Object, Refused, selected

CHECKOUT = Path(__file__).resolve().parents[2]
VERSION = {"major": "1", "minor": "37", "gitVersion": "v1.37.0-stand-in"}
CONTEXT = "stand-in"
VERBS = ["create", "delete", "get", "list", "patch", "update"]
# group and version -> resource -> kind
RESOURCES: dict[str, dict[str, str]] = {
    "v1": {"namespaces": "Namespace", "pods": "Pod", "configmaps": "ConfigMap", "secrets": "Secret"},
    "apps/v1": {"deployments": "Deployment", "statefulsets": "StatefulSet"},
    "batch/v1": {"cronjobs": "CronJob", "jobs": "Job"},
}
SCALE = {"group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": ["get", "patch"]}


@dataclass(frozen=True)
class Place:
    """What the path of a request means."""

    version: str
    resource: str
    namespace: str | None = None
    name: str = ""
    part: str = ""  # a subresource

    @property
    def kind(self) -> str:
        return RESOURCES[self.version][self.resource]

    @property
    def key(self) -> Key:
        return (self.resource, self.namespace or "", self.name)

    @property
    def text(self) -> str:
        return f"{self.resource}/{self.part}" if self.part else self.resource


@dataclass
class StandIn:
    """A server that runs in this process."""

    cluster: Cluster
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = 0

    def kubeconfig(self) -> str:
        """Its own context is not the current one, so that whoever forgets to name it is found out."""
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "nowhere",
                "clusters": [
                    {"name": CONTEXT, "cluster": {"server": f"http://127.0.0.1:{self.port}"}},
                    {"name": "nowhere", "cluster": {"server": "http://127.0.0.1:9"}},
                ],
                "users": [
                    {"name": CONTEXT, "user": {"token": self.token}},
                    {"name": "stranger", "user": {"token": "of somebody else"}},
                ],
                "contexts": [
                    {"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}},
                    {"name": "stranger", "context": {"cluster": CONTEXT, "user": "stranger"}},
                    {"name": "nowhere", "context": {"cluster": "nowhere", "user": CONTEXT}},
                ],
            },
            indent=2,
        )

    def answer(self, verb: str, target: str, headers: Any, body: Object) -> Object:
        """The object that answers a request."""
        if headers.get("Authorization") != f"Bearer {self.token}":
            raise Refused(401, "Unauthorized", "Unauthorized")
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        path = url.path.strip("/")
        if found := discovery(path):
            return found
        place = parsed(path)
        if verb == "get" and not place.name:
            verb = "list"
        if (verb, place.text) in self.cluster.forbidden:
            what = f'{place.text} "{place.name}" is forbidden' if place.name else f"{place.text} is forbidden"
            raise Refused(403, "Forbidden", f'{what}: User "tester" cannot {verb} resource "{place.text}"')
        if (verb, place.text) in self.cluster.broken and "dryRun" not in query:
            raise Refused(500, "InternalError", "etcdserver: request timed out")
        if verb == "patch" and "patch+json" not in headers.get("Content-Type", ""):
            raise Refused(415, "UnsupportedMediaType", "a patch names its kind in Content-Type")
        return self._act(verb, place, query, body)

    def _act(self, verb: str, place: Place, query: dict[str, str], body: Object) -> Object:
        dry_run = query.get("dryRun", "") == "All"
        if query.get("dryRun", "All") != "All":
            raise Refused(400, "BadRequest", f'dryRun: Unsupported value: "{query["dryRun"]}"')
        head = {"apiVersion": place.version, "kind": place.kind}
        if verb == "list":
            selectors = query.get("labelSelector", ""), query.get("fieldSelector", "")
            found = self.cluster.list(place.resource, place.namespace)
            items = [one for one in found if selected(one, *selectors)]
            return {**head, "kind": f"{place.kind}List", "metadata": {}, "items": items}
        if verb == "create":
            key = (place.resource, place.namespace or "", str(body["metadata"]["name"]))
            return head | self.cluster.create(key, body, dry_run=dry_run)
        if verb == "patch":
            kept = {name: part for name, part in body.items() if name not in head and name != "status"}
            wanted = {"spec": {"replicas": body["spec"]["replicas"]}} if place.part == "scale" else kept
            done = self.cluster.patch(place.key, wanted, dry_run=dry_run, part=place.part)
            return scale_of(done) if place.part == "scale" else head | done
        if verb == "update":
            kept = {name: part for name, part in body.items() if name not in head and name != "status"}
            return head | self.cluster.replace(place.key, kept, dry_run=dry_run)
        if verb == "delete":
            return head | self.cluster.delete(place.key, dry_run=dry_run)
        found_one = self.cluster.get(place.key)
        return scale_of(found_one) if place.part == "scale" else head | found_one


def scale_of(deployment: Object) -> Object:
    metadata = {name: deployment["metadata"][name] for name in ("name", "namespace", "resourceVersion")}
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": metadata,
        "spec": {"replicas": deployment["spec"].get("replicas", 1)},
        "status": {"replicas": deployment["status"].get("replicas", 0)},
    }


def discovery(path: str) -> Object | None:
    """What a client asks before it asks for anything."""
    if path == "version":
        return dict(VERSION)
    if path == "api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "apis":
        groups = []
        for name in RESOURCES:
            group, _, version = name.partition("/")
            if version:
                one = {"groupVersion": name, "version": version}
                groups.append({"name": group, "versions": [one], "preferredVersion": one})
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    name = path.removeprefix("apis/") if path.startswith("apis/") else path.removeprefix("api/")
    if name not in RESOURCES:
        return None
    found: list[Object] = [
        {
            "name": resource,
            "singularName": kind.lower(),
            "kind": kind,
            "namespaced": resource != "namespaces",
            "verbs": VERBS,
        }
        for resource, kind in RESOURCES[name].items()
    ]
    if name == "apps/v1":
        found += [
            {"name": f"{name}/scale", "singularName": "", "namespaced": True, **SCALE}
            for name in ("deployments", "statefulsets")
        ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": found}


def parsed(path: str) -> Place:
    """/api/v1/namespaces/shop/pods/x, /apis/apps/v1/namespaces/shop/deployments/x/scale, and shorter."""
    words = path.split("/")
    version, rest = (words[1], words[2:]) if words[0] == "api" else ("/".join(words[1:3]), words[3:])
    namespace: str | None = None
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    resource, name, part, *more = [*rest, "", "", ""]
    if resource not in RESOURCES.get(version, {}) or any(more) or part not in ("", "scale"):
        raise Refused(404, "NotFound", f"the stand-in knows nothing of /{path}")
    return Place(version, resource, namespace, name, part)


@contextlib.contextmanager
def serving(cluster: Cluster) -> Iterator[StandIn]:
    """Serve on a free port of this machine alone, in a thread."""
    stand_in = StandIn(cluster)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do("get")

        def do_POST(self) -> None:
            self._do("create")

        def do_PATCH(self) -> None:
            self._do("patch")

        def do_PUT(self) -> None:
            self._do("update")

        def do_DELETE(self) -> None:
            self._do("delete")

        def _do(self, verb: str) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            try:
                code, found = 200, stand_in.answer(verb, self.path, self.headers, body)
            except Refused as refused:
                code = refused.code
                status = {
                    "status": "Failure",
                    "reason": refused.reason,
                    "message": str(refused),
                    "code": code,
                }
                found = {"kind": "Status", "apiVersion": "v1", "metadata": {}, **status}
            answer = json.dumps(found).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()


def _serve(folder: Path) -> None:
    """Until somebody ends it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with serving(Cluster()) as stand_in:
        (folder / "pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
        file = folder / "kubeconfig"
        file.with_suffix(".new").touch(mode=0o600)
        file.with_suffix(".new").write_text(stand_in.kubeconfig(), encoding="utf-8")
        file.with_suffix(".new").rename(file)
        signal.pause()


def _up(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if _runs(folder):
        return
    (folder / "kubeconfig").unlink(missing_ok=True)
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.kubernetes.stand_in", "serve", str(folder)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    for _attempt in range(100):
        if (folder / "kubeconfig").exists():
            return
        if child.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"the stand-in did not start; {folder / 'log'} says why")


def _down(folder: Path) -> None:
    number = _runs(folder)
    if number:
        os.kill(number, signal.SIGTERM)
        for _attempt in range(100):
            if not _runs(folder):
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"the stand-in {number} does not end")


def _runs(folder: Path) -> int | None:
    """Its process, unless the number belongs to another by now."""
    try:
        number = int((folder / "pid").read_text(encoding="utf-8"))
        command = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return number if b"tests.kubernetes.stand_in" in command else None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("verb", choices=["up", "down", "serve"])
    parser.add_argument("folder", type=lambda text: Path(text).resolve())
    words = parser.parse_args()
    {"up": _up, "down": _down, "serve": _serve}[words.verb](words.folder)


if __name__ == "__main__":
    main()
