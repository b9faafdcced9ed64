# SPDX-License-Identifier: GPL-3.0-or-later
"""A table whose key is itself a personal value: its rows are spoken of without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound, VerifyFailed

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

SECRET = "anna.geheim@example.org"


def profile(policies: dict[str, str]) -> dict[str, Any]:
    columns = [
        {"table": "member", "column": "email", "sensitive": True},
        {"table": "member", "column": "born", "policies": policies},
    ]
    return {"name": "club", "columns": columns}


def test_a_sensitive_key_is_in_no_message_and_no_file(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    source, target = places.new_source(mariadb, "club"), places.new_target(postgresql, "club")
    table = "CREATE TABLE member (email varchar(80) NOT NULL PRIMARY KEY, born {}, note varchar(20))"
    places.ask(
        mariadb,
        source,
        table.format("datetime"),
        "SET sql_mode = ''",
        f"INSERT INTO member VALUES ('{SECRET}', '0000-00-00', 'a'), ('ben@example.org', '2001-01-01', 'b')",
    )
    places.ask(postgresql, target, table.format("timestamp"))
    moves = [Move("club", source, target, "club")]
    migration = Migration(mariadb, postgresql, tmp_path / "run", moves, {"club": profile({})}).prepare()
    with pytest.raises(MisfitsFound, match=r"email=\(sensitive\)") as found:
        migration.dump()
    assert SECRET not in json.dumps(found.value.details)

    migration.profiles = {"club": profile({"zero_date": "null"})}
    migration.transform()
    migration.dump()
    (line,) = migration.alterations()
    assert line["key"]["email"].startswith("hmac:")

    migration.load()
    places.ask(postgresql, target, f"UPDATE member SET note = 'other' WHERE email = '{SECRET}'")
    with pytest.raises(
        VerifyFailed, match=r"the row email=hmac:[0-9a-f]+ is changed in column note"
    ) as failed:
        migration.verify()
    assert SECRET not in json.dumps(failed.value.details)
    files = [path for path in migration.run.iterdir() if path.is_file()]
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
