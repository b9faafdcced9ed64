# SPDX-License-Identifier: GPL-3.0-or-later
"""Roots: folders with a Debian suite's server packages, unpacked and entered by chroot.

Servers are not installed on the machine itself: a package there would clash with a MySQL,
MariaDB or PostgreSQL the machine already has, may start a service, and differs in version from
one distribution to the next (Debian 12 and Ubuntu 24.04 have no PostgreSQL 17 at all).

debootstrap only resolves and downloads (that part checks signatures and needs no privilege).
The packages are then unpacked here and their maintainer scripts are left out: servers that get
all their settings from us need none of them, and it spares us every mount and device node, which
an unprivileged container would refuse.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import host

LEFT_OUT = ("./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*", "./usr/share/info/*")


@dataclass(frozen=True)
class Recipe:
    """A root: its folder's name, the suite it comes from, and what is in it beside the suite's minimal system."""

    name: str
    suite: str
    packages: tuple[str, ...]

    @property
    def path(self) -> Path:
        return host.ROOTS / self.name

    @property
    def fingerprint(self) -> str:
        return f"{self.suite} {' '.join(self.packages)}\n"

    @property
    def ready(self) -> bool:
        marker = self.path / ".recipe"
        return marker.is_file() and marker.read_text(encoding="utf-8") == self.fingerprint


# Beside each server its dump program. MariaDB's client package also brings my_print_defaults, without which
# mariadb-install-db stops.
STABLE = Recipe("trixie", "trixie", ("postgresql-17", "mariadb-server-core", "mariadb-client"))
# The only suite that carries a MySQL of today.
UNSTABLE = Recipe("sid", "sid", ("mysql-server-core", "mysql-client-core"))
# Hosts and services of an environment in containers: an operator's host with systemd, and what runs beside databases.
HOSTS = Recipe(
    "hosts",
    "trixie",
    (
        "python3",
        "python3-venv",
        "systemd-sysv",
        "dbus",
        "docker-cli",
        "docker-compose",
        "redis-server",
        "rabbitmq-server",
        "procps",
        "ca-certificates",
    ),
)
# A pooler in front of PostgreSQL, for the one test that meets the real one.
POOLER = Recipe("pooler", "trixie", ("pgbouncer",))
OF_KIND = {"mariadb": STABLE, "postgresql": STABLE, "mysql": UNSTABLE}


def install(kinds: list[str]) -> None:
    """Make the roots of these kinds of servers; those already there cost nothing."""
    make([OF_KIND[kind] for kind in kinds])


def make(recipes: list[Recipe]) -> None:
    """Make these roots; those already there cost nothing."""
    wanted = list({recipe.name: recipe for recipe in recipes}.values())
    if all(recipe.ready for recipe in wanted):
        return
    with host.locked(host.ROOTS / ".lock"):
        missing = [recipe for recipe in wanted if not recipe.ready]
        if not missing:
            return
        _install_tools()
        with ThreadPoolExecutor(len(missing)) as pool:
            list(pool.map(_make, missing))


def purge() -> None:
    """Remove every root. The servers in them must be down."""
    if host.ROOTS.exists():
        shutil.rmtree(host.ROOTS)


def _install_tools() -> None:
    needed = {"debootstrap": "debootstrap", "wget": "wget", "gpgv": "gpgv", "perl": "perl-base"}
    packages = [package for command, package in needed.items() if host.tool(command) is None]
    if _keyring() is None:
        packages.append("debian-archive-keyring")
    if packages:
        _say(f"installing {', '.join(packages)}")
        host.apt_install(packages)


def _keyring() -> Path | None:
    """Debian's keys; their file has another suffix in newer releases."""
    places = [Path(f"/usr/share/keyrings/debian-archive-keyring.{suffix}") for suffix in ("gpg", "pgp")]
    return next((place for place in places if place.exists()), None)


def _make(recipe: Recipe) -> None:
    if recipe.path.exists() and any((recipe.path / "srv").glob("[!.]*")):
        raise host.ServersError(
            f"root {recipe.path} is outdated but holds data of servers: run 'python3 -m tests.support.servers purge'"
        )
    began = time.monotonic()
    partial = host.ROOTS / f"{recipe.name}.partial"
    download = host.ROOTS / f"{recipe.name}.download"
    for leftover in (partial, recipe.path):
        shutil.rmtree(leftover, ignore_errors=True)
    _say(f"root {recipe.name}: downloading {', '.join(recipe.packages)}")
    _download(recipe, download)
    _unpack(sorted((download / "var/cache/apt/archives").glob("*.deb")), partial)
    _furnish(partial)
    (partial / ".recipe").write_text(recipe.fingerprint, encoding="utf-8")
    partial.rename(recipe.path)
    shutil.rmtree(download)
    _say(f"root {recipe.name}: ready after {time.monotonic() - began:.0f} s")


def _download(recipe: Recipe, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    program = host.tool("debootstrap") or "debootstrap"
    env = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    # debootstrap downloads with wget, which does not know apt's settings.
    proxy = host.run(["apt-config", "dump", "--format", "%v%n", "Acquire::http::Proxy"]).strip()
    if proxy and proxy != "DIRECT":
        env.setdefault("http_proxy", proxy)
    options = [
        "--download-only",
        "--variant=minbase",
        f"--include={','.join(recipe.packages)}",
        "--force-check-gpg",
        f"--keyring={_keyring()}",
    ]
    # An older debootstrap may not know the suite by name; all suites share this script.
    script = "/usr/share/debootstrap/scripts/sid"
    try:
        host.run([program, *options, recipe.suite, str(target), mirror(), script], env)
    except host.ServersError as error:
        log = target / "debootstrap/debootstrap.log"
        more = host.tail(log.read_text("utf-8", "replace")) if log.is_file() else ""
        raise host.ServersError(f"{error}\n{more}") from error


def mirror(distribution: str = "debian") -> str:
    """The distribution's archive: as told in DEBIAN_MIRROR or UBUNTU_MIRROR, or as in this machine's apt sources.

    Raises ServersError: neither says it.
    """
    variable = f"{distribution.upper()}_MIRROR"
    told = os.environ.get(variable)
    if told:
        return told
    apt = Path("/etc/apt")
    files = [
        *apt.glob("sources.list"),
        *apt.glob("sources.list.d/*.list"),
        *apt.glob("sources.list.d/*.sources"),
    ]
    found = mirror_in("".join(file.read_text("utf-8", "replace") + "\n" for file in files), distribution)
    if found is None:
        raise host.ServersError(
            f"this machine's apt sources name no archive of {distribution}: set {variable} to the address of one"
        )
    return found


def mirror_in(sources: str, distribution: str = "debian") -> str | None:
    """The first archive of the distribution itself among apt's sources."""
    archive = rf"^(?:deb\s+(?:\[.*?\]\s+)?|URIs:\s*)(https?://[^/\s]+/{distribution})/?(?:\s|$)"
    match = re.search(archive, sources, re.M)
    return match.group(1) if match else None


def _unpack(debs: list[Path], root: Path) -> None:
    # base-files brings /bin -> usr/bin and its like, which the others rely on.
    first = [deb for deb in debs if deb.name.startswith("base-files_")]
    rest = sorted((deb for deb in debs if deb not in first), key=lambda deb: -deb.stat().st_size)
    root.mkdir(mode=0o755)
    for deb in first:
        _unpack_one(deb, root)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda deb: _unpack_one(deb, root), rest))
    for folder, _folders, names in os.walk(root):
        for name in names:
            _drop_setuid(Path(folder) / name)


def _unpack_one(deb: Path, root: Path) -> None:
    excluded = [f"--exclude={pattern}" for pattern in LEFT_OUT]
    extract = ["tar", "-x", "--keep-directory-symlink", "--no-same-owner", *excluded, "-C", str(root)]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as source:
        done = subprocess.run(extract, stdin=source.stdout, stderr=subprocess.PIPE, check=False)
    if source.returncode or done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip() or "its archive is damaged"
        raise host.ServersError(f"cannot unpack {deb.name} into {root}: {reason}")


def _drop_setuid(path: Path) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
        path.chmod(stat.S_IMODE(mode) & 0o777)


def _furnish(root: Path) -> None:
    """Add what maintainer scripts and mounts would have made."""
    etc = root / "etc"
    accounts = {"root": (0, 0), "server": (host.SERVICE_ID, host.SERVICE_ID), "caller": host.service_ids()}
    passwd = [f"{name}:x:{uid}:{gid}::/srv:/bin/sh\n" for name, (uid, gid) in accounts.items()]
    group = [f"{name}:x:{gid}:\n" for name, (_uid, gid) in accounts.items()]
    (etc / "passwd").write_text("".join(passwd), encoding="utf-8")
    (etc / "group").write_text("".join(group), encoding="utf-8")
    (etc / "hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
    for folder, mode in (
        ("srv", 0o755),
        ("tmp", 0o1777),
        ("dev", 0o755),
        ("dev/shm", 0o1777),
        ("run", 0o755),
    ):
        (root / folder).mkdir(exist_ok=True)
        (root / folder).chmod(mode)
    # A plain file serves initdb's redirections as well as the device, which needs CAP_MKNOD.
    (root / "dev/null").touch()
    (root / "dev/null").chmod(0o666)


def _say(message: str) -> None:
    print(f"servers: {message}", flush=True)
