# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of mutations fits the code as it is, so that make test-mutations can be played at any time."""

from __future__ import annotations

from tools.mutations.catalogue import ALL


def test_every_mutation_finds_its_place_and_its_tests() -> None:
    assert [problem for one in ALL for problem in one.problems()] == []


def test_no_two_mutations_have_one_name() -> None:
    names = [one.name for one in ALL]
    assert sorted(set(names)) == sorted(names)
