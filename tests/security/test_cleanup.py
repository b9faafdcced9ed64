# SPDX-License-Identifier: GPL-3.0-or-later
"""The clean-up: no row outside the application's tables is left, and nothing goes that a way back needs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError, TargetNotReady
from ansible_collections.alkemio.convergence.plugins.module_utils._move.cleanup import CleanupOutcome, cleanup
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import progress

from tests.support.engine import places
from tests.support.engine.migration import Migration

RECORDS = {
    "alterations.jsonl",
    "journal.jsonl",
    "key",
    "lock",
    "report.json",
    "schema-contract.json",
    "run.json",
    "source-catalog.json",
    "sums.json",
    "target-catalog.json",
    "transform.json",
}


def clean(migration: Migration, **options: Any) -> CleanupOutcome:
    return cleanup(migration.target_login, str(migration.run), **options)


def schemas(migration: Migration) -> set[str]:
    rows = places.ask(
        migration.target, migration.move("shop").target, "SELECT nspname::text FROM pg_namespace"
    )
    return {row[0] for row in rows}


def test_a_verified_run_leaves_its_records_and_the_applications_rows(moving: Migration) -> None:
    moving.dump()
    moving.load()
    moving.verify()
    files = sorted(path for path in (moving.run / "snapshot").rglob("*") if path.is_file())
    foreseen = clean(moving, check=True)
    assert foreseen.changed
    assert all(path.exists() for path in files)
    assert "convergence" in schemas(moving)

    outcome = clean(moving)
    assert outcome.changed
    ledger, snapshot = outcome.as_result()["removed"]
    assert (ledger["kind"], ledger["name"]) == ("ledger", f"{moving.move('shop').target}.convergence")
    assert (snapshot["kind"], snapshot["files"]) == ("snapshot", len(files))
    assert outcome.as_result()["actions"][1].startswith(f"removed snapshot {moving.run}/snapshot (4 files, ")
    assert {path.name for path in moving.run.iterdir()} == RECORDS
    assert "convergence" not in schemas(moving)
    target = moving.move("shop").target
    assert places.ask(moving.target, target, "SELECT count(*) FROM customer") == [(300,)]
    assert progress.info(str(moving.run)).state == "cleaned"

    assert not clean(moving).changed
    for step in (moving.dump, moving.load, moving.verify):
        with pytest.raises(InputError, match="was cleaned up"):
            step()
    with pytest.raises(InputError, match="was cleaned up"):
        reset(moving.target_login, str(moving.run), confirm=True)
    assert clean(moving, keep_records=False).changed
    assert not moving.run.exists()
    assert not clean(moving, keep_records=False).changed


def test_an_unverified_run_wants_an_explicit_word(moving: Migration) -> None:
    moving.dump()
    with pytest.raises(InputError, match="is not verified: its report does not exist"):
        clean(moving)
    moving.load()
    with pytest.raises(InputError, match=r"set allow_unverified=true"):
        clean(moving)
    assert "convergence" in schemas(moving)
    assert clean(moving, allow_unverified=True).changed
    assert "convergence" not in schemas(moving)


def test_a_verdict_of_before_a_reset_does_not_count(moving: Migration) -> None:
    moving.dump()
    moving.load()
    moving.verify()
    reset(moving.target_login, str(moving.run), confirm=True)
    moving.load()
    with pytest.raises(InputError, match="is not verified"):
        clean(moving)


@pytest.mark.parametrize("state", ["emptied", "loaded", "rebuilt", "resetting"])
def test_a_half_done_load_keeps_its_ledger_in_any_case(moving: Migration, state: str) -> None:
    moving.dump()
    moving.load()
    moving.verify()
    places.ask(moving.target, moving.move("shop").target, f"UPDATE convergence.run SET state = '{state}'")
    with pytest.raises(TargetNotReady, match="its ledger alone knows which indexes and keys"):
        clean(moving, allow_unverified=True)
    assert "convergence" in schemas(moving)
    assert (moving.run / "snapshot").exists()
