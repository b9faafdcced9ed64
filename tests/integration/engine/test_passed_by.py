# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load passes by on the target: refused, or listed, or done by a rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import PlanError

from tests.integration.engine.traps import rows, trap
from tests.servers.server import Server


@pytest.fixture(params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.mark.fault("A9")
def test_a_twin_that_differs_in_case_has_no_source_column(
    server: Server, postgresql: Server, tmp_path: Path
) -> None:
    source = (
        "CREATE TABLE item (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL)",
        "INSERT INTO item VALUES (1, 'one'), (2, 'two')",
    )
    target = (
        'CREATE TABLE item (id integer PRIMARY KEY, name varchar(20) NOT NULL, "Name" varchar(20), "ID" integer)',
    )
    run = trap(server, postgresql, tmp_path, source, target)
    run.inspect()
    with pytest.raises(PlanError) as refused:
        run.transform()
    first, second = refused.value.details["problems"]
    assert "item.Name has no source column" in first
    assert "item.ID has no source column" in second
    rules = {
        "add_columns": [
            {"table": "item", "column": name, "leave_to_default": True} for name in ("Name", "ID")
        ]
    }
    decided = trap(server, postgresql, tmp_path / "by rule", source, target, rules)
    assert decided.all().equal
    assert rows(decided, "SELECT * FROM item ORDER BY id") == [(1, "one", None, None), (2, "two", None, None)]
