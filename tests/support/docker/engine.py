# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Docker engine with compose: the machine's own where one answers, else a private one on a socket of its own.

The private one comes from the distribution's package docker.io, has no bridge, no rules in the packet filter and its
data in build/docker, so that it disturbs nothing. Where the distribution has no compose of version 2 (Debian 12),
the plugin comes from Debian 13's package.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import host, roots

PLACE = host.BUILD / "docker"
PLUGIN = "usr/libexec/docker/cli-plugins/docker-compose"
STARTS_WITHIN = 60  # seconds


class EngineError(RuntimeError):
    """No engine, and why."""


@dataclass(frozen=True)
class Engine:
    """An engine that answers, as variables of the environment that clients take."""

    environment: dict[str, str]

    def __call__(self, *words: str, stdin: int | None = None) -> str:
        """The output of a docker command."""
        ended = subprocess.run(
            ["docker", *words],
            env={**os.environ, **self.environment},
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if ended.returncode:
            raise EngineError(f"docker {' '.join(words)}: {ended.stderr.strip()}")
        return ended.stdout

    @property
    def answers(self) -> bool:
        try:
            return bool(self("info", "--format", "{{.ServerVersion}}").strip())
        except (EngineError, FileNotFoundError, subprocess.TimeoutExpired):
            return False


@contextlib.contextmanager
def running() -> Iterator[Engine]:
    """An engine with compose; a private one is ended at the end."""
    PLACE.mkdir(parents=True, exist_ok=True)
    own = Engine({})
    if own.answers:
        yield _with_compose(own)
        return
    if host.tool("dockerd") is None:
        host.apt_install(["docker.io"])
    # Two would fight for one data directory.
    with host.locked(PLACE / ".lock"), _private() as private:
        yield private


@contextlib.contextmanager
def _private() -> Iterator[Engine]:
    # The path of a socket may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        socket = f"unix://{folder}/docker.sock"
        private = Engine({"DOCKER_HOST": socket})
        with (PLACE / "dockerd.log").open("wb") as log:
            daemon = subprocess.Popen(host.privileged(_command(folder, socket)), stdout=log, stderr=log)
        try:
            _wait(private, daemon)
            yield _with_compose(private)
        finally:
            daemon.terminate()
            daemon.wait(60)
            for mounted in Path(folder).glob("exec/netns/*"):
                subprocess.run(host.privileged(["umount", str(mounted)]), check=True, timeout=30)


def _command(folder: str, socket: str) -> list[str]:
    return [
        *("setpriv", "--pdeathsig", "TERM"),  # it ends with us, also when we are killed
        host.tool("dockerd") or "dockerd",
        f"--host={socket}",
        f"--data-root={PLACE}/data",
        f"--exec-root={folder}/exec",
        f"--pidfile={folder}/docker.pid",
        "--bridge=none",
        "--iptables=false",
        "--ip6tables=false",
        "--ip-forward=false",
        "--ip-masq=false",
    ]


def _wait(engine: Engine, daemon: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while not engine.answers:
        if daemon.poll() is not None or time.monotonic() > until:
            log = host.tail((PLACE / "dockerd.log").read_text("utf-8", "replace"))
            raise EngineError(f"a private Docker engine does not start:\n{log}")
        time.sleep(0.3)


def _with_compose(engine: Engine) -> Engine:
    """The engine, with a plugin of our own where the machine has none."""
    with contextlib.suppress(EngineError):
        engine("compose", "version")
        return engine
    plugins = PLACE / "client/cli-plugins"
    if not (plugins / "docker-compose").exists():
        plugins.mkdir(parents=True, exist_ok=True)
        _download(plugins / "docker-compose")
    found = Engine({**engine.environment, "DOCKER_CONFIG": str(plugins.parent)})
    found("compose", "version")
    return found


def _download(plugin: Path) -> None:
    """From Debian 13, by an apt that knows nothing but that suite and Debian's keys."""
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        place = Path(folder)
        for part in ("etc/apt/preferences.d", "state/lists/partial", "cache/archives/partial", "deb"):
            (place / part).mkdir(parents=True)
        (place / "status").touch()
        keys = next(Path("/usr/share/keyrings").glob("debian-archive-keyring.[gp]*"))
        (place / "etc/apt/sources.list").write_text(
            f"deb [signed-by={keys}] {roots.mirror()} trixie main\n", "utf-8"
        )
        options = {
            "Dir::Etc": f"{place}/etc/apt",
            "Dir::State": f"{place}/state",
            "Dir::State::status": f"{place}/status",
            "Dir::Cache": f"{place}/cache",
            "APT::Sandbox::User": "root",
        }
        apt = ["apt-get", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
        subprocess.run([*apt, "update", "-q"], check=True, capture_output=True, timeout=120)
        subprocess.run(
            [*apt, "download", "-q", "docker-compose"],
            cwd=place / "deb",
            check=True,
            capture_output=True,
            timeout=120,
        )
        (package,) = (place / "deb").glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", str(package), str(place / "files")], check=True, timeout=60)
        (place / "files" / PLUGIN).rename(plugin)
