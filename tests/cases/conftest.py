# SPDX-License-Identifier: GPL-3.0-or-later
"""The source that a test's parameter names."""

from __future__ import annotations

import pytest

from tests.copies.conftest import copy_of_mariadb, copy_of_mysql  # noqa: F401 - fixtures
from tests.support.servers.server import Server

pytest.register_assert_rewrite("tests.cases.outcome")


@pytest.fixture
def source(request: pytest.FixtureRequest, family: str) -> Server:
    found: Server = request.getfixturevalue(family)
    return found
