# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases and choices of a profile: read, overridden, chosen, and in the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import releases
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.profile import (
    Profile,
    parse_profile,
)

PROFILES = Path(__file__).resolve().parents[3] / "roles/migration/files/profiles"
QUERY = "SELECT max(v) FROM m"


def side(*fits: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"query": QUERY, "fits": [{"release": one, "migration": last} for one, last in fits], **more}


def test_a_message_names_each_migration_once() -> None:
    profile = parse_profile("p", {"releases": {"source": side(("2", "b"), ("1", "b"), ("0", "a"))}})
    found = releases.of_side(profile.releases, "source")
    assert found is not None
    assert found.in_full == "2 or 1 (last migration b), or 0 (last migration a)"
    assert found.names == "2 or 1 or 0"
    assert releases.from_json(found.to_json()) == found
    assert releases.of_side(profile.releases, "target") is None


def test_rules_replace_the_side_that_they_name_and_leave_the_other() -> None:
    both = {"source": side(("1", "a")), "target": side(("2", "b"))}
    profile = parse_profile("p", {"releases": both})
    more = parse_profile("rules", {"releases": {"target": side(("3", "c"))}})
    found = profile.extended(more)
    assert [(one.side, one.names) for one in found.releases] == [("source", "1"), ("target", "3")]


def test_what_is_chosen_comes_after_the_profile_and_before_the_rules() -> None:
    choices = {"lower": {"columns": [{"column": "b"}]}, "upper": {"columns": [{"column": "x"}]}}
    profile = parse_profile("p", {"columns": [{"column": "a"}], "choices": choices})
    assert [rule.column for rule in profile.extended(Profile()).columns] == ["a"]
    rules = parse_profile("rules", {"columns": [{"column": "c"}], "choose": ["lower"]})
    assert [rule.column for rule in profile.extended(rules).columns] == ["a", "b", "c"]
    with pytest.raises(InputError, match=r"'lowr'.* Perhaps lower is meant.* Choices: lower, upper"):
        profile.extended(parse_profile("rules", {"choose": ["lowr"]}))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"releases": []}, None),
        ({"releases": [1]}, "releases is not a mapping"),
        ({"releases": {"sources": {}}}, "'sources'.* Perhaps source is meant"),
        ({"releases": {"source": []}}, "releases, source is not a mapping"),
        ({"releases": {"source": {"fits": [{"release": "1", "migration": "a"}]}}}, "source lacks 'query'"),
        ({"releases": {"target": {"query": QUERY}}}, "target lacks 'fits'"),
        ({"releases": {"target": {"query": QUERY, "fits": {}}}}, "target lacks 'fits'"),
        ({"releases": {"source": side(("1", 5))}}, "fits entry 1: migration has to be text. Quote it"),  # type: ignore[arg-type]
        (
            {"releases": {"source": {"query": QUERY, "fits": [{"release": "1"}]}}},
            "needs release and migration",
        ),
        ({"choices": ["x"]}, "choices has to be a mapping"),
        ({"choices": {"x": {"columns": 1}}}, "columns has to be a list"),
        ({"choices": {"x": {"choose": ["y"]}}}, "choices, x has the unknown key 'choose'"),
        ({"choose": "x"}, "choose has to be a list"),
    ],
)
def test_mistakes_are_named(data: dict[str, Any], says: str | None) -> None:
    if says is None:
        assert parse_profile("p", data).releases == ()
        return
    with pytest.raises(InputError, match=says):
        parse_profile("p", data)


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yml")), ids=lambda path: path.stem)
def test_the_profiles_of_this_collection_know_both_sides(path: Path) -> None:
    profile = parse_profile(path.stem, yaml.safe_load(path.read_text("utf-8")))
    assert {one.side for one in profile.releases} == {"source", "target"}
    for name, _rules in profile.choices:
        profile.extended(parse_profile("rules", {"choose": [name]}))
