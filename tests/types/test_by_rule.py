# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs that a rule selects by the name of a converter, and values that have more than one form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound, PlanError

from tests.support.engine import places
from tests.support.engine.traps import rows, trap
from tests.support.servers.server import Server
from tests.types.case import BOTH

pytestmark = pytest.mark.fault("G")

_MEMO = (
    "SET time_zone = '+00:00'",
    "CREATE TABLE memo (id INT NOT NULL PRIMARY KEY, created_ts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
    " updated_ts TIMESTAMP NULL, last_seen BIGINT NULL)",
    "INSERT INTO memo VALUES (1, '2001-09-09 01:46:40', NULL, 1000000000),"
    " (2, '2038-01-19 03:14:07', '2024-02-29 23:59:59', 0), (3, '2024-10-27 01:30:00', '2024-10-27 00:30:00', NULL)",
)
_MEMO_TARGET = (
    "CREATE TABLE memo (id integer PRIMARY KEY, created_ts bigint NOT NULL, updated_ts bigint, last_seen timestamptz)",
)
_SECONDS = [
    {"source_type": "timestamp", "target_type": "bigint", "converter": "seconds_since_1970"},
    {"column": "last_seen", "converter": "seconds_since_1970"},
]


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, family: str) -> Iterator[Server]:
    """A source that is five and a half hours off UTC."""
    server: Server = request.getfixturevalue(family)
    places.ask(server, None, "SET GLOBAL time_zone = '+05:30'")
    yield server
    places.ask(server, None, "SET GLOBAL time_zone = '+00:00'")


@pytest.mark.parametrize("family", BOTH)
def test_seconds_since_1970_are_the_same_in_any_zone(
    elsewhere: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(elsewhere, postgresql, tmp_path, _MEMO, _MEMO_TARGET, {"columns": _SECONDS})
    assert run.all().report["verdict"] == "equal"
    assert rows(
        run, "SELECT created_ts, updated_ts, extract(epoch FROM last_seen)::bigint FROM memo ORDER BY id"
    ) == [
        (1000000000, None, 1000000000),
        (2147483647, 1709251199, 0),
        (1729992600, 1729989000, None),
    ]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "from timestamp to bigint: memo.created_ts, memo.updated_ts"),
        (
            [*_SECONDS, {"column": "last_seen", "converter": "seconds_as_interval"}],
            "the converter seconds_as_interval of memo.last_seen does not lead from bigint",
        ),
        ([{"column": "id", "converter": "second"}], "no converter 'second'.*seconds_since_1970"),
    ],
)
def test_what_is_meant_has_to_be_said_and_has_to_fit(
    mariadb: Server, postgresql: Server, tmp_path: Path, rules: list[dict[str, Any]], message: str
) -> None:
    run = trap(mariadb, postgresql, tmp_path, _MEMO, _MEMO_TARGET, {"columns": rules})
    run.inspect()
    with pytest.raises(PlanError, match=f"(?s){message}"):
        run.transform()


@pytest.mark.parametrize("family", BOTH)
def test_a_converter_reads_what_an_expression_gives(
    request: pytest.FixtureRequest, family: str, postgresql: Server, tmp_path: Path
) -> None:
    run = trap(
        request.getfixturevalue(family), postgresql, tmp_path,
        (
            "CREATE TABLE job (id INT NOT NULL PRIMARY KEY, lasted BIGINT NULL)",
            "INSERT INTO job VALUES (1, 90000), (2, -1500), (3, NULL)",
        ),
        ("CREATE TABLE job (id integer PRIMARY KEY, lasted interval)",),
        {"columns": [{"column": "lasted", "expression": "lasted * 1000", "converter": "microseconds_as_interval"}]},
    )  # fmt: skip
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT lasted::text FROM job ORDER BY id") == [("00:01:30",), ("-00:00:01.5",), (None,)]


@pytest.mark.parametrize("family", BOTH)
def test_a_uuid_in_two_forms_is_found_before_the_load(
    request: pytest.FixtureRequest, family: str, postgresql: Server, tmp_path: Path
) -> None:
    plain = "6f1c2e7ab0d94a0f9c3d5e8b7a612f40"
    parted = "6F1C2E7A-B0D9-4A0F-9C3D-5E8B7A612F40"
    run = trap(
        request.getfixturevalue(family), postgresql, tmp_path,
        (
            "CREATE TABLE ticket (id CHAR(36) NOT NULL PRIMARY KEY)",
            f"INSERT INTO ticket VALUES ('{plain}'), ('{parted}'), ('{parted.replace('6', '7')}')",
        ),
        ("CREATE TABLE ticket (id uuid PRIMARY KEY)",),
    )  # fmt: skip
    with pytest.raises(MisfitsFound) as failure:
        run.prepare().dump()
    found = [(one["table"], one["class"], one["count"]) for one in failure.value.details["misfits"]]
    assert found == [("ticket", "duplicate", 2)]


@pytest.mark.parametrize("family", BOTH)
def test_a_key_of_digits_finds_the_uuid_with_hyphens(
    request: pytest.FixtureRequest, family: str, postgresql: Server, tmp_path: Path
) -> None:
    plain, parted = "6f1c2e7ab0d94a0f9c3d5e8b7a612f40", "6f1c2e7a-b0d9-4a0f-9c3d-5e8b7a612f40"
    run = trap(
        request.getfixturevalue(family), postgresql, tmp_path,
        (
            "CREATE TABLE ticket (id CHAR(36) NOT NULL PRIMARY KEY)",
            "CREATE TABLE note (id INT NOT NULL PRIMARY KEY, ticket CHAR(32) NULL)",
            f"INSERT INTO ticket VALUES ('{parted}')",
            f"INSERT INTO note VALUES (1, '{plain}'), (2, NULL)",
        ),
        (
            "CREATE TABLE ticket (id uuid PRIMARY KEY)",
            "CREATE TABLE note (id integer PRIMARY KEY, ticket uuid REFERENCES ticket (id))",
        ),
    )  # fmt: skip
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT ticket::text FROM note ORDER BY id") == [(parted,), (None,)]


_TINY = -1.2345678901234567e-100


@pytest.mark.parametrize("family", BOTH)
def test_all_digits_of_a_double_travel_under_a_policy(
    request: pytest.FixtureRequest, family: str, postgresql: Server, tmp_path: Path
) -> None:
    """MySQL prints 22 characters of a DOUBLE that is computed, and MariaDB took texts of tiny ones for -0."""
    run = trap(
        request.getfixturevalue(family), postgresql, tmp_path,
        (
            "CREATE TABLE size (id INT NOT NULL PRIMARY KEY, wide DOUBLE NULL, digits DOUBLE NULL, said DOUBLE NULL,"
            " narrow FLOAT NULL)",
            f"INSERT INTO size VALUES (1, {_TINY!r}, {_TINY!r}, 1, -1.5e-20), (2, NULL, NULL, 1, NULL)",
        ),
        (
            "CREATE TABLE size (id integer PRIMARY KEY, wide float8 NOT NULL, digits numeric NOT NULL,"
            " said float8 NOT NULL, narrow real NOT NULL)",
        ),
        {
            "columns": [
                {"table": "size", "policies": {"null_value": {"replace": "7"}}},
                {"column": "said", "expression": f"'{_TINY!r}'"},
            ]
        },
    )  # fmt: skip
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT wide, digits::float8, said, narrow::text FROM size ORDER BY id") == [
        (_TINY, _TINY, _TINY, "-1.5e-20"),
        (7, 7, _TINY, "7"),
    ]
