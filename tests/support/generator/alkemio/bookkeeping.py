# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that are not data: TypeORM's own two, and two that older versions left behind.

A migration skips the first two (the target has its own) and reports the other two.
"""

from __future__ import annotations

from tests.support.generator.catalogs import Column, Constraint, Index, Table
from tests.support.generator.json_text import mysql_json
from tests.support.generator.words import words

from .platform import Part

LAST_MIGRATION = (1764337568772, "RemoveSsi1764337568772")
_KNOWN_MIGRATIONS = (
    (1730713372181, "SchemaSetup1730713372181"),
    (1730906666882, "InitialData1730906666882"),
    (1731500015640, "LicenseEntitlements1731500015640"),
    (1734636338402, "UserOrgSettings1734636338402"),
    (1753440983293, "MemosEntity1753440983293"),
)
_SUBJECTS = words("Space Callout Profile License Tagset Room Whiteboard Template Notification Account")


def leftover_tables() -> dict[str, Table]:
    """The tables that no target has."""
    key = Constraint("PRIMARY", "PRIMARY KEY", ("id",), "")
    tables = {}
    for name in ("challenge", "opportunity"):
        columns = [
            Column("id", "char(36)", False, None),
            Column("nameID", "varchar(36)", False, None),
            Column("displayName", "varchar(255)", True, None),
            Column("rowId", "int", False, None),
        ]
        indexes = [Index("PRIMARY", ("id",), True), Index(f"IDX_{name}_rowId", ("rowId",), True)]
        tables[name] = Table(name, columns, indexes, [key])
    return tables


def add_bookkeeping(part: Part) -> None:
    """The rows of all four."""
    for number, (stamp, name) in enumerate(_migrations(part), start=1):
        part.sink.add("migrations_typeorm", {"id": number, "timestamp": stamp, "name": name})
    for number in range(5):
        part.sink.add("query-result-cache", _cached_query(part, number + 1))
    for table in leftover_tables():
        for number in range(3):
            values = {"id": part.dice.uuid(), "nameID": f"{table}-{number}", "rowId": number + 1}
            part.sink.add(table, {**values, "displayName": part.dice.pick(part.texts.titles)})


def _migrations(part: Part) -> list[tuple[int, str]]:
    """A real database descends from older chains and has recorded more than the last chain's 97."""
    dice = part.dice
    stamps = {dice.between(1705618345186, 1764000000000) for _ in range(98)}
    known = [(stamp, f"{dice.pick(_SUBJECTS)}Migration{stamp}") for stamp in stamps]
    return [*sorted([*known, *_KNOWN_MIGRATIONS]), LAST_MIGRATION]


def _cached_query(part: Part, number: int) -> dict[str, object]:
    return {
        "id": number,
        "identifier": None if number % 2 else f"query-{number}",
        "time": 1764000000000 + number,
        "duration": 30000,
        "query": "SELECT `User`.`id` AS `User_id` FROM `user` `User` WHERE `nameID` = 'it''s' -- PARAMETERS",
        "result": mysql_json([{"User_id": part.anyone().user_id}]),
    }
