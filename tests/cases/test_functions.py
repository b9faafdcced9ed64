# SPDX-License-Identifier: GPL-3.0-or-later
"""The sibling of case 44: rows that were there before come back under the same functions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset

from tests.cases.case import DATA, read
from tests.cases.stage import staged
from tests.support.engine import places
from tests.support.families import FAMILIES
from tests.support.servers.server import Server


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_from_before_come_back_under_a_check_that_calls_a_function(
    source: Server, postgresql: Server, tmp_path: Path
) -> None:
    case = read(DATA / "44-check-calls-a-function")
    attempt = replace(case.attempts[0], rules={"seed_tables": ["page"]})
    with staged(case, attempt, source, postgresql, tmp_path) as stage:
        run, before = stage.run, [["9", "seed", "Seed", "seed"]]
        seed = "INSERT INTO page (id, slug, title) VALUES (9, 'seed', 'Seed')"
        places.ask(run.target, stage.database, seed)
        assert run.all().equal
        assert stage.fetch("SELECT id FROM page ORDER BY id") == [["1"], ["2"]]
        reset(run.target_login, str(run.run), confirm=True)
        assert stage.fetch("SELECT * FROM page") == before
