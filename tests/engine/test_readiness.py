# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that would stop a migration comes in one list, from servers that are not ready."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import readiness
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.readiness import (
    source_readiness,
    target_readiness,
)

from tests.engine.conftest import Family
from tests.support.engine import places, small
from tests.support.servers.server import Server


def test_ready_servers_have_no_problem(family: Family, postgresql: Server, tmp_path: Path) -> None:
    run = small.pair(family.server, postgresql, tmp_path)
    move = run.moves[0]
    places.ask(postgresql, None, f"ALTER DATABASE {move.target} SET TimeZone = 'UTC'")
    assert source_readiness(run.source_login, [move.source], str(run.run), 2).problems == []
    found = target_readiness(
        run.target_login,
        [move.target],
        "public",
        extensions={move.target: ["plpgsql"]},
        connections=50,
        workers=2,
    )
    assert found.problems == []


def test_all_problems_of_the_source_come_at_once(
    mariadb: Server, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small.pair(mariadb, postgresql, tmp_path)
    source = run.moves[0].source
    places.ask(mariadb, source, "CREATE TABLE loose (id int PRIMARY KEY) ENGINE=MyISAM")
    monkeypatch.setattr(readiness.time, "time", lambda: 0.0)
    found = source_readiness(run.source_login, [source, "nowhere"], str(tmp_path), 10_000)
    texts = " ".join(found.problems)
    assert len(found.problems) == 3
    assert "seconds apart" in texts
    assert "has no database 'nowhere'" in texts
    assert "free connections, 10002 are needed" in texts
    assert any("loose" in notice for notice in found.notices)


def test_all_problems_of_the_target_come_at_once(postgresql: Server, mariadb: Server, tmp_path: Path) -> None:
    run = small.pair(mariadb, postgresql, tmp_path)
    name = run.moves[0].target
    places.ask(
        postgresql,
        None,
        f"CREATE ROLE visitor_{name} LOGIN PASSWORD 'secret'",
        f"ALTER DATABASE {name} SET TimeZone = 'Europe/Amsterdam'",
        f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC",
    )
    login = replace(run.target_login, user=f"visitor_{name}", password="secret")
    found = target_readiness(
        login, [name, "nowhere"], "public", extensions={name: ["uuid-ossp"]}, connections=5000, workers=2
    )
    texts = " ".join(found.problems)
    for part in (
        "the application needs 5000",
        "TimeZone Europe/Amsterdam",
        f"lacks CREATE on the target database {name}",
        f"lacks TEMPORARY on the target database {name}",
        f"may not create in the schema public of {name}",
        "does not own 2 tables",
        "lacks the extension uuid-ossp",
        "has no database 'nowhere'",
    ):
        assert part in texts
    assert len(found.problems) == 8
