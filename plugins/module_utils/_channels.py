# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What lies between us and a server, and whether a password may go there.

Over an address that is not local a session is opened only with TLS whose certificate is checked, or by the
operator's word (trust_network). The address that was judged is the one that is connected: a name that is asked twice
may answer twice. A plugin that wants the password in clear text is answered over checked TLS or a Unix socket only,
whatever the word says.
"""

from __future__ import annotations

import ipaddress
import socket
import typing as t
from dataclasses import dataclass

from ._errors import ServerError
from ._logins import MySQLLogin, PostgreSQLLogin

if t.TYPE_CHECKING:
    from collections.abc import Sequence

CLEAR_TEXT: t.Final = ("mysql_clear_password", "dialog", "mysql_old_password")
"""Plugins of MySQL and MariaDB that send the password as it is, or a hash that gives it away."""

_ANY_REQUEST: t.Final = "none,password,md5,scram-sha-256,gss,sspi"
"""What libpq 16 may be told to answer; an empty word would let it answer nothing."""

_SOURCE_VARIABLES: t.Final = (
    "ca_cert (migration_source_ca_cert)",
    "trust_network (migration_source_trust_network)",
)
_TARGET_VARIABLES: t.Final = (
    "ca_cert (migration_target_ca_cert) with ssl_mode=verify-full (migration_target_ssl_mode)",
    "trust_network (migration_target_trust_network)",
)


@dataclass(frozen=True)
class Channel:
    """How one session reaches its server."""

    addresses: tuple[str, ...]
    """Those that were judged, in the resolver's order; none for a Unix socket."""
    verified: bool
    """The options let nothing pass but TLS with a certificate that is checked."""

    @property
    def guarded(self) -> bool:
        """Whether only the server itself can hear what is said."""
        return self.verified or not self.addresses

    def open(self, port: int, timeout: float) -> socket.socket | None:
        """A connection to the first address that answers, `None` for a Unix socket, which the driver opens.

        `timeout` in seconds, for each address. Raises OSError: none answers.
        """
        error: OSError | None = None
        for address in self.addresses:
            try:
                found = socket.create_connection((address, port), timeout)
            except OSError as caught:
                error = caught
                continue
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return found
        if error is not None:
            raise error
        return None

    def libpq(self, host: str) -> dict[str, t.Any]:
        """What pins libpq to the addresses that were judged, and lets it answer no request for a clear password.

        All are said even where they are empty: libpq would take what is not said from the environment.
        """
        return {
            # One name for each address, since libpq checks the certificate against the name.
            "host": ",".join([host] * max(1, len(self.addresses))),
            "hostaddr": ",".join(self.addresses),
            "require_auth": _ANY_REQUEST if self.guarded else "!password",
        }


def to_source(login: MySQLLogin) -> Channel:
    """How a session on the source is to be opened.

    Raises ServerError: no such host, or nothing would protect what is said to it.
    """
    if login.unix_socket:
        return Channel((), login.verified)
    where = f"the source server {login.address}"
    addresses = resolve(where, login.host or "localhost", login.port)
    check(where, addresses, verified=login.verified, trusted=login.trust_network, variables=_SOURCE_VARIABLES)
    return Channel(addresses, login.verified)


def to_target(login: PostgreSQLLogin) -> Channel:
    """How a session on the target is to be opened.

    Raises ServerError: no such host, or nothing would protect what is said to it.
    """
    if login.socket_directory:
        return Channel((), login.verified)
    where = f"the target server {login.address}"
    addresses = resolve(where, login.host or "localhost", login.port)
    check(where, addresses, verified=login.verified, trusted=login.trust_network, variables=_TARGET_VARIABLES)
    return Channel(addresses, login.verified)


def resolve(where: str, host: str, port: int) -> tuple[str, ...]:
    """The addresses of `host`, each once, in the resolver's order. `where` names the server in the message.

    Raises ServerError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "this is not a name of a host"
        raise ServerError(f"Cannot connect to {where}: {reason}. Check login_host.") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_loopback(address: str) -> bool:
    """Whether what is sent to `address` stays on this host."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return bool((mapped or parsed).is_loopback)


def is_local(addresses: Sequence[str]) -> bool:
    """Whether all of them are this host's own: one that is not may be the one that answers."""
    return bool(addresses) and all(is_loopback(address) for address in addresses)


def check(
    where: str, addresses: Sequence[str], *, verified: bool, trusted: bool, variables: tuple[str, str]
) -> None:
    """Refuse a channel that nothing protects.

    `variables`: what names the authority, and what says that the network is trusted, in the operator's words.

    Raises ServerError: it is not local, no certificate would be checked, and nobody said that this is well.
    """
    if verified or trusted or is_local(addresses):
        return
    authority, word = variables
    raise ServerError(
        f"{where[0].upper()}{where[1:]} is not on this host ({', '.join(addresses)}), and no certificate would be "
        f"checked: whoever answers at that address, or listens in between, would get the password and the rows. Name "
        f"the server's authority in {authority}, or, where nobody else can be on the way, set {word} to "
        "true."
    )


def refusals(channel: Channel, login: MySQLLogin) -> dict[str, type]:
    """For PyMySQL, in place of plugins that would hand out the password: what refuses them."""
    if channel.guarded:
        return {}

    def refusal(plugin: str) -> type:
        class Refused:
            def __init__(self, connection: object) -> None:
                pass

            def authenticate(self, packet: object) -> t.NoReturn:
                raise ServerError(
                    f"The source server {login.address} asks for the password of {login.user!r} in clear text "
                    f"({plugin}), and gets none: it goes only over TLS with a checked certificate, or through a Unix "
                    f"socket. Name the server's authority in {_SOURCE_VARIABLES[0]}, or let the account log in by "
                    "caching_sha2_password or mysql_native_password. If it should do so already, something else "
                    "answers at this address."
                )

        return Refused

    return {plugin: refusal(plugin) for plugin in CLEAR_TEXT}


def clear_text_refused(login: PostgreSQLLogin) -> str:
    """What to say where libpq has refused to send the password in clear text."""
    return (
        f"The target server {login.address} asks for the password of {login.user!r} in clear text, and gets none: it "
        f"goes only over TLS with a checked certificate, or through a Unix socket. Name the server's authority in "
        f"{_TARGET_VARIABLES[0]}, or let the server's pg_hba.conf ask for scram-sha-256. If it should do so already, "
        "something else answers at this address."
    )


def in_force(login: MySQLLogin | PostgreSQLLogin, peer: str | None, tls: str | None) -> str:
    """One sentence on what protects an open session.

    `peer`: the address at the other end, `None` for a Unix socket. `tls`: the protocol, `None` without.
    """
    side, variables = (
        ("source", _SOURCE_VARIABLES) if isinstance(login, MySQLLogin) else ("target", _TARGET_VARIABLES)
    )
    start = f"The {side} server {login.address}: "
    if peer is None:
        return f"{start}through a Unix socket."
    secured = tls.replace("TLSv", "TLS ") if tls else "not encrypted"
    if login.verified and tls:
        name = "" if login.check_hostname else ", for any name"
        return f"{start}{secured}, certificate verified by {login.ca_cert}{name}."
    if tls:
        secured += ", certificate not verified"
    if is_loopback(peer):
        return f"{start}{secured}, local."
    return f"{start}{secured}, trusted by {variables[1]}."


__all__ = (
    "Channel",
    "check",
    "clear_text_refused",
    "in_force",
    "is_local",
    "is_loopback",
    "refusals",
    "resolve",
    "to_source",
    "to_target",
)
