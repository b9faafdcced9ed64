# SPDX-License-Identifier: GPL-3.0-or-later
"""A source that demands a client's certificate is reached by every role that logs in, and by none without it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import servers
from tests.support.engine import places
from tests.support.playbooks import ansible, programs
from tests.support.playbooks.ansible import Run
from tests.support.servers.server import Server

PASSWORD = "sesame, open at once"


@dataclass(frozen=True)
class Demanding:
    """A MySQL with an account that only its certificate lets in; `papers`: those that the server itself has made."""

    server: Server
    database: str
    papers: dict[str, str]
    folder: Path

    def run(self, role: str, entry_point: str, prefix: str, shown: bool, **variables: Any) -> Run:
        login = {
            "login_user": "keyed",
            "login_password": PASSWORD,
            "login_host": "127.0.0.1",
            "login_port": self.server.port,
            "check_hostname": False,
            **{name: path for name, path in self.papers.items() if shown or name == "ca_cert"},
        }
        return ansible.role(
            self.folder,
            role,
            entry_point,
            {f"{prefix}{name}": value for name, value in login.items()} | variables,
        )


@pytest.fixture(scope="module")
def demanding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demanding]:
    folder = tmp_path_factory.mktemp("demanding")
    with servers.running("mysql", {}) as server:
        database = places.new_source(server)
        places.ask(
            server,
            database,
            "CREATE TABLE sale (id int PRIMARY KEY)",
            f"CREATE USER keyed@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE X509",
            "GRANT ALL ON *.* TO keyed@'%'",
        )
        papers = {}
        for option, file in (("ca_cert", "ca"), ("client_cert", "client-cert"), ("client_key", "client-key")):
            copy = folder / f"{file}.pem"
            copy.write_bytes((server.datadir / f"{file}.pem").read_bytes())
            copy.chmod(0o600)
            papers[option] = str(copy)
        yield Demanding(server, database, papers, folder)


@pytest.mark.parametrize("shown", [True, pytest.param(False, marks=pytest.mark.long)], ids=["shown", "kept"])
def test_the_sessions_and_the_freeze(demanding: Demanding, tmp_path: Path, shown: bool) -> None:
    ours = {
        "service_downtime_run_directory": str(tmp_path / "run"),
        "service_downtime_databases": [demanding.database],
        "service_downtime_freeze": True,
        "service_downtime_retries": 1,
        "service_downtime_venv": str(Path(sys.executable).parents[1]),
    }
    for entry_point in ("stop", "freeze", "thaw") if shown else ("stop",):
        run = demanding.run("service_downtime", entry_point, "service_downtime_", shown, **ours)
        assert (run.status == 0) is shown, run.output
    if shown:
        assert (tmp_path / "run/freeze.json").exists()
    else:
        assert "refused the login" in run.message


@pytest.mark.parametrize("shown", [True, pytest.param(False, marks=pytest.mark.long)], ids=["shown", "kept"])
def test_the_backup(demanding: Demanding, tmp_path: Path, shown: bool) -> None:
    run = demanding.run(
        "database_backup",
        "main",
        "database_backup_source_",
        shown,
        database_backup_directory=str(tmp_path),
        database_backup_source_databases=[demanding.database],
        database_backup_source_command=[str(programs.dumper("mysql"))],
        database_backup_target_file=os.devnull,
        database_backup_target_login_user="nobody",
    )
    assert (tmp_path / "source.sql.gz").exists() is shown, run.output
    if not shown:
        assert "Access denied" in run.message
