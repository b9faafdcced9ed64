# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody in between who says that the server knows no TLS, and notes what the client tells next."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.servers.server import Server

_CLIENT_SSL = 0x0800


@dataclass
class Heard:
    """Where the stripper listens, and what it was told after its lie."""

    port: int
    told: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def listening(server: Server) -> Iterator[Heard]:
    """Stands in front of `server` for one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = Heard(listener.getsockname()[1])
        lie = _postgresql if server.kind == "postgresql" else _mysql
        thread = threading.Thread(target=_serve, args=(listener, server, lie, heard), daemon=True)
        thread.start()
        yield heard
        thread.join(10)


def _serve(listener: socket.socket, server: Server, lie: object, heard: Heard) -> None:
    assert callable(lie)
    client, _address = listener.accept()
    with client, socket.create_connection((server.host, server.port)) as upstream:
        client.settimeout(5)
        lie(client, upstream)
        with contextlib.suppress(OSError):
            while block := client.recv(65536):
                heard.told.append(block)


def _mysql(client: socket.socket, upstream: socket.socket) -> None:
    greeting = bytearray(upstream.recv(65536))
    # Header (4), protocol (1), version up to a zero, thread (4), salt (8), filler (1), then the capabilities.
    place = greeting.index(0, 5) + 1 + 4 + 8 + 1
    flags = int.from_bytes(greeting[place : place + 2], "little") & ~_CLIENT_SSL
    greeting[place : place + 2] = flags.to_bytes(2, "little")
    client.sendall(greeting)


def _postgresql(client: socket.socket, _upstream: socket.socket) -> None:
    client.recv(8)
    client.sendall(b"N")
