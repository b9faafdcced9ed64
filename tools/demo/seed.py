# SPDX-License-Identifier: GPL-3.0-or-later
"""The two databases before the migration, made once for a pair of servers."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from tests.support import generator
from tests.support.playbooks import stage
from tests.support.servers.server import Server

NAME = "demo"
SCALE = "demo"
FOLDER = stage.CHECKOUT / "build" / NAME
RUN_DIRECTORY = FOLDER / "run"
# Beside the databases, not in them: they are what is compared
_MARKER = FOLDER / "seeded.json"


@dataclass(frozen=True)
class Seeded:
    """A stage, and whether it was there already."""

    stage: stage.Stage
    seconds: float
    made: bool


def seed(source: Server, target: Server, *, anew: bool) -> Seeded:
    """Make databases, rows, schemas and accounts, unless these very servers have them."""
    marker = _marker(source, target)
    if not anew and _MARKER.is_file() and json.loads(_MARKER.read_text(encoding="utf-8")) == marker:
        return Seeded(stage.known(NAME), 0.0, False)
    began = time.monotonic()
    _MARKER.unlink(missing_ok=True)
    _clear(source, target)
    made = stage.make(source, target, SCALE, workers=2)
    stage.write_accounts(NAME, made)
    _MARKER.write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
    return Seeded(made, time.monotonic() - began, True)


def _marker(source: Server, target: Server) -> dict[str, object]:
    """Servers that were taken down and made again have another password."""
    servers = hashlib.sha256(f"{source.password} {target.password}".encode()).hexdigest()
    return {"scale": SCALE, "seed": generator.DEFAULT_SEED, "servers": servers}


def _clear(source: Server, target: Server) -> None:
    """Take away what an earlier demo, or one killed while it seeded, has left."""
    for leftover in (RUN_DIRECTORY, FOLDER / "report.json"):
        _remove(leftover)
    nobody = stage.Account("", "")
    old = stage.Stage(source, target, nobody, nobody)
    with old.on_source() as session, session.cursor() as cursor:
        for name in old.databases.values():
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
        cursor.execute("DROP USER IF EXISTS 'reader'@'%'")
    with old.on_target() as connection:
        for name in old.databases.values():
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
        connection.execute("DROP ROLE IF EXISTS owner")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
