# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON: what MariaDB keeps as text, what MySQL normalises, and JSON in text columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import Case, Flip, utf8

_DEEP = "[" * 31 + "]" * 31
DOCUMENTS = (
    *(
        "{}",
        "[]",
        '""',
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "1.0",
        "1.50",
        "0.10",
        "1e2",
        "1E+2",
        "-0.5e-3",
    ),
    *(
        "9007199254740993",
        "9007199254740993.0",
        "18446744073709551615",
        "-9223372036854775808",
        "1e20",
        "1e-20",
    ),
    *(
        "0.1",
        "0.30000000000000004",
        "1.7976931348623157e308",
        "5e-324",
        "123456789012345678",
        "[1, 1.0, 1.00]",
    ),
    *(
        '"a\\nb"',
        '"tab\\there"',
        '"quote \\" and \\\\ backslash"',
        '"\\/slash"',
        '"\\b\\f\\r"',
        '"\\u00e9"',
        '"é"',
    ),
    *('"\\ud83d\\ude00"', '"😀"', '"\\u2028"', '"\\\\u0000"', '"\\\\ud800"', '"it\'s"', '"\\\\N"', '"\\\\."'),
    *(
        '{"a": 1, "b": [true, null, {"c": "d"}]}',
        '{"bb": 1, "a": 2, "ccc": 3}',
        '{"": {"": [""]}}',
        '{"é": "😀"}',
    ),
    *(
        '{"a":{"b":{"c":[1,2,[3,[4]]]}}}',
        '{"$ref": "{c}", "%s": "|"}',
        '"12:N|"',
        _DEEP,
        '["1.", "\\\\x", "1e99999"]',
    ),
)
# Kept as written only where no server normalises them.
AS_WRITTEN = (
    *(
        '{"a": 1, "a": 2}',
        '{"a": 1, "b": 2, "a": {"c": 3}}',
        " [1 ,\n2\t] ",
        '{ "b":1 , "a":2 }',
        "[0.10, 1e2, 1E2]",
    ),
    *("123456789012345678901234567890", "0.1234567890123456789012345678901234567890", "-0", "-0.0"),
)

_NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
)
_STRINGS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_TREE_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _STRINGS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_STRINGS, inner, max_size=4)),
    max_leaves=12,
)
TREES = st.builds(
    lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only), _TREE_VALUES, st.booleans()
)

TREE_FLIPS = (
    Flip("[1, 2]", "'[2, 1]'"),
    Flip('{"n": 1}', "'{\"n\": 2}'"),
    Flip('{"n": 1.5}', "'{\"n\": 1.5000000000000001}'"),
    Flip('"a"', "'\"A\"'"),
    Flip('"a "', "'\"a\"'"),
    Flip("1", "'\"1\"'"),
    Flip("true", "'1'"),
    Flip("null", "NULL"),
    Flip(None, "'null'"),
    Flip('{"k": null}', "'{}'"),
    Flip('{"k": "v"}', '\'{"K": "v"}\''),
    Flip("[[1], [2]]", "'[[1, 2]]'"),
)
_SAME_TREES = (
    Flip('{"n": 1}', "'{\"n\": 1.0}'", found=False),
    Flip('{"n": 1.50}', "'{\"n\": 1.5}'", found=False),
)
_TEXT_FLIPS = (
    Flip('{"n": 1}', "'{\"n\": 1.0}'"),
    Flip("[1]", "'[1] '"),
    Flip('"a"', "'\"A\"'"),
    Flip("null", "NULL"),
    Flip(None, "'null'"),
)


def _document(
    name: str, source: str, target: str, values: tuple[str, ...], families: tuple[str, ...]
) -> Case:
    plain = target.partition("(")[0]
    return Case(
        name,
        f"{'json' if source == 'JSON' else 'text'}→{'text' if plain == 'varchar' else plain}",
        source,
        target,
        forms.JSON if target == "jsonb" else forms.TEXT,
        values,
        utf8,
        TREE_FLIPS + _SAME_TREES if target == "jsonb" else _TEXT_FLIPS,
        TREES,
        meaning=lambda value: None,
        families=families,
        identical=target != "jsonb",
    )


def cases() -> list[Case]:
    """All of this subject."""
    found: list[Case] = []
    for target in ("json", "jsonb", "text"):
        found.append(
            _document(
                f"MariaDB JSON to {target}",
                "JSON",
                target,
                (*DOCUMENTS, *AS_WRITTEN, "1e400"),
                ("mariadb",),
            )
        )
        found.append(_document(f"MySQL JSON to {target}", "JSON", target, DOCUMENTS, ("mysql",)))
    for source in ("LONGTEXT", "VARCHAR(1000)", "VARCHAR(1000) CHARACTER SET utf16"):
        for target in ("json", "jsonb"):
            name = f"{source} to {target}"
            found.append(_document(name, source, target, DOCUMENTS + AS_WRITTEN, ("mariadb", "mysql")))
    found += escapes()
    return found


def escapes() -> Iterator[Case]:
    """What json keeps and jsonb refuses."""
    values = ('"\\u0000"', '"a\\u0000b"', '{"\\u0000": 1}', '"\\ud800"', '"\\udc00 \\ud83d"', "1e99999")
    for source, families in (("JSON", ("mariadb",)), ("LONGTEXT", ("mariadb",))):
        for target in ("json", "text") if source == "JSON" else ("json",):
            name = f"{source} with escapes that jsonb refuses to {target}"
            yield Case(
                name, f"{'json' if source == 'JSON' else 'text'}→{target}", source, target, forms.TEXT, values, utf8,
                (Flip('"\\u0000"', "'\"\\u0001\"'"),), families=families, identical=True,
            )  # fmt: skip
