# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON compared outside the servers: equal means the same to jsonb, and nothing else is equal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._prove.json_form import canonical_json
from hypothesis import given, settings
from hypothesis import strategies as st

EQUAL = [
    ("1", "1.0", "1.000", "1e0", "10e-1", "0.1e1", "100E-2"),
    ("100", "1e2", "1E+2", "100.0", "1.00e2"),
    ("1.5", "1.50", "15e-1", "0.15e1"),
    ("0", "-0", "0.0", "-0.0", "0e5", "-0e-5"),
    ("-1", "-1.0", "-10e-1"),
    ("100000000000000000000", "1e20", "1.0E20"),
    ("123456789012345678901234567890", "123456789012345678901234567890.0"),
    ("1" + "0" * 998, "1e998"),
    ("1" + "0" * 999, "1e999"),
    ("1" + "0" * 2000, "1e2000", "10e1999"),
    ("1" + "0" * 5000, "1e5000"),
    ("-" + "7" * 1500, "-" + "7" * 1500 + ".0"),
    ("1e-2000", "0." + "0" * 1999 + "1"),
    ('{"a":1,"b":2}', '{ "b" : 2,\n"a":1.0 }', '{"a":9,"b":2,"a":1}'),
    ('"\\u00e9"', '"é"', '"\\u00E9"'),
    ('"\\ud83d\\ude00"', '"😀"'),
    ('"\\/"', '"/"'),
    ("[]", "[ ]"),
    ('{"":null}', '{"" : null}'),
]
DIFFERENT = [
    ("1", '"1"', "true", "[1]", "null", "1.0000000000000000000000000001"),
    ("0", "false", '""', "null", "[]", "{}"),
    ("9007199254740993", "9007199254740992"),
    ("0.1", "0.1000000000000000055511151231257827"),
    ("1e400", "1e401", "-1e400"),
    ('"a"', '"A"', '"a "', '"\\u0061\\u0301"', '"á"'),
    ("[1,2]", "[2,1]", "[1,2,2]", "[[1],2]"),
    ('{"a":1}', '{"A":1}', '{"a":null}', '{"a":[1]}', '{"a":1,"b":null}'),
    ('"\\\\u0041"', '"A"'),
    ("1" + "0" * 2000, "1" + "0" * 1999 + "1", "1e2001"),
]


@pytest.mark.parametrize("documents", EQUAL, ids=lambda documents: documents[0][:20])
def test_documents_that_mean_the_same_have_one_form(documents: tuple[str, ...]) -> None:
    assert len({canonical_json(document.encode()) for document in documents}) == 1


@pytest.mark.parametrize("documents", DIFFERENT, ids=lambda documents: documents[0][:20])
def test_documents_that_differ_have_different_forms(documents: tuple[str, ...]) -> None:
    assert len({canonical_json(document.encode()) for document in documents}) == len(documents)


@pytest.mark.parametrize("document", ["", " ", "{", "[1,]", "01", "'a'", '{"a"}', "nul", '"\t"', "\udc00"])
def test_what_is_no_json_is_refused(document: str) -> None:
    with pytest.raises(ValueError):
        canonical_json(document.encode("utf-8", "surrogatepass"))


def test_a_number_of_absurd_size_is_refused_or_compared_but_never_a_crash() -> None:
    for text in ("1e99999999999999999999", "-1e-99999999999999999999", "1e9999999999999999999999999999"):
        try:
            assert canonical_json(text.encode())
        except ValueError:
            continue


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_the_form_does_not_depend_on_how_a_document_is_written(
    value: Any, ascii_only: bool, indent: int | str | None
) -> None:
    plain = json.dumps(value, ensure_ascii=False).encode()
    other = json.dumps(value, ensure_ascii=ascii_only, indent=indent, sort_keys=True).encode()
    assert canonical_json(plain) == canonical_json(other)


@settings(max_examples=200, deadline=None)
@given(values, values)
def test_unequal_values_have_unequal_forms(one: Any, other: Any) -> None:
    same = canonical_json(json.dumps(one).encode()) == canonical_json(json.dumps(other).encode())
    assert same == (_marked(one) == _marked(other))


def _marked(value: Any) -> Any:
    """Python takes True for 1."""
    if isinstance(value, dict):
        return {name: _marked(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_marked(one) for one in value]
    return ("boolean", value) if isinstance(value, bool) else value
