# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What runs a service, and how each kind is asked, stopped and started. Kubernetes is asked by tasks of the role."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._errors import InputError
from .commands import answer

_TIMEOUT = 300
_GRACE = 60
_MARGIN = 30
"""Seconds that docker compose gets to end by itself after the time that it was given."""


class Driver(t.Protocol):
    """One way to run a service. Every method may raise `ServiceFailed`."""

    def running(self) -> str:
        """What of it runs, an empty text for nothing."""

    def current(self) -> bool:
        """Whether all of it runs, as a start would run it."""

    def stop(self) -> None: ...

    def start(self) -> None: ...


@dataclass(frozen=True)
class Command:
    """Commands of the operator: `status` ends with 0 while it runs."""

    name: str
    stop_command: list[str]
    start_command: list[str]
    status_command: list[str]
    timeout: float

    def running(self) -> str:
        status, _ = answer(f"The status command of {self.name}", self.status_command, self.timeout, well=())
        return self.name if status == 0 else ""

    def current(self) -> bool:
        return bool(self.running())

    def stop(self) -> None:
        answer(f"The stop command of {self.name}", self.stop_command, self.timeout)

    def start(self) -> None:
        answer(f"The start command of {self.name}", self.start_command, self.timeout)


@dataclass(frozen=True)
class Systemd:
    """A unit."""

    name: str
    unit: str
    timeout: float

    def running(self) -> str:
        # 3 is a unit that does not run, 4 one that is not there; the other states are words.
        _, said = answer(
            f"systemd, asked for {self.name}",
            ["systemctl", "is-active", self.unit],
            self.timeout,
            well=(0, 3, 4),
        )
        return self.unit if said.strip() in {"active", "activating", "reloading", "deactivating"} else ""

    def current(self) -> bool:
        return bool(self.running())

    def stop(self) -> None:
        answer(f"The stop of {self.name}", ["systemctl", "stop", self.unit], self.timeout)

    def start(self) -> None:
        answer(f"The start of {self.name}", ["systemctl", "start", self.unit], self.timeout)


@dataclass(frozen=True)
class Compose:
    """Services of a project of docker compose. Names of files are relative to its directory."""

    name: str
    docker: list[str]
    directory: str
    services: list[str]
    files: list[str] = field(default_factory=list)
    environment_files: list[str] = field(default_factory=list)
    timeout: float | None = None

    def running(self) -> str:
        found = self._ask("ps", "--services", "--status", "running").split()
        return ", ".join(service for service in found if service in self.services)

    def current(self) -> bool:
        """Compose itself would run the jobs again that they wait for, and report a change each time."""
        wanted = {
            line
            for line in self._ask("config", "--hash", "*").splitlines()
            if line.partition(" ")[0] in self.services
        }
        containers = self._ask("ps", "--quiet", "--status", "running", *self.services, well=()).split()
        if not containers:
            return False
        text = (
            '{{index .Config.Labels "com.docker.compose.service"}} '
            '{{index .Config.Labels "com.docker.compose.config-hash"}}'
            '{{if .State.Health}}{{if ne .State.Health.Status "healthy"}} {{.State.Health.Status}}{{end}}{{end}}'
        )
        _, said = answer(
            f"docker, asked for {self.name}",
            [*self.docker, "inspect", "--format", text, *containers],
            self._patience(_TIMEOUT),
            well=(),
        )
        return wanted <= set(said.splitlines())

    def stop(self) -> None:
        """Compose's own stop, which makes no container anew, whatever the files say by now."""
        grace = self.timeout or _GRACE
        words = ["stop", "--timeout", f"{grace:.0f}", *self.services]
        self._run("stop", words, grace + _MARGIN)

    def start(self) -> None:
        """Pulls nothing: preflight has seen to the images."""
        wait = self.timeout or _TIMEOUT
        words = [
            "up",
            "--detach",
            "--pull",
            "never",
            "--wait",
            "--wait-timeout",
            f"{wait:.0f}",
            *self.services,
        ]
        self._run("start", words, wait + _MARGIN)

    def _patience(self, otherwise: float) -> float:
        return self.timeout or otherwise

    def _ask(self, *words: str, well: tuple[int, ...] = (0,)) -> str:
        _, said = answer(
            f"docker compose, asked for {self.name}",
            [*self._compose(), *words],
            self._patience(_TIMEOUT),
            self.directory,
            well=well,
        )
        return said

    def _run(self, what: str, words: list[str], seconds: float) -> None:
        answer(f"The {what} of {self.name}", [*self._compose(), *words], seconds, self.directory)

    def _compose(self) -> list[str]:
        return [
            *self.docker,
            "compose",
            "--ansi",
            "never",
            "--project-directory",
            self.directory,
            *(f"--file={file}" for file in self.files),
            *(f"--env-file={file}" for file in self.environment_files),
        ]


def driver(service: t.Mapping[str, t.Any], docker: list[str]) -> Driver:
    """Of one entry of service_downtime_services. Raises `InputError` when it lacks what its driver needs."""
    kind, name = service["driver"], service["name"]
    needs = {
        "command": ("stop", "start", "status"),
        "systemd": ("unit",),
        "docker_compose": ("directory", "services"),
    }
    lacks = [key for key in needs[kind] if not service.get(key)]
    if lacks:
        raise InputError(
            f"{name} in service_downtime_services has the driver {kind} and lacks {', '.join(lacks)}. Name "
            f"{'it' if len(lacks) == 1 else 'them'}."
        )
    timeout = service.get("timeout")
    if kind == "command":
        return Command(name, service["stop"], service["start"], service["status"], timeout or _TIMEOUT)
    if kind == "systemd":
        return Systemd(name, service["unit"], timeout or _TIMEOUT)
    return Compose(
        name,
        docker,
        service["directory"],
        service["services"],
        service.get("files") or [],
        service.get("environment_files") or [],
        timeout,
    )


__all__ = ("Driver", "driver")
