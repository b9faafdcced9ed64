# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of the cut-over asks the servers: whatever is not as it was proved keeps it shut, and is named."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import GateRefused, InputError
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.freeze import freeze, thaw
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.gate import GateOutcome, gate
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.support import servers
from tests.support.engine import accounts, places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A1")

APPLICATION = "shop@%"
FREEZE = {"mariadb": "The freeze: MariaDB", "mysql": "The freeze: MySQL"}  # headings of docs/privileges.md
WORD = r"cutover_accept_unfrozen\) to cut over all the same: rows that were or will be written to the source after"


@dataclass
class Stage:
    """A migration that ended equal, with the accounts of docs/privileges.md."""

    migration: Migration
    reader: MySQLLogin
    freezer: MySQLLogin

    @property
    def source(self) -> Server:
        return self.migration.source

    @property
    def database(self) -> str:
        return self.migration.moves[0].source

    @property
    def target(self) -> str:
        return self.migration.moves[0].target

    @property
    def run(self) -> RunDirectory:
        return RunDirectory(str(self.migration.run))

    def freeze(self) -> Stage:
        freeze(self.freezer, str(self.migration.run), [APPLICATION], [self.database], check=False)
        return self

    def prove(self, **dump: Any) -> Stage:
        self.migration.all(**dump)
        return self

    def gate(self, *, accept: bool = False, check: bool = False, **logins: Any) -> GateOutcome:
        return gate(
            self.migration.target_login,
            logins.get("source", self.reader),
            logins.get("freezer", self.freezer),
            str(self.migration.run),
            accept_unfrozen=accept,
            check=check,
            ignore_users=logins.get("ignore", ()),
        )

    def refused(self, **options: Any) -> dict[str, Any]:
        """What keeps the gate shut; nothing was noted."""
        with pytest.raises(GateRefused) as told:
            self.gate(**options)
        assert not self.run.cutover.exists()
        return {"message": str(told.value), **told.value.details}

    def on_source(self, *statements: str) -> None:
        places.ask(self.source, self.database, *statements)

    def on_target(self, *statements: str) -> list[tuple[Any, ...]]:
        return places.ask(self.migration.target, self.target, *statements)

    def begun(self) -> dict[str, Any]:
        data = self.run.read(self.run.cutover, "cutover")
        (event,) = data["history"]
        assert event["state"] == "begun"
        found: dict[str, Any] = event["gate"]
        return found


@pytest.fixture(scope="module")
def servers_by_kind() -> Iterator[Callable[[str], Server]]:
    """Sources of these tests alone, since a freeze is of a whole server."""
    with servers.running("mariadb") as mariadb, servers.running("mysql") as mysql:
        kinds = {"mariadb": mariadb, "mysql": mysql}
        for found in kinds.values():
            places.ask(
                found,
                None,
                "CREATE USER shop@'%' IDENTIFIED BY 'secret'",
                "CREATE USER clerk@'%' IDENTIFIED BY 'secret'",
                *accounts.statements(FREEZE[found.kind]),
            )
        yield kinds.__getitem__


def make(server: Server, target: Server, folder: Path) -> Stage:
    migration = small.pair(server, target, folder)
    database = migration.moves[0].source
    for user in ("shop", "clerk"):
        places.ask(server, None, f"GRANT ALL ON {database}.* TO {user}@'%'")
    reader = accounts.source_account(server, database)
    login = MySQLLogin(server.host, server.port, reader.user, reader.password)
    return Stage(migration, login, replace(login, user="freezer", password=accounts.PASSWORD))


def leave(stage: Stage) -> None:
    if stage.run.freeze.exists():
        thaw(stage.freezer, str(stage.migration.run), check=False)
    places.drop(stage.source, stage.database)
    places.drop(stage.migration.target, stage.target)


@pytest.fixture(params=["mariadb", "mysql"])
def stage(
    request: pytest.FixtureRequest,
    servers_by_kind: Callable[[str], Server],
    postgresql: Server,
    tmp_path: Path,
) -> Iterator[Stage]:
    found = make(servers_by_kind(request.param), postgresql, tmp_path)
    yield found
    leave(found)


@pytest.fixture
def frozen(servers_by_kind: Callable[[str], Server], postgresql: Server, tmp_path: Path) -> Iterator[Stage]:
    """Proved and frozen; for what does not depend on the family."""
    found = make(servers_by_kind("mysql"), postgresql, tmp_path).freeze().prove()
    yield found
    leave(found)


# --- open ------------------------------------------------------------------------------------------------


def test_a_frozen_proof_opens_it_and_what_was_asked_is_kept(stage: Stage) -> None:
    stage.freeze().prove()
    foreseen = stage.gate(check=True)
    assert not stage.run.cutover.exists()
    outcome = stage.gate()
    assert (outcome.changed, outcome.state, foreseen.state) == (True, "begun", "begun")
    told = "\n".join(outcome.lines)
    assert "Equal: 6 rows of 2 tables" in told
    assert "freeze of the source: in force since" in told
    assert "ACCEPTED" not in told
    kept = stage.begun()
    assert [one["what"] for one in kept["asked"]] == [one["what"] for one in foreseen.asked]
    assert {"proof", "source", "freeze of the source", "rows of the source", "position of the source"} <= {
        one["what"] for one in kept["asked"]
    }
    assert (kept["accepted"], outcome.accepted) == ([], ())
    assert 0 <= kept["age_seconds"] < 600

    # The application may have written by then.
    stage.on_target("DELETE FROM part")
    again = stage.gate()
    assert (again.changed, again.state, again.asked) == (False, "begun", ())


# --- the source --------------------------------------------------------------------------------------------


def test_a_row_written_to_an_unfrozen_source_after_the_proof_shuts_it_whatever_is_accepted(
    stage: Stage,
) -> None:
    stage.prove()
    stage.on_source("UPDATE part SET weight = weight + 1 WHERE weight = 10")
    for accept in (False, True):
        found = stage.refused(accept=accept)
        assert any("written to after the proof of" in one for one in found["refused"])
        assert "migrate again from the dump on" in found["message"]
    assert f"{stage.database}.part" in found["message"]


def test_an_unfrozen_source_that_stood_still_takes_the_word(stage: Stage) -> None:
    stage.prove()
    found = stage.refused()
    assert found["refused"] == []
    assert [
        one for one in found["risks"] if one.startswith("The source is not frozen, so that nothing keeps")
    ]
    with pytest.raises(GateRefused, match=WORD):
        stage.gate()
    outcome = stage.gate(accept=True)
    assert [line for line in outcome.lines if line.startswith("ACCEPTED by accept_unfrozen=true")]
    assert "nobody will notice" in outcome.lines[-1]
    assert stage.begun()["accepted"] == list(outcome.accepted) == found["risks"]


def test_a_live_proof_takes_the_word_and_names_what_was_written_since(stage: Stage) -> None:
    stage.prove(mode="live")
    time.sleep(1.1)  # update times count whole seconds, and only they name the table
    stage.on_source("INSERT INTO part (item_id, weight) VALUES (2, 5)")
    found = stage.refused()
    assert found["refused"] == []
    assert "mode live" in found["message"]
    assert f"written to since the dump: {stage.database}.part" in found["message"]
    assert f"other rows than the report counted, in {stage.database}.part" in found["message"]
    accepted = stage.gate(accept=True).accepted
    assert [one for one in accepted if f"{stage.database}.part" in one]


def test_a_proof_by_kept_sums_takes_the_word_until_the_source_is_asked(frozen: Stage) -> None:
    frozen.migration.verify(source=False)
    found = frozen.refused()
    assert found["refused"] == []
    assert "sums that were kept of the source" in found["message"]
    assert frozen.gate(accept=True, check=True).accepted == tuple(found["risks"])
    frozen.migration.verify()
    assert frozen.gate().changed


def test_a_source_that_is_not_asked_or_is_off_takes_the_word(frozen: Stage) -> None:
    assert "no account of it is given" in frozen.refused(source=None)["message"]
    off = replace(frozen.reader, port=1, connect_timeout=3)
    found = frozen.refused(source=off, freezer=off)
    assert found["refused"] == []
    assert "The source cannot be asked: Cannot connect to" in found["message"]
    assert frozen.gate(source=off, freezer=off, accept=True).accepted == tuple(found["risks"])


def test_another_source_shuts_it_whatever_is_accepted(
    frozen: Stage, servers_by_kind: Callable[[str], Server]
) -> None:
    other = servers_by_kind("mariadb")
    login = MySQLLogin(other.host, other.port, other.user, other.password)
    found = frozen.refused(source=login, freezer=login, accept=True)
    assert "is not the one that was dumped and proved" in found["message"]


def test_other_tables_or_rows_on_the_source_shut_it(stage: Stage) -> None:
    stage.prove()
    for statement, table in (
        ("DELETE FROM part WHERE weight = 30", "part"),
        ("ALTER TABLE item ADD more int", "item"),
        ("CREATE TABLE later (id int PRIMARY KEY)", "later"),
    ):
        stage.on_source(statement)
        found = stage.refused(accept=True)
        assert [one for one in found["refused"] if f"{stage.database}.{table}" in one and "rows" not in one]
    stage.on_source("DROP TABLE later", "ALTER TABLE item DROP COLUMN more", "TRUNCATE part")
    found = stage.refused(accept=True)
    assert (
        f"The source holds other rows than the report counted, in {stage.database}.part" in found["refused"]
    )


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_without_a_binary_log_too(kind: str, postgresql: Server, tmp_path: Path) -> None:
    with servers.running(kind, {"skip_log_bin": "ON"}) as server:
        places.ask(
            server,
            None,
            "CREATE USER shop@'%' IDENTIFIED BY 'secret'",
            "CREATE USER clerk@'%' IDENTIFIED BY 'secret'",
            *accounts.statements(FREEZE[kind]),
        )
        stage = make(server, postgresql, tmp_path).freeze().prove()
        assert "by the update times of its tables" in "\n".join(stage.gate(check=True).lines)

        # A restart forgets them, and on MariaDB read_only too.
        server.stop()
        server.start()
        assert "by the sums of its rows, computed again" in "\n".join(
            stage.gate(accept=True, check=True).lines
        )
        stage.freeze().migration.verify()
        assert stage.gate(check=True).changed

        thaw(stage.freezer, str(stage.migration.run), check=False)
        told = "\n".join(stage.gate(accept=True, check=True).lines)
        assert (
            "by the sums of its rows, computed again" in told
        )  # update times alone acquit no unfrozen source
        stage.on_source("UPDATE item SET note = 'later' WHERE id = 2")
        assert f"{stage.database}.item" in stage.refused(accept=True)["message"]
        places.drop(postgresql, stage.target)


# --- the freeze ---------------------------------------------------------------------------------------------


def test_a_freeze_that_somebody_undid_by_hand_takes_the_word(stage: Stage) -> None:
    stage.freeze().prove()
    if stage.source.kind == "mysql":
        undo, wrong = "SET PERSIST super_read_only = OFF", "super_read_only is not on and persisted any more"
    else:
        undo, wrong = "SET GLOBAL read_only = OFF", "read_only is off"
    places.ask(stage.source, None, undo)
    found = stage.refused()
    assert found["refused"] == []
    assert wrong in found["message"]
    assert stage.gate(accept=True).accepted


def test_an_account_that_was_unlocked_or_made_since_is_named(
    servers_by_kind: Callable[[str], Server], postgresql: Server, tmp_path: Path
) -> None:
    stage = make(servers_by_kind("mariadb"), postgresql, tmp_path).freeze().prove()
    try:
        # Without the log, as somebody does who does not want to be found: the position says nothing.
        places.ask(stage.source, None, "SET sql_log_bin = 0", "ALTER USER shop@'%' ACCOUNT UNLOCK")
        assert "shop@% is not locked" in stage.refused()["message"]
        places.ask(stage.source, None, "SET sql_log_bin = 0", "ALTER USER shop@'%' ACCOUNT LOCK")
        places.ask(stage.source, None, "SET sql_log_bin = 0", "CREATE USER shop@localhost")
        assert "shop@localhost is not locked" in stage.refused()["message"]
        places.ask(stage.source, None, "SET sql_log_bin = 0", "DROP USER shop@localhost")
        assert stage.gate(check=True).changed
        places.ask(stage.source, None, "SET GLOBAL event_scheduler = ON")
        assert "event_scheduler is on" in stage.refused()["message"]
    finally:
        places.ask(stage.source, None, "SET GLOBAL event_scheduler = OFF")
        leave(stage)


def test_a_session_that_remained_is_named_unless_its_user_only_reads(stage: Stage) -> None:
    stage.freeze().prove()
    clerk = replace(stage.source, user="clerk", password="secret")
    with places.session(clerk, stage.database):
        found = stage.refused()
        assert f"clerk from 127.0.0.1 on {stage.database}" in found["message"]
        assert stage.gate(ignore=("clerk",), check=True).changed
    assert stage.gate().changed


def test_a_prepared_transaction_is_named(stage: Stage) -> None:
    stage.freeze().prove()
    places.ask(
        stage.source,
        None,
        *(["SET GLOBAL super_read_only = OFF"] if stage.source.kind == "mysql" else []),
        "XA START 'half'",
        f"UPDATE {stage.database}.item SET note = 'half' WHERE id = 1",
        "XA END 'half'",
        "XA PREPARE 'half'",
    )
    try:
        assert "prepared XA transaction" in stage.refused()["message"]
    finally:
        places.ask(stage.source, None, "XA ROLLBACK 'half'")


# --- the target ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proved_once(
    servers_by_kind: Callable[[str], Server], postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    found = make(servers_by_kind("mysql"), postgresql, tmp_path_factory.mktemp("proved")).prove()
    places.ask(postgresql, None, f"CREATE DATABASE {found.target}_loaded TEMPLATE {found.target}")
    yield found
    places.drop(postgresql, f"{found.target}_loaded")
    leave(found)


@pytest.fixture
def proved(proved_once: Stage) -> Iterator[Stage]:
    """One proof for all; each finds the target as it was loaded, to the number of every transaction.

    Tests with `frozen` write to the same server and end what the proof is worth: they come after these.
    """
    proved_once.freeze()
    yield proved_once
    target = proved_once.migration.target
    places.drop(target, proved_once.target)
    places.ask(target, None, f"CREATE DATABASE {proved_once.target} TEMPLATE {proved_once.target}_loaded")
    thaw(proved_once.freezer, str(proved_once.migration.run), check=False)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("INSERT INTO item VALUES (9, 'nine', NULL)", "small.item: 1 rows added or changed"),
        ("DELETE FROM part WHERE weight = 30", "small.part: 0 rows added or changed, 1 changed or deleted"),
        ("UPDATE part SET weight = 31 WHERE weight = 30", "small.part: 1 rows added or changed, 1 changed"),
        ("TRUNCATE part", "small.part: 0 rows added or changed, 3 changed or deleted"),
        ("ALTER TABLE part DROP CONSTRAINT part_item_id_fkey", "schema"),
        ("CREATE VIEW surplus AS SELECT 1 AS a", "contract: view public.surplus: it is new"),
        ("DROP SCHEMA convergence CASCADE", "holds no ledger"),
        ("UPDATE convergence.run SET run_id = 'another'", "the load of another run"),
        ("UPDATE convergence.run SET plan = 'another'", "another plan"),
        ("UPDATE convergence.run SET state = 'rebuilt'", "is not complete"),
        ("DELETE FROM convergence.chunk WHERE table_name = 'item'", "another snapshot"),
        ("UPDATE convergence.chunk SET sha256 = 'x' WHERE table_name = 'item'", "another snapshot"),
    ],
)
def test_a_target_that_is_not_what_was_proved_shuts_it_whatever_is_accepted(
    proved: Stage, statement: str, told: str
) -> None:
    proved.on_target(statement)
    for accept in (False, True):
        found = proved.refused(accept=accept)
        assert [one for one in found["refused"] if told in one], found


def test_a_row_of_a_child_table_is_none_of_the_targets(proved: Stage) -> None:
    child = "INSERT INTO elsewhere.child VALUES (9, 'nine', NULL)"
    proved.on_target("CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.child () INHERITS (item)", child)
    try:
        assert proved.gate(check=True).changed
    finally:
        proved.on_target("DROP SCHEMA elsewhere CASCADE")


@pytest.mark.fault("B6")
@pytest.mark.parametrize("name", ["report", "freeze", "run", "transform"])
def test_a_file_that_somebody_wrote_shuts_it(proved: Stage, name: str) -> None:
    path = getattr(proved.run, name)
    kept = path.read_bytes()
    content = json.loads(kept)
    place = next(key for key, value in content.items() if isinstance(value, (str, int)) and key != "seal")
    path.write_text(json.dumps({**content, place: "forged"}), "utf-8")
    try:
        for accept in (False, True):
            with pytest.raises(InputError):
                proved.gate(accept=accept)
    finally:
        path.write_bytes(kept)
    assert proved.gate(check=True).changed


# --- the report ----------------------------------------------------------------------------------------------


def test_without_a_report_or_with_one_that_says_different_nothing_is_asked(frozen: Stage) -> None:
    frozen.on_target("DELETE FROM part WHERE weight = 30")
    with pytest.raises(Exception, match="differ"):
        frozen.migration.verify()
    assert "has no report that says equal (different)" in frozen.refused()["message"]
    frozen.run.report.unlink()
    found = frozen.refused(source=None)
    assert "has no report that says equal (there is none). Run verify first" in found["message"]


def test_a_report_of_another_run_or_of_an_older_dump_is_none(frozen: Stage) -> None:
    run = frozen.run
    report = run.read(run.report, "verify")
    for change, told in (
        ({"run_id": "another"}, "it is of another run"),
        ({"plan": "another"}, "another plan"),
        ({"snapshot": "another"}, "another snapshot"),
    ):
        run.write(run.report, {**report, **change})
        assert told in frozen.refused(accept=True)["message"]
    run.write(run.report, {key: value for key, value in report.items() if key != "proof"})
    assert "an older one" in frozen.refused(accept=True)["message"]
    run.write(run.report, report)
    assert frozen.gate(check=True).changed
    thaw(frozen.freezer, str(frozen.migration.run), check=False)
    frozen.on_source("INSERT INTO item VALUES (4, 'four', NULL)")
    frozen.migration.dump(restart=True)
    run.write(run.report, report)  # as if the dump had left it
    assert "another snapshot" in frozen.refused(accept=True)["message"]


def test_after_an_abort_it_does_not_open_any_more(proved: Stage) -> None:
    run = proved.run
    run.write(run.cutover, {"history": [{"state": "aborting", "at": "2026-01-01T00:00:00+00:00"}]})
    with pytest.raises(InputError, match="An abort has begun"):
        proved.gate()
    assert json.loads(run.cutover.read_text("utf-8"))["history"][0]["state"] == "aborting"
    run.cutover.unlink()
