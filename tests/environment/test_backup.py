# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of both servers by their own programs: whole or refused, taken once, and one restored on another server."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import servers
from tests.support.engine import places
from tests.support.playbooks import ansible, programs
from tests.support.playbooks.ansible import Run
from tests.support.servers import host, roots
from tests.support.servers.server import Server


def command(program: str) -> list[str]:
    """A program of PostgreSQL in the servers' root."""
    chroot = [host.tool("chroot") or "chroot", str(roots.OF_KIND["postgresql"].path)]
    return host.privileged([*chroot, f"/usr/lib/postgresql/17/bin/{program}"])


def unpacked(file: Path) -> str:
    """The statements of a backup."""
    return gzip.decompress(file.read_bytes()).decode()


@dataclass
class Place:
    """A source, a cluster with the databases of several applications, and a folder for the backups."""

    source: Server
    target: Server
    folder: Path
    database: str

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def run(
        self, entry_point: str = "main", *arguments: str, then: Sequence[Any] = (), **variables: Any
    ) -> Run:
        mine = {
            "database_backup_directory": str(self.backups),
            "database_backup_source_databases": [self.database],
            "database_backup_source_command": [str(programs.dumper(self.source.kind))],
            "database_backup_target_command": command("pg_dumpall"),
        }
        for side, server in (("source", self.source), ("target", self.target)):
            mine |= {
                f"database_backup_{side}_login_{key}": getattr(server, key)
                for key in ("user", "password", "host", "port")
            }
        return ansible.role(
            self.folder, "database_backup", entry_point, mine | variables, *arguments, then=then
        )


@pytest.fixture
def target() -> Iterator[Server]:
    with servers.running("postgresql", {"shared_buffers": "32MB"}) as server:
        yield server


@pytest.fixture
def place(mysql: Server, target: Server, tmp_path: Path) -> Place:
    database = places.new_source(mysql)
    places.ask(mysql, database, "CREATE TABLE sale (id int PRIMARY KEY)", "INSERT INTO sale VALUES (1), (2)")
    places.ask(target, None, "CREATE DATABASE synapse", "CREATE DATABASE alkemio")
    places.ask(target, "synapse", "CREATE TABLE event AS SELECT n FROM generate_series(1, 500) n")
    places.ask(target, "alkemio", "CREATE TABLE sale AS SELECT 7 AS id")
    return Place(mysql, target, tmp_path, database)


def test_backups_are_taken_once_and_proved(place: Place) -> None:
    foreseen = place.run("main", "--check")
    assert foreseen.status == 0, foreseen.output
    assert not place.backups.exists()
    taken = place.run("main", "-vvv")
    assert taken.status == 0, taken.output
    assert place.target.password not in taken.output
    assert place.source.password not in taken.output
    again = place.run()
    assert (again.status, again.changed) == (0, 0), again.output
    assert "INSERT INTO `sale`" in unpacked(place.backups / "source.sql.gz")
    cluster = unpacked(place.backups / "target.sql.gz")
    assert "\\connect synapse" in cluster
    assert (place.backups / "target.sql.gz").stat().st_mode & 0o777 == 0o600

    whole = (place.backups / "target.sql.gz").read_bytes()
    (place.backups / "target.sql.gz").write_bytes(whole[: len(whole) // 2])
    assert "is not a whole backup" in place.run().message
    (place.backups / "target.sql.gz").write_bytes(whole)
    old = time.time() - 90_000
    os.utime(place.backups / "target.sql.gz", (old, old))
    foreign = {"database_backup_target_file": str(place.backups / "target.sql.gz")}
    assert "25.0 hours old" in place.run(**foreign).message
    assert place.run().changed > 0


def test_a_dump_that_fails_leaves_no_backup(place: Place) -> None:
    failed = place.run(database_backup_target_login_password="wrong")
    assert "made no backup" in failed.message
    assert "password authentication failed" in failed.message
    assert not (place.backups / "target.sql.gz").exists()


TELL = {
    "name": "Tell",
    "ansible.builtin.debug": {
        "msg": "DOUBTS {{ database_backup_doubts | map(attribute='text') | join(' AND ') }} END"
    },
}


def test_what_an_account_may_not_back_up_is_known_before(place: Place) -> None:
    """By the documented accounts: the reader without a word on routines, the owner who is no superuser."""
    assert "DOUBTS  END" in place.run("probe", then=[TELL]).output
    assert not place.backups.exists()
    places.ask(
        place.source,
        None,
        "CREATE USER reader IDENTIFIED BY 'secret'",
        f"GRANT SELECT, LOCK TABLES ON {place.database}.* TO reader",
    )
    places.ask(place.source, place.database, "CREATE VIEW seen AS SELECT id FROM sale")
    places.ask(place.target, None, "CREATE ROLE owner LOGIN PASSWORD 'secret'")
    poor = {
        f"database_backup_{side}_login_{key}": value
        for side, user in (("source", "reader"), ("target", "owner"))
        for key, value in (("user", user), ("password", "secret"))
    }
    said = place.run("probe", then=[TELL], **poor).output
    assert "The backup of the source would fail:" in said, said
    assert "of reader ended with" in said
    assert "The backup of the target would fail:" in said
    assert "permission denied for table pg_authid" in said
    assert "database_backup_target_login_user" in said
    assert "secret" not in said


def test_a_backup_after_the_cut_over_is_restored_elsewhere(place: Place) -> None:
    with servers.running("postgresql", {"shared_buffers": "32MB"}) as elsewhere:
        places.ask(elsewhere, None, "CREATE ROLE restorer LOGIN SUPERUSER PASSWORD 'secret'")
        login = [f"--host={elsewhere.host}", f"--port={elsewhere.port}", "--username=restorer"]
        restore = {
            "database_backup_elsewhere_command": [*command("psql"), *login, "--dbname=postgres", "--quiet"],
            "database_backup_elsewhere_login_password": "secret",
        }
        done = place.run("after_cutover", **restore)
        assert done.status == 0, done.output
        seen = replace(elsewhere, user=place.target.user, password=place.target.password)
        assert places.ask(seen, "synapse", "SELECT count(*) FROM event") == [(500,)]
        assert places.ask(seen, "alkemio", "SELECT id FROM sale") == [(7,)]
        assert place.run("after_cutover", **restore).changed == 0
        (place.backups / "target-after.sql.gz.restored").unlink()
        assert "failed elsewhere" in place.run("after_cutover", **restore).message


def test_without_a_directory_it_says_so(place: Place) -> None:
    run = place.run(database_backup_directory="")
    assert run.status == 0
    assert "NOT BACKED UP" in run.output
