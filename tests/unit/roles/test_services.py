# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops in one go, and what is noted of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.filter.service_stages import service_stages
from ansible_collections.alkemio.convergence.plugins.filter.started_services import started_services
from ansible_collections.alkemio.convergence.plugins.filter.stopped_services import stopped_services
from ansible_collections.alkemio.convergence.plugins.filter.way_back import _WAYS, way_back
from ansible_collections.alkemio.convergence.plugins.module_utils._run.cutover_state import STATES

A = {"name": "a", "driver": "command", "stop": ["x"]}
B = {"name": "b", "driver": "systemd", "unit": "b.service", "together": True, "release": {"source": "1"}}
C = {"name": "c", "driver": "command", "host": "elsewhere"}
K = {"name": "k", "driver": "kubernetes", "namespace": "shop"}


def test_neighbours_on_one_host_are_one_stage_and_order_is_kept() -> None:
    stages = service_stages([A, B, C, A | {"name": "d"}], "here")
    assert [(stage["host"], stage["names"], stage["label"]) for stage in stages] == [
        ("here", ["a", "b"], "a, b"),
        ("elsewhere", ["c"], "c"),
        ("here", ["d"], "d"),
    ]
    assert stages[0]["services"][1] == {
        "name": "b",
        "driver": "systemd",
        "unit": "b.service",
        "together": True,
    }
    assert "host" not in stages[1]["services"][0]


def test_each_service_of_a_cluster_is_a_stage_with_all_its_keys() -> None:
    stages = service_stages([K, K | {"name": "l"}, A], "here")
    assert [(stage["driver"], stage["names"]) for stage in stages] == [
        ("kubernetes", ["k"]),
        ("kubernetes", ["l"]),
        ("service_state", ["a"]),
    ]
    assert stages[0]["services"] == [K]


def test_a_repeated_stop_keeps_what_the_first_has_noted() -> None:
    counts = {"k": {"replicas": {"k": 2}, "suspended": {}}}
    first = stopped_services({"services": {}, "queues": {"x": 1}}, {"a": "a", "k": "k", "b": ""}, counts)
    assert first["queues"] == {"x": 1}
    assert first["services"]["k"] == {
        "state": "stopped",
        "ran": "k",
        "replicas": {"k": 2},
        "suspended": {},
    }
    assert first["services"]["b"]["ran"] == ""
    assert stopped_services(first, {"a": "", "k": "", "b": ""}, {}) == first
    started = started_services(first, ["a", "b", "nobody"])
    assert {name: entry["state"] for name, entry in started["services"].items()} == {
        "a": "started",
        "k": "stopped",
        "b": "started",
    }
    assert stopped_services(started, {"a": "", "k": "", "b": ""}, {})["services"]["a"]["ran"] == ""


def asked(state: str, *stopped: str, frozen: bool = False) -> dict[str, Any]:
    services = {name: {"state": "stopped"} for name in stopped} | {"other": {"state": "started"}}
    return {"state": state, "frozen": frozen, "records": {"services": {"services": services}}}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (asked("open"), "No service is stopped and the source is not frozen: the platform goes on."),
        (
            asked("open", "a", "b", frozen=True),
            "stands still (a, b stopped and the source frozen), and the source",
        ),
        (
            asked("open", frozen=True),
            "(the source frozen), and the source holds all that it held. To bring it back, run abort.",
        ),
        (
            asked("begun", "a"),
            "not ended (a stopped). To go on to PostgreSQL, mend the cause and run cutover again.",
        ),
        (asked("done"), "belongs to PostgreSQL. To do what is left, mend the cause and run migrate again."),
        (
            asked("aborting", "a"),
            "The abort has begun and not ended (a stopped). Mend the cause and run abort again",
        ),
        (
            asked("turning_back", "a"),
            "The roll-back has begun and not ended (a stopped). Mend the cause and run rollback",
        ),
        (asked("rolled_back"), "The application works on the source again."),
        (
            asked("aborted", "a"),
            "The way back has ended, with a stopped: mend the cause and run migrate again.",
        ),
        ({"msg": "no such folder"}, "How far the run is could not be read: no such folder"),
    ],
)
def test_the_last_word_of_a_failure_says_what_is_true(found: dict[str, Any], says: str) -> None:
    line = way_back(found, "migrate", "alkemio.convergence.migration : Load the snapshot", False)
    assert line.startswith('"Load the snapshot" has failed, for the cause above. ')
    assert says in line
    assert "Nothing was changed" in way_back(found, "migrate", "Load", True)


def test_every_state_of_a_cut_over_has_a_way() -> None:
    assert set(_WAYS) == set(STATES)
