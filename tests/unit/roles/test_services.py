# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops in one go, and what is noted of it."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.filter.service_stages import service_stages
from ansible_collections.alkemio.convergence.plugins.filter.started_services import started_services
from ansible_collections.alkemio.convergence.plugins.filter.stopped_services import stopped_services
from ansible_collections.alkemio.convergence.plugins.filter.way_back import way_back

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


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((True, True), "CHECK of migrate"),
        ((False, False), "No service was stopped"),
        ((False, True), "run abort"),
    ],
)
def test_the_last_word_of_a_failure_says_what_is_true(words: tuple[bool, bool], says: str) -> None:
    line = way_back("migrate", "alkemio.convergence.migration : Load the snapshot", *words)
    assert '"Load the snapshot"' in line
    assert says in line
