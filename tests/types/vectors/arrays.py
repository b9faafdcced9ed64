# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON arrays as arrays of PostgreSQL: of text, whole numbers, decimals, booleans and UUIDs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import Case, Flip, Form, utf8

_UUIDS = ("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "00000000-0000-0000-0000-000000000000")
_TEXTS = (
    "[]",
    '[""]',
    '["", ""]',
    '["NULL", "null", "N"]',
    '["com,ma", "{brace}", "quote\\"d", "back\\\\slash", "\\\\\\"", "\'"]',
    '["tab\\t", "line\\nbreak", "\\r", " padded ", "\\b\\f\\/"]',
    '["\\u00e9", "é", "\\ud83d\\ude00", "😀", "日本", "\\\\u0041", "\\\\N", "\\\\."]',
    '["b", "a", "b"]',
    '[ "x" ,\n"y"\t]',
)
_NUMBERS = st.integers(-(2**31), 2**31 - 1)


def _members(raw: bytes) -> list[str | None]:
    """The elements of a one-dimensional array as the server prints them."""
    inside = forms.text(raw)
    assert inside[0] == "{" and inside[-1] == "}", raw
    found = re.findall(r'"((?:[^"\\]|\\.)*)"(?:,|$)|([^",]+)(?:,|$)', inside[1:-1], re.DOTALL)
    return [
        (None if plain == "NULL" else plain) if plain else re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
        for inner, plain in found
    ]


def _of(element: Callable[[str], Any]) -> Callable[[bytes], list[Any]]:
    return lambda raw: [None if one is None else element(one) for one in _members(raw)]


def _document(value: str) -> Any:
    return json.loads(value, parse_float=Decimal, parse_int=Decimal)


def _case(
    target: str,
    values: tuple[str, ...],
    element: Callable[[str], Any],
    flips: tuple[Flip, ...],
    random: st.SearchStrategy[Any],
    families: tuple[str, ...] = ("mariadb", "mysql"),
    more: str = "",
) -> Case:
    kind = {"varchar": "text", "text": "text", "uuid": "uuid", "boolean": "boolean", "numeric": "numeric"}
    plain = kind.get(re.split(r"[(\[]", target)[0], "integer")
    return Case(
        f"JSON array to {target}{more}",
        f"json→{plain}[]",
        "JSON",
        target,
        Form(lambda raw: _document(raw.decode()), _of(element)),
        values,
        utf8,
        flips,
        random.map(json.dumps),
        meaning=_document,
        families=families,
    )


def texts() -> Iterator[Case]:
    strings = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
    flips = (
        Flip('["a", "b"]', "ARRAY['b', 'a']"),
        Flip('["a", "b"]', "ARRAY['a', 'B']"),
        Flip('["a", "b"]', "ARRAY['a', NULL]"),
        Flip('["a", "b"]', "'[0:1]={a,b}'"),
        Flip('["a", "b"]', "ARRAY[['a', 'b']]"),
        Flip('["a,b"]', "ARRAY['a', 'b']"),
        Flip('["NULL"]', "ARRAY[NULL]"),
        Flip('[""]', "'{}'"),
        Flip("[]", "NULL"),
        Flip(None, "'{}'"),
    )
    for target in ("text[]", "varchar(20)[]"):
        yield _case(target, _TEXTS, str, flips, st.lists(strings, max_size=5))
    long = json.dumps([str(number) * 20 for number in range(300)])
    yield _case(
        "varchar[]", ("[]", long), str, (Flip("[]", "ARRAY['']"),), st.lists(st.text("ab", max_size=3))
    )


def others() -> Iterator[Case]:
    whole = (
        "[]",
        "[0]",
        "[1, -1, 2147483647, -2147483648]",
        "[7, 7, 7]",
    )
    numbers_flips = (
        Flip("[1, 2]", "'{2,1}'"),
        Flip("[1, 2]", "'{1,NULL}'"),
        Flip("[1, 2]", "'{{1,2}}'"),
        Flip("[]", "'{0}'"),
        Flip(None, "'{}'"),
    )
    for target in ("integer[]", "bigint[]", "numeric[]", "numeric(20,4)[]"):
        yield _case(target, whole, Decimal, numbers_flips, st.lists(_NUMBERS, max_size=5))
    yield _case("smallint[]", ("[32767, -32768]",), Decimal, numbers_flips, st.lists(st.integers(-9, 9)))
    yield _case(
        "bigint[]", ("[9223372036854775807]",), Decimal, numbers_flips, st.lists(_NUMBERS), more=" at its end"
    )
    yield _case(
        "numeric[]",
        ("[1.5, -0.25, 1e3, 1234567890.123456]",),
        Decimal,
        (Flip("[1.5]", "'{1.51}'"), Flip("[1.5]", "'{NaN}'"), Flip(None, "'{}'")),
        st.lists(st.integers(-(10**9), 10**9).map(lambda number: number / 8), max_size=4),
        more=" with fractions",
    )
    yield _case(
        "boolean[]",
        ("[]", "[true]", "[false, true, true]"),
        lambda one: {"t": True, "f": False}[one],
        (Flip("[true]", "'{f}'"), Flip("[true, false]", "'{t}'"), Flip(None, "'{}'")),
        st.lists(st.booleans(), max_size=5),
    )
    yield _case(
        "uuid[]",
        ("[]", json.dumps(_UUIDS), json.dumps(_UUIDS[:1])),
        str,
        (
            Flip(json.dumps(_UUIDS), "ARRAY[v[2], v[1]]"),
            Flip(json.dumps(_UUIDS), "v[1:1]"),
            Flip(None, "'{}'"),
        ),
        st.lists(st.uuids().map(str), max_size=3),
    )


def cases() -> list[Case]:
    """All of this subject."""
    return [*texts(), *others()]
