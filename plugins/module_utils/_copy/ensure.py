# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Present or absent: the private server that a copy of production is restored into."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from .private_server import PrivateServer


@dataclass(frozen=True)
class ServerOutcome:
    """Whether something changed, how to reach the server, and what of its folder stays without it."""

    changed: bool
    socket: str
    running: bool
    left: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "login_unix_socket": self.socket,
            "running": self.running,
            "left": list(self.left),
        }


def ensure(
    folder: str, *, present: bool, command: str, buffer_pool_bytes: int, check: bool = False
) -> ServerOutcome:
    """Start the private server of `folder`, or stop it and remove all that is its own.

    Raises InputError: program or folder cannot be used; raises ServerError: it does not start or stop.
    """
    server = PrivateServer(Path(folder).absolute(), command, buffer_pool_bytes)
    if check:
        server.check()
        running = server.running()
        if present and not running:
            server.program()
        changed = not running if present else server.folder.exists()
    else:
        changed = server.start() if present else server.remove()
        running = present
    left = () if present else tuple(server.foreign())
    return ServerOutcome(changed, str(server.socket), running, left)


__all__ = ("ServerOutcome", "ensure")
