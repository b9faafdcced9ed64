# SPDX-License-Identifier: GPL-3.0-or-later
"""Full disks, limits, locks and a lost run directory: one clear line, and the same command ends the work later."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
from typing import Any

import pytest

from tests.faults.stage import Stage
from tests.support.engine import places
from tests.support.engine.disk import remount, small_disk
from tests.support.engine.migration import Migration
from tests.support.engine.proxy import Trap
from tests.support.engine.verb import Ending, Verb
from tests.support.servers import host


def whole(stage: Stage, evidence: Any) -> None:
    """The end is that of an undisturbed run."""
    assert stage.undisturbed is not None
    assert stage.differences(stage.undisturbed, str(evidence)) == []


def finish(stage: Stage, *verbs: str) -> None:
    """The same commands again, to the end."""
    evidence = ""
    for verb in verbs:
        evidence = str(stage.must(verb).get("evidence_hash", ""))
    whole(stage, evidence)


def test_a_full_disk_under_the_run_directory_stops_the_dump_which_goes_on_later(stage: Stage) -> None:
    with small_disk(stage.folder / "disk", "700k"):
        run = stage.folder / "disk" / "run"
        shutil.copytree(stage.prepared, run)
        ending = stage.do("dump", run)
        assert ending.error == "StorageError", ending
        assert "No space left" in ending.message
        assert stage.do("load", run).error == "InputError"
        remount(run.parent, "size=64m")
        stage.must("dump", run)
        stage.must("load", run)
        whole(stage, stage.must("verify", run)["evidence_hash"])


def test_a_quota_stops_the_dump_which_goes_on_later(stage: Stage) -> None:
    ending = Verb(stage.job("dump"), limits={resource.RLIMIT_FSIZE: 60_000}).wait()
    assert ending.error == "StorageError", ending
    assert "File too large" in ending.message
    finish(stage, "dump", "load", "verify")


@pytest.mark.parametrize("size", [0, pytest.param(2_000, marks=pytest.mark.long)])
def test_a_quota_stops_a_load_and_a_verification_which_go_on_later(dumped: Stage, size: int) -> None:
    for verb in ("load", "verify"):
        ending = Verb(dumped.job(verb), limits={resource.RLIMIT_FSIZE: size}).wait()
        if not ending.ok:  # a load writes no more than two lines of the journal
            assert ending.error == "StorageError", ending
            assert f"{dumped.run}/" in ending.message
            assert "cannot be written: File too large" in ending.message
        assert not (dumped.run / "report.json").exists()
        assert ending.error or (verb, size) == ("load", 2_000), ending
        dumped.must(verb)
    finish(dumped, "verify")


def test_a_run_directory_that_can_only_be_read_is_told(stage: Stage) -> None:
    with small_disk(stage.folder / "shelf", "64m"):
        run = stage.folder / "shelf" / "run"
        shutil.copytree(stage.prepared, run)
        for verb in ("dump", "load", "verify"):
            remount(run.parent, "ro")
            ending = stage.do(verb, run)
            assert ending.error == "StorageError", ending
            assert f"{run}/lock cannot be written: Read-only file system" in ending.message
            assert "Mount that file system for writing" in ending.message
            remount(run.parent, "rw")
            evidence = stage.must(verb, run).get("evidence_hash", "")
        whole(stage, evidence)


def test_a_run_directory_goes_on_wherever_it_is_copied_to(stage: Stage) -> None:
    run, evidence = stage.run, ""
    for verb in ("dump", "load", "verify"):
        copy = stage.folder / f"the host of {verb}" / "run"
        shutil.rmtree(copy.parent, ignore_errors=True)
        shutil.copytree(run, copy)
        run = copy
        evidence = str(stage.must(verb, run).get("evidence_hash", ""))
        assert str(stage.folder) not in "".join(path.read_text("utf-8") for path in run.glob("*.json*"))
    whole(stage, evidence)


def test_a_run_directory_that_vanishes_is_told(stage: Stage) -> None:
    assert stage.undisturbed is not None
    away = stage.run.with_name("away")
    shutil.rmtree(away, ignore_errors=True)
    middle = stage.undisturbed.pieces["dump"]["source up"] * 9 // 10

    def lose() -> None:
        stage.run.rename(away)

    stage.source_proxy.arm(Trap("up", middle, "pass", lose))
    ending = stage.do("dump")
    stage.source_proxy.arm(None)
    assert ending.error in {"StorageError", "InputError"}, ending
    assert str(stage.run) in ending.message
    if stage.run.exists():
        shutil.rmtree(stage.run)
    away.rename(stage.run)
    finish(stage, "dump", "load", "verify")


def test_a_full_disk_of_the_target_is_told_with_a_remedy(stage: Stage) -> None:
    place = stage.target.folder / "small"
    with small_disk(place, "1m"):
        os.chown(place, *host.service_ids())
        inside = f"/srv/{stage.target.name}/{stage.target.kind}/small"
        target = stage.moves[0].target
        places.ask(stage.target, None, f"CREATE TABLESPACE small LOCATION '{inside}'")
        places.ask(stage.target, target, "ALTER TABLE narrow SET TABLESPACE small")
        shutil.rmtree(stage.run)
        Migration(stage.source, stage.target, stage.run, stage.moves).prepare()
        stage.must("dump")
        ending: Ending = stage.do("load")
        assert ending.error == "ServerError", ending
        assert "disk is full" in ending.message
        assert "narrow" in ending.message
        remount(place, "size=64m")
        stage.must("load")
        evidence = str(stage.must("verify")["evidence_hash"])
        places.ask(stage.target, target, "ALTER TABLE narrow SET TABLESPACE pg_default")
        places.ask(stage.target, None, "DROP TABLESPACE small")
        whole(stage, evidence)


def test_limits_set_for_the_accounts_do_not_end_a_step(stage: Stage) -> None:
    settings = {
        "statement_timeout": "1ms",
        "transaction_timeout": "400ms",
        "idle_in_transaction_session_timeout": "1ms",
        "idle_session_timeout": "50ms",
        "lock_timeout": "1ms",
        "default_transaction_isolation": "serializable",
    }
    user = stage.target.user
    name = places.ask(stage.source, None, "SHOW GLOBAL VARIABLES LIKE 'max_statement_time'")[0][0]
    places.ask(stage.source, None, f"SET GLOBAL {name} = 0.01")
    try:
        places.ask(
            stage.target, None, *(f"ALTER ROLE {user} SET {key} = '{settings[key]}'" for key in settings)
        )
        finish_evidence = [stage.must(verb) for verb in ("dump", "load", "verify")][-1]["evidence_hash"]
    finally:
        places.ask(stage.target, None, "SET transaction_timeout = 0", f"ALTER ROLE {user} RESET ALL")
        places.ask(stage.source, None, f"SET GLOBAL {name} = 0")
    whole(stage, finish_evidence)


def test_a_server_without_a_free_connection_is_told_with_a_remedy(dumped: Stage) -> None:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(Exception):
            for _number in range(70):
                stack.enter_context(places.session(dumped.target))
        ending = dumped.do("load")
    assert ending.error == "ServerError", ending
    assert "too many clients" in ending.message
    assert "max_connections" in ending.message
    finish(dumped, "load", "verify")
