# SPDX-License-Identifier: GPL-3.0-or-later
"""No process of ours grows with the data."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

ROWS = 200_000
LIMIT_MB = 300


def family_of(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *(int(child) for child in children.read_text("ascii").split())]


def peak_mb(process: subprocess.Popen[str]) -> int:
    """The largest peak of a process and its workers; the kernel keeps each one's own."""
    peak = 0
    while process.poll() is None:
        for pid in family_of(process.pid) if Path(f"/proc/{process.pid}").exists() else []:
            try:
                status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
            except OSError:
                continue  # it has just ended
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]))
        time.sleep(0.01)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(output)["changed"]
    return peak // 1024


@pytest.mark.long
def test_no_process_grows_beyond_its_limit(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:

    source = (
        *small.many_rows(ROWS),
        "CREATE TABLE broad (id int NOT NULL PRIMARY KEY, content longblob NOT NULL)",
        "INSERT INTO broad VALUES (1, REPEAT('0123456789', 700000)), (2, '')",
        "INSERT INTO many VALUES (-1, UUID(), 'x', 0, '2024-01-01')",
    )
    target = (*small.MANY_TARGET, "CREATE TABLE broad (id integer PRIMARY KEY, content bytea NOT NULL)")
    migration: Migration = small.pair(mariadb, postgresql, tmp_path, source, target)
    migration.prepare()
    peaks = {
        "dump": peak_mb(migration.start("dump", workers=2, chunk_bytes=4 << 20)),
        "load": peak_mb(migration.start("load", workers=2)),
    }
    assert migration.verify().equal
    assert all(20 < peak < LIMIT_MB for peak in peaks.values()), peaks
    assert places.ask(postgresql, migration.moves[0].target, "SELECT count(*) FROM many") == [(ROWS + 1,)]
    places.drop(mariadb, migration.moves[0].source)
    places.drop(postgresql, migration.moves[0].target)
