# SPDX-License-Identifier: GPL-3.0-or-later
"""What a way back would lose: every row added, changed or deleted since the load, and none else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._engine.changes import Change, changes
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import TargetNotReady

from tests.integration.engine import places, small
from tests.servers.server import Server


def test_written_rows_are_counted_by_table(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    run = small.pair(mariadb, postgresql, tmp_path)
    with pytest.raises(TargetNotReady, match="no complete load of this run"):
        changes(run.prepare().target_login, str(run.run))
    run.all()
    target = run.moves[0].target
    places.ask(postgresql, target, "VACUUM FREEZE")
    assert changes(run.target_login, str(run.run)).changes == ()

    places.ask(
        postgresql,
        target,
        "INSERT INTO part (item_id, weight) VALUES (2, 1), (2, 2)",
        "UPDATE part SET weight = 11 WHERE weight = 10",
        "DELETE FROM part WHERE weight = 20",
        "UPDATE item SET note = 'read' WHERE id = 2",
    )
    found = changes(run.target_login, str(run.run))
    assert set(found.changes) == {Change("small", "part", 3, 2), Change("small", "item", 1, 1)}
    assert found.as_result()["written"] == 4
    assert found.as_result()["gone"] == 3
