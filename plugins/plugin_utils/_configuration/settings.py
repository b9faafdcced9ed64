# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What a rewriting is told: where PostgreSQL is, who logs in, what else is to go."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, fields
from urllib.parse import quote

from .problem import RewriteError

MYSQL_FAMILY = ("MYSQL_ROOT_PASSWORD", "MYSQL_DATABASE", "MYSQL_DB_PORT", "MYSQL_CHARSET")


@dataclass(frozen=True)
class Settings:
    """One set of files, one target."""

    host: str = "postgres"
    """Name or address of PostgreSQL for the services; the compose service of that name when there is one."""
    port: int = 5432
    database: str = "alkemio"
    kratos_database: str = "kratos"
    user: str = ""
    """Login of Alkemio and Kratos; empty: what POSTGRES_USER says."""
    password: str = ""
    """Its password; empty: what POSTGRES_PASSWORD says."""
    sslmode: str = "disable"
    keep_mysql_variables: bool = False
    """Whether the variables of the oldest family stay, for releases that still read them."""
    backup_directory: str = ""
    """Where rewritten backup jobs write, inside their container; empty: where they wrote before."""
    removed_services: tuple[str, ...] = ()
    """Services to take away beside those that run a MySQL server."""
    config_map: str = "alkemio-config"
    secret: str = "alkemio-secrets"
    password_in: str = ""
    """Which of the two holds POSTGRES_PASSWORD, `config_map` or `secret`; empty: what the files show."""
    password_found: str = ""
    """Which of the two holds it in the cluster, where the files do not show it."""
    clients: tuple[str, ...] = ("alkemio-server-deployment", "server-migration")
    """Names of the workloads that log in to the database; all others keep their environment."""
    url_user: str = "${POSTGRES_USER}"
    url_password: str = "${POSTGRES_PASSWORD}"
    """How a DSN in a compose file names the login. Set when the environment file has been read."""
    environment: dict[str, str] = field(default_factory=dict)
    """What the environment file says after its rewriting. Holds secrets."""

    @classmethod
    def of(cls, options: dict[str, t.Any]) -> Settings:
        """From the options of a task; None means the default."""
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(options) - known)
        if unknown:
            raise RewriteError(f"unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        given = {name: value for name, value in options.items() if value is not None}
        for name in ("removed_services", "clients"):
            if name in given:
                given[name] = tuple(given[name])
        return cls(**given)

    @property
    def databases(self) -> tuple[str, str]:
        return (self.database, self.kratos_database)

    def families(self, user: str, password: str) -> dict[str, str]:
        """The variables of the two families that PostgreSQL releases of the server read, with their values."""
        return {
            "DATABASE_TYPE": "postgres",
            "DATABASE_HOST": self.host,
            "DATABASE_PORT": str(self.port),
            "DATABASE_USERNAME": user,
            "DATABASE_PASSWORD": password,
            "DATABASE_NAME": self.database,
            "POSTGRES_DB_PORT": str(self.port),
            "POSTGRES_DATABASE": self.database,
        }


def needs_encoding(value: str) -> bool:
    """Whether a value reads differently inside a URL."""
    return quote(value, safe="") != value


__all__ = ("MYSQL_FAMILY", "Settings", "needs_encoding")
