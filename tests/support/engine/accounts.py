# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of docs/privileges.md, made by the statements that stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.support.engine import places
from tests.support.servers.server import Server

PAGE = Path(__file__).resolve().parents[3] / "docs/privileges.md"
PASSWORD = "a-long-password"


def statements(heading: str, number: int = 0) -> list[str]:
    """The SQL of the `number`th block below the heading that begins so."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    block = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)[number]
    return [line.rstrip(";") for line in block.splitlines() if line and not line.startswith("--")]


def source_account(server: Server, database: str, leave_out: str = "nothing at all") -> Server:
    """The server as the documented account sees it, but for one privilege."""
    heading = "The source: MariaDB" if server.kind == "mariadb" else "The source: MySQL"
    user = places.unique("account")
    for statement in statements(heading):
        kept = statement.replace(f"{leave_out}, ", "").replace(f", {leave_out}", "")
        if leave_out not in kept:
            places.ask(server, None, _renamed(kept, database, user))
    return replace(server, user=user, password=PASSWORD)


def target_role(
    server: Server, make: Callable[[Server, str], None], leave_out: Sequence[str] = ()
) -> tuple[Server, str]:
    """A database of somebody else's, and the server as the documented role sees it.

    `make` fills the database as that role, before the rights of `leave_out` are taken.
    """
    role = places.unique("role")
    database = places.unique("owned")
    for statement in statements("The target: PostgreSQL", 1):
        inside = " ON SCHEMA " in statement
        places.ask(server, database if inside else None, _renamed(statement, database, role))
    places.ask(
        server,
        database,
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    )
    seen = replace(server, user=role, password=PASSWORD)
    make(seen, database)
    for right in leave_out:
        places.ask(
            server, database, f"REVOKE {right} FROM {role}".replace("DATABASE", f"DATABASE {database}")
        )
    return seen, database


def _renamed(statement: str, database: str, user: str) -> str:
    """The page calls the database and the target's role the same."""
    statement = re.sub(r"ROLE alkemio|TO alkemio", lambda found: found[0].replace("alkemio", user), statement)
    return statement.replace("alkemio", database).replace("'convergence'", f"'{user}'")
