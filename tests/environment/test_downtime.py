# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment is taken through its downtime, forward and back, by the playbooks alone."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.support.engine import places
from tests.support.environment.place import WRITERS, Environment
from tests.support.servers.server import Server


def stands_still(environment: Environment, server: Server | None = None) -> bool:
    before = environment.sales(server)
    time.sleep(0.5)
    return environment.sales(server) == before


def sells(environment: Environment, server: Server | None = None) -> bool:
    """Both writers write."""
    before = environment.sales(server)
    for _attempt in range(50):
        if environment.sales(server) >= before + 4:
            return all(environment.runs(writer) for writer in WRITERS)
        time.sleep(0.2)
    return False


def test_an_abort_goes_back_to_the_source(environment: Environment) -> None:
    assert sells(environment)
    foreseen = environment.play("migrate", "--tags", "stop", "--check")
    assert foreseen.status == 0, foreseen.output
    assert sells(environment)

    moved = environment.play("migrate")
    assert moved.status == 0, moved.output
    assert not any(environment.runs(writer) for writer in WRITERS)
    assert stands_still(environment)
    assert environment.sales() == environment.sales(environment.target)

    aborted = environment.play("abort")
    assert aborted.status == 0, aborted.output
    assert "The abort took" in aborted.output
    assert "The application works on the source again; the target keeps what was loaded." in aborted.output
    assert sells(environment)
    assert environment.play("abort").changed == 0
    refused = environment.play("cutover", cutover_decision="go")
    assert refused.status != 0
    assert "was aborted" in refused.message
    assert "Begin another run" in environment.play("migrate", "--tags", "stop").message
    assert sells(environment)


@pytest.mark.long
def test_a_rehearsal_leaves_everything_as_it_was(environment: Environment) -> None:
    assert "A rehearsal needs" in environment.play("rehearse").message
    done = environment.play("rehearse", migration_reset_confirm=True)
    assert done.status == 0, done.output
    assert "This run took" in done.output
    assert sells(environment)
    assert environment.sales(environment.target) == 0
    assert "Verdict equal" in done.output
    assert not environment.run.exists()
    assert environment.play("migrate").status == 0


def test_a_cut_over_and_the_way_back(environment: Environment) -> None:
    assert environment.play("migrate", "--tags", "preflight").status == 0
    assert "has no report that says equal" in environment.play("cutover").message
    assert "Nothing of a cut-over has begun" in environment.play("rollback").message
    moved = environment.play("migrate")
    assert moved.status == 0, moved.output
    assert "are equal; the source still by its log, and frozen since" in moved.output

    undecided = environment.play("cutover")
    assert "Nobody has decided" in undecided.message
    assert "no-go" in environment.play("cutover", cutover_decision="no-go").message
    early = environment.play("cutover", "--tags", "start", cutover_decision="go")
    assert "Run the phase gate first" in early.message
    done = environment.play("cutover", cutover_decision="go")
    assert done.status == 0, done.output
    assert (
        "NOT PROVED: that the application works on PostgreSQL, since it was asked for the sessions"
        in done.output
    )
    assert "The application works on PostgreSQL" not in done.output
    assert sells(environment, environment.target)
    assert stands_still(environment)
    assert "The cut-over of this run began at" in environment.play("verify").message
    again = environment.play("cutover")
    assert (again.status, again.changed) == (0, 0), again.output
    late = environment.play("abort")
    assert "only rollback goes back" in late.message

    refused = environment.play("rollback")
    assert refused.status != 0
    assert "rows added or changed" in refused.message
    assert sells(environment, environment.target)
    back = environment.play("rollback", cutover_accept_loss=True)
    assert back.status == 0, back.output
    assert sells(environment)
    assert stands_still(environment, environment.target)
    again = environment.play("rollback", cutover_accept_loss=True)
    assert (again.status, again.changed) == (0, 0), again.output


@pytest.mark.fault("A1")
def test_an_unfrozen_source_takes_a_word_and_one_that_moved_no_word_helps(environment: Environment) -> None:
    unfrozen = {"service_downtime_freeze": False, "cutover_decision": "go"}
    moved = environment.play("migrate", **unfrozen)
    assert moved.status == 0, moved.output
    refused = environment.play("cutover", **unfrozen)
    assert refused.status != 0
    assert "The source is not frozen" in refused.message
    assert "(cutover_accept_unfrozen) to cut over all the same" in refused.message
    assert refused.changed == 0
    accepted = environment.play("cutover", "--check", **unfrozen, cutover_accept_unfrozen=True)
    assert accepted.status == 0, accepted.output
    assert "ACCEPTED by" in accepted.output
    assert not (environment.run / "cutover.json").exists()

    places.ask(environment.source, environment.database, "INSERT INTO sale (note) VALUES ('late')")
    late = environment.play("cutover", **unfrozen, cutover_accept_unfrozen=True)
    assert late.status != 0
    assert f"was written to after the proof of {report(environment)['verified']}" in late.message
    assert f"{environment.database}.sale" in late.message
    assert not (environment.run / "cutover.json").exists()


def report(environment: Environment) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((environment.run / "report.json").read_text("utf-8"))
    return found


def one_last_row(environment: Environment) -> dict[str, Any]:
    """A service that writes a row to the target while it is stopped; it runs while its file is there."""
    target, file = environment.target, environment.folder / "hook"
    login = f"host={target.host} port={target.port} user={target.user} password={target.password}"
    insert = (
        f"import psycopg, pathlib; pathlib.Path({str(file)!r}).unlink(); "
        f"psycopg.connect({f'{login} dbname={environment.database}'!r}, autocommit=True)"
        ".execute(\"INSERT INTO sale (note) VALUES ('the last')\")"
    )
    return {
        "name": "hook",
        "driver": "command",
        "stop": [sys.executable, "-c", insert],
        "start": ["touch", str(file)],
        "status": ["test", "-e", str(file)],
    }


@pytest.mark.fault("B4")
def test_a_row_between_the_gate_of_a_roll_back_and_its_stop_is_not_lost(environment: Environment) -> None:
    for writer in WRITERS:
        subprocess.run(environment.command("stop", writer), check=True)
    services = {"service_downtime_services": [one_last_row(environment)]}
    runs = environment.folder / "hook"
    assert environment.play("migrate", **services).status == 0
    assert environment.play("cutover", **services, cutover_decision="go").status == 0
    runs.touch()

    refused = environment.play("rollback", **services)
    assert refused.status != 0
    assert refused.plays[-1] == "(2/6) stop"
    assert "sale: 1 rows added or changed" in refused.message
    assert "the run is done again. To go on on PostgreSQL run cutover with --tags start;" in refused.message
    assert environment.sales(environment.target) == environment.sales() + 1
    assert not runs.exists()
    assert json.loads((environment.run / "freeze.json").read_text("utf-8"))["thawed"] is None

    started = environment.play("cutover", "--tags", "start", **services)
    assert started.status == 0, started.output
    assert runs.exists()
    # Its own two rows are what this word is about.
    back = environment.play("rollback", **services, cutover_accept_loss=True)
    assert back.status == 0, back.output
    history = json.loads((environment.run / "cutover.json").read_text("utf-8"))["history"]
    assert [event["state"] for event in history][-4:] == [
        "done",
        "rolling_back",
        "turning_back",
        "rolled_back",
    ]
    assert "2 rows added or changed" in history[-2]["accepted"][0]

    lossy = environment.play("reset", **services, migration_reset_confirm=True)
    assert lossy.status != 0
    assert "sale: 2 rows added or changed" in lossy.message
    assert "The run is rolled back: the application has worked on it" in lossy.message
    assert environment.sales(environment.target) == environment.sales() + 2


def test_a_writer_that_does_not_stop_ends_everything(environment: Environment) -> None:
    stubborn = environment.file("collaboration").with_suffix(".stubborn")
    stubborn.touch()
    run = environment.play("migrate")
    assert run.status != 0
    assert "collaboration still runs after its stop" in run.message
    assert run.plays[-1] == "(5/9) stop"
    assert not (environment.run / "freeze.json").exists()
    assert not (environment.run / "snapshot").exists()
    before = environment.sales()
    time.sleep(0.5)
    assert environment.sales() > before
    stubborn.unlink()
    assert environment.play("migrate", "--tags", "stop").status == 0
    record = json.loads((environment.run / "services.json").read_text("utf-8"))
    assert {name: entry["ran"] for name, entry in record["services"].items()} == {
        name: name for name in WRITERS
    }


def test_a_client_that_nobody_named_is_told(environment: Environment) -> None:
    with places.session(environment.source, environment.database) as session:
        places.ask(environment.source, None, "CREATE USER IF NOT EXISTS clerk IDENTIFIED BY 'secret'")
        places.ask(environment.source, None, f"GRANT SELECT ON {environment.database}.* TO clerk")
        clerk = Server(**{**vars(environment.source), "user": "clerk", "password": "secret"})
        with places.session(clerk, environment.database):
            run = environment.play("migrate", "--tags", "preflight,stop")
        assert session.open
    assert run.status != 0
    assert "clerk from" in run.message


@pytest.mark.long
def test_dump_alone_asks_for_the_freeze(environment: Environment) -> None:
    assert environment.play("migrate", "--tags", "preflight,stop,inspect,transform").status == 0
    run = environment.play("migrate", "--tags", "dump")
    assert run.status != 0
    assert "Run the phase freeze first" in run.message


def test_preflight_lists_everything_at_once(environment: Environment) -> None:
    places.ask(environment.source, environment.database, "ALTER TABLE sale ADD price decimal(10,2)")
    places.ask(environment.target, environment.database, "ALTER TABLE sale ALTER note TYPE varchar(3)")
    run = environment.play(
        "preflight",
        migration_target_extensions={environment.database: ["uuid-ossp"]},
        migration_target_connections=5000,
    )
    assert run.status != 0
    listed = " ".join(run.output.split())
    for part in (
        "uuid-ossp",
        "the application needs 5000",
        "price",
        "sale.note: ",
        "policies: {too_long:",
    ):
        assert part in listed, run.output
    assert not list(environment.folder.glob(".preflight*"))
    assert not (environment.run / "transform.json").exists()
    assert f"{environment.run}/preflight.md" in run.message
    assert "would stop a migration, 2 things should be put right before it; the list is above" in run.message
    # Lines for people, and no result of a task with all of them in one.
    assert '"lines"' not in run.output
    assert max(map(len, run.output.splitlines())) < 600, run.output
    for name in ("preflight.md", "preflight.json"):
        assert stat.S_IMODE((environment.run / name).stat().st_mode) == 0o600


def test_a_migration_meets_its_problems_before_a_writer_is_stopped(environment: Environment) -> None:
    places.ask(environment.target, environment.database, "ALTER TABLE sale ALTER note TYPE varchar(3)")
    places.ask(environment.source, environment.database, "ALTER TABLE sale ADD price decimal(10,2)")
    run = environment.play("migrate", migration_target_connections=5000)
    assert run.status != 0
    assert run.plays[-1] == "(1/9) preflight"
    assert "price" in run.output
    assert "sale.note: " in run.output
    assert sells(environment)
    assert not (environment.run / "services.json").exists()
    places.ask(environment.source, environment.database, "ALTER TABLE sale DROP price")
    # What only the application needs stops no migration; values do, and unless they are scanned the dump says it.
    run = environment.play(
        "migrate", "--tags", "preflight", migration_preflight_scan=False, migration_target_connections=5000
    )
    assert run.status == 0, run.output
    assert "the application needs 5000" in " ".join(run.output.split())
    assert "since migration_preflight_scan is false" in " ".join(run.output.split())


def test_a_check_of_a_new_run_foresees_all_of_it_from_the_servers_as_they_are(
    environment: Environment,
) -> None:
    before = {*environment.folder.iterdir(), environment.folder / "inventory.json"}
    run = environment.play("migrate", "--check")
    assert run.status == 0, run.output
    for phase in (
        "decide anew how every column travels",
        "dump the source",
        "load the target",
        "compare the target",
    ):
        assert f"Would {phase}" in run.output, run.output
    assert "Nothing would stop a migration." in run.output
    assert set(environment.folder.iterdir()) == before
    assert sells(environment)

    assert environment.play("migrate", "--tags", "inspect,transform").status == 0
    places.ask(environment.source, environment.database, "CREATE TABLE late (id int NOT NULL PRIMARY KEY)")
    run = environment.play("migrate", "--check", "--tags", "inspect,transform")
    assert run.status != 0
    assert "the target has no table late" in " ".join(run.output.split())
    places.ask(environment.target, environment.database, "CREATE TABLE late (id int PRIMARY KEY)")
    run = environment.play("migrate", "--check", "--tags", "inspect,transform,dump,load,verify")
    assert run.status == 0, run.output
    assert "Would load the target" in run.output
