# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment is taken through its downtime, forward and back, by the playbooks alone."""

from __future__ import annotations

import json
import time

import pytest

from tests.integration.engine import places
from tests.integration.environment.conftest import WRITERS, Environment
from tests.servers.server import Server


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
    assert environment.play("migrate").status == 0

    undecided = environment.play("cutover")
    assert "Nobody has decided" in undecided.message
    assert "no-go" in environment.play("cutover", cutover_decision="no-go").message
    early = environment.play("cutover", "--tags", "start", cutover_decision="go")
    assert "Run the phase gate first" in early.message
    done = environment.play("cutover", cutover_decision="go")
    assert done.status == 0, done.output
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


def test_a_writer_that_does_not_stop_ends_everything(environment: Environment) -> None:
    stubborn = environment.file("collaboration").with_suffix(".stubborn")
    stubborn.touch()
    run = environment.play("migrate")
    assert run.status != 0
    assert "collaboration still runs after its stop" in run.message
    assert run.plays[-1] == "(3/9) stop"
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
    run = environment.play(
        "preflight",
        migration_target_extensions={environment.database: ["uuid-ossp"]},
        migration_target_connections=5000,
    )
    assert run.status != 0
    for part in ("uuid-ossp", "the application needs 5000", "price"):
        assert part in run.output, run.output
    assert not list(environment.folder.glob(".preflight*"))
    assert not (environment.run / "transform.json").exists()
