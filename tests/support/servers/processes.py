# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes by identity: a number alone may have been given to somebody else since."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.host import ServersError


@dataclass(frozen=True)
class Process:
    """A process: its number and the moment it began, in ticks since this boot of the machine."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this number now; None when there is none or it is only a zombie."""
        found = _stat(pid)
        return None if found is None else cls(pid, f"{_boot()}:{found[1]}")

    @property
    def alive(self) -> bool:
        return Process.of(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended; False when it has not."""
        limit = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > limit:
                return False
            time.sleep(0.02)
        return True

    def kill_tree(self) -> None:
        """End it and its children at once, as a power cut would, and wait until they are gone."""
        family = [self, *self._children()]
        for process in family:
            process.signal(signal.SIGKILL)
        for process in family:
            if not process.wait(30):
                raise ServersError(f"process {process.pid} does not end, even on SIGKILL: look at it with ps")

    def _children(self) -> Iterator[Process]:
        if not self.alive:
            return
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                found = _stat(int(entry.name))
                child = Process.of(int(entry.name)) if found is not None and found[0] == self.pid else None
                if child is not None:
                    yield child


def find(arguments: Sequence[str]) -> list[Process]:
    """Processes whose command line has all of these words.

    The command line is the one thing that even root without CAP_SYS_PTRACE may read of everybody's.
    """
    wanted = {word.encode() for word in arguments}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted <= set((entry / "cmdline").read_bytes().split(b"\0")):
                    found.append(Process.of(int(entry.name)))
    return [process for process in found if process is not None]


def this_process() -> Process:
    found = Process.of(os.getpid())
    if found is None:
        raise ServersError("/proc is not mounted: without it no process can be told from another")
    return found


def _stat(pid: int) -> tuple[int, str] | None:
    """Parent and start time of a process; None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command's name in brackets and may hold anything, brackets too.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else (int(fields[1]), fields[19])


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
