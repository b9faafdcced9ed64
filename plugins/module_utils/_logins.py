# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""How to reach a server. Plain values: no driver is imported here, nothing is opened."""

from __future__ import annotations

import contextlib
import re
import typing as t
from dataclasses import dataclass, field

from ._errors import ConvergenceError

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPTION: t.Final = re.compile(
    r"(?<![\w.])(login_(?:host|port|user|password|unix_socket)|ssl_mode|ca_cert|client_cert|client_key|ssl_cert|ssl_key"
    r"|check_hostname|connect_timeout|trust_network)(?!\w)"
)


@dataclass(frozen=True)
class MySQLLogin:
    """Address and account of a MySQL or MariaDB server; the password never appears in repr()."""

    host: str = "localhost"
    port: int = 3306
    user: str = ""
    password: str = field(default="", repr=False)
    unix_socket: str | None = None
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    check_hostname: bool = True
    connect_timeout: int = 30
    trust_network: bool = False
    server: str | None = None
    """Identity that the server must have, of the run's catalog: every session of a run is on one server."""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the operator calls the options: option -> variable."""

    @property
    def verified(self) -> bool:
        """Whether a session is refused unless the server's certificate has been checked."""
        return bool(self.ca_cert)

    @property
    def address(self) -> str:
        """For messages: where the server is, without the account."""
        return self.unix_socket or f"{self.host}:{self.port}"


@dataclass(frozen=True)
class PostgreSQLLogin:
    """Address and role of a PostgreSQL server; the password never appears in repr()."""

    host: str = "localhost"
    port: int = 5432
    user: str = ""
    password: str = field(default="", repr=False)
    unix_socket: str | None = None
    ssl_mode: str = "prefer"
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    connect_timeout: int = 30
    trust_network: bool = False
    server: str | None = None
    """As for the source: the cluster's system identifier."""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    """As for the source."""

    @property
    def verified(self) -> bool:
        """Whether a session is refused unless the server's certificate has been checked."""
        return self.ssl_mode in {"verify-ca", "verify-full"}

    @property
    def check_hostname(self) -> bool:
        """Whether the certificate must bear the name of the host."""
        return self.ssl_mode == "verify-full"

    @property
    def socket_directory(self) -> str | None:
        """Where the Unix socket is, which libpq also takes for a host that begins with a slash."""
        return self.unix_socket or (self.host if self.host.startswith("/") else None)

    @property
    def address(self) -> str:
        """For messages: where the server is, without the role."""
        return f"{self.unix_socket or self.host}:{self.port}"


def in_words_of(login: MySQLLogin | PostgreSQLLogin, text: str) -> str:
    """`text` with the operator's variables in the place of our options; each is named once."""

    def variable(found: re.Match[str]) -> str:
        return login.variables.get(found[1], found[1])

    return re.sub(r"(\b\w+) \(\1\)", r"\1", _OPTION.sub(variable, text))


@contextlib.contextmanager
def speaking(login: MySQLLogin | PostgreSQLLogin) -> Iterator[None]:
    """What is refused inside is said in the words of the operator."""
    try:
        yield
    except ConvergenceError as error:
        if login.variables:
            error.args = (in_words_of(login, str(error)), *error.args[1:])
        raise


__all__ = ("MySQLLogin", "PostgreSQLLogin", "in_words_of", "speaking")
