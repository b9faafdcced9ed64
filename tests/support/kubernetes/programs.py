# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-apiserver and kube-controller-manager, built from Debian's source package, and Debian's etcd.

No registry of packages has the programs themselves. Debian 12 ships their source with all that it needs, and builds
only kubectl of it; the programs are built here once, with Debian's compiler of the same release, and kept below build.
Nothing is installed on the machine: apt works on lists and a cache of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.servers import host
from tests.support.servers.roots import mirror

FOLDER = host.BUILD / "kubernetes"
SUITE = "bookworm"
VERSION = "1.20.2"  # CronJobs are batch/v1beta1 there; batch/v1 came with 1.21
GO = "golang-1.19"
PROGRAMS = ("kube-apiserver", "kube-controller-manager")
FINGERPRINT = f"{SUITE} {VERSION} {GO} 1\n"
PACKAGE = "k8s.io/kubernetes"


def install() -> Path:
    """The folder with the three programs, which are built if they are not there (about five minutes of two cores).

    Raises ServersError: a package cannot be had, or the build fails.
    """
    marker = FOLDER / ".complete"
    if not _ready(marker):
        with host.locked(host.BUILD / "kubernetes.lock"):
            if not _ready(marker):
                _make()
                marker.write_text(FINGERPRINT, encoding="utf-8")
    return FOLDER


def _ready(marker: Path) -> bool:
    return marker.is_file() and marker.read_text("utf-8") == FINGERPRINT


def _make() -> None:
    began = time.monotonic()
    work = host.BUILD / "kubernetes.work"
    for leftover in (work, FOLDER):
        shutil.rmtree(leftover, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    _say(f"downloading Debian's source of Kubernetes {VERSION}, and a compiler")
    _download(work)
    root = work / "root"
    for deb in sorted(work.glob("*.deb")):
        host.run(["dpkg-deb", "-x", str(deb), str(root)])
    shutil.copy2(root / "usr/bin/etcd", FOLDER / "etcd")
    (source,) = work.glob("kubernetes_*.orig.tar.gz")
    home = work / "go/src" / PACKAGE
    home.mkdir(parents=True)
    host.run(["tar", "-xzf", str(source), "-C", str(home), "--strip-components=1"])
    _say("building; this takes some minutes, once")
    _build(work, home)
    shutil.rmtree(work)
    _say(f"ready after {time.monotonic() - began:.0f} s")


def _download(work: Path) -> None:
    """Signatures and checksums are apt's."""
    places = {name: work / name for name in ("state/lists/partial", "cache/archives/partial")}
    for place in places.values():
        place.mkdir(parents=True)
    (work / "status").touch()
    keys = next(Path("/usr/share/keyrings").glob("debian-archive-keyring.*"), None)
    if keys is None:
        host.apt_install(["debian-archive-keyring"])
        keys = next(Path("/usr/share/keyrings").glob("debian-archive-keyring.*"))
    lines = [f"{kind} [signed-by={keys}] {mirror()} {SUITE} main\n" for kind in ("deb", "deb-src")]
    (work / "sources.list").write_text("".join(lines), encoding="utf-8")
    settings = {
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": work / "state",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in settings.items())]
    _run([*apt, "update"], work)
    _run([*apt, "source", "--download-only", "kubernetes"], work)
    _run([*apt, "download", f"{GO}-go", f"{GO}-src", "etcd-server"], work)


def _build(work: Path, home: Path) -> None:
    go = work / "root/usr/lib" / GO.replace("golang", "go")
    environment = {
        "HOME": str(work),
        "PATH": f"{go}/bin:{os.environ['PATH']}",
        "GOROOT": str(go),
        "GOPATH": str(work / "go"),
        "GOCACHE": str(work / "cache/go"),
        "GO111MODULE": "off",  # everything it needs lies in its folder "vendor"
        "CGO_ENABLED": "0",
    }
    _run(
        ["go", "build", "-o", str(work / "openapi-gen"), "./vendor/k8s.io/kube-openapi/cmd/openapi-gen"],
        home,
        environment,
    )
    header = "hack/boilerplate/boilerplate.generatego.txt"
    # As the makefile of the source does: this one file is generated and not in the package.
    _run(
        [
            str(work / "openapi-gen"),
            *("--go-header-file", header),
            *("-i", ",".join(_with_schemas(home))),
            *("-p", f"{PACKAGE}/pkg/generated/openapi"),
            *("-O", "zz_generated.openapi"),
            *("-r", str(work / "violations")),
        ],
        home,
        environment,
    )
    version = f"{PACKAGE}/vendor/k8s.io/component-base/version"
    major, minor, _patch = VERSION.split(".")
    said = {"gitVersion": f"v{VERSION}", "gitMajor": major, "gitMinor": minor}
    flags = " ".join(["-s", "-w", *(f"-X {version}.{name}={value}" for name, value in said.items())])
    _run(
        ["go", "build", "-ldflags", flags, "-o", f"{FOLDER}/", *(f"./cmd/{name}" for name in PROGRAMS)],
        home,
        environment,
    )


def _with_schemas(home: Path) -> list[str]:
    """The packages for which the source asks for schemas."""
    found = set()
    for top in ("pkg", "staging/src/k8s.io"):
        for file in (home / top).rglob("*.go"):
            path = file.relative_to(home).as_posix()
            if "/code-generator/" in path or "/sample-apiserver/" in path or path.endswith("_test.go"):
                continue
            if not file.name.startswith("zz_generated") and b"+k8s:openapi-gen=" in file.read_bytes():
                found.add(f"{PACKAGE}/{file.parent.relative_to(home)}".replace("staging/src", "vendor"))
    return sorted(found)


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        ["nice", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise host.ServersError(f"{command[0]} {command[1]} failed:\n{host.tail(done.stdout + done.stderr)}")


def _say(message: str) -> None:
    print(f"kubernetes: {message}", flush=True)


if __name__ == "__main__":
    print(install())
