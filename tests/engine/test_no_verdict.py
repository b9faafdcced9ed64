# SPDX-License-Identifier: GPL-3.0-or-later
"""A verification that does not end leaves no verdict standing, whatever ends it and in whichever step."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _errors
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import progress
from ansible_collections.alkemio.convergence.plugins.module_utils._prove import (
    naming,
    report,
    report_file,
    sums,
    totals,
    verify,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._run import journal
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A11")

STEPS = [
    (owner, name)
    for owner in (verify._Verify, naming.Naming, totals.Totals)
    for name, member in vars(owner).items()
    if (callable(member) or isinstance(member, property)) and name not in {"__repr__", "__eq__"}
]
NOT_TAKEN = {"take_kept_sums", "obstacle", "written_later", "differences_of", "from_snapshot"}
"""Steps of a verification without the source, or of one that finds differences."""


@pytest.fixture(scope="module")
def migration(
    mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    made = small.pair(mariadb, postgresql, tmp_path_factory.mktemp("no_verdict"))
    made.all()
    yield made
    places.drop(mariadb, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


@pytest.fixture(scope="module")
def equal(migration: Migration) -> dict[str, bytes]:
    """The files that a verification leaves."""
    return {name: (migration.run / name).read_bytes() for name in ("report.json", "sums.json")}


@pytest.fixture
def proved(migration: Migration, equal: dict[str, bytes]) -> Migration:
    """With a report that says equal."""
    for name, content in equal.items():
        (migration.run / name).write_bytes(content)
    (migration.run / "report-before-verify.json").unlink(missing_ok=True)
    assert verdict(migration) == "equal"
    return migration


def verdict(migration: Migration) -> str | None:
    """Of the report that stands."""
    path = migration.run / "report.json"
    return json.loads(path.read_text("utf-8"))["verdict"] if path.exists() else None


def no_verdict_stands(migration: Migration) -> bool:
    return verdict(migration) is None and progress.info(str(migration.run)).state == "loaded"


class Broken(Exception):
    """A fault of our own."""


def broken(*_arguments: Any, **_options: Any) -> Any:
    raise Broken


@pytest.mark.parametrize(
    ("owner", "step"),
    [one for one in STEPS if one[1] not in NOT_TAKEN],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_fault_in_any_step_leaves_no_verdict(
    proved: Migration, monkeypatch: pytest.MonkeyPatch, owner: type, step: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, property(broken) if isinstance(vars(owner)[step], property) else broken)
        with pytest.raises((Broken, _errors.ConvergenceError)):
            proved.verify()
    assert no_verdict_stands(proved)
    outcome = proved.verify(source=False)
    assert outcome.changed
    assert verdict(proved) == "equal"


@pytest.mark.parametrize("step", ["take_kept_sums", "check_target", "sum_up", "report"])
def test_nor_does_one_without_the_source(
    proved: Migration, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(verify._Verify, step, broken)
        with pytest.raises(Broken):
            proved.verify(source=False)
    assert no_verdict_stands(proved)
    assert proved.verify(source=False).equal


@pytest.mark.parametrize("step", sorted(NOT_TAKEN - {"take_kept_sums"}))
def test_nor_does_one_that_has_found_a_difference(
    proved: Migration, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A fault of ours in naming the rows; what a server refuses there stays a difference that is told."""
    database = proved.moves[0].target
    places.ask(proved.target, database, "UPDATE item SET name = 'other' WHERE id = 1")
    with monkeypatch.context() as patch:
        patch.setattr(naming.Naming, step, broken)
        with pytest.raises(Broken):
            proved.verify(source=False)
    assert no_verdict_stands(proved)
    with monkeypatch.context() as patch:
        patch.setattr(naming, "find_in_snapshot", refused)
        with pytest.raises(_errors.VerifyFailed) as caught:
            proved.verify(source=False)
    assert "small: which rows of item differ cannot be said: no room" in caught.value.details["problems"]
    assert verdict(proved) == "different"
    places.ask(proved.target, database, "UPDATE item SET name = 'one' WHERE id = 1")


def refused(*_arguments: Any) -> Any:
    raise _errors.ServerError("no room")


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (sums, "target_sums"),
        (sums, "source_sums"),
        (sums, "page_ranges"),
        (report, "proof"),
        (report_file, "says_the_same"),
        (report_file, "let_stand"),
        (journal, "record"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nor_does_a_fault_below_or_after_the_steps(
    proved: Migration, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(where, name, broken)
        if name == "record":
            patch.setattr(report_file, "says_the_same", lambda *_: False)
        with pytest.raises((Broken, _errors.ConvergenceError)):
            proved.verify()
    assert no_verdict_stands(proved)
    assert proved.verify().equal


def test_nor_does_an_answer_of_a_server(proved: Migration) -> None:
    """A column gone from the target: the sums fail there with an error of the server."""
    database = proved.moves[0].target
    places.ask(proved.target, database, "ALTER TABLE item RENAME COLUMN note TO remark")
    with pytest.raises(_errors.ServerError):
        proved.verify()
    assert no_verdict_stands(proved)
    places.ask(proved.target, database, "ALTER TABLE item RENAME COLUMN remark TO note")
    assert proved.verify().equal


def test_nor_one_without_the_way_to_the_source(proved: Migration) -> None:
    port, proved.source.port = proved.source.port, 9
    try:
        with pytest.raises(_errors.ServerError, match="login_port"):
            proved.verify()
    finally:
        proved.source.port = port
    assert no_verdict_stands(proved)


def test_what_a_check_finds_leaves_the_report_alone(
    proved: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (proved.run / "report.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(verify._Verify, "sum_up", broken)
        with pytest.raises(Broken):
            proved.verify(check=True)
    assert (proved.run / "report.json").read_bytes() == before


def test_a_second_verification_leaves_the_report_as_it_is(proved: Migration) -> None:
    files = {path: path.read_bytes() for path in proved.run.iterdir() if path.is_file()}
    assert not proved.verify().changed
    assert {path: path.read_bytes() for path in proved.run.iterdir() if path.is_file()} == files


def test_the_report_says_when_the_source_was_not_asked_any_more(proved: Migration) -> None:
    assert proved.verify(source=False).changed
    assert json.loads((proved.run / "report.json").read_text("utf-8"))["proof"]["source"] == "kept"
    assert not proved.verify(source=False).changed
    assert proved.verify().changed


def test_kept_sums_are_of_one_snapshot_and_one_version_of_the_forms(
    proved: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunDirectory(str(proved.run))
    kept = run.read(run.sums, "verify")
    for change in ({"snapshot": "0"}, {"plan": "0"}, {"run_id": "0"}, {"canonical_version": 0}):
        run.write(run.sums, {**kept, **change})
        with pytest.raises(_errors.InputError, match="No sums of the source are kept for small"):
            proved.verify(source=False)
        assert no_verdict_stands(proved)
    run.write(run.sums, {**kept, "databases": {"small": {"item": 3}}})
    with pytest.raises(_errors.InputError, match="damaged"):
        proved.verify(source=False)
    assert proved.verify().equal
    assert proved.verify(source=False).equal


# --- killed -----------------------------------------------------------------------------------------------


def waits_on_the_target(migration: Migration) -> bool:
    rows = places.ask(
        migration.target,
        None,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'convergence: verify%' "
        f"AND wait_event_type = 'Lock' AND datname = '{migration.moves[0].target}'",
    )
    return bool(rows[0][0])


def waits_on_the_source(migration: Migration) -> bool:
    rows = places.ask(
        migration.source,
        None,
        "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for%lock%' "
        f"AND info LIKE 'LOCK TABLES `{migration.moves[0].source}`%'",
    )
    return bool(rows[0][0])


@pytest.mark.parametrize(
    ("side", "reached"),
    [("target", waits_on_the_target), ("source", waits_on_the_source)],
    ids=["before the sums", "while its readers open"],
)
def test_a_killed_one_leaves_no_verdict(
    proved: Migration, side: str, reached: Callable[[Migration], bool]
) -> None:
    server, database = getattr(proved, side), getattr(proved.moves[0], side)
    with places.session(server, database) as holder, holder.cursor() as cursor:
        if side == "target":
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE part IN ACCESS EXCLUSIVE MODE")
        else:
            cursor.execute("LOCK TABLES item WRITE")
        process = proved.start("verify", workers=2)
        patience = time.monotonic() + 30
        while not reached(proved) and process.poll() is None:
            assert time.monotonic() < patience
            time.sleep(0.05)
        assert process.poll() is None, process.stderr and process.stderr.read()
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    assert no_verdict_stands(proved)
    assert proved.verify(source=False).equal
    assert proved.verify().equal
