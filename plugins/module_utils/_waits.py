# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""How long we wait for a server that says nothing, on either side.

A sum over a large table is silent for minutes, so silence alone is no failure: after `WATCH_SECONDS` without a byte a
second session asks the server what the first one does. Where nobody answers that, where the session is gone or has
answered long ago, or where it waits for somebody else's lock, the wait ends with a message that says so. The kernel's
own probes end a connection whose other end is gone, without a question.
"""

from __future__ import annotations

import contextlib
import select
import socket
import typing as t

from ._errors import ConvergenceError, ServerError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

WATCH_SECONDS = 45.0
"""So long nothing may come before we look; tests shorten it."""
PROBE_SECONDS = 10
"""So long the second session may take for each of its steps."""
_ON_THE_WAY_SECONDS: t.Final = 2.0

KEEPALIVE_IDLE: t.Final = 30
KEEPALIVE_INTERVAL: t.Final = 10
KEEPALIVE_COUNT: t.Final = 3
USER_TIMEOUT: t.Final = 60
"""TCP: seconds until the kernel asks a silent peer, between its questions, their number, and for what was sent."""


def keep_alive(link: t.Any) -> None:
    """Let the kernel end a connection of TCP, by its socket, whose other end does not answer any more."""
    if link.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_IDLE),
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL),
        ("TCP_KEEPCNT", KEEPALIVE_COUNT),
        ("TCP_USER_TIMEOUT", USER_TIMEOUT * 1000),
    ):
        with contextlib.suppress(AttributeError, OSError):  # what this system has of it
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def still_on_the_way(descriptor: int) -> bool:
    """Whether the answer comes after all, which the second session has overtaken."""
    return bool(select.select([descriptor], [], [], _ON_THE_WAY_SECONDS)[0])


def gave_up(connection: t.Any) -> ConvergenceError | None:
    """Why nobody waits for this session any more: what it is asked later fails for the same reason."""
    return t.cast("ConvergenceError | None", getattr(connection, "_gave_up", None))


@contextlib.contextmanager
def giving_up(connection: t.Any) -> Iterator[None]:
    """Keep the error that ends the wait, for `gave_up`."""
    try:
        yield
    except ConvergenceError as error:
        connection._gave_up = error
        raise


def unanswered(server: str, why: Exception) -> ServerError:
    """Nobody answers the second session either."""
    reason = str(why).rstrip(".")
    return ServerError(
        f"Nothing has come from {server} for {WATCH_SECONDS:.0f} seconds, and a second session gets no answer either: "
        f"{reason}. Look at the server and at what lies between (a balancer, a firewall, a tunnel), then run the same "
        "command again."
    )


def lost(server: str, what: str) -> ServerError:
    """The server answers, but not over this connection."""
    return ServerError(
        f"The connection to {server} broke without a word: {what}. Look at what lies between (a balancer or a firewall "
        "that forgets connections), and at the server's log, then run the same command again."
    )


__all__ = (
    "KEEPALIVE_COUNT",
    "KEEPALIVE_IDLE",
    "KEEPALIVE_INTERVAL",
    "PROBE_SECONDS",
    "USER_TIMEOUT",
    "WATCH_SECONDS",
    "gave_up",
    "giving_up",
    "keep_alive",
    "lost",
    "still_on_the_way",
    "unanswered",
)
