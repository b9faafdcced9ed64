# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair of servers made ready for a migration: rows on the source, schemas on the target, accounts.

    python -m tests.support.playbooks.stage NAME

does it on the servers that "python -m tests.support.servers up --name NAME mariadb postgresql" has started, and
writes the accounts to build/NAME/vars.json, where inventories look for them.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pymysql
from psycopg import sql

from tests.support import generator
from tests.support.servers.environment import Environment
from tests.support.servers.server import Server

CHECKOUT = Path(__file__).resolve().parents[3]
DATABASES = ("alkemio", "kratos")


@dataclass(frozen=True)
class Account:
    """A user of one server with no more rights than the documentation asks for."""

    user: str
    password: str


@dataclass(frozen=True)
class Stage:
    """Where everything is. Databases bear the same name on both sides, the prefix and the profile's name."""

    source: Server
    target: Server
    source_account: Account
    target_account: Account
    prefix: str = ""

    @property
    def databases(self) -> dict[str, str]:
        """Their names on the servers, by profile."""
        return {profile: self.prefix + profile for profile in DATABASES}

    def variables(self) -> dict[str, Any]:
        """What the role migration wants to know of source and target."""
        return {
            "migration_databases": [
                {"name": profile, "source": name, "target": name, "profile": profile}
                for profile, name in self.databases.items()
            ],
            "migration_source_login_host": self.source.host,
            "migration_source_login_port": self.source.port,
            "migration_source_login_user": self.source_account.user,
            "migration_source_login_password": self.source_account.password,
            "migration_target_login_host": self.target.host,
            "migration_target_login_port": self.target.port,
            "migration_target_login_user": self.target_account.user,
            "migration_target_login_password": self.target_account.password,
        }

    def on_source(self, profile: str | None = None) -> pymysql.connections.Connection:
        """A session of the administrator, who may write."""
        return pymysql.connect(
            ssl_disabled=True,
            host=self.source.host,
            port=self.source.port,
            user=self.source.user,
            password=self.source.password,
            database=self.databases[profile] if profile else None,
            charset="utf8mb4",
            autocommit=True,
        )

    def on_target(self, profile: str | None = None, *, owner: bool = False) -> psycopg.Connection[Any]:
        """A session of the administrator, or of the role that owns the tables."""
        account = self.target_account if owner else Account(self.target.user, self.target.password)
        return psycopg.connect(
            host=self.target.host,
            port=self.target.port,
            user=account.user,
            password=account.password,
            dbname=self.databases[profile] if profile else "postgres",
            autocommit=True,
        )


def make(source: Server, target: Server, scale: str = "tiny", prefix: str = "", workers: int = 1) -> Stage:
    """Databases, rows, schemas and accounts. The servers must not have them yet."""
    stage = Stage(
        source,
        target,
        Account(f"{prefix}reader", secrets.token_urlsafe(16)),
        Account(f"{prefix}owner", secrets.token_urlsafe(16)),
        prefix,
    )
    _make_accounts(stage)
    for profile in DATABASES:
        with stage.on_source(profile) as source_session:
            generator.create_source(
                source_session, profile, scale, workers=workers, connect=partial(stage.on_source, profile)
            )
        with stage.on_target(profile, owner=True) as target_session:
            generator.create_target(target_session, profile)
    return stage


def _make_accounts(stage: Stage) -> None:
    reader, owner = stage.source_account, stage.target_account
    with stage.on_source() as session, session.cursor() as cursor:
        cursor.execute(f"CREATE USER '{reader.user}'@'%%' IDENTIFIED BY %s", (reader.password,))
        cursor.execute(f"GRANT REPLICATION CLIENT ON *.* TO '{reader.user}'@'%'")
        for name in stage.databases.values():
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
            cursor.execute(f"GRANT SELECT, LOCK TABLES ON `{name}`.* TO '{reader.user}'@'%'")
    role = sql.Identifier(owner.user)
    with stage.on_target() as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(owner.password))
        )
        for name in stage.databases.values():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(
                    sql.Identifier(name), role
                )
            )


def known(name: str) -> Stage:
    """The stage that main() has made on the servers of this name."""
    servers = Environment(name).servers
    accounts = json.loads(_accounts_file(name).read_text(encoding="utf-8"))
    source, target = (Account(**accounts[side]) for side in ("source", "target"))
    return Stage(servers["mariadb"], servers["postgresql"], source, target)


def write_accounts(name: str, stage: Stage) -> None:
    """Where known() and inventories look for them."""
    file = _accounts_file(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    accounts = {"source": asdict(stage.source_account), "target": asdict(stage.target_account)}
    file.write_text(json.dumps(accounts, indent=2) + "\n", encoding="utf-8")


def _accounts_file(name: str) -> Path:
    return CHECKOUT / "build" / name / "vars.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.playbooks.stage", description=__doc__)
    parser.add_argument("name", help="name of the servers")
    parser.add_argument("--scale", choices=generator.SCALES, default="tiny")
    options = parser.parse_args()
    servers = Environment(options.name).servers
    write_accounts(options.name, make(servers["mariadb"], servers["postgresql"], options.scale))
    return 0


if __name__ == "__main__":
    sys.exit(main())
