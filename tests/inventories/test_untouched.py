# SPDX-License-Identifier: GPL-3.0-or-later
"""An example inventory, as it stands but for addresses, gives no finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventories.world import World

INVENTORIES = ("dev", "acc", "prod")


@pytest.mark.parametrize("name", INVENTORIES)
def test_nothing_is_wrong_with_it(world: World, name: str, tmp_path: Path) -> None:
    inventory = world.inventory(name, tmp_path)
    run = inventory.check()
    assert inventory.report["findings"] == []
    assert run.status == 0, run.output
    assert run.changed == 1, "it changes more than its list"
    assert "Nothing in this inventory would stop a run." in run.output
    assert "PROVED: whatever the inventory names was asked and answered" in run.output
    assert "WARNING" not in run.output


def test_hosts_that_cannot_be_reached_are_listed(world: World, tmp_path: Path) -> None:
    """All of them at once: nothing else could be asked, and the list comes all the same."""
    inventory = world.inventory("acc", tmp_path)
    inventory.give(ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=1)
    run = inventory.check()
    assert run.status != 0
    (found,) = [one for one in inventory.report["findings"] if one["section"] == "groups"]
    assert found["hosts"] == ["mover.acc.example.org", "platform.acc.example.org"]
    assert found["text"].startswith(
        "ansible_host (mover.acc.example.org, platform.acc.example.org): cannot be reached"
    )
    assert "The list is above" in run.message or "The list is above" in run.output
