# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says its verdict is worth: of which snapshot, which plan, which source, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection, ledger
from ansible_collections.alkemio.convergence.plugins.module_utils._run import manifest
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server


@pytest.fixture(params=["mariadb", "mysql"])
def migration(request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path) -> Iterator[Migration]:
    source = request.getfixturevalue(request.param)
    made = small.pair(source, postgresql, tmp_path).prepare()
    yield made
    places.drop(source, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


def report(migration: Migration) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((migration.run / "report.json").read_text("utf-8"))
    return found


@pytest.mark.fault("A1")
def test_a_report_names_snapshot_plan_and_what_held_while_it_was_made(migration: Migration) -> None:
    migration.dump()
    migration.load()
    migration.verify()
    run = RunDirectory(str(migration.run))
    found, proof = report(migration), report(migration)["proof"]
    assert found["run_id"] == run.run_id()
    manifests = [manifest.load(run, move.name) for move in migration.moves]
    kept = [one for one in manifests if one is not None]
    assert found["plan"] == kept[0].plan
    assert found["snapshot"] == manifest.snapshot_fingerprint(kept)
    assert (proof["mode"], proof["source"], proof["frozen_since"]) == ("frozen", "computed now", None)
    assert proof["verified"] == proof["sums_of"] == found["verified"]
    assert proof["position_at_dump"] == kept[0].position
    assert proof["position_at_verify"]["update_times"] == kept[0].position["update_times"]

    target = connection.connect(migration.target_login, migration.moves[0].target, "test")
    assert found["snapshot"] == manifest.chunks_fingerprint(
        {"small": ledger.loaded_chunks(ledger.Ledger(target))}
    )
    target.close()


def test_the_guide_to_the_report_has_every_field(migration: Migration) -> None:
    migration.dump()
    migration.load()
    migration.verify()
    found = report(migration)
    (database,) = found["databases"]
    table = database["table_results"][0]
    places = (found, found["proof"], database, table, table["counts"])
    guide = (Path(__file__).resolve().parents[2] / "docs/report.md").read_text("utf-8")
    assert [name for place in places for name in place if f"`{name}`" not in guide] == []


@pytest.mark.fault("A1")
def test_a_live_proof_and_one_from_kept_sums_say_so(migration: Migration) -> None:
    migration.dump(mode="live")
    migration.load()
    migration.verify()
    proof = report(migration)["proof"]
    assert (proof["mode"], proof["source"], proof["position_at_verify"]) == ("live", "kept", None)
    assert proof["sums_of"] < proof["verified"]


def test_each_dump_is_a_snapshot_of_its_own_and_each_change_of_a_chunk_another_one() -> None:
    chunks = {("item", 0): ("aa", 3), ("item", 1): ("bb", 2)}
    whole = manifest.chunks_fingerprint({"shop": chunks, "users": {}})
    assert whole == manifest.chunks_fingerprint({"users": {}, "shop": dict(reversed(chunks.items()))})
    others = [
        {"shop": chunks},
        {"shop": {**chunks, ("item", 1): ("bb", 3)}, "users": {}},
        {"shop": {**chunks, ("item", 1): ("bc", 2)}, "users": {}},
        {"shop": {**chunks, ("item", 2): ("cc", 0)}, "users": {}},
        {"shop": {("part", n): value for (_table, n), value in chunks.items()}, "users": {}},
        {"shop": {}, "users": chunks},
    ]
    assert len({whole, *map(manifest.chunks_fingerprint, others)}) == 1 + len(others)
