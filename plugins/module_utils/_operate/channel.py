# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Whether a password may go to a server, for a client that is not ours."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._channels import check, is_local, resolve


@dataclass(frozen=True)
class ChannelOutcome:
    """Where the server is, seen from this host."""

    addresses: tuple[str, ...]
    local: bool

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {"changed": False, "addresses": list(self.addresses), "local": self.local}


def channel(
    server: str,
    host: str,
    port: int,
    unix_socket: str | None,
    *,
    verified: bool,
    trusted: bool,
    variables: tuple[str, str],
) -> ChannelOutcome:
    """Judge the way to a server. `variables`: what names the authority, and what says that the network is trusted.

    Raises ServerError: no such host, or nothing would protect what is said to it.
    """
    if unix_socket:
        return ChannelOutcome((), True)
    where = f"{server} {host}:{port}"
    addresses = resolve(where, host, port)
    check(where, addresses, verified=verified, trusted=trusted, variables=variables)
    return ChannelOutcome(addresses, is_local(addresses))


__all__ = ("ChannelOutcome", "channel")
