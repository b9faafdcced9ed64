# SPDX-License-Identifier: GPL-3.0-or-later
"""rehearse_copy.yml: from dump files to the verdict, while the server they came from is out of reach."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.support.playbooks import ansible, look, programs, stage
from tests.support.playbooks.ansible import Run
from tests.support.servers.server import Server

pytestmark = pytest.mark.long  # two whole migrations by playbooks for each family

PHASES = ["preflight", "backup", "inspect", "transform", "stop", "freeze", "dump", "load", "verify"]
NOWHERE = {
    "migration_source_login_host": "source.invalid",
    "migration_source_login_password": "of production",
}


@dataclass(frozen=True)
class Rehearsal:
    """An inventory of production, two dump files, and an empty target."""

    inventory: Path
    folder: Path
    platform: stage.Stage
    dumps: list[dict[str, str]]

    def play(self, name: str, *arguments: str, **variables: Any) -> Run:
        return ansible.of_checkout().playbook(name, self.inventory, *arguments, **variables)


@pytest.fixture(scope="module", params=["mysql", "mariadb"])
def rehearsal(
    request: pytest.FixtureRequest, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsal]:
    server = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("copy")
    platform = stage.make(server, postgresql, prefix=f"{request.param}_copy_")
    dumps = []
    for profile, pack in (("alkemio", gzip.compress), ("kratos", zstandard.ZstdCompressor().compress)):
        file = programs.dump(server, folder / profile, "--single-transaction", platform.databases[profile])
        file.write_bytes(pack(file.read_bytes()))
        checksum = hashlib.sha256(file.read_bytes()).hexdigest()
        dumps.append({"database": profile, "file": str(file), "checksum": checksum})
    variables = {
        **platform.variables(),
        **NOWHERE,
        "migration_databases": [
            {"name": profile, "target": name, "profile": profile}
            for profile, name in platform.databases.items()
        ],
        "migration_run_directory": str(folder / "run"),
        "migration_venv": str(_environment(folder / "venv")),
        "migration_python": sys.executable,
        "source_copy_dumps": dumps,
        "source_copy_program": str(programs.mariadbd() if request.param == "mariadb" else programs.mysqld()),
        "source_copy_buffer_pool_bytes": 1 << 27,
    }
    found = Rehearsal(ansible.write_inventory(folder, sys.executable, variables), folder, platform, dumps)
    yield found
    run = found.play("remove_copy", source_copy_remove_confirm=True)
    assert run.status == 0, run.output


def _environment(folder: Path) -> Path:
    """One that sees the libraries of these tests, so that none is fetched again."""
    venv.create(folder, with_pip=True)
    (library,) = folder.glob("lib/python*/site-packages")
    (library / "tests.pth").write_text(os.pathsep.join(path for path in sys.path if "site-packages" in path))
    return folder


@pytest.fixture(scope="module")
def first_run(rehearsal: Rehearsal) -> Run:
    return rehearsal.play("rehearse_copy")


@pytest.fixture(scope="module")
def finished(rehearsal: Rehearsal, first_run: Run) -> Rehearsal:
    assert first_run.status == 0, first_run.output
    return rehearsal


def test_a_copy_is_restored_migrated_and_verified(finished: Rehearsal, first_run: Run) -> None:
    numbered = [f"({number}/9) {name}" for number, name in enumerate(["restore", *PHASES])]
    assert first_run.plays == ["Guard the plan", numbered[0], "Guard the plan", *numbered[1:], "Last line"]
    assert "NOT PROVED: what the original of this copy holds by now" in first_run.output
    report = json.loads((finished.folder / "run/report.json").read_text("utf-8"))
    assert report["verdict"] == "equal"
    assert {found["name"]: found["tables"] for found in report["databases"]} == {"alkemio": 75, "kratos": 25}


@pytest.mark.parametrize("profile", stage.DATABASES)
def test_the_target_holds_the_rows_of_the_server_that_was_dumped(finished: Rehearsal, profile: str) -> None:
    """Compared by the drivers, past dump file and private server."""
    assert look.differences(finished.platform, profile) == []


def test_run_and_report_name_the_dump_files_by_checksum(finished: Rehearsal, first_run: Run) -> None:
    wanted = {dump["database"]: dump["checksum"] for dump in finished.dumps}
    assert json.loads((finished.folder / "run/run.json").read_text("utf-8"))["source_files"] == wanted
    assert json.loads((finished.folder / "run/report.json").read_text("utf-8"))["source_files"] == wanted
    for dump in finished.dumps:
        assert f"{dump['database']} comes from {dump['file']}, SHA-256 {dump['checksum']}" in first_run.output


def test_a_second_rehearsal_changes_nothing(finished: Rehearsal) -> None:
    run = finished.play("rehearse_copy", "-v")
    assert run.status == 0, run.output
    assert run.changed == 0
    assert NOWHERE["migration_source_login_password"] not in run.output


def test_check_mode_of_a_finished_rehearsal_foresees_nothing(finished: Rehearsal) -> None:
    run = finished.play("rehearse_copy", "--check", "--diff")
    assert run.status == 0, run.output
    assert run.changed == 0


def test_the_restore_alone_reads_the_files_again(finished: Rehearsal) -> None:
    dumps = [{**finished.dumps[0], "checksum": "0" * 64}]
    run = finished.play("rehearse_copy", "--tags", "restore", source_copy_dumps=dumps)
    assert run.status != 0
    assert f"has the SHA-256 {finished.dumps[0]['checksum']}, not 0000" in run.output
    assert run.plays == ["Guard the plan", "(0/9) restore"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--tags restor", "There is no tag restor. The phases are restore, preflight, backup, stop, freeze,"),
        ("--skip-tags always", "--skip-tags always would switch off the guard"),
        ("--skip-tags tagged", "--skip-tags tagged would skip every phase"),
        ("--limit bystander", "--limit leaves out mover"),
    ],
)
def test_a_plan_with_holes_is_refused(finished: Rehearsal, arguments: str, says: str) -> None:
    run = finished.play("rehearse_copy", *arguments.split())
    assert run.status != 0
    assert says in run.message
    assert run.plays == ["Guard the plan"]


def test_the_removal_wants_its_word(finished: Rehearsal) -> None:
    run = finished.play("remove_copy")
    assert run.status != 0
    assert "run again with -e source_copy_remove_confirm=true" in run.message
    run = finished.play("remove_copy", "--check")
    assert (run.status, run.changed) == (0, 1), run.output
    assert (finished.folder / "source-copy/server.sock").exists()


def test_the_copy_is_removed_and_the_rest_stays(finished: Rehearsal) -> None:
    for changed in (1, 0):
        run = finished.play("remove_copy", source_copy_remove_confirm=True)
        assert (run.status, run.changed) == (0, changed), run.output
    assert not (finished.folder / "source-copy").exists()
    assert (finished.folder / "run/report.json").exists()
    assert Path(finished.dumps[0]["file"]).exists()


def test_check_mode_before_the_first_restore_says_what_it_would_make(finished: Rehearsal) -> None:
    run = finished.play("rehearse_copy", "--tags", "restore", "--check")
    assert (run.status, run.changed) == (0, 1), run.output
    assert not (finished.folder / "source-copy").exists()
