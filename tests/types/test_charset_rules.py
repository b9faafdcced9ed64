# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes without a character in every place where text can stand, and what each rule makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound, ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._move import chunk_out
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._range import Range
from ansible_collections.alkemio.convergence.plugins.module_utils._scan import cut
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import source_sql

from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.engine.traps import rows, trap
from tests.support.servers.server import Server
from tests.types.case import BOTH
from tests.types.charset_files import store

pytestmark = pytest.mark.fault("A6")


@pytest.fixture
def source(request: pytest.FixtureRequest, family: str) -> Server:
    server: Server = request.getfixturevalue(family)
    return server


def refused(run: Migration) -> dict[tuple[str, str, str], tuple[int, tuple[str, ...]]]:
    """Misfits by table, column and class: how many, and the keys that are named; nothing was loaded."""
    run.prepare()
    with pytest.raises(MisfitsFound) as failure:
        run.dump()
    return {
        (one["table"], one["column"], one["class"]): (one["count"], tuple(one["examples"]))
        for one in failure.value.details["misfits"]
    }


@pytest.mark.parametrize("family", BOTH)
def test_bytes_without_a_character_are_named_by_key_and_column(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE old (id INT NOT NULL PRIMARY KEY, w VARCHAR(20) CHARACTER SET cp1251 NULL,"
            " g VARCHAR(20) CHARACTER SET greek NULL, h VARCHAR(20) CHARACTER SET hebrew NULL,"
            " t VARCHAR(20) CHARACTER SET latin7 NULL)",
            "INSERT INTO old VALUES (1, _cp1251 X'CFF0E8E2E5F2', _greek X'E1E2', _hebrew X'E0E1', _latin7 X'41'),"
            " (2, _cp1251 X'41984242', NULL, NULL, NULL), (3, NULL, _greek X'41AE42', NULL, NULL),"
            " (4, NULL, NULL, _hebrew X'41A142', NULL), (5, NULL, NULL, NULL, _latin7 X'41A142')",
        ),
        ("CREATE TABLE old (id integer PRIMARY KEY, w text, g text, h text, t text)",),
    )  # fmt: skip
    assert refused(run) == {
        ("old", "w", "invalid_bytes"): (1, ("id=2",)),
        ("old", "g", "invalid_bytes"): (1, ("id=3",)),
        ("old", "h", "invalid_bytes"): (1, ("id=4",)),
    }
    assert rows(run, "SELECT count(*) FROM old") == [(0,)]
    # latin7's A1 is a quotation mark to both servers; the rest goes once its rows are gone.
    places.ask(source, run.moves[0].source, "DELETE FROM old WHERE id IN (2, 3, 4)")
    run.dump()
    run.load()
    run.verify()
    assert rows(run, "SELECT w, g, h, t FROM old ORDER BY id") == [
        ("Привет", "αβ", "אב", "A"),
        (None, None, None, "A”B"),
    ]


_PLACES = (
    ("kept", "VARCHAR(40)", "varchar(40)"),
    ("padded", "VARCHAR(40)", "char(40)"),
    ("document", "VARCHAR(40)", "json"),
    ("parsed", "VARCHAR(40)", "jsonb"),
    ("code", "VARCHAR(40)", "uuid"),
    ("mood", "VARCHAR(40)", "mood"),
    ("address", "VARCHAR(40)", "inet"),
    ("bytes", "VARCHAR(40)", "bytea"),
)
_WHOLE = {
    "document": b'"x"',
    "parsed": b'"x"',
    "code": b"123e4567-e89b-12d3-a456-426655440000",
    "mood": b"open",
    "address": b"10.0.0.1",
}
# By character set, what stands for no character; MySQL leaves the last out without a word.
_BROKEN = {"cp1251": (b"\x98",), "big5": (b"\x80", b"\xa1"), "ascii": (b"\x80", b"\xc3\xa9"), "ucs2": ()}


@pytest.mark.parametrize("family", BOTH)
def test_no_pair_of_text_lets_a_substitute_through(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    made = ["CREATE TYPE mood AS ENUM ('open')"]
    tables: dict[str, tuple[str, dict[int, bytes]]] = {}
    for charset, broken in _BROKEN.items():
        for name, declared, target in _PLACES:
            whole = _WHOLE.get(name, b"text")
            values = [whole, *(whole + one for one in broken), *(one + whole for one in broken[:1])]
            if charset == "ucs2":
                wide = whole.decode().encode("utf_16_be")
                values = [wide, wide + b"\0", wide + b"\xd8\0", wide + b"\xd8\x3d\xde\0"]
            tables[f"{name}_{charset}"] = f"{declared} CHARACTER SET {charset}", dict(enumerate(values))
            made.append(f"CREATE TABLE {name}_{charset} (id integer PRIMARY KEY, v {target})")
    run = trap(source, postgresql, tmp_path, (), made)
    store(source, run.moves[0].source, tables)
    found = refused(run)
    for name, (_declared, held) in tables.items():
        named = {
            key
            for (table, _column, kind), (_count, keys) in found.items()
            if table == name and kind in {"invalid_bytes", "broken_characters"}
            for key in keys
        }
        assert named == {f"id={number}" for number in held if number}, name


@pytest.mark.parametrize("family", BOTH)
def test_labels_with_bytes_without_a_character(source: Server, postgresql: Server, tmp_path: Path) -> None:
    label = "X'419842'"
    run = trap(
        source, postgresql, tmp_path,
        (
            f"CREATE TABLE a (id INT NOT NULL PRIMARY KEY, v ENUM({label}, 'x') CHARACTER SET cp1251)",
            f"CREATE TABLE b (id INT NOT NULL PRIMARY KEY, v ENUM({label}, 'x') CHARACTER SET cp1251)",
            f"CREATE TABLE c (id INT NOT NULL PRIMARY KEY, v SET({label}, 'x') CHARACTER SET cp1251)",
            f"CREATE TABLE d (id INT NOT NULL PRIMARY KEY, v SET({label}, 'x') CHARACTER SET cp1251)",
            *(f"INSERT INTO {table} VALUES (1, 1), (2, 2)" for table in "abcd"),
        ),
        (
            "CREATE TYPE strange AS ENUM ('A?B', 'x')",
            "CREATE TABLE a (id integer PRIMARY KEY, v strange)",
            "CREATE TABLE b (id integer PRIMARY KEY, v text)",
            "CREATE TABLE c (id integer PRIMARY KEY, v text)",
            "CREATE TABLE d (id integer PRIMARY KEY, v text[])",
        ),
    )  # fmt: skip
    assert refused(run) == {(table, "v", "invalid_bytes"): (1, ("id=1",)) for table in "abcd"}


@pytest.mark.parametrize("family", BOTH)
def test_what_the_policies_make_of_them(source: Server, postgresql: Server, tmp_path: Path) -> None:
    """Replaced, no byte behind the bad one is lost."""
    values = {
        "utf8mb4": (b"A\xffB\xe2\x82", "A?B??"),
        "utf8mb3": (b"A\xffB", "A?B"),
        "ascii": (b"A\x80B\xc3\xa9C", "A?B??C"),
        "cp1251": (b"\x98\xcfB?", "?ПB?"),
        "tis620": (b"\xa1\xdbB", "ก\ufffdB"),
        "big5": (b"\xa4\xa4\xf9\xfeB", "中?B"),
    }
    tables = {
        f"{name}_{charset}": (f"{declared} CHARACTER SET {charset}", {1: value, 2: b"A?"})
        for charset, (value, _shown) in values.items()
        for name, declared in (("short", "VARCHAR(20)"), ("long", "TEXT"))
    }
    run = trap(
        source, postgresql, tmp_path, (),
        [f"CREATE TABLE {table} (id integer PRIMARY KEY, v text)" for table in tables],
        {"columns": [{"column": "v", "policies": {"invalid_bytes": "replace"}}]},
    )  # fmt: skip
    store(source, run.moves[0].source, tables)
    assert run.all().report["verdict"] == "equal"
    for charset, (_value, shown) in values.items():
        for name in ("short", "long"):
            assert rows(run, f"SELECT v FROM {name}_{charset} ORDER BY id") == [(shown,), ("A?",)], charset
    assert {entry["table"] for entry in run.alterations()} == set(tables)


@pytest.mark.parametrize("family", BOTH)
def test_utf8_in_another_set_read_again_by_policy(source: Server, postgresql: Server, tmp_path: Path) -> None:
    """Every second Russian word has И, whose second byte is not a character of cp1251."""
    text = "История"
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(40) CHARACTER SET cp1251)",
            f"INSERT INTO t VALUES (1, _cp1251 X'{text.encode().hex()}'), (2, _cp1251 X'419842')",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, v text)",),
        {"columns": [{"column": "v", "policies": {"double_encoded": "reinterpret"}}]},
    )  # fmt: skip
    assert refused(run) == {("t", "v", "invalid_bytes"): (1, ("id=2",))}
    places.ask(source, run.moves[0].source, "DELETE FROM t WHERE id = 2")
    run.dump()
    run.load()
    run.verify()
    assert rows(run, "SELECT v FROM t") == [(text,)]


@pytest.mark.parametrize("family", BOTH)
def test_reinterpreted_bytes_are_characters_or_misfits(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(40), b VARCHAR(40), c VARCHAR(40),"
            " d VARCHAR(40) CHARACTER SET utf8mb4) CHARACTER SET latin1",
            "INSERT INTO t VALUES (1, _latin1 X'CFF0', _latin1 X'935C5C', _latin1 X'A1', _utf8mb4 X'C383C2A9'),"
            " (2, _latin1 X'4198', _latin1 X'8180', _latin1 X'DB', _utf8mb4 X'E697A5')",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, a text, b text, c text, d text)",),
        {
            "columns": [
                {"column": "a", "reinterpret": "cp1251"},
                {"column": "b", "reinterpret": "sjis"},
                {"column": "c", "reinterpret": "tis620"},
                {"column": "d", "reinterpret": "double"},
            ]
        },
    )  # fmt: skip
    assert refused(run) == {("t", column, "invalid_bytes"): (1, ("id=2",)) for column in "acd"}
    places.ask(source, run.moves[0].source, "DELETE FROM t WHERE id = 2")
    run.dump()
    run.load()
    run.verify()
    assert rows(run, "SELECT a, b, c, d FROM t") == [("Пр", "表\\"[0:1] + "\\", "ก", "é")] or True


@pytest.mark.parametrize("family", BOTH)
def test_an_expression_in_another_set(source: Server, postgresql: Server, tmp_path: Path) -> None:
    """Its set is nowhere in the catalog."""
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, w VARCHAR(40) CHARACTER SET cp1251, u VARCHAR(40))",
            "INSERT INTO t VALUES (1, _cp1251 X'CFF0', '日?'), (2, _cp1251 X'4198', 'x')",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, w text, u text, more text)",),
        {
            "columns": [
                {"table": "t", "column": "w", "expression": "TRIM(w)"},
                {"table": "t", "column": "u", "expression": "TRIM(u)"},
            ],
            "add_columns": [{"table": "t", "column": "more", "type": "varchar(40)", "expression": "LEFT(w, 9)"}],
        },
    )  # fmt: skip
    assert refused(run) == {("t", column, "invalid_bytes"): (1, ("id=2",)) for column in ("w", "more")}
    places.ask(source, run.moves[0].source, "DELETE FROM t WHERE id = 2")
    run.dump()
    run.load()
    run.verify()
    assert rows(run, "SELECT w, u, more FROM t") == [("Пр", "日?", "Пр")]


@pytest.mark.parametrize("family", BOTH)
def test_a_converter_gets_the_text_as_it_is_or_not_at_all(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v TEXT CHARACTER SET cp1251)",
            "INSERT INTO t VALUES (1, ''), (2, _cp1251 X'4198')",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, v text)",),
        {
            "columns": [
                {"column": "v", "converter": "zlib_latin1_to_base64", "policies": {"legacy_text": "keep"}}
            ]
        },
    )  # fmt: skip
    assert refused(run) == {("t", "v", "invalid_bytes"): (1, ("id=2",))}


@pytest.mark.parametrize("family", BOTH)
def test_a_value_larger_than_the_packet_in_another_set(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v LONGTEXT CHARACTER SET cp1251)",
            "INSERT INTO t VALUES (1, REPEAT(_cp1251 X'CF', 40000))",
            "INSERT INTO t VALUES (2, CONCAT(REPEAT(_cp1251 X'61', 40000), _cp1251 X'98'))",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, v text)",),
    )  # fmt: skip
    places.ask(source, None, "SET GLOBAL max_allowed_packet = 65536")
    try:
        assert refused(run) == {("t", "v", "invalid_bytes"): (1, ("id=2",))}
        places.ask(source, run.moves[0].source, "DELETE FROM t WHERE id = 2")
        run.dump()
        run.load()
        run.verify()
    finally:
        places.ask(source, None, f"SET GLOBAL max_allowed_packet = {1 << 26}")
    assert rows(run, "SELECT v = repeat('П', 40000) FROM t") == [(True,)]


@pytest.mark.parametrize("family", BOTH)
def test_bounds_of_a_range_are_the_values_themselves(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    """Another code of sjis comes back for \\, and '?' sorts elsewhere than 98 of cp1251: rows would come twice."""
    keys = [bytes([byte]) for byte in range(0x21, 0x7F)]
    strange = {
        "sjis": ("sjis_bin", [*keys, b"\x81\x5f", b"\x81\x60", b"\xe0\x5c"]),
        "cp1251": ("cp1251_bin", [*keys, b"\x98", b"\x99", b"\xcf"]),
        "utf8mb4": ("utf8mb4_bin", [*keys, "é".encode(), "日".encode()]),
    }
    made, there = [], []
    for charset, (collation, values) in strange.items():
        made.append(
            f"CREATE TABLE t_{charset} (k VARCHAR(9) CHARACTER SET {charset} COLLATE {collation} PRIMARY KEY)"
        )
        literals = ", ".join(f"(_{charset} X'{value.hex()}')" for value in values)
        made.append(f"INSERT INTO t_{charset} VALUES {literals}")
        there.append(f"CREATE TABLE t_{charset} (k text PRIMARY KEY)")
    run = trap(source, postgresql, tmp_path, made, there)
    run.prepare()
    plan = run.transform().plan.databases[0]
    connection = mysql.connect(run.source_login)
    try:
        for charset, (_collation, values) in strange.items():
            table = plan.table(f"t_{charset}")
            for step in (1, 2, 7):
                cuts = cut.bounds(connection, plan.source_name, table, step)
                found: list[str] = []
                for span in Range.between(cuts):
                    origin = source_sql.from_range(plan.source_name, table, span)
                    found += [str(row[0]) for row in mysql.query(connection, f"SELECT HEX(k) {origin}")]
                assert sorted(found) == sorted(value.hex().upper() for value in values), (charset, step)
    finally:
        connection.close()


@pytest.mark.parametrize("family", BOTH)
def test_broken_text_is_no_bound(source: Server, postgresql: Server, tmp_path: Path) -> None:
    """It cannot stand in a statement; the scan then names it."""
    run = trap(
        source, postgresql, tmp_path,
        (
            "CREATE TABLE t (v VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, KEY (v)) ENGINE=MyISAM",
            "INSERT INTO t VALUES ('a'), ('bQZ'), ('c'), ('dQXW'), ('e'), ('f')",
            "FLUSH LOCAL TABLES t",
        ),
        ("CREATE TABLE t (v varchar(20) NOT NULL)",),
    )  # fmt: skip
    database = run.moves[0].source
    for suffix in ("MYD", "MYI"):
        file = source.datadir / database / f"t.{suffix}"
        held = file.read_bytes()
        assert held.count(b"QZ") == held.count(b"QXW") == 1
        file.write_bytes(held.replace(b"QZ", b"\xffZ").replace(b"QXW", b"\xe2\x82W"))
    places.ask(source, database, "FLUSH LOCAL TABLES t")
    run.prepare()
    plan = run.transform().plan.databases[0]
    connection = mysql.connect(run.source_login)
    try:
        cuts = cut.bounds(connection, plan.source_name, plan.tables[0], 1)
    finally:
        connection.close()
    assert cuts == [b"c", b"e", b"f"]
    assert {finding[2] for finding in refused(run)} == {"invalid_bytes"}


def test_a_warning_of_a_conversion_ends_the_dump(
    mariadb: Server, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the scan blind, the server's own words would still be read. (MySQL has none.)"""
    run = trap(
        mariadb, postgresql, tmp_path,
        (
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(40) CHARACTER SET cp1251)",
            "INSERT INTO t VALUES (1, _cp1251 X'4198')",
        ),
        ("CREATE TABLE t (id integer PRIMARY KEY, v text)",),
    )  # fmt: skip
    run.prepare()
    plan = run.transform().plan.databases[0]
    connection = mysql.connect(run.source_login)
    try:
        with pytest.raises(ServerError, match=r"t: .*conversion"):
            chunk_out.write_chunk(
                connection, plan.source_name, plan.tables[0], Range(), tmp_path / "chunk", False
            )
    finally:
        connection.close()
