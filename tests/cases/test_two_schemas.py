# SPDX-License-Identifier: GPL-3.0-or-later
"""Case 55: two databases of the source become two schemas of one target, in one run, as an operator asks for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cases.case import DATA, Case
from tests.cases.stage import script
from tests.support.engine import accounts, places
from tests.support.families import FAMILIES
from tests.support.playbooks import ansible
from tests.support.servers.server import Server

CASE = Case(DATA / "55-two-databases-one-target", "", ())
SCHEMAS = {"first": "a", "second": "b"}


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES)
def test_two_databases_arrive_in_two_schemas_of_one_target(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    sources = {schema: places.new_source(source, schema) for schema in SCHEMAS}
    for schema, table in SCHEMAS.items():
        script(source, sources[schema], CASE.sql("source"))
        if table != "a":
            places.ask(
                source, sources[schema], f"RENAME TABLE a TO {table}", f"INSERT INTO {table} VALUES (3)"
            )
    owner, target = accounts.target_role(postgresql, _make)
    inventory = ansible.write_inventory(
        tmp_path,
        sys.executable,
        {
            "migration_run_directory": str(tmp_path / "run"),
            "migration_python": sys.executable,
            "migration_databases": [
                {"name": schema, "source": sources[schema], "target": target, "schema": schema}
                for schema in SCHEMAS
            ],
            "migration_source_login_host": source.host,
            "migration_source_login_port": source.port,
            "migration_source_login_user": source.user,
            "migration_source_login_password": source.password,
            "migration_target_login_host": owner.host,
            "migration_target_login_port": owner.port,
            "migration_target_login_user": owner.user,
            "migration_target_login_password": owner.password,
        },
    )
    run = ansible.of_checkout().playbook("migrate", inventory)
    assert run.status == 0, run.message or run.output
    assert "Verdict equal" in run.output
    assert places.ask(postgresql, target, "SELECT id FROM first.a ORDER BY 1") == [(1,), (2,)]
    assert places.ask(postgresql, target, "SELECT id FROM second.b ORDER BY 1") == [(1,), (2,), (3,)]


def _make(owner: Server, database: str) -> None:
    places.ask(owner, database, CASE.sql("target"))
