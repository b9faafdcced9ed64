# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between us and a server on one address: a balancer, and stand-ins for poolers of either side.

The stand-ins do what tells a pooler from a server: the number of the session that they give a client is one of their
own, and what a client asks for its session is swallowed. They pool nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Sequence
from typing import TypeVar

from tests.support.servers.server import Server

_PIECE = 1 << 16
_Relay = TypeVar("_Relay", bound="Relay")


class Relay:
    """Listens on a port of its own and passes on what comes; each connection goes to the next of the servers."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._turns = itertools.cycle(servers)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []
        self._states: list[dict[str, bool]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self: _Relay) -> _Relay:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def mute(self) -> None:
        """From now on swallow the answers of the connections that are open; new ones are served."""
        for state in list(self._states):
            state["muted"] = True

    def up(self, data: bytes, first: bool) -> bytes:
        """What the server gets in place of `data`; `first`: of a connection."""
        return data

    def down(self, data: bytes, state: dict[str, bool]) -> bytes:
        """What the client gets; `state` is the connection's own."""
        return data

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours = self._listener.accept()[0]
                self.connections += 1
                server = next(self._turns)
                theirs = socket.create_connection((server.host, server.port))
                self._open += [ours, theirs]
                state: dict[str, bool] = {}
                self._states.append(state)
                for arguments in ((ours, theirs, True, state), (theirs, ours, False, state)):
                    threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, upward: bool, state: dict[str, bool]) -> None:
        first = True
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                if not state.get("muted"):
                    sink.sendall(self.up(data, first) if upward else self.down(data, state))
                first = False
            sink.shutdown(socket.SHUT_WR)


class PoolerOfTarget(Relay):
    """A stand-in for PgBouncer with ignore_startup_parameters=options."""

    def up(self, data: bytes, first: bool) -> bytes:
        if not first or data[4:8] == struct.pack("!i", 80877103):  # a request for TLS: the server says no
            return data
        words = data[8:].rstrip(b"\0").split(b"\0")
        kept = [(a, b) for a, b in zip(words[::2], words[1::2], strict=True) if a != b"options"]
        body = data[4:8] + b"".join(a + b"\0" + b + b"\0" for a, b in kept) + b"\0"
        return struct.pack("!i", len(body) + 4) + body

    def down(self, data: bytes, state: dict[str, bool]) -> bytes:
        if state.get("ready"):
            return data
        place = data.find(b"K\x00\x00\x00\x0c")  # BackendKeyData: its length, number of the process, secret
        if place >= 0:
            state["ready"] = True
            data = data[: place + 5] + struct.pack("!i", 7) + data[place + 9 :]
        return data


class PoolerOfSource(Relay):
    """A stand-in for ProxySQL, which greets by itself."""

    def down(self, data: bytes, state: dict[str, bool]) -> bytes:
        if state.get("ready"):
            return data
        state["ready"] = True
        place = data.index(b"\0", 5) + 1  # behind the server's version: the number of the session
        return data[:place] + struct.pack("<I", 7) + data[place + 4 :]


class Falling(Relay):
    """A way that lets nothing through any more, and stays open, once a statement that holds `words` has passed."""

    def __init__(self, servers: Sequence[Server], words: bytes) -> None:
        super().__init__(servers)
        self._words = words
        self._greets = servers[0].kind != "postgresql"
        self.fell = threading.Event()
        self.closed = threading.Event()

    def __exit__(self, *details: object) -> None:
        self.closed.set()
        super().__exit__(*details)

    def up(self, data: bytes, first: bool) -> bytes:
        self._wait()
        if self._words in data:
            self.fell.set()
        return data

    def down(self, data: bytes, state: dict[str, bool]) -> bytes:
        self._wait()
        if self._greets and not state.get("ready"):
            state["ready"] = True
            return _without_tls(data)
        return data

    def _wait(self) -> None:
        if self.fell.is_set():
            self.closed.wait()


def _without_tls(greeting: bytes) -> bytes:
    """A greeting of MySQL that does not offer TLS, so that statements can be read on the way."""
    place = (
        greeting.index(b"\0", 5) + 1 + 4 + 8 + 1
    )  # behind version, number of the session, and first of the salt
    offered = int.from_bytes(greeting[place : place + 2], "little") & ~0x0800
    return greeting[:place] + offered.to_bytes(2, "little") + greeting[place + 2 :]
