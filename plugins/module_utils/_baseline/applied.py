# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The schema brought into a database: whole or not at all, and only where nothing is.

Where tables are, they are compared with what the same statements make in a schema that is rolled back.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import asdict

from .._errors import ServerError, TargetNotReady
from .._postgresql import catalog, quoting
from .._postgresql.connection import query, transaction

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection

    from .._catalog import Database
    from .._postgresql.connection import Row

_SCRATCH: t.Final = "convergence_baseline"
_SHOWN: t.Final = 5
_OF_THE_PLACE: t.Final = re.compile(r"'\d+'::oid|(?<=function )[0-9a-f]{16}")
"""The table itself in the bound of a partition by hash, and the hash of a trigger's function, whose text names its
schema: what a function does is not compared."""
_HEAD: t.Final = 60


def apply(
    connection: Connection[Row], name: str, schema: str, statements: Sequence[str], *, check: bool
) -> bool:
    """Make the schema of the database `name`; whether anything changes.

    `check`: all is made and rolled back, so that what would fail fails.

    Raises TargetNotReady: it holds other tables; raises ServerError: a statement fails; nothing of them stays.
    """
    there = catalog.read_database(connection, name, schema)
    if there.tables:
        _compare(connection, there, schema, statements)
        return False
    with transaction(connection, undo=check):
        _run(connection, name, schema, statements)
    return True


def _run(
    connection: Connection[Row], name: str, schema: str, statements: Sequence[str], also: Sequence[str] = ()
) -> None:
    path = ", ".join(map(quoting.identifier, [schema, *also]))
    query(connection, f"CREATE SCHEMA IF NOT EXISTS {quoting.identifier(schema)}")
    query(connection, f"SET LOCAL search_path TO {path}, public")
    for statement in statements:
        try:
            query(connection, statement)
        except ServerError as error:
            head = " ".join(statement.split())[:_HEAD]
            raise ServerError(
                f"The schema of {name} cannot be made, and nothing of it was: {error} The statement begins with "
                f"{head!r}. Say otherwise in the decisions, or correct the cause."
            ) from error


def _compare(connection: Connection[Row], there: Database, schema: str, statements: Sequence[str]) -> None:
    """Raises TargetNotReady: the tables that are there are not those of the baseline."""
    with transaction(connection, undo=True):
        _run(connection, there.name, _SCRATCH, statements, [schema])
        made = catalog.read_database(connection, there.name, _SCRATCH)
    found = list(_differences(_plain(there, schema), _plain(made, _SCRATCH)))
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise TargetNotReady(
            f"The database {there.name} has tables in its schema {schema}, and they are not those of the baseline: "
            f"{'; '.join(found[:_SHOWN])}{more}. Nothing was changed. The baseline wants an empty schema: name another "
            "database, or drop what is there if nobody needs it.",
            differences=found,
        )


def _plain(database: Database, schema: str) -> dict[str, t.Any]:
    """Tables as values, with nothing that says in which schema they are."""
    prefix = re.compile(rf'(?<![\w"])"?{re.escape(schema)}"?\.')

    def without(value: t.Any) -> t.Any:
        if isinstance(value, str):
            return _OF_THE_PLACE.sub("", prefix.sub("", value))
        if isinstance(value, dict):
            return {key: without(one) for key, one in value.items()}
        return [without(one) for one in value] if isinstance(value, (list, tuple)) else value

    return {name: without(asdict(table)) for name, table in database.tables.items()}


def _differences(there: dict[str, t.Any], made: dict[str, t.Any]) -> Iterator[str]:
    for name in sorted(there.keys() | made.keys()):
        if name not in made:
            yield f"{name} is in no baseline"
        elif name not in there:
            yield f"{name} is missing"
        elif there[name] != made[name]:
            parts = [key for key in made[name] if made[name][key] != there[name][key]]
            yield f"{name} has other {' and '.join(parts)}"


__all__ = ("apply",)
