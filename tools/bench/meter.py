# SPDX-License-Identifier: GPL-3.0-or-later
"""Wall seconds, CPU seconds of every party and peak memory, as Linux counts them in /proc."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.host import CHECKOUT
from tests.support.servers.server import Server

_TICK = os.sysconf("SC_CLK_TCK")
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Process:
    """One line of /proc/<pid>/stat: CPU seconds of its own and of its children that have ended."""

    pid: int
    parent: int
    own: float
    ended_children: float


@dataclass(frozen=True)
class Measured:
    """One command beside the servers it worked with."""

    status: int
    output: str
    wall_s: float
    cpu_s: dict[str, float]
    """Per party: the client with all its processes, and each server with all of its own."""
    others_cpu_s: float
    """What everything else on the machine took meanwhile."""
    load_before: float
    peak_rss_mb: float
    """Of the largest process of the client."""


def measure(command: Sequence[str | Path], servers: Mapping[str, Server], feed: str = "") -> Measured:
    """Run a command of the checkout to its end, with text on its input, and meter it and the servers."""
    load = os.getloadavg()[0]
    before, machine = {kind: family_cpu(server.pid) for kind, server in servers.items()}, machine_cpu()
    began = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / '.ansible/collections'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        peak = _Peak(child.pid)
        with peak:
            output = child.communicate(feed)[0]
        wall = time.monotonic() - began
    client = peak.cpu_s
    cpu = {kind: round(family_cpu(server.pid) - before[kind], 2) for kind, server in servers.items()}
    others = machine_cpu() - machine - client - sum(cpu.values())
    return Measured(
        child.returncode,
        output,
        round(wall, 2),
        {"client": round(client, 2), **cpu},
        round(max(others, 0.0), 2),
        round(load, 2),
        round(peak.kilobytes / 1024, 1),
    )


class _Peak:
    """Watches a child and its descendants: the largest peak any of them had, and the CPU they took.

    The counts of a child that has ended come from the kernel when it is waited for; one tenth of a second
    is short beside the processes here, so that the last sample of a peak is close to the whole truth.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = os.times()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.kilobytes = 0
        self.cpu_s = 0.0

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        now = os.times()
        self.cpu_s = (
            now.children_user
            + now.children_system
            - self._before.children_user
            - self._before.children_system
        )

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            processes = {process.pid: process for process in _processes()}
            for pid in processes:
                if self._pid in _line(pid, processes):
                    self.kilobytes = max(self.kilobytes, _peak_kilobytes(pid))


def family_cpu(pid: int) -> float:
    """CPU seconds of a process and all its children so far, those that have ended included."""
    processes = {process.pid: process for process in _processes()}
    return sum(
        process.own + process.ended_children
        for process in processes.values()
        if pid in _line(process.pid, processes)
    )


def machine_cpu() -> float:
    """CPU seconds of the whole machine that were not idle."""
    fields = Path("/proc/stat").read_text("ascii").partition("\n")[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, _steal = (int(field) for field in fields)
    return (user + nice + system + irq + softirq) / _TICK


def _line(pid: int, processes: Mapping[int, Process]) -> list[int]:
    """A process and its ancestors."""
    found = [pid]
    while (process := processes.get(found[-1])) is not None and process.parent not in found:
        found.append(process.parent)
    return found


def _processes() -> list[Process]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                # The command's name, in brackets, may hold anything.
                text = (entry / "stat").read_text("utf-8", "replace")
                fields = text.rpartition(")")[2].split()
                own, ended = (
                    sum(int(field) for field in fields[first : first + 2]) / _TICK for first in (11, 13)
                )
                found.append(Process(int(entry.name), int(fields[1]), own, ended))
    return found


def _peak_kilobytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
