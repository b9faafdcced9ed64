# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook runs with --check on every example inventory, as it stands but for addresses.

Before a migration has begun a phase says which one has to run first. Everything else it would say is a fault of the
inventory or of the playbook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.inventories.world import Inventory, World
from tests.support.playbooks import ansible

pytestmark = pytest.mark.long
PLAYBOOKS = sorted(file.stem for file in (ansible.CHECKOUT / "playbooks").glob("*.yml"))
EARLY = "Run the inspect step first, or check migration_run_directory."
GIVEN: dict[str, dict[str, Any]] = {
    "cutover": {"cutover_decision": "go"},
    "rehearse": {"migration_reset_confirm": True},
    "reset": {"migration_reset_confirm": True},
    "remove_copy": {"source_copy_remove_confirm": True},
}


@pytest.fixture(scope="module", params=["dev", "acc", "prod"])
def inventory(
    request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Inventory:
    return world.inventory(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_check_ends_well_or_says_what_has_to_run_first(inventory: Inventory, playbook: str) -> None:
    before = files(inventory.folder)
    run = inventory.play(playbook, "--check", "--diff", **GIVEN.get(playbook, {}))
    assert run.status == 0 or run.message.endswith(EARLY), run.output
    assert "WARNING" not in run.output
    assert files(inventory.folder) == before, "a check changes nothing"


def files(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "venv" not in path.parts
    }
