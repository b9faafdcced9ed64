# SPDX-License-Identifier: GPL-3.0-or-later
"""One private throw-away server: make it, start it, stop it, kill it, remove it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import secrets
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.support.servers import host, roots
from tests.support.servers.kinds import ADMIN, KINDS, Kind, Place
from tests.support.servers.processes import Process, find

START_SECONDS = 120
STOP_SECONDS = 120


@dataclass
class Server:
    """A server and how to reach it. All paths are the machine's, not the root's."""

    name: str
    kind: str
    port: int
    user: str = ADMIN
    password: str = ""
    host: str = "127.0.0.1"
    version: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    pid: int = 0
    started: str = ""

    @classmethod
    def new(cls, name: str, kind: str, settings: Mapping[str, str]) -> Server:
        if kind not in KINDS:
            raise host.ServersError(f"unknown kind of server '{kind}': it is one of {', '.join(KINDS)}")
        return cls(name, kind, _free_port(), password=secrets.token_hex(16), settings=dict(settings))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Server:
        derived = ("socket", "datadir", "log")
        return cls(**{key: value for key, value in values.items() if key not in derived})

    def to_json(self) -> dict[str, Any]:
        paths = {"socket": str(self.socket), "datadir": str(self.datadir), "log": str(self.log)}
        return {**asdict(self), **paths}

    @property
    def folder(self) -> Path:
        """Everything of this server. It lies in the root, as a chrooted server sees nothing else."""
        return self._root / "srv" / self.name / self.kind

    @property
    def datadir(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        return self._outside(self._kind.socket(self._place))

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def process(self) -> Process | None:
        """The running server; None when it does not run."""
        process = Process(self.pid, self.started)
        if self.pid and process.alive:
            return process
        # Another program may have started it again since this was written down.
        strays = self._stray()
        named = self._process_of_pid_file()
        return named if named in strays else next(iter(strays), None)

    @property
    def running(self) -> bool:
        return self.process is not None

    def start(self) -> None:
        """Start it (making it first when it is new) and wait until logins work."""
        if self.running:
            return
        first = not (self.folder / "made").exists()
        if first:
            self._make()
        self._write(*self._kind.settings_file(self._place, self.settings))
        self._tidy()
        # A session of its own, so that neither Ctrl-C nor the end of a terminal or of sudo reaches it.
        detach = ["/bin/sh", "-c", 'exec setsid --fork "$@" </dev/null >>"$0" 2>&1', str(self.log)]
        host.run(
            host.privileged([*detach, *self._chroot(), *self._kind.start(self._place, first)]), _ENVIRONMENT
        )
        self._wait_until_ready()
        if first:
            (self.folder / self._kind.secret_file("")[0]).unlink()
            (self.folder / "made").touch()

    def stop(self) -> None:
        """Ask it to shut down properly and wait for its end."""
        process = self.process
        if process is None:
            return
        process.signal(self._kind.stop_signal)
        if not process.wait(STOP_SECONDS):
            raise host.ServersError(f"{self} does not stop within {STOP_SECONDS} s:\n{self._log_tail()}")

    def kill(self) -> None:
        """SIGKILL to all of its processes: what is left on disk is what a crash leaves."""
        process = self.process
        if process is not None:
            process.kill_tree()

    def remove(self) -> None:
        """End it and delete its data."""
        self.kill()
        self._tidy()
        if self.folder.exists():
            shutil.rmtree(self.folder)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()

    def __str__(self) -> str:
        return f"{self.kind} server of '{self.name}' (port {self.port})"

    @property
    def _root(self) -> Path:
        return roots.OF_KIND[self.kind].path

    @property
    def _kind(self) -> Kind:
        return KINDS[self.kind]

    @property
    def _place(self) -> Place:
        return Place(f"/srv/{self.name}/{self.kind}", self.port)

    def _outside(self, inside: str) -> Path:
        return self._root / inside.lstrip("/")

    def _chroot(self) -> list[str]:
        uid, gid = host.service_ids()
        return [host.tool("chroot") or "chroot", f"--userspec={uid}:{gid}", str(self._root)]

    def _make(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o700)
        self._own(self.folder)
        self._write(*self._kind.settings_file(self._place, self.settings))
        self._write(*self._kind.secret_file(self.password))
        if self._kind.own_files is None:
            self._set_up()
            return
        made = self._root / "srv/.made" / f"{self.kind}-{self._fingerprint()}"
        with host.locked(made.with_suffix(".lock")):
            if not made.exists():
                self._set_up()
                host.run(host.privileged(["cp", "-a", str(self.datadir), f"{made}.part"]))
                host.run(host.privileged(["mv", f"{made}.part", str(made)]))
                return
        host.run(host.privileged(["cp", "-a", str(made), str(self.datadir)]))
        host.run(host.privileged(["rm", "-f", *(str(self.datadir / name) for name in self._kind.own_files)]))

    def _set_up(self) -> None:
        try:
            for command in self._kind.setup(self._place):
                host.run(host.privileged([*self._chroot(), *command]), _ENVIRONMENT)
        except host.ServersError as error:
            raise host.ServersError(f"cannot make the data directory of the {self}: {error}") from error

    def _fingerprint(self) -> str:
        """Of all settings but where the server lives."""
        return hashlib.sha256(self._kind.settings_file(Place("", 0), self.settings)[1].encode()).hexdigest()[
            :16
        ]

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        self._own(path)

    def _own(self, path: Path) -> None:
        if host.is_root():
            os.chown(path, *host.service_ids())

    def _wait_until_ready(self) -> None:
        began = seen = time.monotonic()
        while time.monotonic() - began < START_SECONDS:
            with contextlib.suppress(OSError):
                version = self._kind.probe(self.port)
                process = self._process_of_pid_file()
                if version and process is not None:
                    self.pid, self.started, self.version = process.pid, process.started, version
                    return
            # In the moment of an exec a process has no command line, so one look proves nothing.
            if self._stray():
                seen = time.monotonic()
            elif time.monotonic() - seen > 1:
                raise host.ServersError(f"the {self} ended while starting:\n{self._log_tail()}")
            time.sleep(0.05)
        for process in self._stray():
            process.kill_tree()
        raise host.ServersError(f"the {self} takes no login within {START_SECONDS} s:\n{self._log_tail()}")

    def _stray(self) -> list[Process]:
        """Its processes, found by their command line (port and folder) while there is no pid file yet."""
        return find(self._kind.start(self._place, first=False))

    def _process_of_pid_file(self) -> Process | None:
        first_line = ""
        with contextlib.suppress(OSError):
            text = self._outside(self._kind.pid_file(self._place)).read_text("ascii")
            first_line = text.partition("\n")[0].strip()
        return Process.of(int(first_line)) if first_line.isdigit() else None

    def _tidy(self) -> None:
        """Remove what a killed server leaves.

        Servers ask whether the process of a lock file lives by sending it signal 0. A zombie
        answers that, and in a container nobody may ever reap it.
        """
        with contextlib.suppress(OSError, IndexError, host.ServersError):
            # A small System V segment of PostgreSQL's; the seventh line of its lock file names it.
            lines = (self.datadir / "postmaster.pid").read_text("ascii").splitlines()
            host.run(["ipcrm", "-m", lines[6].split()[1]])
        self._outside(self._kind.pid_file(self._place)).unlink(missing_ok=True)
        for path in (self.socket, Path(f"{self.socket}.lock")):
            path.unlink(missing_ok=True)

    def _log_tail(self) -> str:
        if not self.log.exists():
            return "    (it wrote no log)"
        return host.tail(self.log.read_text("utf-8", "replace"))


_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _free_port() -> int:
    """A port below the range the kernel hands out, so that it is still ours after a restart."""
    for port in random.sample(range(20000, 32000), 200):
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise host.ServersError("none of 200 ports tried between 20000 and 32000 is free on 127.0.0.1")
