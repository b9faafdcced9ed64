# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Primary keys, unique keys, indexes and foreign keys, those that InnoDB made by itself for foreign keys among them."""

from __future__ import annotations

import typing as t

from .._postgresql import quoting
from . import expressions
from .decisions import LEAVE
from .expressions import CASE, NotCarried, doubts_of

if t.TYPE_CHECKING:
    from .._catalog import ForeignKey, Table
    from .._mysql.definitions import IndexDefinition, IndexPart
    from .making import Making

_SAME: t.Final = {"NO ACTION", "RESTRICT"}
"""To the source both are one: a row that is referred to stays. PostgreSQL's own default is the first."""
_WITHOUT_ORDER: t.Final = {"json", "other"}
"""Kinds that no btree can hold."""
_FITS: t.Final = 2700
"""Bytes that an entry of a btree may have, about."""


def primary(making: Making, table: Table) -> str | None:
    """`CONSTRAINT … PRIMARY KEY (…)`; `None`: there is none, or PostgreSQL could not have it."""
    for index in making.definitions.indexes.get(table.name, ()):
        if index.primary and all(part.column and part.length is None for part in index.parts):
            columns = [str(part.column) for part in index.parts]
            name = making.names.primary(table.name, columns)
            return f"CONSTRAINT {quoting.identifier(name)} PRIMARY KEY ({making.listed(table.name, columns)})"
    return None


# --- indexes ------------------------------------------------------------------------------------------


def indexes(making: Making, table: Table, *, parted: bool) -> list[str]:
    """Statements for every index but the primary key's; `parted`: the table has partitions on the target."""
    found = []
    for index in making.definitions.indexes.get(table.name, ()):
        if index.primary and all(part.column and part.length is None for part in index.parts):
            continue
        said = making.decisions.said("indexes", table.name, index.name)
        if said == LEAVE:
            making.leave("index", f"{table.name}.{index.name}", "the decisions leave it out", _shown(index))
        elif said is not None:
            found.append(str(said).rstrip(";"))
        else:
            try:
                found.append(_index(making, table, index, parted=parted))
            except NotCarried as error:
                making.leave("index", f"{table.name}.{index.name}", str(error), _shown(index))
    return found


def _index(making: Making, table: Table, index: IndexDefinition, *, parted: bool) -> str:
    if index.kind in {"FULLTEXT", "SPATIAL"}:
        like = "a GIN index over to_tsvector()" if index.kind == "FULLTEXT" else "PostGIS"
        raise NotCarried(f"{index.kind} has no twin; what comes near is {like}")
    columns = [part.column for part in index.parts if part.column]
    plain = len(columns) == len(index.parts) and all(part.length is None for part in index.parts)
    lower = _lowered(making, table, index) if index.unique else set()
    parts = [_part(making, table, index, part, part.column in lower) for part in index.parts]
    named = [column for column in columns if column] if plain else []
    one_to_one = len(named) == 1 and any(key.columns == (named[0],) for key in table.foreign_keys)
    expressed = any(part.startswith("(") for part in parts)
    if index.unique and expressed and parted:
        raise NotCarried("a partitioned table of PostgreSQL takes no unique index over an expression")
    name = quoting.identifier(
        making.names.index(table.name, index.name, named, unique=index.unique, one_to_one=one_to_one)
    )
    listed = ", ".join(parts)
    if index.unique and not expressed and not any(part.falling for part in index.parts):
        return f"ALTER TABLE {making.table_name(table.name)} ADD CONSTRAINT {name} UNIQUE ({listed})"
    return f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {name} ON {making.table_name(table.name)} ({listed})"


def _part(making: Making, table: Table, index: IndexDefinition, part: IndexPart, lowered: bool) -> str:
    order = " DESC" if part.falling else ""
    if part.column is None:
        found = expressions.value(part.expression or "", making.known(table, computed=True), making.vendor)
        if found.doubts and index.unique:
            raise NotCarried("; ".join(sorted(found.doubts)))
        return f"({found.sql}){order}"
    chosen = making.of(table.name, part.column)
    if chosen.kind in _WITHOUT_ORDER:
        raise NotCarried(f"{chosen.type} has no order")
    name = making.column_name(table.name, part.column)
    column = table.column(part.column)
    short = column is not None and column.length is not None and 4 * column.length <= _FITS
    if part.length is not None and (index.unique or not short):
        if chosen.kind not in {"text", "bytes"}:
            raise NotCarried(f"the first {part.length} characters of {chosen.type}")
        cut = (
            f'"left"({name}, {part.length})' if chosen.kind == "text" else f"substr({name}, 1, {part.length})"
        )
        return f"({f'lower({cut})' if lowered else cut}){order}"
    return f"(lower({name})){order}" if lowered else f"{name}{order}"


def _lowered(making: Making, table: Table, index: IndexDefinition) -> set[str | None]:
    """The columns of a unique key that enter it in lower case; what the key means otherwise is told."""
    names = [part.column for part in index.parts if part.column]
    folded = {
        name
        for name in names
        for column in [table.column(name)]
        if column is not None
        and making.of(table.name, name).kind == "text"
        and making.of(table.name, name).type != "citext"
        and CASE in doubts_of(column.collation)
    }
    if not folded:
        return set()
    referred = any(
        key.ref_table == table.name and set(key.ref_columns) == set(names)
        for other in making.tables
        for key in other.foreign_keys
    )
    if making.decisions.chosen("case") == "lower" and not referred:
        return set(folded)
    why = "it is unique by bytes here: the source calls equal what differs in case or accents alone"
    making.leave("unique key", f"{table.name}.{index.name}", why, _shown(index))
    return set()


def _shown(index: IndexDefinition) -> str:
    """As the source would say it."""
    parts = [
        f"({part.expression})"
        if part.column is None
        else f"{part.column}{f'({part.length})' if part.length else ''}"
        for part in index.parts
    ]
    kind = "UNIQUE " if index.unique else f"{index.kind} " if index.kind in {"FULLTEXT", "SPATIAL"} else ""
    return f"{kind}KEY {index.name} ({', '.join(parts)})"


# --- foreign keys -------------------------------------------------------------------------------------


def foreign_keys(making: Making, table: Table) -> list[str]:
    """Statements that add them, when all tables and unique keys are there."""
    found = []
    for key in table.foreign_keys:
        try:
            found.append(_foreign_key(making, table, key))
        except NotCarried as error:
            shown = f"FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {key.ref_table} ({', '.join(key.ref_columns)})"
            making.leave("foreign key", f"{table.name}.{key.name}", str(error), shown)
    return found


def _foreign_key(making: Making, table: Table, key: ForeignKey) -> str:
    other = making.database.tables.get(key.ref_table)
    if other is None or other.name in making.decisions.leave_tables:
        raise NotCarried(f"the table {key.ref_table} is not made here")
    if not _is_unique(making, other, key.ref_columns):
        raise NotCarried(
            f"no unique key of {key.ref_table} holds exactly {', '.join(key.ref_columns)}, which PostgreSQL asks for"
        )
    name = making.names.foreign_key(table.name, key.name, key.columns)
    update, delete = making.definitions.actions.get((table.name, key.name), ("NO ACTION", "NO ACTION"))
    actions = "".join(
        f" {when} {action}"
        for when, action in (("ON DELETE", delete), ("ON UPDATE", update))
        if action not in _SAME
    )
    return (
        f"ALTER TABLE {making.table_name(table.name)} ADD CONSTRAINT {quoting.identifier(name)} "
        f"FOREIGN KEY ({making.listed(table.name, key.columns)}) "
        f"REFERENCES {making.table_name(other.name)} ({making.listed(other.name, key.ref_columns)}){actions}"
    )


def _is_unique(making: Making, table: Table, columns: t.Sequence[str]) -> bool:
    return any(
        index.unique
        and all(part.column and part.length is None for part in index.parts)
        and {str(part.column).lower() for part in index.parts} == {name.lower() for name in columns}
        and making.decisions.said("indexes", table.name, index.name) != LEAVE
        for index in making.definitions.indexes.get(table.name, ())
    )


__all__ = ("foreign_keys", "indexes", "primary")
