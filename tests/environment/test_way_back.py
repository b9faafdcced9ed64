# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stops a platform's way forth or back says in its last line how it comes back, and that way works."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.environment.test_downtime import sells
from tests.support.engine import places
from tests.support.environment.place import WRITERS, Environment
from tests.support.playbooks.ansible import Run

STILL = "server, collaboration stopped and the source frozen"


def last_word(run: Run) -> str:
    """The message of the last task that failed."""
    found = list(re.finditer(r"^(?:fatal|failed): .*?=> (?=\{)", run.output, re.MULTILINE))
    return str(json.JSONDecoder().raw_decode(run.output, found[-1].end())[0]["msg"])


def state(environment: Environment) -> str:
    return str(json.loads((environment.run / "cutover.json").read_text("utf-8"))["history"][-1]["state"])


def configured(environment: Environment) -> set[str]:
    return {json.loads(environment.file(writer).read_text("utf-8"))["kind"] for writer in WRITERS}


def test_a_schema_that_moved_after_the_plan_stops_and_an_abort_starts_the_platform(
    environment: Environment,
) -> None:
    assert environment.play("migrate", "--tags", "preflight,inspect,transform").status == 0
    places.ask(environment.source, environment.database, "ALTER TABLE sale ADD price int")
    run = environment.play("migrate", "--tags", "stop,freeze,dump")
    assert run.status != 0
    assert "changed since it was inspected" in run.message
    assert f"The platform stands still ({STILL}), and the source holds all that it held." in last_word(run)
    assert "To bring it back, run abort." in last_word(run)
    assert not any(environment.runs(writer) for writer in WRITERS)
    back = environment.play("abort")
    assert back.status == 0, back.output
    assert sells(environment)


def test_a_phase_that_fails_before_the_stop_says_that_the_platform_goes_on(environment: Environment) -> None:
    run = environment.play("migrate", "--tags", "load")
    assert run.status != 0
    assert "No service is stopped and the source is not frozen: the platform goes on." in last_word(run)
    assert sells(environment)


def test_a_service_that_does_not_start_leaves_both_ways_open(environment: Environment) -> None:
    assert environment.play("migrate").status == 0
    services: list[dict[str, Any]] = environment.variables()["service_downtime_services"]
    broken = [{**services[0], "start": ["sh", "-c", "echo no such port >&2; exit 4"]}, *services[1:]]
    run = environment.play("cutover", cutover_decision="go", service_downtime_services=broken)
    assert run.status != 0
    assert (
        "The start command of server (sh -c echo no such port >&2; exit 4) ended with 4: no such port"
        in run.message
    )
    assert "The cut-over has begun and not ended" in last_word(run)
    assert "To go back to the source, run rollback." in last_word(run)
    # The other one had started, and has sold since.
    back = environment.play("rollback", cutover_accept_loss=True)
    assert back.status == 0, back.output
    assert configured(environment) == {"mysql"}
    assert sells(environment)


def test_a_roll_back_without_the_source_brings_back_what_needs_none(environment: Environment) -> None:
    """As while its server is down: files and releases first, and the rest once it answers."""
    assert environment.play("migrate").status == 0
    assert environment.play("cutover", cutover_decision="go").status == 0
    run = environment.play("rollback", cutover_accept_loss=True, migration_source_login_port=1)
    assert run.status != 0
    assert run.plays[-1] == "(4/6) thaw"
    assert "The source does not answer at" in run.message
    assert (
        "The roll-back has begun and not ended (server, collaboration stopped and the source frozen)"
        in last_word(run)
    )
    assert state(environment) == "turning_back"
    assert configured(environment) == {"mysql"}
    assert not any(environment.runs(writer) for writer in WRITERS)
    back = environment.play("rollback", cutover_accept_loss=True)
    assert back.status == 0, back.output
    assert sells(environment)


@pytest.mark.long
def test_what_leads_to_the_source_is_started_before_the_thaw(environment: Environment) -> None:
    """A router that the cut-over has removed: a file that says whether it runs stands for it."""
    assert environment.play("migrate").status == 0
    assert environment.play("cutover", cutover_decision="go").status == 0
    router = environment.folder / "router"
    services = [
        {
            "name": "router",
            "driver": "command",
            "stop": ["rm", str(router)],
            "start": ["touch", str(router)],
            "status": ["test", "-e", str(router)],
        }
    ]
    back = environment.play("rollback", cutover_accept_loss=True, service_downtime_source_services=services)
    assert back.status == 0, back.output
    assert router.exists()
    thawed = back.output.index("TASK [alkemio.convergence.service_downtime : Thaw the source]")
    assert back.output.index("Start what leads to the source") < thawed
    assert sells(environment)
