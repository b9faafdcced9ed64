# SPDX-License-Identifier: GPL-3.0-or-later
"""A named set of servers: at most one of each kind, described in build/servers/<name>/servers.json."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.servers import host, roots
from tests.support.servers.processes import Process, this_process
from tests.support.servers.server import Server

AllSettings = Mapping[str, Mapping[str, str]]


class Environment:
    """The servers of one name, as they are on disk."""

    def __init__(self, name: str) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name):
            raise host.ServersError(f"'{name}' cannot name servers: use lower-case letters, digits and '-'")
        self.name = name
        self.folder = host.SERVERS / name
        self.file = self.folder / "servers.json"
        self.servers: dict[str, Server] = {}
        self.owner: Process | None = None
        if self.file.is_file():
            self._read(json.loads(self.file.read_text(encoding="utf-8")))

    @property
    def abandoned(self) -> bool:
        """Made for one process (a test run) that has ended without taking it down."""
        return self.owner is not None and not self.owner.alive

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        content: dict[str, object] = {kind: server.to_json() for kind, server in self.servers.items()}
        if self.owner is not None:
            content["owner"] = {"pid": self.owner.pid, "started": self.owner.started}
        draft = self.folder / "servers.json.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        draft.replace(self.file)

    def up(self, kinds: Sequence[str], settings: AllSettings) -> None:
        """Bring these kinds up. What runs is kept, unless other settings are asked for it."""
        for kind in kinds:
            server = self.servers.get(kind)
            wanted = dict(settings.get(kind, {}))
            if server is None:
                self.servers[kind] = Server.new(self.name, kind, wanted)
            elif wanted and wanted != server.settings:
                server.stop()
                server.settings = wanted
        self.save()
        with ThreadPoolExecutor(max(1, len(kinds))) as pool:
            started = [pool.submit(self.servers[kind].start) for kind in kinds]
        self.save()
        for future in started:
            future.result()
        for kind in kinds:
            self._link(self.servers[kind])

    def down(self) -> None:
        """End all servers of this name and delete their data."""
        for server in self.servers.values():
            server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, content: dict[str, dict[str, object]]) -> None:
        owner = content.pop("owner", None)
        if owner is not None:
            self.owner = Process(int(str(owner["pid"])), str(owner["started"]))
        self.servers = {kind: Server.from_json(values) for kind, values in content.items()}

    def _link(self, server: Server) -> None:
        """Show the server's folder beside servers.json, where one would look for it."""
        link = self.folder / server.kind
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(server.folder, self.folder))


def up(name: str, kinds: Sequence[str], settings: AllSettings | None = None) -> dict[str, Server]:
    """Install what is missing and bring servers up that stay until down(name)."""
    host.ask_for_privilege()
    roots.install(list(kinds))
    sweep()
    with _locked(name):
        environment = Environment(name)
        environment.up(kinds, settings or {})
        return environment.servers


def down(name: str) -> None:
    with _locked(name):
        Environment(name).down()


def names() -> list[str]:
    return sorted(file.parent.name for file in host.SERVERS.glob("*/servers.json"))


def sweep() -> None:
    """Take down what killed test runs have left behind."""
    for name in names():
        with contextlib.suppress(FileNotFoundError), _locked(name):
            environment = Environment(name)
            if environment.abandoned:
                environment.down()


def purge() -> None:
    """Take everything down and delete the roots too."""
    for name in names():
        down(name)
    roots.purge()


@contextlib.contextmanager
def running(kind: str, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A new server of its own for the length of a with-block; ended and deleted afterwards."""
    host.ask_for_privilege()
    roots.install([kind])
    sweep()
    name = f"run-{os.getpid()}-{os.urandom(3).hex()}"
    environment = Environment(name)
    environment.owner = this_process()
    try:
        environment.up([kind], {kind: dict(settings or {})})
        yield environment.servers[kind]
    finally:
        environment.down()


def describe(server: Server) -> str:
    state = f"pid {server.pid}" if server.running else "not running"
    return f"{server.kind} {server.version} on {server.host}:{server.port}, user {server.user}, {state}"


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    with host.locked(_lock_folder() / f"{name}.lock"):
        yield


def _lock_folder() -> Path:
    return host.SERVERS / ".locks"
