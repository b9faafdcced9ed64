# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Present or absent: the private server that a copy of production is restored into."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._mysql.private_server import PrivateServer


@dataclass(frozen=True)
class ServerOutcome:
    """Whether something changed, and how to reach the server."""

    changed: bool
    socket: str
    running: bool

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {"changed": self.changed, "login_unix_socket": self.socket, "running": self.running}


def ensure(
    folder: str, *, present: bool, command: str, buffer_pool_bytes: int, check: bool = False
) -> ServerOutcome:
    """Start the private server of I(folder), or stop it and remove the folder with all it holds.

    @raise InputError: program or folder cannot be used; @raise ServerError: it does not start or stop.
    """
    server = PrivateServer(Path(folder).absolute(), command, buffer_pool_bytes)
    if check:
        server.check()
        running = server.running()
        if present and not running:
            server.program()
        changed = not running if present else server.folder.exists()
        return ServerOutcome(changed, str(server.socket), running)
    changed = server.start() if present else server.remove()
    return ServerOutcome(changed, str(server.socket), present)


__all__ = ("ServerOutcome", "ensure")
