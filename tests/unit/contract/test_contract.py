# SPDX-License-Identifier: GPL-3.0-or-later
"""A contract as a file, the comparison of two, and the reports of it; no server is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._contract import contract, kinds, output
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.compare import (
    compare,
    counted,
    failing,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.contract import (
    Contract,
    Objects,
    from_json,
    load,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.read import QUERIES
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.settled import settled
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError


def of(**objects: dict[str, dict[str, Any]]) -> Contract:
    made: Objects = {"schema": {"public": {"owner": "pg_database_owner"}}, **objects}
    return Contract(("public",), False, made)


BOOK = of(
    table={"public.book": {"columns": ["id", "title"], "owner": "alkemio"}},
    column={
        "public.book.id": {"table": "public.book", "type": "bigint", "not_null": True},
        "public.book.title": {"table": "public.book", "type": "text", "comment": "a | b\n<c>"},
    },
    trigger={"noted on public.book": {"table": "public.book", "definition": "CREATE TRIGGER …"}},
)


def changed(kind: str, name: str, **fields: Any) -> Contract:
    """The same with some fields of one object otherwise; None takes one away."""
    data = json.loads(json.dumps(BOOK.objects))
    now = {**data.setdefault(kind, {}).get(name, {}), **fields}
    data[kind][name] = {key: value for key, value in now.items() if value is not None}
    return Contract(BOOK.schemas, False, data)


def test_every_kind_is_read() -> None:
    assert set(QUERIES) == set(kinds.OBJECTS)
    for kind, fields in kinds.OBJECTS.items():
        unread = [field for field in fields if f"'{field}', " not in QUERIES[kind]]
        assert unread == [field for field in (kinds.MISSING, kinds.SURPLUS) if field in fields], kind


def test_the_kinds_have_names_of_their_own() -> None:
    names = [name for name, _field in kinds.kinds()]
    assert len(names) == len(set(names))
    assert {field.severity for _name, field in kinds.kinds()} == set(kinds.SEVERITIES)


def test_what_is_the_same_does_not_deviate() -> None:
    assert compare(BOOK, from_json(json.loads(BOOK.as_text()), "x")) == []


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (
            changed("column", "public.book.id", type="integer"),
            "column public.book.id, type: before 'bigint', now 'integer'",
        ),
        (
            changed("column", "public.book.id", not_null=None),
            "column public.book.id, not null: before 'yes', now nothing",
        ),
        (
            changed("trigger", "noted on public.book", state="disabled"),
            "trigger noted on public.book, state: before nothing, now 'disabled'",
        ),
        (
            changed("index", "public.i", table="public.book", definition="CREATE INDEX"),
            "index public.i: it is new; it is 'definition CREATE INDEX'",
        ),
        (
            changed("table", "public.book", columns=["title", "id"]),
            "table public.book, columns: before 'id, title', now 'title, id'",
        ),
    ],
)
def test_a_line_says_what_it_was_and_what_it_is(now: Contract, line: str) -> None:
    assert [one.as_line() for one in compare(BOOK, now)] == [line]


def test_another_column_is_no_other_order() -> None:
    now = changed("table", "public.book", columns=["id", "new", "title"])
    assert compare(BOOK, now) == []


def test_what_stands_on_a_missing_table_is_not_told() -> None:
    assert [one.kind for one in compare(BOOK, of())] == ["table_missing"]
    assert [one.kind for one in compare(of(), BOOK)] == ["table_surplus"]


def test_of_long_texts_the_difference_is_shown() -> None:
    before = of(view={"public.v": {"definition": "x" * 900 + "old"}})
    now = of(view={"public.v": {"definition": "x" * 900 + "new"}})
    (one,) = compare(before, now)
    assert "old'" in one.as_line()
    assert "new'" in one.as_line()
    assert len(one.as_line()) < 500


def test_severities_ignored_kinds_and_what_fails() -> None:
    now = changed("column", "public.book.title", comment=None, type="json")
    now = Contract(
        now.schemas, False, {**now.objects, "table": {"public.book": {"columns": ["id", "title"]}}}
    )
    found = compare(BOOK, now)
    assert [(one.kind, one.severity) for one in found] == [
        ("column_type", "error"),
        ("table_owner", "warning"),
        ("column_comment", "info"),
    ]
    assert counted(found) == {"error": 1, "warning": 1, "info": 1}
    assert [len(failing(found, word)) for word in ("error", "warning", "info", "never")] == [1, 2, 3, 0]
    assert [one.kind for one in compare(BOOK, now, ignore=["*_owner", "column_c*"])] == ["column_type"]
    graver = compare(BOOK, now, severities={"*_comment": "error", "column_comment": "warning"})
    assert {one.kind: one.severity for one in graver}["column_comment"] == "warning"
    with pytest.raises(InputError, match="There is no kind of deviation colum_type"):
        compare(BOOK, now, ignore=["colum_type"])
    with pytest.raises(InputError, match="There is no severity grave"):
        compare(BOOK, now, severities={"column_type": "grave"})


def test_other_schemas_are_not_compared() -> None:
    with pytest.raises(InputError, match="The contract is of the schema public, and other was read"):
        compare(BOOK, Contract(("other",), False, {}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "does not exist"),
        ("{", "is no JSON"),
        ("[]", "is not the contract"),
        (json.dumps({"contract": contract.WHAT, "format": 99}), "has the format 99"),
        (
            json.dumps({"contract": contract.WHAT, "format": 1, "schemas": ["a"], "grants": False}),
            "is damaged",
        ),
        (BOOK.as_text().replace('"trigger"', '"tigger"'), "has the kind of object tigger"),
        (BOOK.as_text().replace('"not_null"', '"notnull"'), "has the field notnull of column"),
    ],
)
def test_what_is_no_contract_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "contract.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=words):
        load(path)


def test_a_contract_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text(BOOK.as_text())
    (tmp_path / "contract.json").symlink_to("real.json")
    assert load(tmp_path / "contract.json") == BOOK


def test_markdown_keeps_its_table_whole() -> None:
    found = compare(BOOK, changed("column", "public.book.title", comment=None))
    text = output.as_markdown("alkemio", BOOK, found, "info")
    (row,) = [line for line in text.splitlines() if line.startswith("| `column_comment`")]
    assert row == r"| `column_comment` | column public.book.title | a \| b \<c\> |  |"
    assert "Fails: 1 as grave as info, or graver." in text
    assert "Passes." in output.as_markdown("alkemio", BOOK, found, "warning")


def test_junit_has_a_case_for_each_object() -> None:
    now = changed("column", "public.book.title", comment="\x08 ]]> <&", type="json")
    now.objects["index"] = {"public.i": {"table": "public.book", "definition": "CREATE INDEX"}}
    found = compare(BOOK, now)
    suite = Xml.fromstring(output.as_junit('a"b', BOOK, found, "error"))[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ('schema of a"b', "6", "2")
    cases = {case.get("name"): case for case in suite}
    assert set(cases) == {
        *("schema public", "table public.book", "column public.book.id", "column public.book.title"),
        *("trigger noted on public.book", "index public.i"),
    }
    title = cases["column public.book.title"]
    assert [(part.tag, part.get("type")) for part in title] == [
        ("failure", "column_type"),
        ("system-out", None),
    ]
    assert cases["column public.book.title"].get("classname") == "column"
    assert "now '� ]]> <&'" in str(title[1].text)
    assert cases["index public.i"][0].tag == "failure"
    assert len(cases["table public.book"]) == 0


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (
            "((state)::text = ANY ((ARRAY['a'::character varying, 'b, ''c]'::character varying])::text[]))",
            "((state)::text = ANY (ARRAY[('a'::character varying)::text, ('b, ''c]'::character varying)::text]))",
        ),
        ("(ARRAY[f(a, b[1]), c])::numeric(8,2)[]", "ARRAY[(f(a, b[1]))::numeric(8,2), (c)::numeric(8,2)]"),
        (
            '(ARRAY[a])::timestamp without time zone[] || (ARRAY[b])::public."A b"[]',
            'ARRAY[(a)::timestamp without time zone] || ARRAY[(b)::public."A b"]',
        ),
        ("(ARRAY[a, b])", "(ARRAY[a, b])"),
        ("(ARRAY[a, b", "(ARRAY[a, b"),
        ("x = ANY (ARRAY['a'::text])", "x = ANY (ARRAY['a'::text])"),
        ("(ARRAY[1])::text", "(ARRAY[1])::text"),
    ],
)
def test_the_cast_of_an_array_is_that_of_its_elements(text: str, form: str) -> None:
    assert settled(text) == form
    assert settled(form) == form
