# SPDX-License-Identifier: GPL-3.0-or-later
"""A verb as an operator runs it, through ansible-playbook, to kill that and see what its module does."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.engine.verb import CHECKOUT, EngineDefect, family

_MODULES = {
    "dump": "alkemio.convergence.mysql_snapshot_dump",
    "load": "alkemio.convergence.postgresql_snapshot_load",
    "verify": "alkemio.convergence.postgresql_snapshot_verify",
}


class Playbook:
    """ansible-playbook with one task."""

    def __init__(self, path: Path, module: str) -> None:
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".ansible/collections"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
        }
        self._module = module.rpartition(".")[2]
        self.process = subprocess.Popen(
            [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", path],
            cwd=path.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._family: list[int] = []

    def wait_for_module(self) -> None:
        """Until the module's own process is there, or the playbook has ended."""
        limit = time.monotonic() + 60
        while time.monotonic() < limit and self.process.poll() is None:
            if any(self._module in _command(pid) for pid in family(self.process.pid)[1:]):
                return
            time.sleep(0.02)

    def wait(self, seconds: float) -> bool:
        """Let it work; true while it still does."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL to ansible-playbook itself."""
        self._family = family(self.process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)

    def wait_for_orphans(self, seconds: float = 120) -> None:
        """What it started comes to its own end; raises EngineDefect: it does not."""
        limit = time.monotonic() + seconds
        while any(_command(pid) for pid in self._family):
            if time.monotonic() > limit:
                raise EngineDefect(f"a module without its ansible-playbook did not end within {seconds} s")
            time.sleep(0.05)
        self.process.communicate()


def _command(pid: int) -> str:
    """The command line; nothing for a process that has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    return ""


@contextlib.contextmanager
def started(job: Mapping[str, Any], folder: Path) -> Iterator[Playbook]:
    """The job of a verb as the one task of a playbook."""
    side = "source" if job["verb"] == "dump" else "target"
    options: dict[str, Any] = {"run_directory": job["run_directory"], "workers": 2}
    options |= {f"login_{key}": value for key, value in job[side].items()}
    if job["verb"] == "verify":
        options |= {f"source_login_{key}": value for key, value in job["source"].items()}
    if job["verb"] == "dump":
        options["chunk_bytes"] = job["options"]["chunk_bytes"]
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [{"name": job["verb"], _MODULES[job["verb"]]: options}],
    }
    path = folder / f"{job['verb']}.yml"
    path.touch(mode=0o600)
    path.write_text(json.dumps([play]), encoding="utf-8")
    run = Playbook(path, _MODULES[job["verb"]])
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.kill()
        run.process.wait()
