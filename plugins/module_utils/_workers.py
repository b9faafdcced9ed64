# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Worker processes: forked before any connection is opened, fed one task at a time, never outliving us.

A worker's failure is the run's failure: the first error stops all. Workers are killed by the kernel when
this process dies, so that a killed run leaves nobody behind who still writes.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import typing as t
from collections import deque
from multiprocessing.connection import wait

from ._errors import ConvergenceError, ServerError, unforeseen

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Task = t.TypeVar("Task")
Result = t.TypeVar("Result")
Handler = t.Callable[[t.Any], t.Any]

_PR_SET_PDEATHSIG: t.Final = 1


class Workers(t.Generic[Task, Result]):
    """`count` processes; `start` opens what a worker needs and gives the function for its tasks."""

    def __init__(self, count: int, start: Callable[[], Handler]) -> None:
        context = multiprocessing.get_context("fork")
        self._workers: list[tuple[BaseProcess, Connection]] = []
        for _number in range(count):
            ours, theirs = context.Pipe()
            others = [pipe for _process, pipe in self._workers] + [ours]
            process = context.Process(target=_work, args=(theirs, others, start, os.getpid()), daemon=True)
            process.start()
            theirs.close()
            self._workers.append((process, ours))

    def __enter__(self) -> Workers[Task, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        for process, pipe in self._workers:
            pipe.close()
            if process.is_alive():
                process.kill()  # it holds nothing but sessions, which the servers roll back
            process.join()

    def open(self) -> None:
        """Let all workers open their sessions and wait until each has.

        Raises ConvergenceError: what the first worker could not do.
        """
        for _process, pipe in self._workers:
            self._send(pipe, ("open", None))
        for process, pipe in self._workers:
            self._receive(process, pipe)

    def run(self, tasks: Iterable[Task], done: Callable[[Task, Result], None]) -> None:
        """Give every task to a free worker; `done` is called here, in this process, for each result.

        Raises ConvergenceError: the first failure; tasks not yet begun are not begun.
        """
        waiting = deque(tasks)
        busy: dict[Connection, tuple[BaseProcess, Task]] = {}
        for process, pipe in self._workers:
            if waiting:
                busy[pipe] = (process, self._give(pipe, waiting))
        while busy:
            for ready in wait(list(busy)):
                pipe = t.cast("Connection", ready)
                process, task = busy.pop(pipe)
                result = self._receive(process, pipe)
                if waiting:
                    busy[pipe] = (process, self._give(pipe, waiting))
                done(task, result)

    @staticmethod
    def _give(pipe: Connection, waiting: deque[Task]) -> Task:
        task = waiting.popleft()
        Workers._send(pipe, ("task", task))
        return task

    @staticmethod
    def _send(pipe: Connection, message: tuple[str, t.Any]) -> None:
        try:
            pipe.send(message)
        except OSError as error:
            raise ServerError("A worker process ended unexpectedly. Run the same command again.") from error

    @staticmethod
    def _receive(process: BaseProcess, pipe: Connection) -> t.Any:
        try:
            kind, value = pipe.recv()
        except (EOFError, OSError) as error:
            process.join(1)
            raise ServerError(
                f"A worker process ended unexpectedly (exit status {process.exitcode}; a negative one is a "
                "signal, -9 often the kernel's, out of memory). Run the same command again."
            ) from error
        if kind == "error":
            raise value
        return value


def _work(pipe: Connection, others: list[Connection], start: Callable[[], Handler], parent: int) -> None:
    _follow(parent)
    for other in others:
        other.close()
    handler: Handler | None = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            kind, task = pipe.recv()
            try:
                if handler is None or kind == "open":
                    handler = start()
                pipe.send(("ok", handler(task) if kind == "task" else None))
            except ConvergenceError as error:
                pipe.send(("error", error))
            except Exception as error:  # a programming error has to reach the parent as well
                pipe.send(("error", unforeseen(error)))
    os._exit(0)  # no destructors: they would speak on sessions that the parent may share


def _follow(parent: int) -> None:
    """Die with the parent; leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


__all__ = ("Workers",)
