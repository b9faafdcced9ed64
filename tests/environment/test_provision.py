# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases beside those of others, made once, also without a superuser; settings come and go."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.check import write
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import PostgreSQLLogin

from tests.support.engine import places
from tests.support.environment.place import WRITER
from tests.support.playbooks import ansible
from tests.support.playbooks.ansible import Run
from tests.support.servers.server import Server

FOREIGN = "synapse_of_others"
CHECKSUM = "SELECT md5(string_agg(e::text, ',' ORDER BY id)) FROM event e"


@dataclass
class Place:
    """A server that serves others already, and the role on the migration host."""

    server: Server
    """With the administrator's account."""
    superuser: Server
    folder: Path
    name: str

    def variables(self) -> dict[str, Any]:
        server, owner = self.server, f"{self.name}_owner"
        return {
            "postgresql_provision_login_user": server.user,
            "postgresql_provision_login_password": server.password,
            "postgresql_provision_login_host": server.host,
            "postgresql_provision_login_port": server.port,
            "postgresql_provision_interpreter": sys.executable,
            "postgresql_provision_run_directory": str(self.folder / "run"),
            "postgresql_provision_roles": [{"name": owner, "password": "a secret of the owner"}],
            "postgresql_provision_databases": [
                {
                    "name": f"{self.name}_alkemio",
                    "owner": owner,
                    "collation": "C",
                    "extensions": ["uuid-ossp", "pg_trgm", "btree_gin"],
                    "time_zone": "Europe/Sofia",
                },
                {"name": f"{self.name}_kratos", "owner": owner, "collation": "C"},
            ],
            "postgresql_provision_load_settings": {
                "maintenance_work_mem": "96MB",
                "synchronous_commit": "off",
                "datestyle": "German",
            },
        }

    def run(self, entry_point: str, *arguments: str, **variables: Any) -> Run:
        return ansible.role(
            self.folder, "postgresql_provision", entry_point, self.variables() | variables, *arguments
        )

    def ask(self, statement: str, database: str = "alkemio") -> list[tuple[Any, ...]]:
        return places.ask(self.superuser, f"{self.name}_{database}", statement)

    def settings(self, database: str = "alkemio") -> list[str]:
        """What is set for the database."""
        found = places.ask(
            self.superuser,
            None,
            "SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase "
            f"WHERE datname = '{self.name}_{database}' ORDER BY 1",
        )
        return [row[0] for row in found]


@pytest.fixture(params=["managed", pytest.param("superuser", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path) -> Iterator[Place]:
    """By a superuser, and by an administrator as a managed server has it."""
    if not places.ask(postgresql, None, f"SELECT 1 FROM pg_database WHERE datname = '{FOREIGN}'"):
        places.ask(postgresql, None, f"CREATE DATABASE {FOREIGN}")
        places.ask(
            postgresql,
            FOREIGN,
            "CREATE TABLE event (id integer PRIMARY KEY, body text)",
            "INSERT INTO event SELECT n, md5(n::text) FROM generate_series(1, 1000) n",
        )
    name = places.unique("provision")
    server = postgresql
    if request.param == "managed":
        places.ask(postgresql, None, f"CREATE ROLE {name}_admin LOGIN CREATEDB CREATEROLE PASSWORD 'secret'")
        server = replace(postgresql, user=f"{name}_admin", password="secret")
    before = places.ask(postgresql, FOREIGN, CHECKSUM)
    yield Place(server, postgresql, tmp_path, name)
    assert places.ask(postgresql, FOREIGN, CHECKSUM) == before
    for database in ("alkemio", "kratos"):
        places.drop(postgresql, f"{name}_{database}")


def test_makes_what_is_missing_once(place: Place) -> None:
    foreseen = place.run("main", "--check")
    assert foreseen.status == 0, foreseen.output
    assert foreseen.changed > 0
    made = place.run("main", "--diff", "-vvv")
    assert made.status == 0, made.output
    assert "a secret of the owner" not in made.output
    again = place.run("main")
    assert (again.status, again.changed) == (0, 0), again.output
    assert place.run("main", "--check").changed == 0

    owner = replace(place.superuser, user=f"{place.name}_owner", password="a secret of the owner")
    found = places.ask(
        owner,
        f"{place.name}_alkemio",
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate "
        "FROM pg_database WHERE datname = current_database()",
    )
    assert found == [(owner.user, "UTF8", "C")]
    assert place.settings() == ["TimeZone=Europe/Sofia"]
    extensions = place.ask("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")
    assert extensions == [("btree_gin",), ("pg_trgm",), ("uuid-ossp",)]
    places.ask(owner, f"{place.name}_kratos", "CREATE TABLE public.own (id integer)")


def test_settings_of_the_load_come_and_go(place: Place) -> None:
    assert place.run("main").status == 0
    place.ask(f"ALTER DATABASE {place.name}_alkemio SET maintenance_work_mem TO '48MB'")
    before = place.settings(), place.settings("kratos")
    foreseen = place.run("load_settings", "--check")
    assert foreseen.status == 0, foreseen.output
    assert foreseen.changed > 0
    assert (place.settings(), place.settings("kratos")) == before
    assert place.run("load_settings").changed > 0
    assert place.settings("kratos") == [
        "DateStyle=German",
        "maintenance_work_mem=96MB",
        "synchronous_commit=off",
    ]
    assert "maintenance_work_mem=96MB" in place.settings()
    again = place.run("load_settings")
    assert (again.status, again.changed) == (0, 0), again.output
    assert place.run("restore_settings", "--check").changed > 0
    restored = place.run("restore_settings")
    assert restored.status == 0, restored.output
    assert (place.settings(), place.settings("kratos")) == before
    assert place.run("restore_settings").changed == 0


def test_what_cannot_be_mended_is_refused_before_the_first_statement(place: Place) -> None:
    places.ask(
        place.server, None, f"CREATE DATABASE {place.name}_kratos TEMPLATE template0 LC_COLLATE 'C.UTF-8'"
    )
    refused = place.run("main")
    assert refused.status != 0
    assert (
        f"The database {place.name}_kratos exists with encoding UTF8 and collation C.UTF-8" in refused.message
    )
    roles = f"SELECT 1 FROM pg_roles WHERE rolname = '{place.name}_owner'"
    assert places.ask(place.superuser, None, roles) == []


def test_an_account_that_may_not_is_told(postgresql: Server, tmp_path: Path) -> None:
    name = places.unique("provision")
    places.ask(postgresql, None, f"CREATE ROLE {name}_clerk LOGIN PASSWORD 'secret'")
    clerk = replace(postgresql, user=f"{name}_clerk", password="secret")
    refused = Place(clerk, postgresql, tmp_path, name).run("main")
    assert refused.status != 0
    assert f"may not make the role {name}_owner, the database {name}_alkemio" in refused.message
    assert refused.changed == 0


def test_an_installation_from_nothing(postgresql: Server, tmp_path: Path) -> None:
    database = places.unique("new")
    login = {
        "kind": "postgresql",
        "host": postgresql.host,
        "port": postgresql.port,
        "user": f"{database}_owner",
    }
    (tmp_path / "shop.json").write_text(json.dumps({**login, "password": "a secret", "dbname": database}))
    command = {
        verb: [sys.executable, str(WRITER), verb, str(tmp_path / "shop.json")]
        for verb in ("start", "stop", "status", "schema")
    }
    service = {"name": "shop", "driver": "command", **command}
    schema = {"name": "shop", "command": service.pop("schema"), "database": database, "table": "sale"}
    variables = {
        **Place(postgresql, postgresql, tmp_path, database).variables(),
        "migration_run_directory": str(tmp_path / "run"),
        "migration_venv": str(Path(sys.executable).parents[1]),
        "migration_python": sys.executable,
        "postgresql_provision_roles": [{"name": f"{database}_owner", "password": "a secret"}],
        "postgresql_provision_databases": [{"name": database, "owner": f"{database}_owner"}],
        "postgresql_provision_schema_commands": [schema],
        "service_downtime_services": [service],
    }
    inventory = ansible.write_inventory(tmp_path, sys.executable, variables)
    play = ansible.of_checkout().playbook
    try:
        made = play("provision", inventory)
        assert made.status == 0, made.output
        assert places.ask(postgresql, database, "SELECT count(*) > 0 FROM sale") == [(True,)]
        again = play("provision", inventory)
        assert (again.status, again.changed) == (0, 0), again.output
        _hold_to_its_contract(postgresql, database, tmp_path, variables)
    finally:
        subprocess.run(command["stop"], check=True)


def _hold_to_its_contract(server: Server, database: str, folder: Path, variables: dict[str, Any]) -> None:
    """The playbook ends with the comparison: with a contract of the live schema, then with a schema that deviates."""
    contract = folder / "contract.json"
    login = PostgreSQLLogin(host=server.host, port=server.port, user=server.user, password=server.password)
    write(login, database, contract, ["public"])
    held = {**variables, "postgresql_provision_contract": {database: str(contract)}}
    inventory = ansible.write_inventory(folder, sys.executable, held)
    play = ansible.of_checkout().playbook
    equal = play("provision", inventory)
    assert (equal.status, equal.changed) == (0, 0), equal.output
    foreseen = play("provision", inventory, "--check")
    assert foreseen.status == 0, foreseen.output
    assert "NOT COMPARED" in foreseen.output
    places.ask(server, database, "COMMENT ON TABLE sale IS 'sold'", "ALTER TABLE sale ADD surplus integer")
    for arguments in ((), ("--check", "--tags", "contract"), ("--tags", "contract")):
        refused = play("provision", inventory, *arguments)
        assert refused.status != 0
        assert "column public.sale.surplus: it is new" in refused.message
        assert "comment" not in refused.message, "less grave than what fails"
    held["postgresql_provision_contract_ignore"] = ["column_surplus"]
    inventory = ansible.write_inventory(folder, sys.executable, held)
    assert play("provision", inventory, "--tags", "contract").status == 0
