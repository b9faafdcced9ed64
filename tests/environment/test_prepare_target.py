# SPDX-License-Identifier: GPL-3.0-or-later
"""A target is made while the application works on the source, and nothing is run with the source's address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import places
from tests.support.generator.schema_postgresql import schema_statements
from tests.support.playbooks import ansible
from tests.support.playbooks.ansible import Run
from tests.support.servers.server import Server

STAND_IN = ansible.CHECKOUT / "tests/support/docker/stand_ins/kratos_stand_in.py"
VERSIONS = ansible.CHECKOUT / "roles/kratos/files/schema_migration_v1.3.1.txt"
BASELINE = """
-- What the application's own migration makes; 100 % of it.
CREATE TABLE sale (id uuid DEFAULT uuid_generate_v4() PRIMARY KEY, note varchar(20) NOT NULL);
CREATE INDEX sale_note ON sale (note);
"""


class Place:
    """A source with one application and Kratos, and a server without their databases."""

    def __init__(self, source: Server, target: Server, folder: Path) -> None:
        self.source, self.target, self.folder = source, target, folder
        self.shop, self.kratos = places.new_source(source, "shop"), places.seeded_source(source, "kratos")
        self.owner = f"{self.shop}_owner"
        (folder / "baseline.sql").write_text(BASELINE)

    @property
    def dsn(self) -> str:
        return f"postgres://{self.owner}:secret@{self.target.host}:{self.target.port}/{self.kratos}?sslmode=disable"

    def variables(self) -> dict[str, Any]:
        source, target = self.source, self.target
        databases = [
            {"name": name, "owner": self.owner, "extensions": ["uuid-ossp"]}
            for name in (self.shop, self.kratos)
        ]
        schema = {
            "name": "shop",
            "sql_file": str(self.folder / "baseline.sql"),
            "owner": self.owner,
            "database": self.shop,
            "table": "sale",
        }
        return {
            "migration_run_directory": str(self.folder / "run"),
            "migration_venv": str(Path(sys.executable).parents[1]),
            "migration_python": sys.executable,
            "migration_databases": [{"name": self.shop}, {"name": self.kratos, "profile": "kratos"}],
            "migration_source_login_host": source.host,
            "migration_source_login_port": source.port,
            "migration_source_login_user": source.user,
            "migration_source_login_password": source.password,
            "migration_target_login_host": target.host,
            "migration_target_login_port": target.port,
            "migration_target_login_user": self.owner,
            "migration_target_login_password": "secret",
            "postgresql_provision_login_user": target.user,
            "postgresql_provision_login_password": target.password,
            "postgresql_provision_login_host": target.host,
            "postgresql_provision_login_port": target.port,
            "postgresql_provision_roles": [{"name": self.owner, "password": "secret"}],
            "postgresql_provision_databases": databases,
            "postgresql_provision_schema_commands": [schema],
        }

    def of_kratos(self) -> dict[str, Any]:
        command = [sys.executable, str(STAND_IN), "migrate", "--versions", str(VERSIONS)]
        source = self.source
        mysql = f"mysql://{source.user}:{source.password}@tcp({source.host}:{source.port})/{self.kratos}"
        return {
            "kratos_driver": "command",
            "kratos_directory": str(self.folder),
            "kratos_database": self.kratos,
            "kratos_target_login_host": self.target.host,
            "kratos_target_login_port": self.target.port,
            "kratos_target_login_user": self.owner,
            "kratos_target_login_password": "secret",
            "kratos_migrate_command": [*command, "--schema", str(self.folder / "kratos.sql")],
            "kratos_environment": {"kratos-migrate": {"DSN": mysql}},
        }

    def play(self, *arguments: str, **variables: Any) -> Run:
        inventory = ansible.write_inventory(
            self.folder, sys.executable, self.variables(), services={"platform": self.of_kratos()}
        )
        return ansible.of_checkout().playbook("prepare_target", inventory, *arguments, **variables)


@pytest.fixture(params=["mariadb", "mysql"])
def place(request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path) -> Iterator[Place]:
    found = Place(request.getfixturevalue(request.param), postgresql, tmp_path)
    (tmp_path / "kratos.sql").write_text(";\n".join(schema_statements("kratos")))
    places.ask(
        found.source,
        found.shop,
        "CREATE TABLE sale (id char(36) NOT NULL PRIMARY KEY, note varchar(20) NOT NULL)",
    )
    yield found
    places.drop(postgresql, found.shop, found.kratos)
    places.drop(found.source, found.shop, found.kratos)


def test_a_target_is_made_and_lists_what_would_stop(place: Place) -> None:
    before = places.ask(place.source, place.kratos, "SELECT count(*) FROM schema_migration")
    refused = place.play()
    assert refused.status != 0
    assert (
        "kratos migrate sql was not run, since it would migrate the source, by a DSN of MySQL"
        in refused.message
    )
    assert place.source.password not in refused.output
    assert places.ask(place.source, place.kratos, "SELECT count(*) FROM schema_migration") == before

    made = place.play(kratos_dsn=place.dsn)
    assert made.status == 0, made.output
    assert (
        "PROVED: the target has its tables, and nothing that was asked would stop a migration" in made.output
    )
    for database in (place.shop, place.kratos):
        extension = "SELECT count(*) FROM pg_extension WHERE extname = 'uuid-ossp'"
        assert places.ask(place.target, database, extension) == [(1,)]
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'sale'"
    assert places.ask(place.target, place.shop, owner) == [(place.owner,)]
    assert places.ask(place.target, place.kratos, "SELECT count(*) FROM schema_migration") == [(315,)]
    assert places.ask(place.source, place.kratos, "SELECT count(*) FROM schema_migration") == before
    again = place.play(kratos_dsn=place.dsn)
    assert (again.status, again.changed) == (0, 0), again.output

    places.ask(place.target, place.shop, "INSERT INTO sale (note) VALUES ('somebody')")
    full = place.play("--tags", "preflight")
    assert full.status != 0
    assert f"{place.shop} holds rows in sale (1)" in " ".join(full.output.split())


def test_a_command_that_works_elsewhere_is_found_and_one_that_names_mysql_is_not_run(place: Place) -> None:
    ran = place.folder / "ran"
    entry = {"name": "shop", "database": place.shop, "table": "sale", "command": ["touch", str(ran)]}
    elsewhere = place.play("--tags", "databases,schema", postgresql_provision_schema_commands=[entry])
    assert elsewhere.status != 0
    assert f"{place.shop} on {place.target.host} has no table sale" in elsewhere.message
    ran.unlink()
    variables = {"PGURL": f"host={place.target.host} password=it's a $ecret", "EMPTY": ""}
    shows = ["sh", "-c", f'test -n "$PGURL" && test "${{EMPTY-x}}" = "" && printf %s "$PGURL" > {ran}']
    entry_with = {**entry, "command": shows, "environment": variables}
    told = place.play("--tags", "schema", "-vvv", postgresql_provision_schema_commands=[entry_with])
    assert told.status != 0
    assert ran.read_text() == variables["PGURL"]
    assert "EXEC" in told.output
    assert "PGURL=host" not in told.output
    ran.unlink()
    for wrong in (
        {"environment": {"DATABASE_URL": "mysql://root:hunter2@mysql/shop"}},
        {"command": ["sh", "-c", f"touch {ran}", "mysql2://root:hunter2@mysql/shop"]},
    ):
        refused = place.play("--tags", "schema", postgresql_provision_schema_commands=[{**entry, **wrong}])
        assert refused.status != 0
        assert "shop of postgresql_provision_schema_commands names an address of MySQL" in refused.message
        assert "hunter2" not in refused.message
    both = {**entry, "sql_file": "x.sql"}
    refused = place.play("--tags", "schema", postgresql_provision_schema_commands=[both])
    assert "needs either command or sql_file" in refused.message
    assert not ran.exists()
