# SPDX-License-Identifier: GPL-3.0-or-later
"""One list: nothing twice, in order, and what could not be asked is no success."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.filter.inventory_finding import inventory_finding
from ansible_collections.alkemio.convergence.plugins.plugin_utils._inventory.collected import collected
from ansible_collections.alkemio.convergence.plugins.plugin_utils._inventory.listing import (
    Listing,
    closing,
    lines,
)


def finding(variable: str = "a", found: str = "is wrong", **more: Any) -> dict[str, Any]:
    return {"section": "variables", "variable": variable, "found": found, **more}


def test_what_is_found_twice_stands_once_with_all_variables_and_hosts() -> None:
    (one,) = Listing.of([finding("a", host="x"), finding("b", host="y"), finding("a", host="x")]).findings
    assert one.text == "a, b (x, y): is wrong."
    of_two = [finding("a", why="It is one."), finding("b", why="It is two.")]
    assert len(Listing.of(of_two).findings) == 2
    assert len(Listing.of([{**one, "section": "hosts"} for one in of_two]).findings) == 1
    assert Listing.of([finding(), finding(weight="beside")]).stops == 1


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "Nothing in this inventory would stop a run."),
        ([finding()], "1 thing in this inventory would stop a run."),
        ([finding(weight="beside")], "1 thing should be put right."),
        (
            [finding(), finding("b", "is not there"), finding(weight="unasked")],
            "2 things in this inventory would stop a run, 1 thing could not be asked.",
        ),
    ],
)
def test_the_last_line_counts(found: list[dict[str, Any]], says: str) -> None:
    listing = Listing.of(found)
    assert closing(listing) == says
    assert lines(listing)[-1] == says
    assert lines(listing, "/x.json")[-1] == "This list: /x.json"


def test_the_list_goes_by_section_and_says_everything() -> None:
    found = [
        {**finding("b", "is off"), "section": "services"},
        {**finding("a", "is wrong"), "section": "groups", "why": "It matters", "remedy": "Correct it"},
    ]
    assert lines(Listing.of(found)) == [
        "",
        "Groups and hosts (1)",
        "  1. a: is wrong. It matters. Correct it.",
        "",
        "Services, and what has to answer (1)",
        "  1. b: is off.",
        "",
        "2 things in this inventory would stop a run.",
    ]


def heads(**host: Any) -> list[str]:
    return [f"{one['variable']}: {one['found']}" for one in collected(None, {"mover": host})]


def test_a_host_that_cannot_be_reached_is_found() -> None:
    assert heads(__inventory_check_asked={"unreachable": True, "msg": "no route"}) == [
        "ansible_host: cannot be reached: no route"
    ]
    assert heads(__inventory_check_asked={"failed": True, "module_stderr": "python3: not found"}) == [
        "ansible_python_interpreter: runs no module: python3: not found"
    ]
    assert heads(__inventory_check_asked={"skipped": True}) == []


def test_what_servers_and_backups_say_is_taken_over() -> None:
    assert heads(
        __inventory_check_source={"problems": ["It is full."]},
        database_backup_doubts=[
            {"section": "privileges", "text": "The backup of the source would fail: so."}
        ],
    ) == [": The source: It is full.", ": The backup of the source would fail: so."]


def test_a_backup_whose_program_is_not_there_is_said_once() -> None:
    asked = {"findings": [finding("database_backup_source_command", "runs mysqldmp")]}
    doubts = [{"text": f"The backup of the {side} would fail: so."} for side in ("source", "target")]
    assert heads(__inventory_check_asked=asked, database_backup_doubts=doubts) == [
        "database_backup_source_command: runs mysqldmp",
        ": The backup of the target would fail: so.",
    ]


def test_a_variable_that_nobody_gives_is_said_once() -> None:
    survey = {"findings": [finding("vault_a", "is not given")]}
    answers = [finding("b", "Task failed: 'vault_a' is undefined"), finding("c", "'vault_b' is undefined")]
    assert heads(__inventory_check_survey=survey, __inventory_check_answers=answers) == [
        "vault_a: is not given",
        "c: 'vault_b' is undefined",
    ]


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"msg": "It is so."}, "It is so."),
        ({}, "it failed and does not say why"),
        (
            {"url": "http://a", "status": 404, "msg": "Status code was 404", "content": "secret"},
            "http://a answers 404",
        ),
        (
            {
                "url": "http://a",
                "status": -1,
                "msg": "Request failed: <urlopen error [Errno 111] Connection refused>",
            },
            "nobody answers at http://a (Connection refused)",
        ),
    ],
)
def test_a_task_that_failed_is_said_in_few_words(result: dict[str, Any], says: str) -> None:
    found = inventory_finding(result, "services", "a", "It matters.", "", "mover")
    assert (found["found"], found["weight"], found["host"]) == (says, "stops", "mover")
