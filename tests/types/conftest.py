# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of the session, and the matrix carried out once on each family of sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import families
from tests.types import generated, passage
from tests.types.passage import Passage
from tests.types.vectors import of_family

QUICK, WHOLE = 12, 300
"""Random values of each case."""


def pytest_report_header(config: pytest.Config) -> str:
    return f"random values: CONVERGENCE_SEED={generated.SEED}, {_count(config)} of each case"


def _count(config: pytest.Config) -> int:
    """The quick cut leaves the long tests out (-m "not long") and is short itself."""
    return QUICK if "not long" in str(config.getoption("markexpr")) else WHOLE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The verifier right after the matrix: other tests write to the servers, which it must find standing still."""
    first = [Path(__file__).with_name(f"test_{name}.py") for name in ("matrix", "verifier")]
    items.sort(key=lambda item: item.path.parent == first[0].parent and item.path not in first)


def _chosen(config: pytest.Config, family: str) -> set[str]:
    """The cases of this family whose tests run: in the quick run half of those that both families have."""
    cases = {kind: {case.name for case in of_family(kind)} for kind in families.FAMILIES}
    if families.both(config):
        return cases[family]
    shared = set.intersection(*cases.values())
    return {name for name in cases[family] if name not in shared or families.of(name) == family}


def _passage(request: pytest.FixtureRequest, family: str, factory: pytest.TempPathFactory) -> Passage:
    source, target = request.getfixturevalue(family), request.getfixturevalue("postgresql")
    chosen = _chosen(request.config, family)
    found = passage.build(source, target, factory.mktemp(family), _count(request.config), chosen)
    request.addfinalizer(found.close)
    return found


@pytest.fixture(scope="session")
def mariadb_passage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Passage:
    return _passage(request, "mariadb", tmp_path_factory)


@pytest.fixture(scope="session")
def mysql_passage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Passage:
    return _passage(request, "mysql", tmp_path_factory)


@pytest.fixture
def passed(request: pytest.FixtureRequest, family: str) -> Passage:
    """The carried out matrix of the test's family."""
    found: Passage = request.getfixturevalue(f"{family}_passage")
    return found
