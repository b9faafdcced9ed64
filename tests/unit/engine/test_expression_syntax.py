# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions as the target prints them: read whole, or refused; no form is guessed at."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._scan import patterns, syntax
from ansible_collections.alkemio.convergence.plugins.module_utils._scan.syntax import (
    Call,
    Case,
    Cast,
    Column,
    Constant,
    Is,
    Junction,
    Operation,
    Quantified,
)

X = Column("x")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("(x > 0)", Operation(">", X, Constant("number", "0"))),
        ("(x > (-5))", Operation(">", X, Constant("number", "-5"))),
        ("(x = 'it''s'::text)", Operation("=", X, Cast(Constant("string", "it's"), "text"))),
        (r"(x = E'a\\b'::text)", Operation("=", X, Cast(Constant("string", r"a\b"), "text"))),
        (r"(x = 'a\b'::text)", Operation("=", X, Cast(Constant("string", r"a\b"), "text"))),
        ('("or ""x""" IS NOT NULL)', Is(Column('or "x"'), "NULL", True)),
        ("VALUE", Column("")),
        ('"VALUE"', Column("VALUE")),
        ("(NOT x)", Junction("NOT", (X,))),
        ("(x AND (NOT x) AND x)", Junction("AND", (X, Junction("NOT", (X,)), X))),
        ("TRIM(BOTH FROM x)", Call("btrim", (X,))),
        ("POSITION(('@'::text) IN (x))", Call("strpos", (X, Cast(Constant("string", "@"), "text")))),
        ("COALESCE(x, NULL::text)", Call("coalesce", (X, Cast(Constant("null", None), "text")))),
        ("public.normal(x)", Call("public.normal", (X,))),
        ("(x)::character varying(20)", Cast(X, "character varying(20)")),
        ("(x)::timestamp(3) without time zone", Cast(X, "timestamp(3) without time zone")),
        ("(x)::public.state", Cast(X, "public.state")),
        (
            "CASE WHEN x THEN 1 ELSE 2 END",
            Case(None, ((X, Constant("number", "1")),), Constant("number", "2")),
        ),
        (
            "(x = ANY ('{a,b}'::text[]))",
            Quantified("=", X, "ANY", Cast(Constant("string", "{a,b}"), "text[]")),
        ),
        ("(x OPERATOR(public.=) 1)", Operation("public.=", X, Constant("number", "1"))),
        ("(x IS DISTINCT FROM 1)", Operation("IS DISTINCT FROM", X, Constant("number", "1"))),
    ],
)
def test_what_the_server_prints_is_read(text: str, tree: syntax.Node) -> None:
    assert syntax.parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "(x > 0 AND x < 2 OR x)",  # nothing says which binds first
        "(x > 0",
        "(x > 0))",
        "(x OPERATOR(public.abs) 1)",
        "EXTRACT(year FROM x)",
        r"(x = E'a\nb'::text)",
        "ROW(x, 1) IS NULL x",
        "public.x",
        "x[1]",
        "(" * 300 + "x" + ")" * 300,
        "",
    ],
)
def test_what_it_does_not_print_is_refused(text: str) -> None:
    with pytest.raises(syntax.Unreadable):
        syntax.parse(text)


@pytest.mark.parametrize(
    "pattern",
    ["^[a-z]+$", "a.b", "^(new|done)$", "^[^@]+@[^@]+$", "[0-9]{2,4}", "x\\.y", "^[A-Za-z0-9._-]+$"],
)
def test_a_plain_pattern_is_asked(pattern: str) -> None:
    assert patterns.condition("~", "x", pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "\\d+",
            "[[:alpha:]]",
            "(a+)+$",
            "(ab)*",
            "a|b",
            "(?i)a",
            "a*b*c*d*",
            "[z-a]",
            "\\ya",
            "a{1,2}{3}",
            "",
            "a^b",
        ),
    ],
)
def test_a_pattern_that_three_engines_could_read_otherwise_is_not(pattern: str) -> None:
    assert patterns.condition("~", "x", pattern) is None


def test_the_end_of_a_text_is_its_end() -> None:
    """In PCRE and ICU, `$` would match before a line break at the end, too."""
    found = patterns.condition("~", "x", "a$")
    assert found is not None
    assert rb"(?s)a\z".hex() in found
