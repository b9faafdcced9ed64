# SPDX-License-Identifier: GPL-3.0-or-later
"""A verb that runs as a child process, and how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]
LONGEST = 180


class EngineDefect(AssertionError):
    """The engine did what no failure excuses."""


@dataclass(frozen=True)
class Ending:
    """How a verb ended: a result, one of our errors, or killed."""

    status: int
    result: dict[str, Any] | None = None
    error: str = ""
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status == 0

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    def __str__(self) -> str:
        return "ok" if self.ok else "killed" if self.killed else f"{self.error}: {self.message}"


class Verb:
    """One child; it has been started and has said that it is ready."""

    def __init__(
        self,
        job: Mapping[str, Any],
        limits: Mapping[int, int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = str(job["verb"])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.engine.child"],
            cwd=CHECKOUT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for name, value in (limits or {}).items():
            resource.prlimit(self.process.pid, name, (value, value))
        self.process.stdin.write(json.dumps(job))
        self.process.stdin.close()
        self.process.stdin = None
        # Byte by byte: what a buffer took beyond the line, communicate() would not see again.
        ready = b""
        while not ready.endswith(b"\n") and (byte := os.read(self.process.stdout.fileno(), 1)):
            ready += byte
        if ready.strip() != b"ready":
            raise EngineDefect(f"{self.name} did not start: {self.process.communicate()[1]}")

    @property
    def pid(self) -> int:
        return self.process.pid

    def workers(self) -> list[int]:
        """The worker processes there are now."""
        return children(self.pid)

    def kill(self) -> None:
        """SIGKILL to the module alone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float = LONGEST) -> Ending:
        """Its end; raises EngineDefect: it hangs, or ends in another way than the engine's own."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.communicate()
            raise EngineDefect(f"{self.name} did not end within {seconds} s") from None
        return _ending(self.name, self.process.returncode, out, err)


def _ending(name: str, status: int, out: str, err: str) -> Ending:
    if status == -signal.SIGKILL:
        return Ending(status)
    try:
        answer = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        raise EngineDefect(f"{name} ended with status {status}: {out[-2000:]}{err[-4000:]}") from None
    if "error" not in answer:
        return Ending(status, answer["result"])
    message = answer["message"]
    if "\n" in message or answer["error"] == "ConvergenceError" or "Traceback" in err:
        raise EngineDefect(f"{name} failed in an unforeseen way: {answer['error']}: {message}\n{err[-4000:]}")
    return Ending(status, None, answer["error"], message, answer["details"])


def children(pid: int) -> list[int]:
    """The children of a process, oldest first."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text("ascii").split()]
    return sorted(found)


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for child in children(pid):
        found += family(child)
    return found


class Memory:
    """Samples the resident memory of a process and its descendants until it ends."""

    def __init__(self, pid: int) -> None:
        self.highest: dict[int, int] = {}
        self.samples: list[int] = []
        """What all of them hold together at each look, in kB."""
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            pids = family(self._pid)
            for pid in pids:
                self.highest[pid] = max(_size(pid, "VmHWM:"), self.highest.get(pid, 0))
            together = sum(_size(pid, "VmRSS:") for pid in pids)
            if together:
                self.samples.append(together)

    def stop(self) -> int:
        """The most that any of the processes ever held, in MB."""
        self._stop.set()
        self._thread.join()
        return max(self.highest.values(), default=0) // 1024

    def growth(self) -> tuple[int, int]:
        """MB of all processes together: the most until a third of the time, and the most in the last third."""
        third = max(1, len(self.samples) // 3)
        return max(self.samples[:third], default=0) // 1024, max(self.samples[-third:], default=0) // 1024


def _size(pid: int, name: str) -> int:
    """kB. VmHWM is the kernel's own high-water mark, so that no peak between two looks is missed."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0
