# SPDX-License-Identifier: GPL-3.0-or-later
"""Catalogs and rules become a plan, or a list of everything that contradicts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._catalog import (
    Catalog,
    Index,
    Table,
    catalog_from_json,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ForeignRunDirectory,
    InputError,
    PlanError,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import ledger
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql.catalog import merge
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import planner
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.plan import Plan, plan_from_json
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.planner import DatabaseRequest

from tests.unit.engine.tables import catalogs, plan, primary, source_column, table, target_column, unique

ID, UUID = source_column("id", "char(36)"), target_column("id", "uuid")


def problems(source: list[Table], target: list[Table], profile: Any = None, **more: Any) -> list[str]:
    with pytest.raises(PlanError) as caught:
        plan(source, target, profile, **more)
    found: list[str] = caught.value.details["problems"]
    assert str(caught.value).startswith(found[0])
    assert all(text.startswith("db: ") and "\n" not in text for text in found)
    return found


def the_problem(*arguments: Any, **more: Any) -> str:
    (found,) = problems(*arguments, **more)
    return found


def test_tables_and_columns_meet_by_name_in_the_order_of_the_target() -> None:
    planned = plan(
        [table("t", [ID, source_column("b", "int"), source_column("a", "int")])],
        [table("t", [UUID, target_column("a", "int4"), target_column("b", "int4")])],
    )
    (found,) = planned.databases[0].tables
    assert [column.source.name for column in found.columns] == ["id", "a", "b"]


def test_a_missing_target_table_is_a_problem() -> None:
    assert "the target has no table lost" in the_problem(
        [table("t", [ID]), table("lost", [ID])], [table("t", [UUID])]
    )


def test_a_missing_source_table_is_a_problem() -> None:
    assert "the source has no table new" in the_problem(
        [table("t", [ID])], [table("t", [UUID]), table("new", [UUID])]
    )


@pytest.mark.parametrize("key", ["skip_tables", "leftover_tables"])
def test_a_table_that_the_profile_names_may_be_missing(key: str) -> None:
    planned = plan([table("t", [ID]), table("old", [ID])], [table("t", [UUID])], {key: ["old"]})
    assert [one.name for one in planned.databases[0].tables] == ["t"]
    assert ("old" in planned.databases[0].leftovers) == (key == "leftover_tables")
    assert any("old" in notice for notice in planned.databases[0].notices) == (key == "leftover_tables")


def test_missing_columns_are_problems_on_either_side() -> None:
    found = problems(
        [table("t", [ID, source_column("old", "int")])], [table("t", [UUID, target_column("new", "int4")])]
    )
    assert "t.new has no source column" in found[0]
    assert "t.old has no target column" in found[1]


def test_a_generated_target_column_needs_no_source_column() -> None:
    made = target_column("made", "text", generated=True)
    assert plan([table("t", [ID])], [table("t", [UUID, made])]).databases[0].tables


def test_a_pair_of_types_without_a_rule_is_a_problem() -> None:
    text = the_problem(
        [table("t", [ID, source_column("c", "int")])], [table("t", [UUID, target_column("c", "point")])]
    )
    assert "t.c from int to point" in text


def test_a_table_of_another_owner_is_a_problem() -> None:
    assert "does not own the table t" in the_problem([table("t", [ID])], [table("t", [UUID], owned=False)])


def test_a_target_that_is_not_utf8_is_a_problem() -> None:
    assert "encoded in SQL_ASCII" in the_problem(
        [table("t", [ID])], [table("t", [UUID])], charset="SQL_ASCII"
    )


def test_names_that_differ_in_case_meet_where_only_one_can_be_meant() -> None:
    planned = plan(
        [table("Thing", [source_column("ID", "char(36)"), source_column("Name", "text")])],
        [table("thing", [UUID, target_column("name", "text")])],
    )
    (found,) = planned.databases[0].tables
    assert (found.source.name, found.name) == ("Thing", "thing")
    assert [column.source.name for column in found.columns] == ["ID", "Name"]


def test_the_exact_name_goes_before_one_that_differs_in_case() -> None:
    planned = plan([table("a", [ID]), table("A", [ID])], [table("a", [UUID]), table("A", [UUID])])
    assert [(one.source.name, one.name) for one in planned.databases[0].tables] == [("a", "a"), ("A", "A")]


def test_a_name_that_fits_two_tables_is_a_problem() -> None:
    found = problems([table("AB", [ID])], [table("Ab", [UUID]), table("aB", [UUID])])
    assert any("Ab and aB" in text for text in found)


def test_two_source_tables_do_not_share_a_target_table() -> None:
    assert problems([table("ab", [ID]), table("AB", [ID])], [table("Ab", [UUID])])


def test_two_source_columns_do_not_share_a_target_column() -> None:
    columns = [ID, source_column("ab", "int"), source_column("AB", "int")]
    assert problems([table("t", columns)], [table("t", [UUID, target_column("Ab", "int4")])])


def met(source: list[str], target: list[str], rules: Any = None, **more: Any) -> dict[str, str]:
    """Target column -> source column of a table with a key and columns of these names."""
    planned = plan(
        [table("t", [ID, *(source_column(name, "int") for name in source)])],
        [table("t", [UUID, *(target_column(name, "int4", **more) for name in target)])],
        rules,
    )
    return {column.target.name: column.source.name for column in planned.databases[0].tables[0].columns[1:]}


def unmet(source: list[str], target: list[str], rules: Any = None) -> list[str]:
    with pytest.raises(PlanError) as caught:
        met(source, target, rules)
    found: list[str] = caught.value.details["problems"]
    return found


@pytest.mark.fault("A9")
def test_a_source_column_serves_one_target_column_and_the_exact_name_first() -> None:
    """Case 43: a half-done migration left "Name" and "ID" beside name and id."""
    found = unmet(["name"], ["Name", "name", "ID"])
    (told,) = found
    assert "2 target columns have no source column: t.Name, t.ID." in told


@pytest.mark.fault("A9")
@pytest.mark.parametrize(
    ("source", "target"),
    [
        (["name"], ["Name", "NAME"]),
        (["Name", "NAME"], ["name"]),
        (["Name", "NAME"], ["name", "nAME"]),
        (["name "], ["name"]),
        (["name"], ["name "]),
        (["\u00e9"], ["e\u0301"]),
        (["stra\u00dfe"], ["STRASSE"]),
    ],
    ids=["two targets", "two sources", "two of each", "blank", "blank there", "composed", "sharp s"],
)
def test_names_that_could_mean_two_things_or_are_others_are_refused(
    source: list[str], target: list[str]
) -> None:
    told = next(text for text in unmet(source, target) if "no source column" in text)
    for name in target:
        assert f"t.{name}" in told


@pytest.mark.fault("A9")
def test_what_is_left_after_the_exact_names_can_mean_one_thing() -> None:
    assert met(["name", "Name"], ["name", "NAME"]) == {"name": "name", "NAME": "Name"}
    assert met(["\u00c4ther"], ["\u00e4THER"]) == {"\u00e4THER": "\u00c4ther"}


@pytest.mark.fault("A9")
def test_a_generated_twin_is_computed_and_takes_nothing() -> None:
    planned = plan(
        [table("t", [ID, source_column("name", "text")])],
        [table("t", [UUID, target_column("Name", "text", generated=True), target_column("name", "text")])],
    )
    (found,) = planned.databases[0].tables
    assert [column.target.name for column in found.columns] == ["id", "name"]


@pytest.mark.fault("A9")
def test_a_rule_for_a_twin_decides() -> None:
    left = {"add_columns": [{"table": "t", "column": "Name", "leave_to_default": True}]}
    assert met(["name"], ["Name", "name"], left, nullable=True) == {"name": "name"}
    assert "t.name has no target column" in " ".join(unmet(["name"], ["Name"], left))
    made = {"add_columns": [{"table": "t", "column": "Name", "expression": "1", "type": "int"}]}
    assert met(["name"], ["Name", "name"], made) == {"Name": "", "name": "name"}
    renamed = {"columns": [{"table": "t", "column": "other", "rename": "Name"}]}
    assert met(["name", "other"], ["Name", "name"], renamed) == {"Name": "other", "name": "name"}
    found = unmet(["name", "other"], ["name"], {"columns": [{"column": "other", "rename": "name"}]})
    assert found == ["db: two source columns of t would become name, one of them other. Correct the rules."]


@pytest.mark.fault("A9")
def test_tables_meet_as_columns_do() -> None:
    planned = plan([table("item", [ID]), table("ITEM", [ID])], [table("item", [UUID]), table("Item", [UUID])])
    assert [(one.source.name, one.name) for one in planned.databases[0].tables] == [
        ("item", "item"),
        ("ITEM", "Item"),
    ]
    assert "no table Item, which the target has" in the_problem(
        [table("item", [ID])], [table("item", [UUID]), table("Item", [UUID])]
    )
    found = problems([table("ITEM", [ID]), table("Item", [ID])], [table("item", [UUID])])
    assert "ITEM fits item of the target, as Item does" in found[0]
    skipped = plan([table("item", [ID])], [table("Item", [UUID])], {"skip_tables": ["Item"]})
    assert not skipped.databases[0].tables, "a table that a rule leaves alone is not filled"


def test_the_policy_null_needs_a_nullable_target() -> None:
    profile = {"columns": [{"column": "c", "policies": {"empty_string": "null"}}]}
    source = [table("t", [ID, source_column("c", "char(36)")])]
    assert "t.c is NOT NULL" in the_problem(source, [table("t", [UUID, target_column("c", "uuid")])], profile)
    assert plan(source, [table("t", [UUID, target_column("c", "uuid", nullable=True)])], profile)


def test_an_unknown_converter_is_a_problem() -> None:
    profile = {"columns": [{"column": "c", "converter": "rot13"}]}
    columns = [ID, source_column("c", "longtext")], [UUID, target_column("c", "text")]
    assert "'rot13'" in the_problem([table("t", columns[0])], [table("t", columns[1])], profile)


@pytest.mark.fault("A7")
def test_a_timestamp_of_a_server_off_utc_needs_a_zone_on_the_target() -> None:
    source = [table("t", [ID, source_column("c", "timestamp")])]
    plain = [table("t", [UUID, target_column("c", "timestamp")])]
    text = [table("t", [UUID, target_column("c", "text")])]
    zoned = [table("t", [UUID, target_column("c", "timestamptz")])]
    for offsets, said in (
        ([3600], "3600 s off UTC"),
        ([0, 3600], "0 s or 3600 s off UTC"),
        ([None], "nobody knows"),
    ):
        for target in (plain, text):
            assert said in the_problem(source, target, utc_offsets_seconds=offsets)
        assert plan(source, zoned, utc_offsets_seconds=offsets)
        rules = {"columns": [{"column": "c", "expression": "CONVERT_TZ(c, '+00:00', '+01:00')"}]}
        assert plan(source, plain, rules, utc_offsets_seconds=offsets)
    assert plan(source, plain, utc_offsets_seconds=[0])


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        [table("t", [ID, source_column("a", "int")]), table("x", [ID])],
        [table("t", [UUID], owned=False), table("y", [UUID])],
        charset="LATIN1",
    )
    assert len(found) == 5


# --- keys and ranges --------------------------------------------------------------------------------------

TWO = [UUID, target_column("a", "int4"), target_column("b", "int4", nullable=True)]
TWO_SOURCE = [ID, source_column("a", "int"), source_column("b", "int", nullable=True)]


@pytest.mark.parametrize(
    ("indexes", "key"),
    [
        ([primary("id")], ("id",)),
        ([unique("a"), primary("a", "id")], ("a", "id")),
        ([unique("a", "id")], ("a", "id")),
        ([unique("b"), unique("a")], ("a",)),
        ([unique("b")], ()),
        ([unique("a", predicate="(a > 0)")], ()),
        ([unique(None)], ()),
        ([Index("plain", ("a",), unique=False)], ()),
    ],
)
def test_a_row_is_named_by_the_best_key_of_the_target(indexes: list[Index], key: tuple[str, ...]) -> None:
    planned = plan([table("t", TWO_SOURCE)], [table("t", TWO, *indexes)])
    assert planned.databases[0].tables[0].key == key


@pytest.mark.parametrize(
    ("indexes", "span"),
    [
        ([primary("id")], ("PRIMARY", "id")),
        ([Index("plain", ("a",), unique=False), unique("id")], ("id", "id")),
        ([Index("plain", ("a",), unique=False)], ("plain", "a")),
        ([unique("b")], (None, None)),
        ([unique("id", prefixed=True), unique("a")], ("a", "a")),
        ([unique("id", prefixed=True)], (None, None)),
        ([unique(None)], (None, None)),
    ],
)
def test_a_table_is_cut_along_an_index_that_orders_all_its_rows(
    indexes: list[Index], span: tuple[str | None, str | None]
) -> None:
    planned = plan([table("t", TWO_SOURCE, *indexes)], [table("t", TWO)])
    found = planned.databases[0].tables[0]
    assert (found.range_index, found.range_column) == span


# --- the file ---------------------------------------------------------------------------------------------


def example() -> tuple[Catalog, Catalog, dict[str, Any]]:
    source = [
        table("t", [ID, source_column("c", "char(36)", nullable=True), source_column("w", "longtext", True)])
    ]
    target = [table("t", [UUID, target_column("c", "uuid", True), target_column("w", "text", True)])]
    rules = {
        "seed_tables": ["t"],
        "columns": [
            {
                "column": "c",
                "policies": {"empty_string": None, "not_a_uuid": {"replace": "x"}},
                "sensitive": True,
            },
            {"column": "w", "converter": "zlib_latin1_to_base64"},
        ],
        "invariants": [{"name": "n", "server": "target", "moment": "after", "query": "q", "expect": "1"}],
    }
    left, right = catalogs(source, target)
    return left, right, json.loads(json.dumps(plan(source, target, rules).to_json()))


def test_the_file_of_a_plan_gives_the_plan_back() -> None:
    left, right, written = example()
    again = plan_from_json(written, left, right)
    assert json.loads(json.dumps(again.to_json())) == written


def test_the_file_of_a_catalog_gives_the_catalog_back() -> None:
    for catalog in example()[:2]:
        written = json.loads(json.dumps(catalog.to_json()))
        assert catalog_from_json(written) == catalog
        assert catalog_from_json(written).fingerprint() == catalog.fingerprint()


def test_a_plan_of_other_catalogs_is_refused() -> None:
    left, right, written = example()
    others = catalogs([table("u", [ID])], [table("u", [UUID])])
    for pair in ((others[0], right), (left, others[1])):
        with pytest.raises(ForeignRunDirectory, match="other catalogs"):
            plan_from_json(written, *pair)


def test_a_plan_of_another_version_is_refused() -> None:
    left, right, written = example()
    for key in ("format", "canonical_version"):
        with pytest.raises(ForeignRunDirectory, match="another version"):
            plan_from_json({**written, key: 99}, left, right)


@pytest.mark.parametrize(
    "place",
    [
        ("databases",),
        ("databases", 0, "tables"),
        ("databases", 0, "tables", 0, "columns"),
        ("databases", 0, "tables", 0, "columns", 0, "conversion"),
        ("databases", 0, "tables", 0, "columns", 1, "policies"),
        ("databases", 0, "invariants", 0),
        ("format",),
    ],
    ids=str,
)
@pytest.mark.parametrize("value", [None, 7, "x", ["y"], {"z": 1}], ids=str)
def test_a_damaged_plan_is_named_and_never_a_crash(place: tuple[Any, ...], value: Any) -> None:
    left, right, written = example()
    inner: Any = written
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(InputError, match="transform step"):
        plan_from_json(written, left, right)


def two_moves(left: Catalog, into: Catalog, *places: tuple[str, str]) -> Plan:
    return planner.plan(
        left,
        into,
        [DatabaseRequest(f"m{n}", "db", name, schema=schema) for n, (name, schema) in enumerate(places)],
    )


def test_moves_into_one_database_are_told_apart_by_their_order_and_lone_ones_are_not() -> None:
    left, right = catalogs([table("t", [ID])], [table("t", [UUID])])
    found = right.databases["db"]
    into = merge(
        right.server,
        [replace(found, schema="a"), replace(found, schema="b"), replace(found, name="x", schema="public")],
    )
    assert list(into.databases) == ["db.a", "db.b", "x"]
    made = two_moves(left, into, ("db", "a"), ("x", "public"), ("db", "b"))
    assert [one.move for one in made.databases] == [0, None, 1]
    assert [one.target for one in made.databases] == ["db.a", "x", "db.b"]
    assert [one.schema for one in made.databases] == ["a", "public", "b"]
    again = plan_from_json(json.loads(json.dumps(made.to_json())), left, into)
    assert again == made
    assert [ledger.of(None, one.move).schema for one in again.databases] == [  # type: ignore[arg-type]
        "convergence",
        "convergence",
        "convergence_2",
    ]


def test_a_plan_of_one_move_has_the_fingerprint_that_it_had() -> None:
    """A run that has begun goes on with a later version: what tells moves apart is in no file."""
    made = plan([table("t", [ID])], [table("t", [UUID])])
    assert "move" not in made.to_json()["databases"][0]
    assert made.databases[0].target == "db"


def test_two_places_of_one_name_are_refused() -> None:
    _left, right = catalogs([table("t", [ID])], [table("t", [UUID])])
    found = right.databases["db"]
    with pytest.raises(InputError, match=r"db\.a"):
        merge(
            right.server,
            [replace(found, schema="a"), replace(found, schema="b"), replace(found, name="db.a")],
        )
