# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that do not fit: all found at once by the scan, and each policy does what it says and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound
from ansible_collections.alkemio.convergence.plugins.module_utils._scan.scan import EXAMPLES
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.converters import CONVERTERS
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.misfits import CLASSES

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server
from tests.types.case import BOTH
from tests.types.drivers import source_session, target_rows, target_session
from tests.types.passage import LAX
from tests.types.vectors import misfits
from tests.types.vectors.misfits import Misfit, Outcome

_PLAIN = [(family, one) for family in BOTH for one in misfits.of_family(family)]
_RULED = [(family, one, policy) for family, one in _PLAIN for policy in one.policies]
_BY_CONVERTER = {misfit.name for converter in CONVERTERS.values() for misfit in converter.classes}


def _table(one: Misfit, policy: str = "fail") -> str:
    return f"{one.table}_{list(one.policies).index(policy) if policy != 'fail' else 'f'}"


@dataclass
class Misfits:
    """All misfits of one family: what the scan said, and the database after the run with policies."""

    source: Server
    target: Server
    scanned: list[dict[str, Any]]
    ruled: Migration

    def rows(self, one: Misfit, policy: str) -> list[Outcome]:
        """The target's values, bad ones first, as PostgreSQL prints them."""
        with target_session(self.target, self.ruled.moves[0].target) as connection:
            found = target_rows(connection, f"SELECT v FROM {_table(one, policy)} ORDER BY id")
        return [None if row[0] is None else row[0].decode() for row in found]


def _source(server: Server, all_policies: bool) -> str:
    database = places.new_source(server, "misfits")
    with source_session(server, database) as connection, connection.cursor() as cursor:
        for statement in LAX[server.kind]:
            cursor.execute(statement)
        for one in misfits.of_family(server.kind):
            for policy in one.policies if all_policies else ("fail",):
                literals = (*one.bad, *one.good)
                rows = ", ".join(f"({number}, {literal})" for number, literal in enumerate(literals, 1))
                cursor.execute(
                    f"CREATE TABLE {_table(one, policy)} (id INT PRIMARY KEY, v {one.source} NULL)"
                )
                cursor.execute(f"INSERT INTO {_table(one, policy)} VALUES {rows}")
    return database


def _target(server: Server, family: str, all_policies: bool) -> str:
    database = places.new_target(server, "misfits")
    with target_session(server, database) as connection:
        for one in misfits.of_family(family):
            for statement in one.prelude:
                connection.execute(statement.encode())
            null = "" if one.nullable else " NOT NULL"
            for policy in one.policies if all_policies else ("fail",):
                table = f"CREATE TABLE {_table(one, policy)} (id integer PRIMARY KEY, v {one.target}{null})"
                connection.execute(table.encode())
    return database


def _rule(one: Misfit, policy: str) -> dict[str, Any]:
    name, _colon, value = policy.partition(": ")
    found: dict[str, Any] = {"table": _table(one, policy), "column": "v"}
    if one.converter:
        found["converter"] = one.converter
    return (
        found if policy == "fail" else {**found, "policies": {one.misfit: {name: value} if value else name}}
    )


def _build(source: Server, target: Server, folder: Path) -> Misfits:
    named = [_rule(one, "fail") for one in misfits.of_family(source.kind) if one.converter]
    scan = Migration(
        source, target, folder / "scan",
        [Move("misfits", _source(source, False), _target(target, source.kind, False), "rules")],
        {"rules": {"columns": named}},
    )  # fmt: skip
    with pytest.raises(MisfitsFound) as failure:
        scan.prepare().dump()
    rules = [_rule(one, policy) for one in misfits.of_family(source.kind) for policy in one.policies]
    ruled = Migration(
        source, target, folder / "ruled",
        [Move("misfits", _source(source, True), _target(target, source.kind, True), "rules")],
        {"rules": {"columns": rules}},
    )  # fmt: skip
    ruled.all()
    return Misfits(source, target, failure.value.details["misfits"], ruled)


def _of(request: pytest.FixtureRequest, family: str, factory: pytest.TempPathFactory) -> Misfits:
    source, target = request.getfixturevalue(family), request.getfixturevalue("postgresql")
    return _build(source, target, factory.mktemp("misfits"))


@pytest.fixture(scope="session")
def misfits_mariadb(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Misfits:
    return _of(request, "mariadb", tmp_path_factory)


@pytest.fixture(scope="session")
def misfits_mysql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Misfits:
    return _of(request, "mysql", tmp_path_factory)


@pytest.fixture
def misfits_of(request: pytest.FixtureRequest) -> Callable[[str], Misfits]:
    """By family; a run that failed once is not tried again for the next test."""
    return lambda family: request.getfixturevalue(f"misfits_{family}")


@pytest.mark.parametrize(("family", "one"), _PLAIN, ids=[f"{family}-{one}" for family, one in _PLAIN])
def test_the_scan_counts_the_class_and_names_a_row(
    misfits_of: Callable[[str], Misfits], family: str, one: Misfit
) -> None:
    found = [entry for entry in misfits_of(family).scanned if entry["table"] == _table(one)]
    assert [(entry["class"], entry["column"], entry["count"]) for entry in found] == [
        (one.misfit, "v", len(one.bad))
    ]
    wanted = [f"id={number}" for number in range(1, len(one.bad) + 1)][:EXAMPLES]
    assert found[0]["examples"] == wanted
    assert found[0]["remedy"] == CLASSES[one.misfit].remedy


@pytest.mark.parametrize("family", BOTH)
def test_one_scan_names_every_misfit_of_every_table(
    misfits_of: Callable[[str], Misfits], family: str
) -> None:
    found = {(entry["table"], entry["class"]) for entry in misfits_of(family).scanned}
    assert found == {(_table(one), one.misfit) for one in misfits.of_family(family)}


@pytest.mark.parametrize(
    ("family", "one", "policy"), _RULED, ids=[f"{family}-{one}-{policy}" for family, one, policy in _RULED]
)
def test_a_policy_changes_the_bad_values_as_it_says_and_no_others(
    misfits_of: Callable[[str], Misfits], family: str, one: Misfit, policy: str
) -> None:
    assert misfits_of(family).rows(one, policy) == [*one.policies[policy], *one.good.values()]


@pytest.mark.parametrize("family", BOTH)
def test_every_changed_value_is_in_the_list_of_alterations(
    misfits_of: Callable[[str], Misfits], family: str
) -> None:
    found = sorted(
        (entry["table"], int(entry["key"]["id"]), entry["column"], entry["class"], entry["policy"])
        for entry in misfits_of(family).ruled.alterations()
    )
    assert found == sorted(
        (_table(one, policy), number, "v", one.misfit, policy.partition(":")[0])
        for one in misfits.of_family(family)
        for policy in one.policies
        for number in range(1, len(one.bad) + 1)
    )


def test_every_class_and_every_policy_is_tried() -> None:
    tried = {(one.misfit, policy.partition(":")[0]) for one in misfits.ALL for policy in one.policies}
    # Converters, rules that are no policy, and what another policy brings about (test_json.py).
    elsewhere = _BY_CONVERTER | {"expression", "reinterpret", "json_keys"}
    every = {
        (misfit.name, policy)
        for misfit in CLASSES.values()
        for policy in misfit.policies
        if misfit.name not in elsewhere
    }
    assert every - tried == set()
