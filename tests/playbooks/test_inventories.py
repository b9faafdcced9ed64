# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible takes every playbook with every example inventory. What the inventories hold: unit/variables."""

from __future__ import annotations

import pytest

from tests.support.playbooks import ansible

PLAYBOOKS = sorted(file.stem for file in (ansible.CHECKOUT / "playbooks").glob("*.yml"))


@pytest.mark.parametrize("inventory", ["dev", "acc", "prod", "demo"])
def test_every_playbook_is_read_with_it(inventory: str) -> None:
    names = [f"alkemio.convergence.{name}" for name in PLAYBOOKS]
    folder = ansible.CHECKOUT / "inventories" / inventory
    run = ansible.of_checkout()("ansible-playbook", "-i", folder, "--syntax-check", *names)
    assert run.status == 0, run.output
    assert run.output.count("playbook: ") == len(PLAYBOOKS) > 10
    assert "WARNING" not in run.output
