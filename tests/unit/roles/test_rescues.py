# SPDX-License-Identifier: GPL-3.0-or-later
"""No phase that can fail while a platform stands still ends without the line that brings it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
BEFORE_THE_STOP = {"preflight", "backup", "inspect", "transform"}
"""Phases of migrate that run while the platform does."""


def plays(name: str) -> list[dict[str, Any]]:
    found = yaml.safe_load((PLAYBOOKS / f"{name}.yml").read_text("utf-8"))
    return [play for play in found if play["name"].startswith("(")]


@pytest.mark.parametrize("playbook", ["migrate", "cutover", "abort", "rollback"])
def test_every_phase_from_the_stop_on_says_how_the_platform_comes_back(playbook: str) -> None:
    seen = 0
    for play in plays(playbook):
        if playbook == "migrate" and set(play["tags"]) <= BEFORE_THE_STOP:
            continue
        (block,) = play["tasks"]
        (rescue,) = block["rescue"]
        assert rescue["ansible.builtin.import_tasks"] == "tasks/way_back.yml", play["name"]
        assert rescue["vars"] == {"way_back_of": playbook}, play["name"]
        seen += 1
    assert seen >= 4
