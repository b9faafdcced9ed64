# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the rows of the source say about types: whether a column that could be a UUID, a boolean or a time is one.

One query a table. What would not fit the natural type decides for one that holds every value, and is written into the
decisions with the number of such rows.
"""

from __future__ import annotations

import typing as t

from .._mysql import quoting
from .._mysql.connection import query
from .types import may_be_boolean, may_be_uuid

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._catalog import Column, Database, Table
    from .decisions import Decisions

_UUID: t.Final = "'^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'"
_CLASSES: t.Final = {"zero": "zero_date", "label": "not_a_label"}
_DATES: t.Final = {"date", "datetime", "timestamp"}

Place = tuple[str, str]
"""Table and column of the source."""


class Question(t.NamedTuple):
    """What is asked of one column."""

    column: Column
    what: str
    """`uuid`, `boolean`, `time`, `zero` (the date 0000-00-00) or `label` (the ENUM's value of no member)."""
    condition: str
    """True of a row whose value does not fit."""


def ask(connection: Connection, database: Database, decisions: Decisions) -> dict[Place, str]:
    """Put into `decisions` what the values decide, and nobody has said.

    Gives the columns with values that can only become NULL, each with their class.
    """
    losing: dict[Place, str] = {}
    for table in database.tables.values():
        if table.name in decisions.leave_tables:
            continue
        questions = list(questions_of(table, decisions))
        if not questions:
            continue
        sums = ", ".join(f"COALESCE(SUM({one.condition}), 0)" for one in questions)
        row = query(connection, f"SELECT {sums} FROM {quoting.qualified(database.name, table.name)}")[0]
        for question, count in zip(questions, row, strict=True):
            if int(count):
                _decide(decisions, table, question, int(count))
                if question.what in _CLASSES:
                    losing[table.name, question.column.name] = _CLASSES[question.what]
    return losing


def questions_of(table: Table, decisions: Decisions) -> t.Iterator[Question]:
    """All that the natural types of a table take for granted."""
    for column in table.columns:
        name = quoting.identifier(column.name)
        if may_be_uuid(column, decisions) and column.family == "char":
            text = f"CONVERT({name} USING utf8mb4) COLLATE utf8mb4_bin"
            yield Question(column, "uuid", f"{text} NOT REGEXP {_UUID}")
        elif may_be_boolean(column, decisions):
            yield Question(column, "boolean", f"{name} NOT IN (0, 1)")
        elif column.family == "time":
            yield Question(column, "time", f"({name} < '00:00:00' OR {name} >= '24:00:00')")
        elif column.family in _DATES:
            yield Question(
                column, "zero", f"(YEAR({name}) = 0 AND MONTH({name}) = 0 AND DAYOFMONTH({name}) = 0)"
            )
        elif column.family == "enum":
            yield Question(column, "label", f"{name} + 0 = 0")


def _decide(decisions: Decisions, table: Table, question: Question, count: int) -> None:
    column = question.column
    rows = f"{count} row{'s' if count > 1 else ''}"
    if question.what == "uuid":
        why = f"{rows} with something else than a UUID"
        decisions.put("types", table.name, column.name, f"varchar({column.length})", why)
    elif question.what == "boolean":
        why = f"{rows} with another number than 0 and 1"
        decisions.put("types", table.name, column.name, "smallint", why)
    elif question.what == "time":
        why = f"{rows} with a span that is no time of day"
        decisions.put("types", table.name, column.name, "interval", why)
    elif not column.nullable:
        what = "the date 0000-00-00" if question.what == "zero" else "the ENUM's value of no member"
        why = f"{rows} with {what}, which can only become NULL"
        decisions.put("nullable", table.name, column.name, True, why)


__all__ = ("Place", "Question", "ask", "questions_of")
