# SPDX-License-Identifier: GPL-3.0-or-later
"""DDL of the target, as the application's own migrations leave it on PostgreSQL 17."""

from __future__ import annotations

from collections.abc import Iterator

from .catalogs import Column, Constraint, PostgresqlSchema, Table, postgresql_schema


def schema_statements(profile: str) -> Iterator[str]:
    """Every statement in an order that runs in an empty database."""
    schema = postgresql_schema(profile)
    for extension in schema.extensions:
        yield f'CREATE EXTENSION IF NOT EXISTS "{extension}"'
    for name, labels in schema.enums.items():
        listed = ", ".join("'" + label + "'" for label in labels)
        yield f'CREATE TYPE "{name}" AS ENUM ({listed})'
    for sequence in schema.sequences:
        yield f'CREATE SEQUENCE "{sequence}" AS integer'
    for table in schema.tables.values():
        yield _create_table(table)
        yield from _comments(table)
    for sequence, owner in schema.sequences.items():
        table_name, _, column = owner.partition(".")
        yield f'ALTER SEQUENCE "{sequence}" OWNED BY "{table_name}"."{column}"'
    yield from _keys(schema)


def drop_statements(profile: str) -> Iterator[str]:
    """Takes away what ``schema_statements`` made, but for the extensions."""
    schema = postgresql_schema(profile)
    listed = ", ".join(f'"{name}"' for name in schema.tables)
    yield f"DROP TABLE IF EXISTS {listed} CASCADE"
    for name in schema.enums:
        yield f'DROP TYPE IF EXISTS "{name}"'


def _keys(schema: PostgresqlSchema) -> Iterator[str]:
    """Constraints that make an index first, then bare indexes, foreign keys last."""
    all_constraints = [
        (table.name, constraint) for table in schema.tables.values() for constraint in table.constraints
    ]
    for table_name, constraint in all_constraints:
        if constraint.kind != "FOREIGN KEY":
            yield _constraint(table_name, constraint)
    made = {constraint.name for _table, constraint in all_constraints}
    for name, definition in schema.index_definitions.items():
        if name not in made:
            yield definition
    for table_name, constraint in all_constraints:
        if constraint.kind == "FOREIGN KEY":
            yield _constraint(table_name, constraint)


def _constraint(table: str, constraint: Constraint) -> str:
    return f'ALTER TABLE "{table}" ADD CONSTRAINT "{constraint.name}" {constraint.definition}'


def _create_table(table: Table) -> str:
    body = ",\n  ".join(_column(column) for column in table.columns)
    return f'CREATE TABLE "{table.name}" (\n  {body}\n)'


def _column(column: Column) -> str:
    words = [f'"{column.name}"', column.type]
    if column.default is not None:
        words.append(f"DEFAULT {column.default}")
    if not column.nullable:
        words.append("NOT NULL")
    return " ".join(words)


def _comments(table: Table) -> Iterator[str]:
    for column in table.columns:
        if column.comment:
            text = column.comment.replace("'", "''")
            yield f'COMMENT ON COLUMN "{table.name}"."{column.name}" IS \'{text}\''
