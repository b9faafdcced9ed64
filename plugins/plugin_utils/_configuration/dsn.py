# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Data source names: from the form of the MySQL driver of Go to a PostgreSQL URL, as Kratos reads them.

The two quote differently. The MySQL form, `mysql://user:password@tcp(host:port)/database?options`, holds
the password as it is, and the driver finds its end by the last `/` and the last `@` before it. The
PostgreSQL form is a URL, in which everything special is percent-encoded. Kratos splits its DSN at `?` and
works only with exactly one of them.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

from .problem import RewriteError

POOL = ("max_conns", "max_idle_conns", "max_conn_lifetime", "max_conn_idle_time")
# What the PostgreSQL driver (pgx) takes; everything else reaches the server as a setting it does not know.
POSTGRESQL = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
    "application_name",
    "search_path",
    "target_session_attrs",
    "statement_timeout",
)
SSLMODE_OF_TLS = {"true": "verify-full", "skip-verify": "require", "preferred": "prefer", "false": "disable"}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_VARIABLE = re.compile(r"\$\$|\$\{[^{}]*\}|\$[A-Za-z_][A-Za-z0-9_]*")
_FIRST_PRIVATE = 0xE000


@dataclass(frozen=True)
class Dsn:
    """A data source name in its parts, decoded."""

    scheme: str
    user: str
    password: str
    host: str
    port: str
    database: str
    parameters: dict[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    """Names of the parameters that have no meaning on PostgreSQL."""
    variables: tuple[str, ...] = ()
    """Variables of compose, for which private characters stand in the texts."""

    @property
    def is_mysql(self) -> bool:
        return self.scheme in ("mysql", "mariadb")

    def as_url(self) -> str:
        """The PostgreSQL URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        login = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        options = "&".join(f"{name}={quote(value, safe='/')}" for name, value in self.parameters.items())
        text = (
            f"postgres://{login + '@' if login else ''}{host}{':' + self.port if self.port else ''}"
            f"/{quote(self.database, safe='')}{'?' + options if options else ''}"
        )
        for at, variable in enumerate(self.variables):
            private = chr(_FIRST_PRIVATE + at)
            text = text.replace(quote(private), variable).replace(private, variable)
        return text


def parse(text: str, *, in_compose: bool = False) -> Dsn:
    """Take either form apart, also one that was converted by half or whose password was not encoded.

    `in_compose`: `${NAME}` is a variable and `$$` a dollar, as in a compose file.
    Raises RewriteError: neither form; the message does not repeat the text.
    """
    variables: list[str] = []
    opaque = _hidden(text, variables) if in_compose else text
    scheme, found, rest = opaque.partition("://")
    if not found or not re.fullmatch(r"[a-z0-9+]+", scheme):
        raise RewriteError("a DSN must begin with its scheme, mysql:// or postgres://")
    if scheme in ("mysql", "mariadb"):
        parts = _parse_mysql(rest, scheme)
    elif scheme in ("postgres", "postgresql"):
        parts = _parse_postgresql(rest, scheme)
    else:
        raise RewriteError(f"the DSN's scheme '{scheme}' is neither MySQL nor PostgreSQL")
    return replace(parts, variables=tuple(variables))


def to_postgresql(
    text: str,
    *,
    host: str | None = None,
    port: str | int | None = None,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    sslmode: str | None = None,
    in_compose: bool = False,
) -> Dsn:
    """The PostgreSQL DSN in the place of `text`: login and address as given, pool parameters as they were."""
    found = parse(text, in_compose=in_compose)
    kept, dropped = _parameters(found, sslmode)
    if in_compose:
        variables = list(found.variables)
        user, password, host = (one and _hidden(one, variables) for one in (user, password, host))
        found = replace(found, variables=tuple(variables))
    if found.is_mysql:
        host = host if host is not None else _network_host(found)
        port = port if port is not None else "5432"
    return replace(
        found,
        scheme="postgres",
        user=found.user if user is None else user,
        password=found.password if password is None else password,
        host=found.host if host is None else host,
        port=found.port if port is None else str(port),
        database=database or found.database,
        parameters=kept,
        dropped=dropped,
    )


def _network_host(found: Dsn) -> str:
    if found.host.startswith("/"):
        raise RewriteError(
            "the MySQL DSN names a Unix socket, which says nothing of where PostgreSQL is; give its host"
        )
    return found.host or "localhost"


def _parameters(found: Dsn, sslmode: str | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """What stays, in the order sslmode, pool, others; and the names of what does not."""
    given = dict(found.parameters)
    dropped: list[str] = []
    chosen = sslmode or given.pop("sslmode", None)
    given.pop("sslmode", None)
    tls = given.pop("tls", None)
    if tls is not None:
        dropped.append("tls")
        chosen = chosen or SSLMODE_OF_TLS.get(tls, "require")
    timeout = given.pop("timeout", None)
    if timeout is not None:
        dropped.append("timeout")
        given.setdefault("connect_timeout", _whole_seconds(timeout))
    kept = {"sslmode": chosen or ("disable" if found.is_mysql else "")}
    for name, value in given.items():
        if name in POOL or name in POSTGRESQL:
            kept[name] = value
        else:
            dropped.append(name)
    return {name: value for name, value in kept.items() if value}, tuple(dropped)


def _whole_seconds(duration: str) -> str:
    found = re.fullmatch(r"([0-9.]+)(ms|s|m|h)", duration)
    return str(max(1, round(float(found[1]) * _SECONDS[found[2]]))) if found else ""


def _parse_mysql(rest: str, scheme: str) -> Dsn:
    """As the driver does: the last slash ends the address, the last @ before it the login."""
    address, slash, tail = rest.rpartition("/")
    if not slash:
        raise RewriteError("the MySQL DSN has no / before the database")
    database, _mark, query = tail.partition("?")
    login, _at, network = address.rpartition("@")
    user, _colon, password = login.partition(":")
    protocol, bracket, inside = network.partition("(")
    host, port = _host_and_port(inside.removesuffix(")") if bracket else protocol)
    if bracket and protocol == "unix":
        host, port = inside.removesuffix(")"), ""
    return Dsn(scheme, user, password, host, port, database, _query(query))


def _parse_postgresql(rest: str, scheme: str) -> Dsn:
    """Forgiving: a password may hold what it should have encoded."""
    login, at, address = rest.rpartition("@")
    if not at:
        login, address = "", rest
    user, _colon, password = login.partition(":")
    network, _slash, tail = address.partition("/")
    database, _mark, query = tail.partition("?")
    half = re.fullmatch(r"[a-z]+\((.*)\)", network)  # tcp(host:port), left over from the other form
    host, port = _host_and_port(half[1] if half else network)
    parameters = _query(query)
    return Dsn(
        scheme, unquote(user), unquote(password), unquote(host), unquote(port), unquote(database), parameters
    )


def _host_and_port(text: str) -> tuple[str, str]:
    bracketed = re.fullmatch(r"\[(.*)\](?::(.*))?", text)
    if bracketed:
        return bracketed[1], bracketed[2] or ""
    host, colon, port = text.rpartition(":")
    return (host, port) if colon else (text, "")


def _query(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return {unquote(name): unquote(value) for name, _equals, value in pairs}


def _hidden(text: str, variables: list[str]) -> str:
    """Variables of compose as one private character each, so that what stands in them cuts nothing."""

    def hide(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        variables.append(found[0])
        return chr(_FIRST_PRIVATE + len(variables) - 1)

    return _VARIABLE.sub(hide, text)


def is_dsn(text: str) -> bool:
    """Whether a text is a DSN of one of the two databases."""
    return bool(re.match(r"(?:mysql|mariadb|postgres|postgresql)://", text))


def as_parts(found: Dsn) -> dict[str, t.Any]:
    """For a filter's result."""
    return {
        "scheme": found.scheme,
        "user": found.user,
        "password": found.password,
        "host": found.host,
        "port": found.port,
        "database": found.database,
        "parameters": dict(found.parameters),
        "dropped": list(found.dropped),
    }


__all__ = ("Dsn", "as_parts", "is_dsn", "parse", "to_postgresql")
