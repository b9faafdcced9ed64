# SPDX-License-Identifier: GPL-3.0-or-later
"""What a default makes of a sequence's value is read from its text, as PostgreSQL prints it."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql.nextval import (
    Form,
    form,
    named_by_text,
)
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.fault("A8")
NEXT = "nextval('public.s'::regclass)"

UNDERSTOOD = {
    NEXT: Form(),
    "nextval('public.\"it''s (odd)\"'::regclass)": Form(),
    "nextval(('s'::text)::regclass)": Form(),
    f"({NEXT})::integer": Form(),
    f"({NEXT})::numeric(20,0)": Form(),
    f"({NEXT} + 1000)": Form(1, 1000),
    f"(1000 - {NEXT})": Form(-1, 1000),
    f"(- {NEXT})": Form(-1, 0),
    f"(({NEXT} * 10) + 3)": Form(10, 3),
    f"(3 + ('-5'::integer * ({NEXT} - 2)))": Form(-5, 13),
    f"('9000000000'::bigint + {NEXT})": Form(1, 9000000000),
    f"({NEXT})::text": Form(text=True),
    f"({NEXT})::character varying(20)": Form(text=True),
    f"('ORD-'::text || {NEXT})": Form(text=True, prefix="ORD-"),
    f"(('it''s '::text || ({NEXT})::text) || '/24'::text)": Form(text=True, prefix="it's ", suffix="/24"),
    f"('A'::text || lpad(({NEXT})::text, 8, '0'::text))": Form(text=True, prefix="A"),
    f"to_char({NEXT}, 'FM00000'::text)": Form(text=True),
}
NOT_UNDERSTOOD = (
    "",
    "7",
    "'nextval'::text",
    "gen_random_uuid()",
    f"({NEXT} % (1000)::bigint)",
    f"({NEXT} * 0)",
    f"({NEXT} / 2)",
    f"({NEXT} + {NEXT})",
    f"('1'::text || {NEXT})::bigint",
    f"lpad(({NEXT})::text, 8, '#'::text)",
    f"to_char({NEXT}, '999'::text)",
    f"to_char(now(), 'YYYY'::text) || ({NEXT})::text",
    f"public.shuffled({NEXT})",
    f"({NEXT} * 1.5)",
    f"COALESCE({NEXT}, 1)",
    f"{NEXT} {NEXT}",
    f"({NEXT}",
    "nextval(",
    "nextval('s')::",
)


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items(), ids=list(UNDERSTOOD))
def test_what_a_default_makes_of_the_value(text: str, expected: Form) -> None:
    assert form(text) == expected


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_anything_else_is_not_guessed(text: str) -> None:
    assert form(text) is None


@given(st.text(alphabet="nextval('s'::regclass)+-*|, 0123456789\"x", max_size=60))
def test_no_text_is_a_crash(text: str) -> None:
    found = form(text)
    assert found is None or found.scale


def test_a_name_that_is_looked_up_late() -> None:
    assert named_by_text("(nextval(('a''b'::text)::regclass))::integer") == "a'b"
    assert named_by_text(NEXT) is None
    assert named_by_text("nextval((('s'::text || 'x'::text))::regclass)") is None
