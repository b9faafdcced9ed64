# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command with a Docker engine, and with the images of the scenarios: python -m tests.support.docker COMMAND…

    --where-allowed COMMAND…    says that it was not run, and succeeds, where the kernel lets nobody make a container

The engine is the machine's own where one answers, else a private one that ends with the command. The command finds
DOCKER_HOST and DOCKER_CONFIG in its environment, the engine's socket in DOCKER_SOCKET and the folder that containers
with systemd mount as theirs in CGROUP.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.docker import engine, images
from tests.support.servers import host

CGROUP = Path("/sys/fs/cgroup")


NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "true"]
# As pytest says it, for tools/run.py
NOT_RUN = "SKIPPED [1] {command}: this machine lets nobody make the namespaces of a container"


def main(command: list[str]) -> int:
    if command[:1] == ["--where-allowed"]:
        command = command[1:]
        if subprocess.run(host.privileged(NAMESPACES), check=False, capture_output=True).returncode:
            print(NOT_RUN.format(command=" ".join(command)), flush=True)
            return 0
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    # The private engine ends with us, not before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with engine.running() as found:
        images.make(found)
        socket = found.environment.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
        environment = {**os.environ, **found.environment, "DOCKER_SOCKET": socket, "CGROUP": str(cgroup())}
        return subprocess.run(command, env=environment, check=False).returncode


def cgroup() -> Path:
    """Where version 2 of the control groups is mounted; beside version 1 it has a folder of its own."""
    return CGROUP if (CGROUP / "cgroup.controllers").exists() else CGROUP / "unified"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
