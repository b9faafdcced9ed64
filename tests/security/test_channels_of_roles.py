# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles that let other programs log in: a rogue learns no password, and a way that nobody vouches for is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.environment.test_backup import command
from tests.security import certificates
from tests.security.certificates import Authority
from tests.security.rogue import Rogue, at_port
from tests.support.playbooks import ansible, programs
from tests.support.playbooks.ansible import Run

pytestmark = pytest.mark.fault("B2")

PASSWORD = "sesame, open at once"
NOT_HERE = "192.0.2.1"
"""An address of nobody: nothing is sent there, since the role refuses before."""


def _run(folder: Path, role: str, entry_point: str, variables: dict[str, Any]) -> Run:
    return ansible.role(folder, role, entry_point, variables)


def _provision(host: str, port: int) -> dict[str, Any]:
    return {
        "postgresql_provision_login_user": "anna",
        "postgresql_provision_login_password": PASSWORD,
        "postgresql_provision_login_host": host,
        "postgresql_provision_login_port": port,
        "postgresql_provision_interpreter": sys.executable,
        "postgresql_provision_run_directory": "/nowhere",
    }


def _kratos(host: str, port: int) -> dict[str, Any]:
    return {
        "kratos_target_login_user": "anna",
        "kratos_target_login_password": PASSWORD,
        "kratos_target_login_host": host,
        "kratos_target_login_port": port,
        "kratos_interpreter": sys.executable,
    }


def _backup(folder: Path, host: str, port: int) -> dict[str, Any]:
    both = {
        f"database_backup_{one}_login_{key}": value
        for one in ("source", "target")
        for key, value in {"user": "anna", "password": PASSWORD, "host": host, "port": port}.items()
    }
    return {
        **both,
        "database_backup_directory": str(folder / "backups"),
        "database_backup_source_databases": ["shop"],
        "database_backup_source_command": [str(programs.dumper("mysql"))],
        "database_backup_target_command": command("pg_dumpall"),
    }


@pytest.mark.parametrize(
    ("role", "entry_point", "word", "authority"),
    [
        (
            "postgresql_provision",
            "main",
            "postgresql_provision_trust_network",
            "postgresql_provision_ca_cert with",
        ),
        ("kratos", "mail", "kratos_target_trust_network", "kratos_target_ca_cert with"),
        ("database_backup", "main", "database_backup_source_trust_network", "database_backup_source_ca_cert"),
        (
            "database_backup",
            "after_cutover",
            "database_backup_target_trust_network",
            "database_backup_target_ca_cert with",
        ),
    ],
)
def test_a_server_elsewhere_is_refused_by_its_variables(
    tmp_path: Path, role: str, entry_point: str, word: str, authority: str
) -> None:
    variables = {
        **_provision(NOT_HERE, 5432),
        **_kratos(NOT_HERE, 5432),
        **_backup(tmp_path, NOT_HERE, 3306),
    }
    run = _run(tmp_path, role, entry_point, variables)
    assert run.status != 0
    assert f"is not on this host ({NOT_HERE})" in run.message
    assert f"the server's authority in {authority}" in run.message
    assert f"set {word} to true" in run.message
    assert PASSWORD not in run.output


@pytest.mark.parametrize("role", ["postgresql_provision", "kratos", "database_backup"])
def test_no_role_tells_a_rogue_on_this_host_the_password(tmp_path: Path, role: str) -> None:
    with at_port(Rogue("cleartext")) as rogue:
        variables = {
            **_provision("127.0.0.1", rogue.port),
            **_kratos("127.0.0.1", rogue.port),
            **_backup(tmp_path, "127.0.0.1", rogue.port),
        }
        entry_point = {"kratos": "mail", "database_backup": "after_cutover"}.get(role, "main")
        run = _run(tmp_path, role, entry_point, variables)
    assert run.status != 0
    assert rogue.calls > 0
    assert not rogue.knows(PASSWORD)
    assert PASSWORD not in run.output


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_the_dump_programs_are_told_to_check_the_certificate(tmp_path: Path, kind: str) -> None:
    """By the role's own words: who shows a foreign certificate learns nothing."""
    ours, theirs = Authority("the authority of these tests"), Authority("somebody else")
    way = "caching_sha2_password" if kind == "mysql" else "mysql_native_password"
    variables = {
        "database_backup_source_ca_cert": certificates.write(tmp_path, "ca.pem", ours.pem),
        "database_backup_source_command": [str(programs.dumper(kind))],
    }
    for pair, told in ((theirs.issue("localhost"), False), (ours.issue("localhost"), True)):
        with at_port(Rogue(way, pair)) as rogue:
            mine = {**_backup(tmp_path, "127.0.0.1", rogue.port), **variables}
            assert _run(tmp_path, "database_backup", "main", mine).status != 0
        assert rogue.calls > 0
        assert any(b"anna" in block for block in rogue.told) is told


def test_pg_dumpall_is_told_to_check_the_certificate(tmp_path: Path) -> None:
    theirs = Authority("somebody else")
    with at_port(Rogue("cleartext", theirs.issue("localhost"))) as rogue:
        variables = {
            **_backup(tmp_path, "localhost", rogue.port),
            "database_backup_target_ssl_mode": "verify-full",
            "database_backup_target_ca_cert": "/no such/authority's file",
        }
        run = _run(tmp_path, "database_backup", "after_cutover", variables)
    assert 'root certificate file "/no such/authority\'s file" does not exist' in run.message
    assert rogue.told == []
