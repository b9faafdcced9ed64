# SPDX-License-Identifier: GPL-3.0-or-later
"""Other values of a target type that print like the one that was loaded: the proof tells them apart, or says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import VerifyFailed
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.pairs import BY_NAME, PAIRS

from tests.support.engine.migration import Migration
from tests.support.engine.traps import trap
from tests.support.servers.server import Server
from tests.types.case import BOTH
from tests.types.drivers import target_session

pytestmark = pytest.mark.fault("A12")

_ERAS = ("'2000-01-01 BC'", "'infinity'", "'-infinity'", "'20000-01-01'")
_ENDLESS = ("'NaN'", "'Infinity'", "'-Infinity'")
# By pair: both declarations, the value as the source takes it, and what is put in its place on the target.
FOUND: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "date→date": ("DATE", "date", "'2000-01-01'", _ERAS),
    "datetime→date": ("DATETIME", "date", "'2000-01-01'", _ERAS),
    "date→timestamp": ("DATE", "timestamp", "'2000-01-01'", _ERAS),
    "date→timestamptz": ("DATE", "timestamptz", "'2000-01-01'", _ERAS),
    "datetime→timestamp": ("DATETIME", "timestamp", "'2000-01-01'", _ERAS),
    "datetime→timestamptz": ("DATETIME", "timestamptz", "'2000-01-01'", _ERAS),
    "timestamp→timestamp": ("TIMESTAMP", "timestamp", "'2000-01-01'", _ERAS),
    "timestamp→timestamptz": ("TIMESTAMP", "timestamptz", "'2000-01-01'", _ERAS),
    "time→time": ("TIME", "time", "'24:00:00'", ("'00:00:00'", "'23:59:59.999999'")),
    "time→interval": (
        *("TIME", "interval", "'720:00:00'"),
        (
            *("'30 days'", "'1 month'", "'29 days 24:00:00'", "'1 month -30 days 720:00:00'", "'-720:00:00'"),
            *("'infinity'", "'-infinity'", "'1 year'"),
        ),
    ),
    "integer→numeric": ("INT", "numeric", "7", _ENDLESS),
    "decimal→numeric": ("DECIMAL(9,2)", "numeric", "7.50", (*_ENDLESS, "7.5000001")),
    "float→real": ("FLOAT", "real", "0", (*_ENDLESS, "'-0'", "1e-45")),
    "float→double": ("FLOAT", "float8", "0", (*_ENDLESS, "'-0'", "5e-324")),
    "double→double": ("DOUBLE", "float8", "0", (*_ENDLESS, "'-0'", "5e-324")),
    "double→real": ("DOUBLE", "real", "0", (*_ENDLESS, "'-0'", "1e-45")),
    "bit→bit": ("BIT(2)", "varbit", "b'01'", ("'1'::varbit", "'001'::varbit", "'10'::varbit", "''::varbit")),
    "text→text": ("VARCHAR(20)", "text", "'é'", ("U&'e\\0301'", "'É'", "'é '", "' é'", "'é' || chr(8203)")),
    "text→char": ("VARCHAR(20)", "char(20)", "'a'", ("' a'", "'A'", "'a' || chr(160)")),
    "text→uuid": (
        *("CHAR(36)", "uuid", "'123e4567-e89b-12d3-a456-426655440000'"),
        ("'123e4567-e89b-12d3-a456-426655440001'",),
    ),
    "text→inet": (
        *("VARCHAR(45)", "inet", "'10.0.0.1'"),
        ("'10.0.0.1/24'", "'::ffff:10.0.0.1'", "'::10.0.0.1'", "'10.0.0.1/0'"),
    ),
    "text→json": ("TEXT", "json", "'{}'", ("'{ }'", "'{} '", "'[]'", "'null'")),
    "text→jsonb": (
        *("TEXT", "jsonb", """'{"a": 1, "b": [], "c": null}'"""),
        (
            """'{"a": "1", "b": [], "c": null}'""",
            """'{"a": 1, "b": {}, "c": null}'""",
            """'{"a": 1, "b": []}'""",
            """'{"a": 1, "b": [null], "c": null}'""",
            """'{"a": 1, "b": [], "c": false}'""",
            """'{"a": 1, "b": [], "c": null, "": 0}'""",
        ),
    ),
    "text→bytea": ("VARCHAR(20)", "bytea", "'a'", ("'A'", "'a '", "'\\x6100'", "''")),
    "set→text[]": (
        *("SET('a','b')", "text[]", "'a,b'"),
        (
            *("ARRAY['a,b']", "ARRAY['b','a']", "ARRAY[['a','b']]", "'[0:1]={a,b}'", "ARRAY['a','b',NULL]"),
            *("ARRAY['a','b','']", "ARRAY['a,b','']", "ARRAY['','a,b']", "'{}'", "ARRAY['a','a,b']"),
        ),
    ),
    "double→numeric": (
        "DOUBLE",
        "numeric",
        "0.1e0",
        (*_ENDLESS, "0.10000000000000001", "0.1 + 1e-300", "-0.1", "1e-2"),
    ),
    "float→numeric": ("FLOAT", "numeric", "0.1e0", (*_ENDLESS, "0.10000000149011612", "0.1 + 1e-300", "1")),
    "integer→double": (
        "BIGINT",
        "float8",
        "9007199254740992",
        (*_ENDLESS, "9007199254740994", "9007199254740991"),
    ),
    "decimal→double": ("DECIMAL(9,2)", "float8", "0", (*_ENDLESS, "'-0'", "5e-324")),
    "integer→bit": ("TINYINT", "bit(1)", "1", ("'0'",)),
    "text→boolean": ("VARCHAR(5)", "boolean", "'yes'", ("false",)),
    "enum→boolean": ("ENUM('Y','N')", "boolean", "'N'", ("true",)),
    "binary→inet": (
        *("VARBINARY(16)", "inet", "X'0a000001'"),
        ("'10.0.0.1/24'", "'::ffff:10.0.0.1'", "'::10.0.0.1'", "'10.0.0.1/0'"),
    ),
    "geometry→point": ("POINT", "point", "POINT(0, 1)", ("'(-0,1)'", "'(1,0)'", "'(0,NaN)'", "'(5e-324,1)'")),
    "json→text[]": (
        *("JSON", "text[]", """'["a","b"]'"""),
        (
            *("ARRAY['a,b']", "ARRAY['b','a']", "ARRAY[['a','b']]", "'[0:1]={a,b}'", "ARRAY['a','b',NULL]"),
            *("ARRAY['a','b','']", "ARRAY['a']", "'{}'", "ARRAY['a','B']", "ARRAY['[\"a\"', '\"b\"]']"),
        ),
    ),
    "json→integer[]": (
        "JSON",
        "int[]",
        "'[1,2]'",
        ("'{2,1}'", "'{{1,2}}'", "'[0:1]={1,2}'", "'{1,2,NULL}'", "'{12}'"),
    ),
    "json→numeric[]": (
        "JSON",
        "numeric[]",
        "'[1.5]'",
        ("'{NaN}'", "'{1.5000000001}'", "'{{1.5}}'", "'{15}'"),
    ),
    "json→boolean[]": ("JSON", "boolean[]", "'[true]'", ("'{f}'", "'{t,t}'", "'{NULL}'", "'{{t}}'")),
    "json→uuid[]": (
        *("JSON", "uuid[]", """'["123e4567-e89b-12d3-a456-426655440000"]'"""),
        ("'{123e4567-e89b-12d3-a456-426655440001}'", "'{}'", "'{NULL}'"),
    ),
}
# What the documentation names as one value: each table by the declarations, the value, and its equals.
BLIND: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "decimal→numeric": ("DECIMAL(9,2)", "numeric", "7.50", ("7.5", "7.500")),
    "integer→numeric": ("INT", "numeric", "7", ("7.0",)),
    "double→numeric": ("DOUBLE", "numeric", "0.5e0", ("0.50", "0.500")),
    "float→numeric": ("FLOAT", "numeric", "0.5e0", ("0.50", "0.500")),
    "text→char": ("VARCHAR(20)", "char(20)", "'a'", ("'a   '",)),
    "text→jsonb": ("TEXT", "jsonb", "'[1.5]'", ("'[1.50]'", "'[15e-1]'")),
}
_OTHERS = {"json→jsonb": "text→jsonb", "binary→jsonb": "text→jsonb"}


def _table(name: str) -> str:
    return name.replace("→", "_to_").replace("[]", "_array")


def _loaded(
    source: Server, target: Server, folder: Path, cases: dict[str, tuple[str, str, str, tuple[str, ...]]]
) -> Migration:
    there, here = [], []
    for name, (declared, made, value, changed) in cases.items():
        held = ", ".join(f"({number}, {value})" for number in range(len(changed) + 1))
        there += [
            f"CREATE TABLE {_table(name)} (id INT NOT NULL PRIMARY KEY, v {declared} NOT NULL)",
            f"INSERT INTO {_table(name)} VALUES {held}",
        ]
        here.append(f"CREATE TABLE {_table(name)} (id integer PRIMARY KEY, v {made} NOT NULL)")
    run = trap(source, target, folder, there, here)
    assert run.all().report["verdict"] == "equal"
    with target_session(target, run.moves[0].target) as connection:
        for name, case in cases.items():
            for number, sql in enumerate(case[3], 1):
                connection.execute(f"UPDATE {_table(name)} SET v = {sql} WHERE id = {number}".encode())
    return run


@pytest.mark.parametrize("family", BOTH)
def test_each_look_alike_is_found_by_key(
    request: pytest.FixtureRequest, family: str, postgresql: Server, tmp_path: Path
) -> None:
    run = _loaded(request.getfixturevalue(family), postgresql, tmp_path, FOUND)
    with pytest.raises(VerifyFailed) as failure:
        run.verify()
    seen: dict[str, set[int]] = {}
    for one in failure.value.details["differences"]:
        assert one["columns"] == ["v"]
        seen.setdefault(one["table"], set()).add(int(one["key"]["id"]))
    assert seen == {_table(name): set(range(1, len(case[3]) + 1)) for name, case in FOUND.items()}


@pytest.mark.parametrize("family", BOTH)
def test_what_is_not_distinguished_is_what_the_documentation_names(
    request: pytest.FixtureRequest, family: str, postgresql: Server, tmp_path: Path
) -> None:
    run = _loaded(request.getfixturevalue(family), postgresql, tmp_path, BLIND)
    assert run.verify().report["verdict"] == "equal"
    named = {pair.name for pair in PAIRS if pair.blind}
    assert named == set(BLIND) | set(_OTHERS)
    assert all(BY_NAME[name].target == BY_NAME[like].target for name, like in _OTHERS.items())
