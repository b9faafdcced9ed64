# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of catalogs, without a server: names, decisions, the file of TypeORM, the same every time."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._baseline import (
    decisions,
    names,
    typeorm_file,
    values,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._baseline.baseline import places_of
from ansible_collections.alkemio.convergence.plugins.module_utils._baseline.ddl import Schema, make
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError

from tools.docs import baselines, catalog_files


def schema(application: str, **given: Any) -> Schema:
    database, found = catalog_files.source(application)
    return make("mysql", database, found, decisions.read(application, given))


def test_the_same_catalog_makes_the_same_schema() -> None:
    assert schema("alkemio").to_sql() == schema("alkemio").to_sql()


@pytest.mark.parametrize("application", catalog_files.APPLICATIONS)
def test_every_difference_from_the_makers_schema_is_explained(application: str) -> None:
    for one in baselines.differences(application):
        baselines.explained(one)


def test_a_difference_that_nobody_has_explained_is_an_error() -> None:
    with pytest.raises(ValueError, match="nobody has explained"):
        baselines.explained(baselines.Difference("type", "uuid", "boolean", "a.b"))


def test_typeorms_names_are_those_of_alkemios_own_migrations() -> None:
    sql = schema("alkemio", constraints="typeorm").to_sql()
    theirs = (catalog_files.FIXTURES / "alkemio/alkemio_postgres_constraints.csv").read_text("utf-8")
    for name in (
        "PK_54115ee388cdb6d86bb4bf5b2ea",
        "REL_833582df0c439ab8c9adc5240d",
        "FK_833582df0c439ab8c9adc5240d1",
    ):
        assert f'"{name}"' in sql
        assert name in theirs


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, ['"CreateAt" bigint', 'CREATE TABLE "ChannelMembers"', '"ChannelBookmarks_Type_enum"']),
        ({"names": "lower"}, ['"createat" bigint', 'CREATE TABLE "channelmembers"']),
        ({"names": "snake_case"}, ['"create_at" bigint', 'CREATE TABLE "channel_members"']),
        ({"enums": "check"}, ["""CHECK ("Type" IN ('link', 'file'))"""]),
        ({"json": "jsonb"}, ['"NotifyProps" jsonb']),
        ({"booleans": "tinyint"}, ['"SchemeAdmin" boolean']),
        ({"case": "lower"}, ['(lower("Email"))']),
        ({"case": "citext"}, ["CREATE EXTENSION IF NOT EXISTS citext", '"Email" citext']),
        ({"leave_tables": ["Audits"]}, []),
        ({"types": {"Posts": {"Props": "jsonb"}}}, ['"Props" jsonb']),
        ({"defaults": {"Posts": {"Id": "'x'"}}}, ["\"Id\" varchar(26) NOT NULL DEFAULT 'x'"]),
        (
            {"indexes": {"Posts": {"idx_posts_message_txt": "CREATE INDEX mine ON x (y)"}}},
            ["CREATE INDEX mine"],
        ),
    ],
)
def test_a_decision_makes_a_difference(choice: dict[str, Any], expected: list[str]) -> None:
    sql = schema("mattermost", **choice).to_sql()
    for text in expected:
        assert text in sql
    if choice:
        assert sql != schema("mattermost").to_sql()


def test_renames_go_to_migrate_as_one_rule() -> None:
    database, _found = catalog_files.source("mattermost")
    made = schema("mattermost", names="snake_case")
    assert names.rules(database, made.names, made.tables) == {
        "tables": [{"table": "*", "rename": {"form": "snake_case"}}],
        "columns": [{"table": "*", "column": "*", "rename": {"form": "snake_case"}}],
    }
    kept = schema("mattermost")
    assert names.rules(database, kept.names, kept.tables) == {}


def test_a_long_name_is_cut_to_what_postgresql_keeps_and_stays_its_own() -> None:
    one, other = names.short("ä" * 40), names.short("ä" * 41)
    assert one != other
    assert len(one.encode()) <= names.BYTES
    assert names.short("short") == "short"


def test_the_decisions_file_says_what_was_read() -> None:
    given = {"names": "lower", "types": {"t": {"c": "text", "it's: #": "uuid"}}, "leave_tables": ["x"]}
    read = decisions.read("app", given)
    read.put("types", "t", "d", "interval", "3 rows\nwith a span")
    text = decisions.to_text({"app": read})
    again = yaml.safe_load(text)["app"]
    assert again["names"] == "lower"
    assert again["types"] == {"t": {"c": "text", "it's: #": "uuid", "d": "interval"}}
    assert "# 3 rows with a span" in text
    assert decisions.read("app", again).choices == read.choices


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": "lower"}, "Perhaps names is meant"),
        ({"names": "upper"}, "one of keep, lower, snake_case"),
        ({"types": ["a"]}, "a mapping is needed"),
        ({"leave_tables": "a"}, "a list of names"),
    ],
)
def test_a_decision_that_there_is_not_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        decisions.read("app", given)


def test_a_word_on_what_the_source_has_not_is_found() -> None:
    read = decisions.read("app", {"types": {"a": {"x": "text"}, "b": {}}, "leave_tables": ["c"]})
    assert read.unknown({"a": ["y"]}) == ["leave_tables: c", "types: a: x", "types: b"]


def test_the_values_are_asked_of_what_the_types_take_for_granted_alone() -> None:
    database, _found = catalog_files.source("kratos")
    asked = [
        (table.name, one.column.name, one.what)
        for table in database.tables.values()
        for one in values.questions_of(table, decisions.read("kratos", {}))
    ]
    assert ("sessions", "id", "uuid") in asked
    assert ("sessions", "active", "boolean") in asked
    assert ("sessions", "token", "uuid") not in asked


def test_the_file_of_typeorm_holds_every_statement_and_takes_all_of_it_back() -> None:
    made = schema("kratos")
    text = typeorm_file.to_typescript(made)
    assert text.count("await queryRunner.query(") == len(made.statements) + len(made.undo)
    assert "export class Baseline0000000000001 implements MigrationInterface" in text
    assert text.count("DROP TABLE") == len(made.tables)


def test_two_databases_do_not_go_into_one_place() -> None:
    with pytest.raises(InputError, match="Give each a schema of its own"):
        places_of([{"name": "a", "target": "t"}, {"name": "b", "target": "t"}], "public")
    with pytest.raises(InputError, match="cannot be the name of a file"):
        places_of([{"name": "../a"}], "public")
