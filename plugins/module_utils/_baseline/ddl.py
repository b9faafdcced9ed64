# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The statements of a whole schema, in an order in which each finds what it needs."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._postgresql import quoting
from . import checks, defaults, keys, partitions, types
from .decisions import MARK
from .expressions import CASE, doubts_of
from .left_out import LeftOut
from .making import Making
from .names import Names
from .types import Chosen

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalog import Database, Table
    from .._mysql.definitions import Definitions
    from .decisions import Decisions


@dataclass(frozen=True)
class Schema:
    """What is made of one database."""

    statements: tuple[str, ...]
    left: tuple[LeftOut, ...]
    names: Names
    tables: tuple[str, ...]
    """Of the source, those that are made."""
    undo: tuple[str, ...]
    """Statements that take all of it away again."""

    def to_sql(self) -> str:
        return f"-- {MARK}\n" + "".join(f"{statement};\n" for statement in self.statements)


def make(vendor: str, database: Database, definitions: Definitions, decisions: Decisions) -> Schema:
    """The schema; what is decided for single objects is in `decisions`."""
    chosen = types.of_database(database, decisions)
    making = Making(vendor, database, definitions, decisions, Names(database, decisions), chosen)
    _fold(making)
    tables = making.tables
    statements = list(_types(making))
    parted = set()
    for table in tables:
        head, parts = partitions.of_table(making, table)
        if head:
            parted.add(table.name)
        statements += [f"{_table(making, table)}{head}", *parts]
    for table in tables:
        statements += keys.indexes(making, table, parted=table.name in parted)
    for table in tables:
        statements += keys.foreign_keys(making, table)
    functions: list[str] = []
    for table in tables:
        statements += _on_update(making, table, functions)
        statements += _comments(making, table)
    _objects(making)
    return Schema(
        tuple(statements),
        tuple(sorted(making.left, key=lambda one: (one.kind, one.name))),
        making.names,
        tuple(table.name for table in tables),
        tuple(_undo(making, functions)),
    )


def _types(making: Making) -> Iterator[str]:
    if any(one.type == "citext" for one in making.types.values()):
        yield "CREATE EXTENSION IF NOT EXISTS citext"
    for table in making.tables:
        for column in table.columns:
            labels = making.of(table.name, column.name).enum
            if labels:
                name = making.names.type(table.name, column.name)
                making.enums[table.name, column.name] = name
                listed = ", ".join(map(quoting.literal, labels))
                yield f"CREATE TYPE {quoting.identifier(name)} AS ENUM ({listed})"


def _fold(making: Making) -> None:
    """The columns that become citext: those of unique keys whatever the case, and what refers to them."""
    if making.decisions.chosen("case") != "citext":
        return
    wanted = {
        (table.name, str(part.column))
        for table in making.tables
        for index in making.definitions.indexes.get(table.name, ())
        if index.unique
        for part in index.parts
        for column in [table.column(part.column or "")]
        if column is not None and CASE in doubts_of(column.collation)
    }
    for group in types.references(making.database):
        if wanted & set(group):
            wanted |= set(group)
    for place in wanted:
        if making.types[place].kind == "text" and making.decisions.said("types", *place) is None:
            making.types[place] = Chosen("citext", "text")


def _table(making: Making, table: Table) -> str:
    lines = []
    for column in table.columns:
        nullable = making.decisions.said("nullable", table.name, column.name)
        nullable = column.nullable if nullable is None else bool(nullable)
        lines.append(
            f"{making.column_name(table.name, column.name)} {defaults.type_of(making, table.name, column)}"
            f"{'' if nullable else ' NOT NULL'}{defaults.clause(making, table, column)}"
        )
    key = keys.primary(making, table)
    lines += [key] if key else []
    lines += checks.of_table(making, table)
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {making.table_name(table.name)} (\n  {body}\n)"


def _on_update(making: Making, table: Table, functions: list[str]) -> Iterator[str]:
    """ON UPDATE CURRENT_TIMESTAMP, as a trigger where that is wanted."""
    columns = [column for column in table.columns if making.definition(table.name, column.name).on_update]
    if not columns:
        return
    if making.decisions.chosen("on_update") == "leave":
        for column in columns:
            why = "the application has to set it, or choose on_update: trigger"
            making.leave("on update", f"{table.name}.{column.name}", why, "ON UPDATE CURRENT_TIMESTAMP")
        return
    name = quoting.identifier(making.names.function(table.name))
    functions.append(name)
    # As on the source: only where something else of the row changes, and nobody has said a moment.
    steps = "".join(
        f"    IF NEW.{one} IS NOT DISTINCT FROM OLD.{one} THEN NEW.{one} := CURRENT_TIMESTAMP; END IF;\n"
        for one in (making.column_name(table.name, column.name) for column in columns)
    )
    yield (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"  IF NEW::text IS DISTINCT FROM OLD::text THEN\n{steps}  END IF;\n  RETURN NEW;\nEND\n$$"
    )
    yield (
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {making.table_name(table.name)} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _comments(making: Making, table: Table) -> Iterator[str]:
    if making.decisions.chosen("comments") == "leave":
        return
    name = making.table_name(table.name)
    comment = making.definitions.comments.get(table.name)
    if comment:
        yield f"COMMENT ON TABLE {name} IS {quoting.literal(comment)}"
    for column in table.columns:
        comment = making.definition(table.name, column.name).comment
        if comment:
            where = f"{name}.{making.column_name(table.name, column.name)}"
            yield f"COMMENT ON COLUMN {where} IS {quoting.literal(comment)}"


def _objects(making: Making) -> None:
    """Views, triggers, routines and events: no translation of theirs is exact."""
    for what, privilege in making.definitions.unseen:
        why = (
            f"the account has not the privilege {privilege}, so that the source shows none: there may be some"
        )
        making.leave("not seen", what, why)
    for one in making.definitions.objects:
        name = f"{one.table}.{one.name}" if one.table else one.name
        kind, what = one.kind, name
        if one.kind == "routine":
            kind, _, what = name.partition(" ")
        why = "its SQL is the source's own and has to be written anew"
        if one.kind == "sequence":
            why = "a sequence of its own; make one where a column needs it"
        elif not one.text:
            why += "; the account may not read its text"
        making.leave(kind, what, why, one.text)


def _undo(making: Making, functions: list[str]) -> Iterator[str]:
    for table in reversed(making.tables):
        yield f"DROP TABLE {making.table_name(table.name)} CASCADE"
    for name in functions:
        yield f"DROP FUNCTION {name}()"
    for enum in making.enums.values():
        yield f"DROP TYPE {quoting.identifier(enum)}"


__all__ = ("Schema", "make")
