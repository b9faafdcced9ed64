# SPDX-License-Identifier: GPL-3.0-or-later
"""Every character set of each server, with bytes that are characters of it and bytes that are none.

A value arrives as the characters it is, or is a misfit with its key; a substitute never arrives. The bytes are put into
the place of a text table's file, since no statement lets all of them in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server
from tests.types import bytes_of_sets, generated
from tests.types.bytes_of_sets import NoOpinionError
from tests.types.case import BOTH
from tests.types.charset_files import store
from tests.types.drivers import source_rows, source_session, target_rows, target_session

pytestmark = pytest.mark.fault("A6")

_RANDOM = 200
_ROUTES = ("rows", "columns")
_NULLS = dict.fromkeys(("invalid_bytes", "broken_characters", "nul_character"), "null")
_KEPT: dict[str, Any] = {**_NULLS, "double_encoded": "keep"}


@dataclass
class Sets:
    """All character sets of one family after two runs whose rules make every misfit NULL."""

    source: Server
    target: Server
    values: dict[str, dict[int, bytes]]
    runs: dict[str, Migration]

    def arrived(self, charset: str, route: str) -> dict[int, str | None]:
        with target_session(self.target, self.runs[route].moves[0].target) as connection:
            rows = target_rows(connection, f"SELECT id, v FROM set_{charset} ORDER BY id")
        return {int(row[0] or b""): None if row[1] is None else row[1].decode() for row in rows}

    def misfits(self, charset: str, route: str) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for entry in self.runs[route].alterations():
            if entry["table"] == f"set_{charset}":
                found.setdefault(int(entry["key"]["id"]), set()).add(entry["class"])
        return found


_ALL_SETS = (
    *(
        "armscii8",
        "ascii",
        "big5",
        "cp1250",
        "cp1251",
        "cp1256",
        "cp1257",
        "cp850",
        "cp852",
        "cp866",
        "cp932",
        "dec8",
    ),
    *(
        "eucjpms",
        "euckr",
        "gb18030",
        "gb2312",
        "gbk",
        "geostd8",
        "greek",
        "hebrew",
        "hp8",
        "keybcs2",
        "koi8r",
        "koi8u",
    ),
    *("latin1", "latin2", "latin5", "latin7", "macce", "macroman", "sjis", "swe7", "tis620", "ucs2", "ujis"),
    *("utf16", "utf16le", "utf32", "utf8mb3", "utf8mb4"),
)


def of_family(family: str) -> list[str]:
    """MariaDB has no gb18030."""
    return [name for name in _ALL_SETS if family == "mysql" or name != "gb18030"]


def _build(source: Server, target: Server, folder: Path) -> Sets:
    print(f"CONVERGENCE_SEED={generated.SEED}")
    database = places.new_source(source, "sets")
    values = {
        charset: dict(enumerate(bytes_of_sets.samples(charset, _RANDOM), 1))
        for charset in of_family(source.kind)
    }
    declared = {f"set_{charset}": (f"TEXT CHARACTER SET {charset}", held) for charset, held in values.items()}
    store(source, database, declared)
    template = places.new_target(target, "sets")
    with target_session(target, template) as connection:
        for table in declared:
            connection.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, v text)".encode())
    runs = {}
    for route, packet in zip(_ROUTES, (1 << 26, 65536), strict=True):
        move = Move("sets", database, places.new_target(target, f"sets_{route}", template), "sets")
        rules = {"columns": [{"column": "v", "policies": _KEPT}]}
        runs[route] = Migration(source, target, folder / route, [move], {"sets": rules})
        places.ask(source, None, f"SET GLOBAL max_allowed_packet = {packet}")
        try:
            assert runs[route].all().report["verdict"] == "equal"
        finally:
            places.ask(source, None, f"SET GLOBAL max_allowed_packet = {1 << 26}")
    return Sets(source, target, values, runs)


@pytest.fixture(scope="session")
def sets_mariadb(mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return _build(mariadb, postgresql, tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="session")
def sets_mysql(mysql: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return _build(mysql, postgresql, tmp_path_factory.mktemp("sets"))


_EVERY = [(family, name) for family in BOTH for name in of_family(family)]


@pytest.mark.parametrize(("family", "charset"), _EVERY)
def test_every_value_is_exact_or_a_misfit_and_never_a_substitute(
    request: pytest.FixtureRequest, family: str, charset: str
) -> None:
    sets: Sets = request.getfixturevalue(f"sets_{family}")
    for route in _ROUTES:
        arrived, misfits = sets.arrived(charset, route), sets.misfits(charset, route)
        assert set(arrived) == set(sets.values[charset])
        wrong = [
            (route, value.hex(), arrived[number], fault)
            for number, value in sets.values[charset].items()
            if (fault := _fault(charset, value, arrived[number], misfits.get(number, set())))
        ]
        assert wrong == []


def _fault(charset: str, value: bytes, text: str | None, misfits: set[str]) -> str | None:
    if (text is None) != bool(misfits & set(_NULLS)):
        return f"NULL without its entry in the list, or the reverse: {misfits}"
    if misfits - set(_KEPT):
        return f"misfits of {misfits}"
    try:
        wanted = bytes_of_sets.opinion(charset, value)
    except NoOpinionError:
        return "a substitute" if text is not None and _substituted(charset, value, text) else None
    if wanted is not None and "\0" in wanted:
        return None if misfits == {"nul_character"} else f"NUL is {misfits}"
    return None if text == wanted else f"Python has {wanted!r}"


def _substituted(charset: str, value: bytes, text: str) -> bool:
    """A question mark that was none, or U+FFFD."""
    return text.count("?") != value.count(b"?") or "\ufffd" in text


@pytest.mark.parametrize("family", BOTH)
def test_the_list_of_character_sets_is_the_servers_own(request: pytest.FixtureRequest, family: str) -> None:
    with source_session(request.getfixturevalue(family)) as connection:
        names = {(row[0] or b"").decode() for row in source_rows(connection, "SHOW CHARACTER SET")}
    assert names - {"binary"} == set(of_family(family))
