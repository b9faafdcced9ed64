# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value of every pair of types, there by each route, compared by two drivers in Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._run import manifest
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.pairs import BY_NAME, PAIRS

from tests.types import compare
from tests.types.case import BOTH
from tests.types.passage import ROUTES, Passage
from tests.types.vectors import CASES, of_family

_EVERY = [(family, case.name) for family in BOTH for case in of_family(family)]


@pytest.mark.parametrize(("family", "name"), _EVERY, ids=[f"{family}-{name}" for family, name in _EVERY])
def test_every_value_arrives_exactly_by_every_route(passed: Passage, name: str) -> None:
    found = {route: compare.faults(passed, name, route) for route in ROUTES}
    assert not any(found.values()), {route: faults[:5] for route, faults in found.items() if faults}


@pytest.mark.parametrize("family", BOTH)
def test_the_rows_of_each_route_really_went_that_way(passed: Passage) -> None:
    for route in ROUTES:
        way = "columns" if "columns" in route else "rows"
        found = manifest.load(RunDirectory(str(passed.runs[way].run)), "matrix")
        assert found is not None
        for one in passed.cases.values():
            table = found.tables[f"{one.case.table}_{route[0]}"]
            has_binary = BY_NAME[one.case.pair].binary is not None
            assert table.by_python == (way == "columns"), table.name
            assert table.format == ("binary" if route[0] == "b" and has_binary else "text"), table.name


def test_every_pair_of_the_table_has_vectors() -> None:
    assert {case.pair for case in CASES} == {pair.name for pair in PAIRS}


def test_every_case_is_known_by_a_table_of_its_own() -> None:
    tables = [case.table for case in CASES]
    assert len(set(tables)) == len(tables)
    assert max(map(len, tables)) < 60


@pytest.mark.parametrize("family", BOTH)
def test_the_plan_takes_each_case_by_the_row_it_is_meant_for(passed: Passage) -> None:
    plans = {
        table["source"]: table
        for table in passed.runs["rows"].transform().plan.to_json()["databases"][0]["tables"]
    }
    for one in passed.cases.values():
        columns = {column["target"]: column for column in plans[f"{one.case.table}_b"]["columns"]}
        assert columns["v"]["conversion"] == one.case.pair, one.case.name


@pytest.mark.parametrize("family", BOTH)
def test_thousands_of_values_were_compared_without_the_engine(
    passed: Passage, record_property: Callable[[str, object], None]
) -> None:
    """Alone, this test compares everything itself."""
    if not compare.COMPARED[passed.source.kind]:
        for name in passed.cases:
            for route in ROUTES:
                compare.faults(passed, name, route)
    record_property(f"values_compared_{passed.source.kind}", compare.COMPARED[passed.source.kind])
    print(f"{passed.source.kind}: {compare.COMPARED[passed.source.kind]} values compared by two drivers")
    assert compare.COMPARED[passed.source.kind] > 20_000
