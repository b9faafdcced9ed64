# SPDX-License-Identifier: GPL-3.0-or-later
"""The DDL covers the catalogs, and the misfits name things that exist."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.misfits import CLASSES

from tests.support.generator import misfits
from tests.support.generator.catalogs import PROFILES, mysql_tables, postgresql_schema
from tests.support.generator.schema_mysql import table_statements
from tests.support.generator.schema_postgresql import schema_statements
from tests.support.generator.seed_rows import alkemio_seed, kratos_seed

# Not about one value against one type: rows against rows, constraints and invariants.
BEYOND_ONE_VALUE = {"orphan", "duplicate", "check", "network", "json_number"}
FIGURES = {"alkemio": (77, 755, 201), "kratos": (26, 266, 47)}
ALKEMIO_SEED = {
    "authorization_policy": 15,
    "role": 10,
    "template_default": 4,
    "migrations_typeorm": 2,
    "storage_bucket": 1,
    "storage_aggregator": 1,
    "license": 1,
    "role_set": 1,
    "form": 1,
    "templates_set": 1,
    "templates_manager": 1,
    "library": 1,
    "license_policy": 1,
    "licensing_framework": 1,
    "platform": 1,
    "ai_server": 1,
}


@pytest.mark.parametrize("profile", PROFILES)
def test_both_sides_have_the_same_tables_columns_and_foreign_keys(profile: str) -> None:
    for tables in (mysql_tables(profile), postgresql_schema(profile).tables):
        columns = sum(len(table.columns) for table in tables.values())
        foreign = sum(
            constraint.kind == "FOREIGN KEY" for table in tables.values() for constraint in table.constraints
        )
        assert (len(tables), columns, foreign) == FIGURES[profile]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_name_of_the_target_is_in_its_ddl(profile: str) -> None:
    schema = postgresql_schema(profile)
    ddl = "\n".join(schema_statements(profile))
    constraints = {c.name for table in schema.tables.values() for c in table.constraints}
    for name in (*schema.tables, *constraints, *schema.index_definitions, *schema.sequences, *schema.enums):
        assert name in ddl


@pytest.mark.parametrize("profile", PROFILES)
def test_every_name_of_the_source_is_in_its_ddl(profile: str) -> None:
    ddl = "\n".join(table_statements(profile, "utf8mb4_general_ci"))
    for table in mysql_tables(profile).values():
        for index in table.indexes:
            assert index.name == "PRIMARY" or f"KEY `{index.name}`" in ddl
        for constraint in table.constraints:
            assert not constraint.definition or f"CONSTRAINT `{constraint.name}`" in ddl


def test_seed_rows_are_those_of_a_fresh_target() -> None:
    counted: dict[str, int] = {}
    for table, _values in alkemio_seed(1):
        counted[table] = counted.get(table, 0) + 1
    assert counted == ALKEMIO_SEED
    kratos = [table for table, _values in kratos_seed()]
    assert kratos.count("identity_credential_types") == 7
    assert kratos.count("schema_migration") == 315
    assert "networks" not in kratos


@pytest.mark.parametrize("profile", PROFILES)
def test_misfits_name_tables_columns_and_keys(profile: str) -> None:
    listed = misfits.names(profile)
    assert len(listed) == len(set(listed))
    for name in listed:
        described = misfits.describe(name)
        table = mysql_tables(profile)[described.table]
        assert described.column in table.column_names
        assert tuple(described.key) == table.primary_key


@pytest.mark.parametrize("profile", PROFILES)
def test_misfits_speak_the_engines_language(profile: str) -> None:
    kinds = {misfits.describe(name).kind for name in misfits.names(profile)}
    assert kinds <= {*CLASSES, *BEYOND_ONE_VALUE}


def test_an_unknown_misfit_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown misfit"):
        misfits.describe("no-such-misfit")
