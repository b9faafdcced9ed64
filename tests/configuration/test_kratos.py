# SPDX-License-Identifier: GPL-3.0-or-later
"""The role kratos: real PostgreSQL, and a stand-in for Kratos that answers from it."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.configuration.conftest import Host
from tests.support import generator
from tests.support.playbooks import ansible, states
from tests.support.servers.server import Server

STAND_IN = ansible.CHECKOUT / "tests/support/docker/stand_ins/kratos_stand_in.py"
VERSIONS = ansible.CHECKOUT / "roles/kratos/files/schema_migration_v1.3.1.txt"
PASSWORD = "a pass@word of a test"


@dataclass(frozen=True)
class Kratos:
    """A database of Kratos on a real server, and what the role has to know of it."""

    server: Server
    database: str
    identity: str
    token: str

    @property
    def dsn(self) -> str:
        return (
            f"postgres://{self.server.user}:{self.server.password}@{self.server.host}:{self.server.port}"
            f"/{self.database}?sslmode=disable&max_conns=20"
        )

    def execute(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn.partition("?")[0], autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def variables(self) -> dict[str, Any]:
        return {
            "kratos_database": self.database,
            "kratos_target_login_host": self.server.host,
            "kratos_target_login_port": self.server.port,
            "kratos_target_login_user": self.server.user,
            "kratos_target_login_password": self.server.password,
            "kratos_directory": "/tmp",
            "kratos_driver": "command",
        }


@pytest.fixture(scope="module")
def kratos(postgresql: Server) -> Kratos:
    """Two people in one network, one of them with a session; three messages, two of which would be sent."""
    found = Kratos(postgresql, "role_kratos", str(uuid.uuid4()), "ory_st_" + uuid.uuid4().hex)
    address = found.dsn.replace("/role_kratos", "/postgres").partition("?")[0]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(found.database)))
    with psycopg.connect(found.dsn.partition("?")[0]) as connection:
        generator.create_target(connection, "kratos")
    network, credential = str(uuid.uuid4()), str(uuid.uuid4())
    found.execute("INSERT INTO networks VALUES (%(id)s, now(), now())", id=network)
    for identity in (found.identity, str(uuid.uuid4())):
        found.execute(
            "INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid)"
            " VALUES (%(id)s, 'default', '{}', now(), now(), %(nid)s)",
            id=identity,
            nid=network,
        )
    found.execute(
        "INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id,"
        " created_at, updated_at, nid) SELECT %(id)s, jsonb_build_object('hashed_password', %(hash)s::text), id,"
        " %(identity)s, now(), now(), %(nid)s FROM identity_credential_types WHERE name = 'password'",
        id=credential,
        hash=_bcrypt(PASSWORD),
        identity=found.identity,
        nid=network,
    )
    found.execute(
        "INSERT INTO identity_credential_identifiers SELECT gen_random_uuid(), 'one@example.org', %(id)s, now(), now(),"
        " %(nid)s, id FROM identity_credential_types WHERE name = 'password'",
        id=credential,
        nid=network,
    )
    found.execute(
        "INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, identity_id, created_at,"
        " updated_at, nid) VALUES (gen_random_uuid(), 'completed', 'email', true, 'one@example.org', %(id)s, now(),"
        " now(), %(nid)s)",
        id=found.identity,
        nid=network,
    )
    found.execute(
        "INSERT INTO sessions (id, expires_at, authenticated_at, identity_id, created_at, updated_at, token,"
        " active, nid, authentication_methods) VALUES (gen_random_uuid(), now() + interval '1 day', now(), %(id)s,"
        " now(), now(), %(token)s, true, %(nid)s, '[]')",
        id=found.identity,
        token=found.token,
        nid=network,
    )
    for status in (1, 2, 3):
        found.execute(
            "INSERT INTO courier_messages (id, type, status, body, subject, recipient, created_at, updated_at, nid)"
            " VALUES (gen_random_uuid(), 1, %(status)s, '', '', 'x@example.org', now(), now(), %(nid)s)",
            status=status,
            nid=network,
        )
    return found


@pytest.fixture(scope="module")
def ports(kratos: Kratos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The stand-in, serving."""
    file = tmp_path_factory.mktemp("stand-in") / "ports.json"
    serving = subprocess.Popen(
        [sys.executable, STAND_IN, "serve", "--ports", str(file)], env={**os.environ, "DSN": kratos.dsn}
    )
    try:
        until = time.monotonic() + 60
        while not file.exists():
            assert serving.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        found = json.loads(file.read_text())
        yield {f"kratos_{name}_url": f"http://127.0.0.1:{port}" for name, port in found.items()}
    finally:
        serving.kill()
        serving.wait()


def test_schema_is_migrated_once_and_pending_versions_are_named(host: Host, kratos: Kratos) -> None:
    command = [sys.executable, str(STAND_IN), "migrate", "--versions", str(VERSIONS)]
    kratos.execute("DELETE FROM schema_migration WHERE version > '2024'")
    run = host.role("kratos", "status", **kratos.variables())
    assert run.status != 0
    assert "migrations are pending from 2024" in run.output
    variables = {**kratos.variables(), "kratos_migrate_command": command, "kratos_dsn": kratos.dsn}
    check = host.role("kratos", "migrate", "--check", **variables)
    assert check.status == 0, check.output
    first = host.role("kratos", "migrate", **variables)
    assert (first.status, first.changed) == (0, 1), first.output
    assert "kratos is at v1.3.1: 315 migrations" in first.output
    second = host.role("kratos", "migrate", "-vvv", **variables)
    assert (second.status, second.changed) == (0, 0), second.output
    assert kratos.server.password not in first.output + second.output


def test_served_database_is_proved(host: Host, kratos: Kratos, ports: dict[str, str]) -> None:
    configuration = host.checkout / ".build/ory/kratos/kratos.yml"
    configuration.write_text((states.FIXTURES / "postgres/.build/ory/kratos/kratos.yml").read_text())
    environment = {name: {"DSN": kratos.dsn} for name in ("kratos-migrate", "kratos")}
    variables = {
        **kratos.variables(),
        **ports,
        "kratos_configuration_file": str(configuration),
        "kratos_environment": environment,
    }
    run = host.role("kratos", "main", "-vvv", **variables, kratos_expected_identities=2)
    assert (run.status, run.changed) == (0, 0), run.output
    assert "sees all 2 identities that PostgreSQL holds; the source had 2" in run.output
    assert kratos.server.password not in run.output


ON_MYSQL = "mysql://root:hunter2@tcp(mysql:3306)/kratos?max_conns=20"
COMPOSE = """\
#!/bin/sh
# A stand-in for docker compose: "config" shows a DSN, "run" migrates with that of the environment. Not the real one.
case " $* " in
*" config "*) echo '{{"services": {{"kratos-migrate": {{"environment": {{"DSN": "{dsn}"}}}}}}}}' ;;
*" run --rm --no-deps --env DSN kratos-migrate ") exec {python} {stand_in} migrate --versions {versions} ;;
*) echo "the stand-in knows nothing of $*" >&2; exit 1 ;;
esac
"""


def compose(folder: Path) -> dict[str, Any]:
    """What the role has to know of a compose project that still names MySQL."""
    program = folder / "docker"
    program.write_text(
        COMPOSE.format(dsn=ON_MYSQL, python=sys.executable, stand_in=STAND_IN, versions=VERSIONS)
    )
    program.chmod(0o755)
    return {"kratos_driver": "compose", "kratos_docker": [str(program)], "kratos_directory": str(folder)}


@pytest.mark.parametrize(
    ("place", "dsn", "meets"),
    [
        ("compose", ON_MYSQL, "the source, by a DSN of MySQL"),
        ("environment", ON_MYSQL, "the source, by a DSN of MySQL"),
        ("environment", "", "a database that nobody has named"),
        ("variable", ON_MYSQL, "the source, by a DSN of MySQL"),
        ("variable", "memory", "a database by a DSN that is not of PostgreSQL"),
        ("variable", "postgres://u:hunter2@h:5432/alkemio?sslmode=disable", "the database alkemio"),
    ],
)
def test_no_other_database_than_the_target_is_migrated(
    host: Host, kratos: Kratos, place: str, dsn: str, meets: str
) -> None:
    kratos.execute("DELETE FROM schema_migration WHERE version > '2024'")
    ran = host.folder / "ran"
    variables = {**kratos.variables(), "kratos_migrate_command": ["touch", str(ran)]}
    if place == "compose":
        variables |= compose(host.folder)
    elif place == "environment":
        variables["kratos_environment"] = {"kratos-migrate": {"DSN": dsn}}
    else:
        variables["kratos_dsn"] = dsn
    run = host.role("kratos", "migrate", "-vvv", **variables)
    assert run.status != 0
    assert f"kratos migrate sql was not run, since it would migrate {meets}" in run.output
    assert "hunter2" not in run.output
    assert not ran.exists()


def test_a_compose_project_that_names_mysql_migrates_the_target_with_its_dsn(
    host: Host, kratos: Kratos
) -> None:
    kratos.execute("DELETE FROM schema_migration WHERE version > '2024'")
    variables = {**kratos.variables(), **compose(host.folder), "kratos_dsn": kratos.dsn}
    run = host.role("kratos", "migrate", "-vvv", **variables)
    assert (run.status, run.changed) == (0, 1), run.output
    assert kratos.server.password not in run.output
    assert "is at v1.3.1: 315 migrations" in run.output


def test_a_command_that_names_mysql_is_not_run(host: Host, kratos: Kratos, tmp_path: Path) -> None:
    kratos.execute("DELETE FROM schema_migration WHERE version > '2024'")
    command = ["sh", "-c", f"touch {tmp_path}/ran", "mysql://root@tcp(mysql:3306)/kratos"]
    run = host.role(
        "kratos", "migrate", **kratos.variables(), kratos_migrate_command=command, kratos_dsn=kratos.dsn
    )
    assert run.status != 0
    assert "kratos migrate sql was not run" in run.output
    assert not (tmp_path / "ran").exists()


def test_who_registers_later_is_no_failure_and_who_is_missing_is_one(
    host: Host, kratos: Kratos, ports: dict[str, str]
) -> None:
    table = {"name": "identities", "source_rows": 2, "target_rows": 2}
    report = {"databases": [{"name": "kratos", "verdict": "equal", "table_results": [table]}]}
    (host.folder / "report.json").write_text(json.dumps(report))
    variables = {**kratos.variables(), **ports, "kratos_run_directory": str(host.folder)}
    newcomer = str(uuid.uuid4())
    kratos.execute(
        "INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid)"
        " SELECT %(id)s, 'default', '{}', now(), now(), id FROM networks",
        id=newcomer,
    )
    try:
        run = host.role("kratos", "identities", **variables)
        assert run.status == 0, run.output
        assert "sees all 3 identities that PostgreSQL holds; the source had 2" in run.output
        slashed = {**variables, "kratos_admin_url": f"{ports['kratos_admin_url']}/admin"}
        assert host.role("kratos", "identities", **slashed).status == 0
    finally:
        kratos.execute("DELETE FROM identities WHERE id = %(id)s", id=newcomer)
    table["source_rows"] = 3
    (host.folder / "report.json").write_text(json.dumps(report))
    run = host.role("kratos", "identities", **variables)
    assert run.status != 0
    assert f"Kratos at {ports['kratos_admin_url']} sees 2 identities, the source had 3" in run.output
    assert "set kratos_expected_identities to the number that is right" in run.output


def test_a_kratos_on_another_database_is_found_by_what_postgresql_holds(
    host: Host, kratos: Kratos, ports: dict[str, str]
) -> None:
    """As in memory: it knows nobody, though as many are expected as it says."""
    kratos.execute("INSERT INTO networks VALUES (gen_random_uuid(), '2000-01-01', now())")
    try:
        run = host.role("kratos", "identities", **kratos.variables(), **ports, kratos_expected_identities=0)
    finally:
        kratos.execute("DELETE FROM networks WHERE created_at = '2000-01-01'")
    assert run.status != 0
    assert "sees 0 identities, and PostgreSQL holds 2 in role_kratos" in run.output


def test_a_silent_port_is_told_with_a_reason(host: Host) -> None:
    run = host.role(
        "kratos",
        "health",
        kratos_admin_url="http://127.0.0.1:9",
        kratos_health_retries=1,
        kratos_health_delay=0,
    )
    assert run.status != 0
    assert "is not ready" in run.output
    assert "refused" in run.output


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("memory", "The service kratos has no usable DSN"),
        (None, "The service kratos has no usable DSN"),
        ("postgres://u:p@w/d?@h/role_kratos?max_conns=1", "percent-encoded, with exactly one question mark"),
        ("postgres://u:p@h/role_kratos?parseTime=true", "nothing that only MySQL knows"),
    ],
)
def test_an_unusable_dsn_is_refused(host: Host, kratos: Kratos, dsn: str | None, reason: str) -> None:
    configuration = host.checkout / "kratos.yml"
    configuration.write_text("dsn: postgres://nowhere.invalid/kratos\n")
    variables = {
        **kratos.variables(),
        "kratos_configuration_file": str(configuration),
        "kratos_services": ["kratos"],
    }
    run = host.role(
        "kratos", "configuration", **variables, kratos_environment={"kratos": {"DSN": dsn} if dsn else {}}
    )
    assert run.status != 0
    assert reason in run.output


def test_a_file_that_says_memory_is_refused(host: Host, kratos: Kratos) -> None:
    configuration = str(host.checkout / ".build/ory/kratos/kratos.yml")
    run = host.role("kratos", "configuration", **kratos.variables(), kratos_configuration_file=configuration)
    assert run.status != 0
    assert "says dsn: memory" in run.output


def test_a_session_of_the_source_is_valid(host: Host, kratos: Kratos, ports: dict[str, str]) -> None:
    variables = {
        **ports,
        "kratos_login_session_token": kratos.token,
        "kratos_login_identity_id": kratos.identity,
    }
    run = host.role("kratos", "login", "-vvv", **variables)
    assert (run.status, run.changed) == (0, 0), run.output
    assert kratos.token not in run.output
    run = host.role("kratos", "login", **{**variables, "kratos_login_identity_id": str(uuid.uuid4())})
    assert run.status != 0
    assert "of another identity" in run.output


@pytest.mark.long
def test_a_password_logs_in(host: Host, kratos: Kratos, ports: dict[str, str]) -> None:
    variables = {**ports, "kratos_login_identifier": "one@example.org", "kratos_login_password": PASSWORD}
    run = host.role("kratos", "login", "-vvv", **variables, kratos_login_identity_id=kratos.identity)
    assert run.status == 0, run.output
    assert PASSWORD not in run.output
    run = host.role("kratos", "login", **{**variables, "kratos_login_password": "another"})
    assert run.status != 0
    assert "the password or the name is wrong" in run.output


def test_waiting_mail_is_given_up_only_when_asked(host: Host, kratos: Kratos) -> None:
    count = "SELECT count(*) FROM courier_messages WHERE status IN (1, 3)"
    run = host.role("kratos", "mail", **kratos.variables())
    assert (run.status, run.changed) == (0, 0), run.output
    assert "2 messages are queued" in run.output
    check = host.role("kratos", "mail", "--check", **kratos.variables(), kratos_neutralise_mail=True)
    assert (check.status, check.changed) == (0, 1), check.output
    assert kratos.execute(count) == [(2,)]
    first = host.role("kratos", "mail", **kratos.variables(), kratos_neutralise_mail=True)
    assert (first.status, first.changed) == (0, 1), first.output
    assert kratos.execute(count) == [(0,)]
    second = host.role("kratos", "mail", **kratos.variables(), kratos_neutralise_mail=True)
    assert (second.status, second.changed) == (0, 0), second.output


def test_changed_secrets_are_named_and_never_shown(host: Host, kratos: Kratos) -> None:
    configuration = host.checkout / ".build/ory/kratos/kratos.yml"
    file = host.folder / "fingerprints.json"
    variables = {
        **kratos.variables(),
        "kratos_configuration_file": str(configuration),
        "kratos_secrets_file": str(file),
    }
    first = host.role("kratos", "secrets", "-vvv", "--diff", **variables)
    assert (first.status, first.changed) == (0, 1), first.output
    assert file.stat().st_mode & 0o077 == 0
    second = host.role("kratos", "secrets", **variables)
    assert (second.status, second.changed) == (0, 0), second.output
    configuration.write_text(configuration.read_text().replace("a-cookie", "another-cookie"))
    third = host.role("kratos", "secrets", "-vvv", **variables)
    assert third.status != 0
    assert "Secrets of Kratos are not what they were: cookie." in third.output
    assert "cookie-secret-of-the-tests" not in first.output + second.output + third.output + file.read_text()


def _bcrypt(password: str) -> str:
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    return str(library.crypt(password.encode(), b"$2a$04$abcdefghijklmnopqrstuu").decode())


def test_stand_in_is_no_kratos() -> None:
    assert "NOT Kratos" in Path(STAND_IN).read_text()
