# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON in text and in columns of JSON: judged as PostgreSQL judges it, at any size and depth, and changed by rules."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    MisfitsFound,
    PlanError,
    VerifyFailed,
)

from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.engine.traps import Trap, rows, trap
from tests.support.servers.server import Server
from tests.types.case import utf8
from tests.types.generated import SEED
from tests.types.json_documents import random_texts

pytestmark = pytest.mark.fault("D")

_TEXTS = 3000
_MEGABYTES = 8 << 20
_CLASSES = ("invalid_json", "json_dialect", "json_nul", "json_surrogate", "json_number", "json_depth")
_SOURCE = "CREATE TABLE doc (id int NOT NULL PRIMARY KEY, body longtext NOT NULL) CHARACTER SET utf8mb4"


@pytest.fixture(params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Any:
    """Each family of sources in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def of(source: Server, postgresql: Server, tmp_path: Path) -> Trap:
    """A trap set on it."""
    return partial(trap, source, postgresql, tmp_path)


def _target(type_name: str, null: str = "NOT NULL") -> tuple[str, ...]:
    return (f"CREATE TABLE doc (id integer PRIMARY KEY, body {type_name} {null})",)


def _insert(texts: dict[int, str] | list[str]) -> list[str]:
    numbered = texts if isinstance(texts, dict) else dict(enumerate(texts))
    literals = [f"({number}, {utf8(text)})" for number, text in numbered.items()]
    return [
        f"INSERT INTO doc VALUES {', '.join(literals[at : at + 500])}" for at in range(0, len(literals), 500)
    ]


def _found(run: Migration) -> dict[str, int]:
    with pytest.raises(MisfitsFound) as refused:
        run.dump()
    return {one["class"]: one["count"] for one in refused.value.details["misfits"]}


def _accepted(server: Server, database: str, texts: list[str], type_name: str) -> list[bool]:
    """What PostgreSQL's own input says of each."""
    with places.session(server, database) as connection:
        found = connection.execute(
            f"SELECT pg_input_is_valid(text, '{type_name}') "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS one (text, place) ORDER BY place",
            ([text for text in texts if "\0" not in text],),
        ).fetchall()
    answers = iter(row[0] for row in found)
    return ["\0" not in text and next(answers) for text in texts]


@pytest.mark.parametrize("type_name", ["json", "jsonb"])
def test_exactly_what_postgresql_takes_arrives(of: Trap, postgresql: Server, type_name: str) -> None:
    print(f"CONVERGENCE_SEED={SEED}")
    texts = random_texts(SEED, _TEXTS)
    nulls: dict[str, Any] = {"columns": [{"column": "body", "policies": dict.fromkeys(_CLASSES, "null")}]}
    run = of((_SOURCE, *_insert(texts)), _target(type_name, "NULL"), nulls)
    expected = _accepted(postgresql, run.moves[0].target, texts, type_name)
    assert 100 < sum(expected) < len(texts) - 100
    assert run.all().report["verdict"] == "equal"
    arrived = [value is not None for (value,) in rows(run, "SELECT body::text FROM doc ORDER BY id")]
    assert [text for text, one, other in zip(texts, arrived, expected, strict=True) if one != other] == []
    changed = {int(entry["key"]["id"]) for entry in run.alterations()}
    assert changed == {number for number, fits in enumerate(expected) if not fits}


@pytest.mark.parametrize("type_name", ["json", "jsonb"])
def test_documents_deeper_than_the_sources_functions_arrive(of: Trap, type_name: str) -> None:
    texts = {
        1: "[" * 40 + "1" + "]" * 40,
        2: '{"a":' * 120 + "1" + "}" * 120,
        3: "[" * 3000 + "1" + "]" * 3000,
        4: '{"a":[' * 1500 + '"x"' + "]}" * 1500,
    }
    run = of((_SOURCE, *_insert(texts)), _target(type_name))
    assert run.all().report["verdict"] == "equal"
    arrived = rows(run, "SELECT id, replace(body::text, ' ', '') FROM doc ORDER BY id")
    assert arrived == list(texts.items())


def test_a_change_deep_inside_of_a_document_is_found(of: Trap) -> None:
    deep = "[" * 3000 + "{}" + "]" * 3000
    run = of((_SOURCE, *_insert({1: deep.format(1)})), _target("jsonb"))
    run.all()
    places.ask(run.target, run.moves[0].target, f"UPDATE doc SET body = '{deep.replace('{}', '2')}'")
    with pytest.raises(VerifyFailed, match=r"the row id=1 is changed in column body"):
        run.verify()


@pytest.mark.long
@pytest.mark.parametrize("type_name", ["json", "jsonb"])
def test_documents_of_megabytes_take_seconds(of: Trap, type_name: str) -> None:
    prose = 'line one\\nsaid \\"yes\\" 1.5 \\u00e9 '
    item = '{"k": "v.", "n": 12.25, "s": "1. point"},'
    picture = "iVBORw0KGgoAAAANSUhEUgAAAAUA"
    documents = (
        f'\'{{"t": "\', REPEAT({utf8(prose)}, {_MEGABYTES // 36}), \'", "v": 1.5}}\'',
        f"'[', REPEAT({utf8(item)}, {_MEGABYTES // 41}), '0]'",
        f"'{{\"img\": \"', REPEAT({utf8(picture)}, {_MEGABYTES // 28}), '\"}}'",
        f"'\"', REPEAT({utf8(chr(92) * 2)}, {_MEGABYTES // 2}), '\"'",
    )
    statements = [f"INSERT INTO doc VALUES ({n}, CONCAT({one}))" for n, one in enumerate(documents, 1)]
    run = of((_SOURCE, *statements), _target(type_name))
    run.prepare()
    began = time.monotonic()
    run.dump(check=True)
    assert time.monotonic() - began < 60  # the source's regular expressions took minutes, or gave up
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT count(*) FROM doc") == [(4,)]


def test_what_is_broken_in_a_large_document_has_a_name_and_a_row(of: Trap) -> None:
    text = f"CONCAT('[\"', REPEAT({utf8('said 1.5 ' + chr(92) + 'u00e9')}, {_MEGABYTES // 14}), {{}})"
    endings = {1: '"', 2: '"]', 3: '\\x"]', 4: '\\u0000"]', 5: '", 1.]'}
    inserts = [
        f"INSERT INTO doc VALUES ({number}, {text.format(utf8(end))})" for number, end in endings.items()
    ]
    run = of((_SOURCE, *inserts), _target("jsonb"))
    run.prepare()
    with pytest.raises(MisfitsFound) as refused:
        run.dump()
    named = {one["class"]: one["examples"] for one in refused.value.details["misfits"]}
    assert named == {"invalid_json": ["id=1"], "json_dialect": ["id=3", "id=5"], "json_nul": ["id=4"]}


# --- U+0000 ----------------------------------------------------------------------------------------------

_POST = '{"a": "x\\u0000y", "keep": {"n": 1.10, "list": [1, "\\u0000"]}, "k\\u0000ey": true}'
_TEXT_OF_IT = '{"a": "x\\\\u0000y"}'


def _policy(policy: Any, **more: Any) -> dict[str, Any]:
    return {"columns": [{"table": "doc", "column": "body", "policies": {"json_nul": policy, **more}}]}


@pytest.mark.parametrize("native", [True, False], ids=["json column", "text column"])
@pytest.mark.parametrize(
    ("policy", "instead"), [("strip", ""), ({"replace": "\ufffd"}, "\ufffd"), ({"replace": '"\\'}, '"\\')]
)
def test_u0000_is_taken_out_of_strings_and_keys(of: Trap, native: bool, policy: Any, instead: str) -> None:
    table = _SOURCE.replace("longtext", "json") if native else _SOURCE
    run = of((table, *_insert({1: _POST, 2: _TEXT_OF_IT, 3: "[]"})), _target("jsonb"), _policy(policy))
    assert run.all().report["verdict"] == "equal"
    arrived = dict(rows(run, "SELECT id, body::text FROM doc"))
    expected = json.loads(_POST.replace("\\u0000", json.dumps(instead)[1:-1]))
    assert json.loads(arrived[1]) == expected
    assert json.loads(arrived[2]) == {"a": "x\\u0000y"}
    listed = [(entry["key"], entry["class"], entry["policy"]) for entry in run.alterations()]
    assert listed == [({"id": "1"}, "json_nul", policy if isinstance(policy, str) else "replace")]


def test_the_rest_of_a_json_document_stays_byte_for_byte(of: Trap) -> None:
    text = '{ "a" :"x\\u0000\\u00e9",\n"n":1.10, "a":"\\\\u0000\\\\\\u0000" }'
    rules = {"columns": [{"column": "body", "must_be_jsonb": True, "policies": {"json_nul": "strip"}}]}
    run = of((_SOURCE, *_insert({1: text})), _target("json"), rules)
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT body::text FROM doc") == [
        ('{ "a" :"x\\u00e9",\n"n":1.10, "a":"\\\\u0000\\\\" }',)
    ]
    places.ask(run.target, run.moves[0].target, "ALTER TABLE doc ALTER body TYPE jsonb")


def test_keys_that_become_one_are_a_misfit(of: Trap) -> None:
    met = '{"o": [{"ab": 1, "a\\u0000b": 2}]}'
    texts = {1: met, 2: '{"a\\u0000b": 1, "a\\u0000b": 2}', 3: '{"ab": 1, "x": {"a\\u0000b": 2}}'}
    run = of((_SOURCE, *_insert(texts)), _target("jsonb"), _policy("strip"))
    run.prepare()
    assert _found(run) == {"json_keys": 1}
    assert rows(run, "SELECT count(*) FROM doc") == [(0,)]


def test_keys_that_become_one_may_make_the_document_null(of: Trap) -> None:
    texts = {1: '{"ab": 1, "a\\u0000b": 2}', 2: '["\\u0000"]'}
    run = of((_SOURCE, *_insert(texts)), _target("jsonb", "NULL"), _policy("strip", json_keys="null"))
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT id, body::text FROM doc ORDER BY id") == [(1, None), (2, '[""]')]
    listed = sorted((entry["key"]["id"], entry["class"], entry["policy"]) for entry in run.alterations())
    assert listed == [("1", "json_keys", "null"), ("2", "json_nul", "strip")]


def test_a_stripped_document_that_is_changed_afterwards_is_found(of: Trap) -> None:
    rules = {"columns": [{"column": "body", "must_be_jsonb": True, "policies": {"json_nul": "strip"}}]}
    run = of((_SOURCE, *_insert({1: '"x\\u0000y"', 2: "[1]"})), _target("json"), rules)
    run.all()
    places.ask(run.target, run.moves[0].target, "UPDATE doc SET body = '\"xy\" ' WHERE id = 1")
    with pytest.raises(VerifyFailed, match=r"the row id=1 is changed in column body"):
        run.verify()


def test_json_larger_than_max_allowed_packet_is_changed_too(of: Trap, source: Server) -> None:
    size = 3 << 20
    text = f"CONCAT('[\"', REPEAT('é', {size // 2}), {utf8(chr(92))}, 'u0000\"]')"
    run = of((_SOURCE, f"INSERT INTO doc VALUES (1, {text}), (2, '[]')"), _target("jsonb"), _policy("strip"))
    run.prepare()
    places.ask(source, None, f"SET GLOBAL max_allowed_packet = {1 << 20}")
    try:
        run.dump()
        run.load()
        assert run.verify().report["verdict"] == "equal"
    finally:
        places.ask(source, None, f"SET GLOBAL max_allowed_packet = {1 << 26}")
    assert rows(run, "SELECT id, char_length(body->>0) FROM doc ORDER BY id") == [(1, size // 2), (2, None)]


def test_a_text_put_in_has_to_fit_itself(of: Trap) -> None:
    rules = {
        "columns": [
            {
                "column": "body",
                "policies": {"invalid_json": {"replace": "{x}"}, "json_nul": {"replace": "a\0"}},
            }
        ]
    }
    run = of((_SOURCE,), _target("jsonb"), rules)
    with pytest.raises(PlanError) as refused:
        run.prepare()
    problems = refused.value.details["problems"]
    assert [("invalid_json" in one, "json_nul" in one) for one in problems] == [(True, False), (False, True)]


# --- json that becomes jsonb later ----------------------------------------------------------------------


def test_json_takes_what_jsonb_refuses_unless_a_rule_says_otherwise(of: Trap) -> None:
    texts = {1: '"\\u0000"', 2: '"\\ud800"', 3: "1e200000", 4: "[1 ]"}
    run = of((_SOURCE, *_insert(texts)), _target("json"))
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT id, body::text FROM doc ORDER BY id") == list(texts.items())


def test_a_column_that_must_be_jsonb_is_judged_as_jsonb(of: Trap) -> None:
    texts = {1: '"\\u0000"', 2: '"\\ud800"', 3: "1e200000", 4: "[1 ]"}
    rules = {"columns": [{"target_type": "json", "must_be_jsonb": True}]}
    run = of((_SOURCE, *_insert(texts)), _target("json"), rules)
    run.prepare()
    assert _found(run) == {"json_nul": 1, "json_surrogate": 1, "json_number": 1}


def test_what_is_no_json_cannot_have_to_be_jsonb(of: Trap) -> None:
    run = of((_SOURCE,), _target("text"), {"columns": [{"column": "body", "must_be_jsonb": True}]})
    with pytest.raises(PlanError, match=r"doc\.body is text, so must_be_jsonb cannot hold"):
        run.prepare()
