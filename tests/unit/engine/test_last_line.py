# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of a playbook says what was proved, and never calls proved what nobody has asked."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.filter.last_line import _LINES, last_line

from tools.docs import tags

pytestmark = pytest.mark.fault("A1")

PROOF = {
    "mode": "frozen",
    "source": "computed now",
    "still_by": "log",
    "sums_of": "2026-11-01T10:00:00.000+00:00",
    "frozen_since": "2026-11-01T09:00:00.000+00:00",
    "copy": False,
}
DATABASES = [
    {"name": "shop", "tables": 12, "rows": 1200, "alterations": 9135, "filtered": 0},
    {"name": "people", "tables": 1, "rows": 34, "alterations": 0, "filtered": 2},
]


def verified(**proof: Any) -> dict[str, Any]:
    return {"verified": {"verdict": "equal", "databases": DATABASES, "proof": {**PROOF, **proof}}}


def test_every_playbook_has_one() -> None:
    assert set(_LINES) == set(tags.ORDER)


def test_a_frozen_proof_is_one() -> None:
    assert last_line(verified(), "migrate") == (
        "PROVED: 1,234 rows of 13 tables in 2 databases are equal; 9,135 values altered by rule (alterations.jsonl); "
        "2 rows of the source left out by rule; the source still by its log, and frozen since "
        "2026-11-01T09:00:00.000+00:00. Next: cutover."
    )
    told = last_line(verified(still_by="sums", frozen_since=None), "migrate")
    assert "; the source still by the sums of its rows; NOT PROVED: that it stays so" in told


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        ({"mode": "live"}, "NOT PROVED: what was written to the source in use"),
        ({"source": "kept"}, "NOT PROVED: what the source holds now, which was not asked"),
        ({"frozen_since": None}, "NOT PROVED: that it stays so, since it is not frozen"),
        ({"copy": True}, "NOT PROVED: what the original of this copy holds by now"),
    ],
)
@pytest.mark.parametrize("playbook", ["migrate", "verify", "rehearse_copy"])
def test_a_proof_that_is_worth_less_says_so(proof: dict[str, Any], told: str, playbook: str) -> None:
    line = last_line(verified(**proof), playbook)
    assert told in line
    assert "Next: cutover." not in line


@pytest.mark.parametrize("playbook", tags.ORDER)
def test_nothing_is_proved_where_nothing_ran_or_it_was_a_check(playbook: str) -> None:
    for facts in ({}, {"verified": None, "smoke": None, "state": "done", "done": None}):
        line = last_line(facts, playbook)
        assert line.startswith(("NOT PROVED", "NOT DONE")) or "NOT PROVED" in line, line
    check = last_line({"check": True, **verified(), "smoke": 3, "done": ["it"], "state": "done"}, playbook)
    assert check == f"CHECK of {playbook}: nothing was changed, and nothing is proved."


SERVER = {
    "name": "server",
    "proved": ["2 sessions on PostgreSQL as app", "none left on the source", "answers as it should (spaces)"],
    "not_proved": [],
    "works": True,
}
FILES = {
    "name": "files",
    "proved": [],
    "not_proved": ["not asked, since no account of it is declared"],
    "works": False,
}


def test_a_cut_over_says_of_each_service_what_was_proved() -> None:
    line = last_line(
        {"state": "done", "smoke": 1, "findings": [SERVER, FILES], "kratos": ["Kratos sees all"]}, "cutover"
    )
    assert line == (
        "The application works on PostgreSQL. PROVED: server: 2 sessions on PostgreSQL as app, none left on the "
        "source, answers as it should (spaces); Kratos sees all. NOT PROVED: files: not asked, since no account of "
        "it is declared. The checks have written nothing: a roll-back loses nothing until somebody writes."
    )
    wrote = last_line({"state": "done", "findings": [SERVER], "wrote": True}, "cutover")
    assert wrote.endswith("The checks have written to PostgreSQL: a roll-back loses that.")


@pytest.mark.parametrize(
    ("findings", "why"),
    [
        (None, "since the phase smoke has not run."),
        ([], "since it was asked for the sessions of no service (cutover_services)."),
        ([FILES], "since it was asked for the sessions of no service (cutover_services)."),
    ],
)
def test_nothing_works_on_postgresql_that_it_was_not_asked_for(findings: Any, why: str) -> None:
    line = last_line({"state": "done", "smoke": 2, "findings": findings, "accepted": ["It moved"]}, "cutover")
    assert line.startswith(
        f"The cut-over is done. NOT PROVED: that the application works on PostgreSQL, {why} NOT PROVED, and accepted "
        "by cutover_accept_unfrozen: It moved."
    )
    assert "The application works" not in line
    begun = last_line({"state": "begun", "smoke": None, "findings": None}, "cutover")
    assert begun.startswith("The cut-over has begun and not ended: run cutover again to finish it")


def test_a_roll_back_names_what_is_lost() -> None:
    line = last_line(
        {"state": "rolled_back", "smoke": 1, "lost": [f"table {n}" for n in range(7)]}, "rollback"
    )
    assert "Lost, as cutover_accept_loss says: table 0; table 1; table 2; table 3; table 4 and more." in line


def test_a_playbook_of_one_phase_says_what_it_did() -> None:
    assert last_line({"done": ["emptied 3 tables"]}, "reset") == "Done: emptied 3 tables."
    assert last_line({"done": []}, "reset") == "Done: nothing, the target as it was before the load already."
