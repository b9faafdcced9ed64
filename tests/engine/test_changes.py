# SPDX-License-Identifier: GPL-3.0-or-later
"""What a way back would lose: every row added, changed or deleted since the load, and none else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound import changes as changes_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.changes import Change, changes
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import TargetNotReady

from tests.support.engine import places, small
from tests.support.servers.server import Server


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
    assert found.others == ()


@pytest.mark.fault("B4")
def test_an_emptied_table_is_counted_and_what_the_plan_does_not_move_is_named(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = small.pair(mariadb, postgresql, tmp_path)
    run.moves = [replace(run.moves[0], profile="small")]
    run.profiles = {"small": {"name": "small", "skip_tables": ["session"]}}
    target = run.moves[0].target
    places.ask(postgresql, target, "CREATE TABLE session (id int)", "INSERT INTO session VALUES (1)")
    run.all()
    assert changes(run.target_login, str(run.run)).others == ()
    places.ask(postgresql, target, "TRUNCATE part", "INSERT INTO session VALUES (2), (3)")
    found = changes(run.target_login, str(run.run))
    assert found.changes == (Change("small", "part", 0, 3),)
    assert found.others == ("small.session, which the plan does not move: 2 rows added or changed",)


@pytest.mark.fault("B4")
def test_after_too_many_transactions_nobody_can_say(
    mariadb: Server, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small.pair(mariadb, postgresql, tmp_path)
    run.all()
    monkeypatch.setattr(changes_verb, "_COUNTABLE", 0)  # as if the server had taken so many since
    places.ask(postgresql, run.moves[0].target, "SELECT pg_current_xact_id()", "SELECT pg_current_xact_id()")
    with pytest.raises(TargetNotReady, match="so nobody can say what was written since"):
        changes(run.target_login, str(run.run))
