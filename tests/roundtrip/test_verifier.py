# SPDX-License-Identifier: GPL-3.0-or-later
"""The verifier is given something to find: one damaged value for each smallest change of each pair."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import VerifyFailed

from tests.integration.engine import places
from tests.roundtrip.case import BOTH
from tests.roundtrip.drivers import target_session
from tests.roundtrip.passage import Filled, Passage
from tests.roundtrip.vectors import CASES, of_family

_EVERY = [(family, case.name) for family in BOTH for case in of_family(family)]
Found = dict[str, list[dict[str, Any]]]
_FOUND: dict[str, Found] = {}


def _damage(one: Filled, connection: Any) -> None:
    for row, sql in one.flips.items():
        changed = connection.execute(f"UPDATE {one.case.table}_b SET v = {sql} WHERE id = {row}".encode())
        assert changed.rowcount == 1, (one.case.name, row)


def _verify_damaged(passed: Passage) -> Found:
    """Each table of the binary route damaged once, then put back as it was; by table what was found."""
    run = passed.runs["rows"]
    target = run.moves[0].target
    with target_session(passed.target, target) as connection:
        for one in passed.cases.values():
            _damage(one, connection)
    with pytest.raises(VerifyFailed) as failure:
        run.verify()
    found: Found = {}
    for difference in failure.value.details["differences"]:
        found.setdefault(difference["table"], []).append(difference)
    return found


@pytest.fixture
def found(passed: Passage) -> Found:
    """The differences of the family's damaged tables; the damage is done to a copy that no other test reads."""
    kind = passed.source.kind
    if kind not in _FOUND:
        move = passed.runs["rows"].moves[0].target
        kept = places.new_target(passed.target, "matrix_kept", move)
        _FOUND[kind] = _verify_damaged(passed)
        places.drop(passed.target, move)
        places.ask(passed.target, None, f"ALTER DATABASE {kept} RENAME TO {move}")
    return _FOUND[kind]


@pytest.mark.parametrize(("family", "name"), _EVERY, ids=[f"{family}-{name}" for family, name in _EVERY])
def test_each_damaged_value_is_found_with_table_key_and_column(
    passed: Passage, found: Found, name: str
) -> None:
    one = passed.cases[name]
    seen = found.get(f"{one.case.table}_b", [])
    assert {int(entry["key"]["id"]) for entry in seen} == set(one.flips) - one.unseen
    assert all(entry["columns"] == ["v"] and entry["kind"] == "changed" for entry in seen), seen


@pytest.mark.parametrize("family", BOTH)
def test_no_undamaged_table_is_accused(passed: Passage, found: Found) -> None:
    assert set(found) == {f"{one.case.table}_b" for one in passed.cases.values()}


def test_every_case_has_a_flip_that_must_be_found() -> None:
    assert [case.name for case in CASES if not any(flip.found for flip in case.flips)] == []
