# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that are about nothing, names made of others, and what a refusal hands out to be pasted."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._catalog import Table
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import PlanError
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import planner
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.names import (
    Names,
    Rename,
    in_form,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.plan import (
    DatabasePlan,
    plan_from_json,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.planner import DatabaseRequest
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.profile import parse_profile
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.yaml_flow import flow

from tests.unit.engine.tables import catalogs, source_column, table, target_column

ID, KEY = source_column("Id", "int"), target_column("id", "int4")
SHOP = (
    [
        table("OrderLine", [ID, source_column("UnitPrice", "int"), source_column("Note", "text")]),
        table("Customer", [ID, source_column("Mail", "varchar(20)")]),
    ],
    [
        table("orderline", [KEY, target_column("unitprice", "int4"), target_column("note", "text")]),
        table("customer", [KEY, target_column("mail", "varchar", length=20, type="character varying(20)")]),
    ],
)


def planned(
    source: list[Table], target: list[Table], rules: Any = None, profile: Any = None, **more: Any
) -> DatabasePlan:
    left, right = catalogs(source, target, **more)
    return planner.plan(left, right, [request(rules, profile)]).databases[0]


def request(rules: Any = None, profile: Any = None) -> DatabaseRequest:
    return DatabaseRequest(
        "db", "db", "db", parse_profile("shop", profile or {}), parse_profile("rules of db", rules or {})
    )


def refusal(source: list[Table], target: list[Table], rules: Any = None) -> dict[str, Any]:
    with pytest.raises(PlanError) as caught:
        planned(source, target, rules)
    details: dict[str, Any] = caught.value.details
    assert all("\n" not in text for text in details["problems"])
    return details


# --- about nothing --------------------------------------------------------------------------------------------

NOTHING: dict[str, tuple[Any, tuple[str, ...]]] = {
    "skipped": ({"skip_tables": ["customers"]}, ("skip_tables: customers", "perhaps customer is meant")),
    "a pattern": ({"skip_tables": ["tmp_*"]}, ("skip_tables: tmp_*", "none of that name")),
    "left over": ({"leftover_tables": ["Custmer"]}, ("leftover_tables", "perhaps ", "ustomer is meant")),
    "seed": ({"seed_tables": ["order_line"]}, ("seed_tables", "perhaps ")),
    "table": ({"tables": [{"table": "Kunde", "where": "1"}]}, ("tables entry 1", "Kunde")),
    "table of a column": (
        {"columns": [{"column": "note"}, {"table": "orderlines", "column": "note", "sensitive": True}]},
        ("columns entry 2 names the table orderlines", "perhaps "),
    ),
    "column": (
        {"columns": [{"table": "customer", "column": "email", "sensitive": True}]},
        ("columns entry 1 names the column email", "in customer", "perhaps "),
    ),
    "dropped": ({"columns": [{"column": "Nota", "drop": True}]}, ("the column Nota", "perhaps ")),
    "source type": (
        {"columns": [{"source_type": "varchar(200)", "policies": {"too_long": "truncate"}}]},
        ("source_type varchar(200), which no column is of", "perhaps varchar(20) is meant"),
    ),
    "target type": (
        {"columns": [{"target_type": "varchar*", "policies": {"too_long": "truncate"}}]},
        ("target_type varchar*, which no column is of",),
    ),
    "types together": (
        {"columns": [{"source_type": "int", "target_type": "text", "policies": {"too_long": "truncate"}}]},
        ("columns entry 1 is about no column",),
    ),
    "added": (
        {"add_columns": [{"table": "customer", "column": "regoin", "leave_to_default": True}]},
        ("add_columns entry 1", "the column regoin"),
    ),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_rule_of_a_database_that_is_about_nothing_is_refused_with_the_nearest_name(case: str) -> None:
    rules, words = NOTHING[case]
    (told,) = refusal(*SHOP, rules)["problems"]
    for word in words:
        assert word in told


@pytest.mark.parametrize("case", NOTHING)
def test_a_rule_of_a_profile_that_is_about_nothing_is_a_notice(case: str) -> None:
    rules, words = NOTHING[case]
    (told,) = (text for text in planned(*SHOP, profile=rules).notices if "about nothing" in text)
    assert "the profile shop" in told
    for word in words:
        assert word in told


def test_a_rule_that_is_about_something_is_not_told() -> None:
    found = planned(
        *SHOP,
        {
            "skip_tables": ["CUSTOMER"],
            "columns": [
                {"table": "customer", "column": "MAIL", "sensitive": True},
                {"table": "order*", "column": "unit*", "sensitive": True},
                {"source_type": "INT", "target_type": "INT*", "sensitive": True},
            ],
        },
    )
    assert [one.name for one in found.tables] == ["orderline"]
    assert found.skipped == ("customer",)
    assert [column.sensitive for column in found.tables[0].columns] == [True, True, False]


# --- whose name is meant --------------------------------------------------------------------------------------


def test_of_twins_a_rule_names_one() -> None:
    names = Names(frozenset({"name", "Name"}), frozenset({"name", "NAME"}))
    assert names.meant("name", "name", "name")
    assert not names.meant("name", "Name", "NAME")
    assert names.meant("NAME", "Name", "NAME")
    assert names.meant("Name", "Name", "NAME")
    assert not names.meant("Name", "name", "name")
    assert names.meant("nAME", "name", "name") and names.meant("n*", "Name", "NAME")


def test_names_that_are_exchanged_are_the_target_s_unless_the_rule_renames() -> None:
    source = [table("t", [ID, source_column("a", "text"), source_column("b", "text")])]
    target = [table("t", [KEY, target_column("a", "text"), target_column("b", "text")])]
    found = planned(
        source,
        target,
        {
            "columns": [
                {"column": "a", "rename": "b"},
                {"column": "b", "rename": "a"},
                {"column": "a", "sensitive": True},
            ]
        },
    )
    columns = {one.target.name: (one.source.name, one.sensitive) for one in found.tables[0].columns}
    assert columns == {"id": ("Id", False), "a": ("b", True), "b": ("a", False)}


def test_a_drop_by_type_drops_columns_of_that_type_alone() -> None:
    source = [table("t", [ID, source_column("a", "text"), source_column("b", "int")])]
    target = [table("t", [KEY, target_column("b", "int4")])]
    found = planned(source, target, {"columns": [{"source_type": "text", "drop": True}]})
    assert [one.source.name for one in found.tables[0].columns] == ["Id", "b"]


# --- names made of others -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ("invoiceLine", "invoice_line"),
        ("userId", "user_id"),
        ("address2", "address2"),
        ("id", "id"),
    ],
)
def test_forms_there_and_back(camel: str, snake: str) -> None:
    assert in_form(camel, "snake_case") == snake
    assert in_form(camel[0].upper() + camel[1:], "snake_case") == snake
    assert in_form(snake, "camelCase") == camel
    assert in_form(snake, "snake_case") == snake


def test_forms_of_runs_of_capitals() -> None:
    assert in_form("HTTPServerURL", "snake_case") == "http_server_url"
    assert in_form("UserID", "snake_case") == "user_id"


def test_a_rename_does_what_it_is_given_in_order() -> None:
    assert Rename("x").of("y") == "x"
    assert Rename(remove_prefix="wp_").of("WP_posts") == "posts"
    assert Rename(remove_prefix="wp_").of("posts") == "posts"
    assert Rename(match=r"tbl(.+)", to=r"t_\1").of("tblA") == "t_A"
    assert Rename(match=r"tbl", to="x").of("tblA") == "tblA", "over the whole name"
    assert (
        Rename(remove_prefix="tbl", form="snake_case", prefix="app_").of("tblOrderLine") == "app_order_line"
    )


@pytest.mark.parametrize(
    ("left", "right", "rule"),
    [
        (["OrderLine", "plain"], ["order_line", "plain"], {"table": "*", "rename": {"form": "snake_case"}}),
        (["order_line"], ["OrderLine"], {"table": "*", "rename": {"form": "camelCase"}}),
        (
            ["wp_posts", "wp_users"],
            ["posts", "users"],
            {"table": "*", "rename": {"remove_prefix": "wp_"}},
        ),
        (["posts", "users"], ["app_posts", "app_users"], {"table": "*", "rename": {"prefix": "app_"}}),
        (
            ["OrderLine", "KeptAsIs"],
            ["order_line", "KeptAsIs"],
            {"table": "OrderLine", "rename": "order_line"},
        ),
    ],
)
def test_tables_whose_names_differ_by_a_pattern_are_proposed(
    left: list[str], right: list[str], rule: dict[str, Any]
) -> None:
    source, target = [table(name, [ID]) for name in left], [table(name, [KEY]) for name in right]
    found = refusal(source, target)
    assert found["rules"] == {"db": {"tables": [rule]}}
    (told,) = found["problems"]
    again = planned(source, target, found["rules"]["db"])
    assert sorted(one.name for one in again.tables) == sorted(right)
    assert yaml.safe_load("{rules: " + told.partition("rules: ")[2] + "}") == {"rules": found["rules"]["db"]}


def test_no_name_is_proposed_that_could_be_two() -> None:
    found = refusal(
        [table("OrderLine", [ID]), table("Order_Line", [ID])],
        [table("order_line", [KEY]), table("other", [KEY])],
    )
    assert "tables" not in found["rules"]["db"]


# --- what is pasted -------------------------------------------------------------------------------------------


def test_every_kind_is_told_once_and_its_rules_decide_it() -> None:
    source = [
        table(
            "t", [ID, *(source_column(f"c{n}", "timestamp") for n in range(8)), source_column("gone", "int")]
        ),
        table("old1", [ID]),
        table("old2", [ID]),
    ]
    target = [
        table(
            "t",
            [
                KEY,
                *(target_column(f"c{n}", "int8", type="bigint") for n in range(8)),
                target_column("fresh", "text", nullable=True),
                target_column("needed", "text"),
                target_column("state", "enum", labels=("it's", "b")),
            ],
        ),
        table("new1", [KEY]),
        table("new2", [KEY]),
    ]
    found = refusal(source, target)
    told = "\n".join(found["problems"])
    assert len(found["problems"]) == 5
    assert "8 columns from timestamp to bigint: t.c0, t.c1, t.c2, t.c3, t.c4 and 3 more." in told
    assert "2 source tables have no table of their name on the target: old1, old2." in told
    assert "2 target tables have no table of their name on the source: new1, new2." in told
    assert "3 target columns have no source column: t.fresh, t.needed, t.state." in told
    assert "the source column t.gone has no target column" in told
    again = planned(source, target, found["rules"]["db"])
    assert [one.name for one in again.tables] == ["t"]
    assert again.leftovers == ("old1", "old2")
    expressions = {one.target.name: one.expression for one in again.tables[0].columns}
    assert expressions["c3"] == "TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', `c3`)"
    assert expressions["needed"] == "''" and expressions["state"] == "'it''s'"
    assert "fresh" not in expressions
    for text in found["problems"]:
        block = yaml.safe_load("{rules: " + text.partition("rule for it: rules: ")[2] + "}")["rules"]
        assert all(entry in found["rules"]["db"][key] for key, entries in block.items() for entry in entries)


def test_problems_of_all_databases_are_told_at_once() -> None:
    left, right = catalogs([table("t", [ID, source_column("a", "int")])], [table("t", [KEY])])
    databases = [DatabaseRequest(name, "db", "db") for name in ("one", "two")]
    with pytest.raises(PlanError) as caught:
        planner.plan(left, right, databases)
    assert [text[:4] for text in caught.value.details["problems"]] == ["one:", "two:"]
    assert set(caught.value.details["rules"]) == {"one", "two"}


def test_an_empty_target_is_one_line() -> None:
    (told,) = refusal([table(f"t{n}", [ID]) for n in range(42)], [])["problems"]
    assert told == (
        "db: the target database db has no tables: let the application's own migrations make its schema first; "
        "where it has none for PostgreSQL, the playbook baseline makes one (docs/application-without-migrations.md)"
    )


def test_a_not_null_column_that_nothing_fills_has_a_way_that_works() -> None:
    source, target = (
        [table("t", [ID])],
        [table("t", [KEY, target_column("a", "int4"), target_column("b", "date", default="NULL::date")])],
    )
    left = {"add_columns": [{"table": "t", "column": "*", "leave_to_default": True}]}
    found = refusal(source, target, left)
    (told,) = found["problems"]
    assert "2 target columns are NOT NULL and have no default" in told and "t.a, t.b" in told
    again = planned(
        source, target, {"add_columns": left["add_columns"] + found["rules"]["db"]["add_columns"]}
    )
    assert [one.expression for one in again.tables[0].columns] == [None, "0", "DATE'1970-01-01'"]


@pytest.mark.parametrize(
    "text", ["null", "yes", "*", "*_x", "a: b", "{column}", "it's", "", "x y", "int4[]", "7"]
)
def test_a_rule_to_paste_is_yaml_of_the_same_value(text: str) -> None:
    value = {"key": [{"a": text, "b": True}]}
    assert yaml.safe_load(flow(value)) == value


# --- expressions ----------------------------------------------------------------------------------------------


def test_an_expression_for_many_columns_stands_in_the_file() -> None:
    source = [table("t", [ID, source_column("a`b", "timestamp"), source_column("c", "timestamp")])]
    target = [table("t", [KEY, target_column("a`b", "int8"), target_column("c", "int8")])]
    rules = {"columns": [{"source_type": "timestamp", "expression": "F({column})", "type": "bigint"}]}
    left, right = catalogs(source, target)
    found = planner.plan(left, right, [request(rules)])
    assert [one.expression for one in found.databases[0].tables[0].columns] == [None, "F(`a``b`)", "F(`c`)"]
    again = plan_from_json(found.to_json(), left, right)
    assert again == found
    assert again.databases[0].tables[0].columns[1].source.type == "bigint"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            {"columns": [{"column": "c", "expression": "1", "type": "number"}]},
            "t.c: The type 'number' of an expression",
        ),
        (
            {"columns": [{"column": "c", "expression": "1", "type": "int"}]},
            "no pair of types leads from int to point, which the expression of t.c would need",
        ),
        (
            {"add_columns": [{"table": "t", "column": "d", "expression": "{column}"}]},
            "no source column that it could stand for",
        ),
    ],
)
def test_an_expression_that_cannot_be_is_refused_with_its_column(rules: Any, said: str) -> None:
    source = [table("t", [ID, source_column("c", "int")])]
    target = [table("t", [KEY, target_column("c", "point"), target_column("d", "text", nullable=True)])]
    default = {"table": "t", "column": "d", "leave_to_default": True}
    rules = {**rules, "add_columns": [default, *rules.get("add_columns", [])]}
    rules.setdefault("columns", [{"column": "c", "expression": "'(1,1)'", "type": "longtext"}])
    (told,) = refusal(source, target, rules)["problems"]
    assert said in told
