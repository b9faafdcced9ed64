# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP proxy between the engine and a server that fails on demand: drop, truncate, stall, swallow."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["up", "down"]
"""Up: from the engine to the server."""
Failure = Literal["drop", "truncate", "swallow", "stall", "pass"]
"""Drop: reset all connections. Truncate: let a part of this piece through, then drop. Swallow: let this piece
through, but nothing of the answer, then drop. Stall: hold everything for some seconds, then drop."""
_PIECE = 1 << 16
STALL_SECONDS = 1.5
SWALLOW_SECONDS = 0.3


@dataclass
class Trap:
    """At the `piece`th piece of data in `direction` the proxy fails, and `action` is called."""

    direction: Direction
    piece: int
    failure: Failure
    action: Callable[[], None] = lambda: None
    share: float = 0.5
    """How much of the piece passes, for truncate."""
    fired: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Listens on a port of its own; counts pieces in both directions since the last `arm`."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._trap: Trap | None = None
        self._held = threading.Event()
        self.pieces: dict[Direction, int] = {"up": 0, "down": 0}
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, trap: Trap | None) -> None:
        """Begin counting anew, and fail once where `trap` says."""
        with self._lock:
            self.pieces = {"up": 0, "down": 0}
            self._trap = trap

    def drop(self) -> None:
        """Reset every connection, as a firewall or a crashed host would."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                _reset(one)

    def hold(self) -> None:
        """Let nothing pass from now on; connections stay open."""
        self._held.set()

    def release(self) -> None:
        """Let data pass again."""
        self._held.clear()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours = self._listener.accept()[0]
                try:
                    theirs = socket.create_connection(self._server, timeout=5)
                except OSError:
                    _reset(ours)
                    continue
                theirs.settimeout(None)
                for one in (ours, theirs):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._pairs.append((ours, theirs))
                for arguments in ((ours, theirs, "up"), (theirs, ours, "down")):
                    threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, direction: Direction) -> None:
        try:
            while data := source.recv(_PIECE):
                while self._held.is_set():
                    time.sleep(0.05)
                trap = self._count(direction)
                if trap is None:
                    sink.sendall(data)
                elif not self._spring(trap, sink, data):
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # one side is gone: so is the other
            for one in (source, sink):
                _reset(one)

    def _count(self, direction: Direction) -> Trap | None:
        with self._lock:
            self.pieces[direction] += 1
            trap = self._trap
            if trap is None or trap.direction != direction or self.pieces[direction] < trap.piece:
                return None
            self._trap = None
            return trap

    def _spring(self, trap: Trap, sink: socket.socket, data: bytes) -> bool:
        """Fail as the trap says; true where the connection goes on."""
        if trap.failure == "truncate":
            sink.sendall(data[: max(1, int(len(data) * trap.share)) if len(data) > 1 else 0])
        elif trap.failure == "swallow":
            self.hold()
            sink.sendall(data)
            time.sleep(SWALLOW_SECONDS)
        elif trap.failure == "stall":
            self.hold()
            time.sleep(STALL_SECONDS)
        trap.action()
        trap.fired.set()
        if trap.failure == "pass":
            sink.sendall(data)
            return True
        self.drop()
        self.release()
        return False


def _reset(one: socket.socket) -> None:
    """Close at once, with a reset instead of a farewell."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        one.close()
