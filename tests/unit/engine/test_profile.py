# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles are checked when they are read: every mistake is named with its place."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.converters import CONVERTERS
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.misfits import CLASSES
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.profile import (
    Policy,
    Profile,
    parse_profile,
)
from hypothesis import given, settings
from hypothesis import strategies as st

PROFILES = Path(__file__).resolve().parents[3] / "roles/migration/files/profiles"
INVARIANT = {"name": "n", "server": "source", "moment": "before", "query": "q", "expect": "1"}


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yml")), ids=lambda path: path.stem)
def test_the_profiles_of_this_collection_are_sound(path: Path) -> None:
    profile = parse_profile(path.stem, yaml.safe_load(path.read_text("utf-8")))
    assert profile.name == path.stem
    assert profile.seed_tables
    assert {rule.converter for rule in profile.columns} <= {None, *CONVERTERS}
    assert profile.invariants


def test_an_empty_profile_has_no_rules() -> None:
    assert parse_profile("", {}) == Profile()


MISTAKES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "not a mapping": ([], ("Profile 'p'", "not a mapping")),
    "unknown key": ({"colums": []}, ("'colums'", "columns")),
    "no list": ({"skip_tables": "one"}, ("skip_tables", "list")),
    "no list of names": ({"seed_tables": [1]}, ("seed_tables", "names")),
    "no list of rules": ({"columns": {}, "leftover_tables": {"a": 1}}, ("leftover_tables", "list")),
    "no statement": ({"after_load": [{"reason": "x"}]}, ("after_load entry 1", "is empty")),
    "a comment alone": ({"after_load": [{"statement": " /* x */ -- y"}]}, ("after_load entry 1", "is empty")),
    "statement no text": ({"after_load": [{"statement": 1}]}, ("after_load entry 1", "text")),
    "statement that is none": ({"after_load": ["SELECT 1"]}, ("after_load entry 1", "not a mapping")),
    "statement that commits": (
        {"after_load": [{"statement": "SELECT 1"}, {"statement": "/* a\n*/ -- b\n ;commit"}]},
        ("after_load entry 2", "begins with COMMIT"),
    ),
    "statement that begins": ({"after_load": [{"statement": "START  TRANSACTION"}]}, ("begins with START",)),
    "views no names": ({"refresh_materialized_views": [{}]}, ("refresh_materialized_views", "names")),
    "no rule": ({"columns": ["x"]}, ("columns entry 1", "not a mapping")),
    "unknown rule key": ({"columns": [{}, {"colum": "x"}]}, ("columns entry 2", "'colum'")),
    "pattern no text": ({"columns": [{"table": 5}]}, ("columns entry 1", "table")),
    "flag no flag": ({"columns": [{"sensitive": "yes"}]}, ("columns entry 1", "sensitive")),
    "nullable no flag": ({"columns": [{"target_nullable": 1}]}, ("columns entry 1", "target_nullable")),
    "unknown class": ({"columns": [{"policies": {"empty": "null"}}]}, ("entry 1, policies", "'empty'")),
    "unknown policy": (
        {"columns": [{"policies": {"empty_string": "drop"}}]},
        ("empty_string", "'drop'", "null"),
    ),
    "policy lacks value": ({"columns": [{"policies": {"empty_string": "replace"}}]}, ("{replace: VALUE}",)),
    "policy takes none": (
        {"columns": [{"policies": {"empty_string": {"null": 1}}}]},
        ("empty_string: 'null'",),
    ),
    "policy that YAML reads as yes": (
        {"columns": [{"policies": {"not_boolean": True}}]},
        ("not_boolean: 'true'", "without quotes"),
    ),
    "policy nearly right": (
        {"columns": [{"policies": {"too_long": "Truncated"}}]},
        ("too_long: truncate is meant",),
    ),
    "policy nearly right that takes a value": (
        {"columns": [{"policies": {"zero_date": "replaced"}}]},
        ("zero_date: {replace: VALUE} is meant", "'null'"),
    ),
    "class nearly right": (
        {"columns": [{"policies": {"zero_dates": "null"}}]},
        ("Perhaps zero_date is meant",),
    ),
    "type of no expression": ({"columns": [{"type": "int"}]}, ("columns entry 1", "there is none")),
    "drop by the target's type": (
        {"columns": [{"drop": True, "target_type": "text"}]},
        ("columns entry 1", "target_type"),
    ),
    "rename by nothing": ({"tables": [{"table": "*", "rename": {}}]}, ("tables entry 1, rename needs",)),
    "rename in an unknown form": ({"columns": [{"rename": {"form": "snake"}}]}, ("'snake'", "snake_case")),
    "rename by half an expression": ({"columns": [{"rename": {"match": "x"}}]}, ("match together with to",)),
    "rename by no expression": (
        {"columns": [{"rename": {"match": "(", "to": "x"}}]},
        ("regular expression",),
    ),
    "rename to a group that is not": (
        {"columns": [{"rename": {"match": "x", "to": "\\1"}}]},
        ("regular expression", "group"),
    ),
    "policy a list": ({"columns": [{"policies": {"empty_string": ["null"]}}]}, ("empty_string",)),
    "two policies": (
        {"columns": [{"policies": {"empty_string": {"null": 1, "fail": 2}}}]},
        ("empty_string",),
    ),
    "policies a list": ({"columns": [{"policies": ["null"]}]}, ("policies", "not a mapping")),
    "no invariant": ({"invariants": [1]}, ("invariants entry 1", "not a mapping")),
    "invariant lacks key": ({"invariants": [{**INVARIANT}, {"name": "x"}]}, ("entry 2", "lacks 'expect'")),
    "invariant elsewhere": (
        {"invariants": [{**INVARIANT, "server": "here"}]},
        ("entry 1", "source or target"),
    ),
    "invariant sometime": ({"invariants": [{**INVARIANT, "moment": []}]}, ("entry 1", "before or after")),
    "table rule lacks table": ({"tables": [{"exclude": True}]}, ("tables entry 1", "lacks 'table'")),
    "where no text": ({"tables": [{"table": "t", "where": ["a"]}]}, ("tables entry 1", "where")),
    "added without value": (
        {"add_columns": [{"table": "t", "column": "c"}]},
        ("add_columns entry 1", "expression"),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_place(mistake: str) -> None:
    data, words = MISTAKES[mistake]
    with pytest.raises(InputError) as caught:
        parse_profile("p", data)
    message = str(caught.value)
    assert "Profile 'p'" in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_bare_null_of_yaml_means_the_policy_null() -> None:
    (rule,) = parse_profile("p", yaml.safe_load("columns: [{policies: {empty_string: null}}]")).columns
    assert dict(rule.policies) == {"empty_string": Policy("null")}


def test_every_class_takes_every_one_of_its_policies() -> None:
    for name, misfit in CLASSES.items():
        for policy, template in misfit.policies.items():
            written: Any = {policy: "v"} if "{value}" in template else policy
            (rule,) = parse_profile("p", {"columns": [{"policies": {name: written}}]}).columns
            assert dict(rule.policies)[name].to_json() == written


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
keys = st.sampled_from(
    [
        "columns",
        "tables",
        "invariants",
        "skip_tables",
        "policies",
        "table",
        "column",
        "sensitive",
        "empty_string",
    ]
) | st.text(max_size=4)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=250, deadline=None)
@given(st.dictionaries(keys, anything, max_size=4) | anything)
def test_any_yaml_gives_a_profile_or_an_input_error(data: Any) -> None:
    try:
        parse_profile("p", data)
    except InputError as error:
        assert "\n" not in str(error).replace("\\n", "")


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["table", "column", "policies", "sensitive", "rename", "drop"]), anything)
)
def test_any_rule_is_taken_or_refused(rule: Any) -> None:
    with contextlib.suppress(InputError):
        parse_profile("p", {"columns": [rule]})
