# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL made from a plan: names and values that cannot break out, NULL decided around every value."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import quoting as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import quoting as postgresql
from ansible_collections.alkemio.convergence.plugins.module_utils._range import Range
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import source_sql, target_sql
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.template import render
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.tables import column_plan, plan, primary, source_column, table, target_column

HOSTILE = [
    "a`b",
    "a``b",
    'a"b',
    'a""b',
    "a;DROP TABLE x",
    "a\nb",
    "$$a$$",
    "a\\",
    "'",
    "--",
    "naïve 😀",
    "{c}",
    "%s",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    assert _unquoted(mysql.identifier(name), "`") == name
    assert _unquoted(postgresql.identifier(name), '"') == name
    # A form that means the same with standard_conforming_strings on and off: no bare backslash.
    literal = postgresql.literal(name)
    assert ("\\" in name) == literal.startswith("E")
    assert _unquoted(literal.removeprefix("E"), "'").replace("\\\\", "\\") == name


def _unquoted(text: str, mark: str) -> str:
    """What a server reads between the marks."""
    assert text[0] == text[-1] == mark
    inner = text[1:-1]
    assert mark not in inner.replace(mark * 2, "")
    return inner.replace(mark * 2, mark)


@given(st.text())
def test_any_text_is_a_literal_of_hexadecimal_digits(value: str) -> None:
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        return  # no text that a server could have sent
    literal = mysql.text(value)
    if encoded:
        assert literal == f"_utf8mb4 X'{encoded.hex()}'"
    assert literal.count("'") == 2


def test_templates_keep_the_braces_of_regular_expressions() -> None:
    assert render("{c} REGEXP '^[0-9]{8}$'", {"c": "x"}) == "x REGEXP '^[0-9]{8}$'"
    with pytest.raises(KeyError):
        render("{unknown}", {})


def test_a_value_without_policies_is_the_column_itself() -> None:
    found = column_plan(source_column("c", "varchar(9)"), target_column("c", "text"))
    assert source_sql.value(found) == "`c`"
    assert not source_sql.may_be_null(found)


def test_policies_stand_around_the_value_and_never_after_it() -> None:
    found = column_plan(
        source_column("c", "char(36)", nullable=True),
        target_column("c", "uuid", nullable=True),
        policies={"empty_string": None, "not_a_uuid": {"replace": "0'; DROP"}},
    )
    value = source_sql.value(found)
    assert value.startswith("(CASE WHEN (LENGTH(`c`) = 0) THEN NULL WHEN ")
    assert value.endswith("ELSE `c` END)")
    assert "DROP" not in value
    assert b"0'; DROP".hex() in value
    assert value in source_sql.canonical(found)


def test_the_policy_fail_changes_nothing() -> None:
    columns = source_column("c", "char(36)"), target_column("c", "uuid")
    plain = column_plan(*columns)
    assert source_sql.value(column_plan(*columns, policies={"empty_string": "fail"})) == source_sql.value(
        plain
    )


def test_a_policy_that_gives_null_makes_the_value_nullable() -> None:
    found = column_plan(
        source_column("c", "char(36)"),
        target_column("c", "uuid", nullable=True),
        policies={"empty_string": None},
    )
    assert source_sql.may_be_null(found)
    assert ", 'N', " in source_sql.canonical(found)


def test_no_null_is_hidden_by_a_function_that_swallows_it() -> None:
    columns = [
        source_column("id", "int"),
        source_column("a", "varchar(9)", nullable=True),
        source_column("b", "char(36)", nullable=True),
        source_column("c", "datetime", nullable=True),
    ]
    targets = [
        target_column("id", "int4"),
        target_column("a", "text", nullable=True),
        target_column("b", "uuid", nullable=True),
        target_column("c", "timestamp", nullable=True),
    ]
    found = plan([table("t", columns)], [table("t", targets)]).databases[0].tables[0]
    statements = [
        source_sql.text_row(found),
        source_sql.binary_row(found),
        source_sql.raw_columns(found),
        source_sql.row_hash(found),
        target_sql.row_hash(found),
    ]
    for statement in statements:
        for swallower in ("CONCAT_WS", "COALESCE", "IFNULL", "concat_ws", "coalesce"):
            assert swallower not in statement
    for statement in statements[:4]:
        assert statement.count("IS NULL") >= 3


def test_every_column_but_json_enters_both_row_hashes() -> None:
    names = ["id", "one", "two", "three", "document"]
    left = [source_column(name, "int") for name in names[:4]] + [source_column("document", "json")]
    right = [target_column(name, "int4") for name in names[:4]] + [target_column("document", "jsonb")]
    found = plan([table("t", left)], [table("t", right)]).databases[0].tables[0]
    for name in names[:4]:
        assert f"`{name}`" in source_sql.row_hash(found)
        assert f'"{name}"' in target_sql.row_hash(found)
    assert "document" not in source_sql.row_hash(found)
    assert "document" not in target_sql.row_hash(found)


def test_a_text_enters_the_hash_with_its_length_or_as_its_own_hash() -> None:
    short = column_plan(source_column("c", "varchar(255)"), target_column("c", "text"))
    long = column_plan(source_column("c", "varchar(256)"), target_column("c", "text"))
    assert "LENGTH(" in source_sql.canonical(short)
    assert "octet_length(" in target_sql.canonical(short)
    assert source_sql.canonical(long).startswith("SHA2(")
    assert "sha256(" in target_sql.canonical(long)


@pytest.mark.parametrize(
    ("kind", "bound", "condition"),
    [
        ("int", b"7", "`id` >= 7"),
        ("varbinary", b"\x00'", "`id` >= X'0027'"),
        ("char(36)", "é'".encode(), "`id` >= _utf8mb4 X'c3a927'"),
    ],
)
def test_a_bound_is_compared_in_the_columns_own_order(kind: str, bound: bytes, condition: str) -> None:
    target = {"int": "int4", "varbinary": "bytea"}.get(kind, "uuid")
    planned = plan(
        [table("t", [source_column("id", kind)], primary("id"))], [table("t", [target_column("id", target)])]
    )
    found = planned.databases[0].tables[0]
    assert source_sql.range_conditions(found, Range(bound, None)) == [condition]
    assert source_sql.range_conditions(found, Range()) == []
    assert len(source_sql.range_conditions(found, Range(bound, bound))) == 2
    assert "FORCE INDEX (`PRIMARY`)" in source_sql.from_range("d`b", found, Range(bound, None))
    assert "`d``b`.`t`" in source_sql.from_range("d`b", found, Range(bound, None))


def test_a_bound_that_is_no_number_cannot_become_sql() -> None:
    planned = plan([table("t", [source_column("id", "int")])], [table("t", [target_column("id", "int4")])])
    with pytest.raises(ValueError):
        source_sql.range_conditions(planned.databases[0].tables[0], Range(b"1 OR 1=1", None))
