# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump made anew over a loaded target: nothing of the old one goes for proved, and the load says what is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._engine.reset import reset
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import TargetNotReady

from tests.integration.engine import places, small
from tests.integration.engine.migration import Migration
from tests.servers.server import Server

pytestmark = pytest.mark.fault("A10")
WRITES = {
    "a row more": "INSERT INTO item VALUES (4, 'four', NULL)",
    "another value": "UPDATE item SET note = 'else' WHERE id = 1",
    "a row less": "DELETE FROM part WHERE id = 2",
}


@pytest.fixture
def proved(mariadb: Server, postgresql: Server, tmp_path: Path) -> Iterator[Migration]:
    migration = small.pair(mariadb, postgresql, tmp_path)
    assert migration.all().equal
    yield migration
    places.drop(postgresql, migration.moves[0].target)


@pytest.mark.parametrize("write", WRITES)
def test_the_load_does_not_take_the_old_rows_for_the_new_ones(proved: Migration, write: str) -> None:
    places.ask(proved.source, proved.moves[0].source, WRITES[write])
    assert proved.dump(restart=True).changed
    assert not (proved.run / "report.json").exists(), "the proof of the old dump stands"
    for step in (proved.load, proved.verify):
        with pytest.raises(TargetNotReady, match=r"loaded from another snapshot .*reset"):
            step()
        assert not (proved.run / "report.json").exists()
    reset(proved.target_login, str(proved.run), confirm=True)
    proved.load()
    assert proved.verify().equal
    query = "SELECT id, name, note FROM item ORDER BY id"
    sides = [(proved.source, proved.moves[0].source), (proved.target, proved.moves[0].target)]
    assert len({repr(tuple(places.ask(server, database, query))) for server, database in sides}) == 1


def test_the_same_rows_dumped_anew_are_a_snapshot_of_their_own(proved: Migration) -> None:
    before = json.loads((proved.run / "report.json").read_text("utf-8"))
    proved.dump(restart=True)
    proved.load()
    after = proved.verify().report
    assert after["evidence_hash"] == before["evidence_hash"]
    assert after["verdict"] == "equal"
