# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of JSON that does not recurse, the classes it finds, and U+0000 taken out of documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._prove.json_form import canonical_json
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import json_text
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.json_rules import JsonRules
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.profile import Policy
from hypothesis import given, settings
from hypothesis import strategies as st

JSON = frozenset({"invalid_json", "json_dialect", "json_depth"})
JSONB = JSON | {"json_nul", "json_surrogate", "json_number", "json_keys"}

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def _number(text: str) -> int | float:
    return float(text) if {*text} & {*".eE"} else int(text)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from([None, 1]))
def test_both_readers_read_the_same(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert json_text.parse(text, _number) == json.loads(text)


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from('[]{},:"\\u0e1-.+ \n\ttrf'), max_size=12))
def test_both_readers_refuse_the_same(text: str) -> None:
    try:
        expected: Any = ("read", json.loads(text, parse_int=str, parse_float=str))
    except ValueError:
        expected = ("refused", None)
    try:
        found: Any = ("read", json_text.parse(text, str))
    except ValueError:
        found = ("refused", None)
    assert found == expected


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_both_writers_write_the_same(value: Any) -> None:
    written = json_text.written(value, lambda one: json.dumps(one, separators=(",", ":")))
    assert "".join(written) == json.dumps(value, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"b":[],"a":', "}]")])
@pytest.mark.parametrize("levels", [900, 1100, 3000, 12000])
def test_the_canonical_form_is_the_same_at_any_depth(opening: str, closing: str, levels: int) -> None:
    one = opening * levels + "1.50" + closing * levels
    other = opening.replace(":", " : ") * levels + "15e-1" + closing * levels
    assert canonical_json(one.encode()) == canonical_json(other.encode())
    assert canonical_json(one.encode()) != canonical_json(one.replace("1.50", "1.51").encode())


@pytest.mark.parametrize(
    ("opening", "closing", "each"), [("[", "]", 1), ('{"a":', "}", 1), ('[{"a":', "}]", 2)]
)
def test_a_document_is_too_deep_by_one_level(opening: str, closing: str, each: int) -> None:
    levels = json_text.DEPTH // each
    text = opening * levels + "1" + closing * levels
    assert json_text.misfits(text.encode(), JSONB) == []
    assert json_text.misfits(f"[{text}]".encode(), JSONB) == ["json_depth"]
    beside = "[" + ",".join(["[]"] * 2 * json_text.DEPTH) + "]"
    assert json_text.misfits(beside.encode(), JSONB) == []


NUMBERS = {
    "1e131071": True,
    "1e131072": False,
    "10e131071": False,
    "0.1e131072": True,
    "-1E+131072": False,
    "1e-16383": True,
    "1e-16384": False,
    "0e99999": True,
    "0e1073741823": True,
    "0e1073741824": False,
    "0.0e-16382": True,
    "0.0e-16383": False,
    "1e00000000000000000000000001": True,
    "1e99999999999999999999999999": False,
    "9" * 131072: True,
    "9" * 131073: False,
    "0." + "1" * 20000 + "e3617": True,
    "0." + "1" * 20000 + "e3616": False,
}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:12]} of {len(number)}")
def test_numbers_that_jsonb_takes(number: str) -> None:
    found = json_text.misfits(f'{{"1e999999": {number}}}'.encode(), JSONB)
    assert found == ([] if NUMBERS[number] else ["json_number"])
    assert json_text.misfits(number.encode(), JSON) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"\\x41"', "json_dialect"),
        ("[1.]", "json_dialect"),
        ("[1.e5]", "json_dialect"),
        ("[1,\\\\2]", "invalid_json"),
        ("1e", "invalid_json"),
        ('{"\t": 1}', "invalid_json"),
        ('"a"\0', "invalid_json"),
        ("NaN", "invalid_json"),
        ("", "invalid_json"),
        ("\ufeff1", "invalid_json"),
        ("[" * 100000, "json_depth"),
    ],
)
def test_what_is_no_json_has_one_class(text: str, found: str) -> None:
    assert json_text.misfits(text.encode(), JSONB) == [found]
    assert json_text.misfits(text.encode(), JSONB - {found}) == []


def test_bytes_that_are_no_text_are_of_no_class_of_json() -> None:
    assert json_text.misfits(b'"\xff"', JSONB) == []


@pytest.mark.parametrize("backslashes", range(1, 8))
def test_only_an_escape_of_its_own_is_taken_out(backslashes: int) -> None:
    text = '"' + "\\" * backslashes + 'u0000"'
    is_escape = backslashes % 2 == 1
    assert json_text.has_nul(text) == is_escape
    expected = json.loads(text).replace("\0", "-")
    assert json.loads(json_text.without_nul(text.encode(), "-")) == expected


def _rules(**policies: Policy) -> JsonRules:
    return JsonRules(JSONB, policies)


def test_of_several_classes_null_wins_and_one_without_a_policy_is_told() -> None:
    both = b'["\\u0000", "\\ud800"]'
    strip = Policy("strip")
    assert _rules(json_nul=strip).misfits(both) == ["json_nul", "json_surrogate"]
    rules = _rules(json_nul=strip, json_surrogate=Policy("null"))
    assert (rules.misfits(both), rules.treated(both)) == (["json_surrogate"], None)
    assert rules.treated(b'["\\u0000" ]') == b'["" ]'
    assert _rules(invalid_json=Policy("replace", "{}")).treated(b"x") == b"{}"


def test_keys_meet_in_one_object_only_and_only_by_the_rule() -> None:
    met, apart = b'{"ab":1,"a\\u0000b":2}', b'{"ab":1,"x":{"a\\u0000b":2}}'
    strip = _rules(json_nul=Policy("strip"))
    assert strip.misfits(met) == ["json_nul", "json_keys"]
    assert strip.misfits(apart) == ["json_nul"]
    assert strip.misfits(b'{"a\\u0000b":1,"a\\u0000b":2}') == ["json_nul"]
    assert _rules(json_nul=Policy("replace", "-")).misfits(met) == ["json_nul"]
    assert _rules(json_nul=Policy("null")).misfits(met) == ["json_nul"]
    deep = b"[" * 2000 + met + b"]" * 2000
    assert strip.misfits(deep) == ["json_nul", "json_keys"]
