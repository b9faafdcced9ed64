# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a column holds comes out of the dump as it went in, by the drivers' own account."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pymysql
import pytest
from pymysql.converters import encoders

from tests.copies.conftest import Copy
from tests.support.engine import places
from tests.support.playbooks import programs

TEXTS = [
    "",
    ";\n",
    "it ends;\r\n-- and goes on;\n/* no comment */;\nDELIMITER ;;\n",
    "\\",
    "\\'",
    "quotes ' \" ` and '' \\\" \\\\'",
    "NUL \0 tab \t bell \a escape \x1b sub \x1a",
    "four bytes \U0001f600 \U00010348, composed e\u0301, no-break\u00a0blank, line\u2028separator",
    "-- Dump completed\n",
    "USE `elsewhere`;\n",
    "trailing blanks   ",
    "x" * 70_000 + ";\n" + "'" * 1000,
]
BYTES = [
    b"",
    b";\n",
    b"\0",
    b"'\\\"\r\n\x1a",
    bytes(range(256)),
    b"\xff\xfe;\n\xc3",
    b"\n--\n#\nUSE `x`;\n",
    b"%s",
]
TABLE = (
    "CREATE TABLE `odd ``table;` ("
    "id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, words longtext CHARACTER SET utf8mb4,"
    " line varchar(200) CHARACTER SET utf8mb4 COMMENT 'a;\nb \\'c\\'', bytes longblob, fixed binary(5),"
    " old varchar(200) CHARACTER SET latin1, number double, exact decimal(65,30), bits bit(20),"
    " label enum('a;','b\\'','ü'), labels set('x','y'), day date, moment datetime(6), stamp timestamp(6) NULL,"
    " span time(6), doc json, flag tinyint(1) DEFAULT 1, made int GENERATED ALWAYS AS (CHAR_LENGTH(line)) STORED)"
)


def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"words": text, "line": text[:150]} for text in TEXTS]
    found += [{"bytes": value, "fixed": value[:5]} for value in BYTES]
    found += [{"old": text} for text in ("café", "€ “quoted” ™", "\\';\n")]
    found += [{"number": value} for value in (0.1, 1.7976931348623157e308, 2.2250738585072014e-308, 1 / 3)]
    found += [{"exact": "-" + "9" * 35 + "." + "9" * 30, "bits": 0b1010_0000_0000_0011_1011}]
    found += [{"label": "ü", "labels": "x,y"}, {"label": "b'", "labels": ""}, {"label": 0}]
    found += [{"day": day, "moment": f"{day} 00:00:00"} for day in ("0000-00-00", "2024-02-31", "2020-00-00")]
    found += [
        {"stamp": "1970-01-01 00:00:01.000001", "span": "-838:59:59"},
        {"doc": '{"a": "x;\\n\\u0001 😀"}'},
    ]
    return [{"id": number, **row} for number, row in enumerate(found)]


@contextlib.contextmanager
def raw(**login: Any) -> Any:
    """A session in UTC that gives values as the server sent them."""
    connection = pymysql.connect(charset="utf8mb4", autocommit=True, conv=encoders, **login)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "SET SESSION time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'"
        )
        yield cursor


def everything(cursor: Any) -> list[tuple[Any, ...]]:
    cursor.execute("SELECT *, HEX(words), HEX(line), HEX(old), label + 0 FROM `odd ``table;` ORDER BY id")
    return list(cursor.fetchall())


def origin(copy: Copy, database: str) -> dict[str, Any]:
    server = copy.origin
    login = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
    return {**login, "database": database}


@pytest.fixture(scope="module")
def source(copy: Copy) -> Any:
    """A table with one row per odd value on the server that is dumped."""
    name = places.new_source(copy.origin, "odd")
    with raw(**origin(copy, name)) as cursor:
        cursor.execute(TABLE)
        for row in rows():
            columns = ", ".join(row)
            marks = ", ".join("_binary %s" if isinstance(value, bytes) else "%s" for value in row.values())
            cursor.execute(f"INSERT INTO `odd ``table;` ({columns}) VALUES ({marks})", list(row.values()))
    yield name
    places.drop(copy.origin, name)


@pytest.mark.parametrize(
    "options",
    [
        "",
        "--hex-blob",
        "--skip-extended-insert --complete-insert",
        "--compact",
        "--skip-comments",
        "--default-character-set=utf8mb4 --skip-opt --quick",
        "--replace --single-transaction",
        "--no-autocommit --add-locks",
    ],
)
def test_every_value_arrives_exactly(copy: Copy, source: str, options: str, tmp_path: Path) -> None:
    file = programs.dump(copy.origin, tmp_path / "odd.sql", *options.split(), source)
    outcome = copy.restore(file, "odd")
    assert (outcome.changed, outcome.tables) == (True, 1)
    assert not copy.restore(file, "odd").changed
    with (
        raw(**origin(copy, source)) as there,
        raw(user="root", unix_socket=str(copy.folder / "server.sock"), database="odd") as here,
    ):
        wanted, found = everything(there), everything(here)
    assert len(found) == len(rows())
    for left, right in zip(wanted, found, strict=True):
        assert left == right
