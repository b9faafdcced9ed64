# SPDX-License-Identifier: GPL-3.0-or-later
"""An application that nobody here knows, by playbooks alone: preflight, baseline, migrate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import accounts, baseline, filler, places
from tests.support.playbooks import ansible
from tests.support.servers.server import Server


@pytest.mark.long
@pytest.mark.parametrize("family", ["mariadb", "mysql"])
def test_a_stranger_by_playbooks_alone(
    family: str, request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path
) -> None:
    source: Server = request.getfixturevalue(family)
    database = places.new_source(source, "stranger")
    places.ask(source, database, *baseline.statements("shop"))
    filler.fill(source, database)
    reader = accounts.source_account(source, database)
    writer, target = accounts.target_role(postgresql, lambda _server, _name: None)
    inventory = tmp_path / "inventory.json"
    variables: dict[str, Any] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "migration_run_directory": str(tmp_path / "run"),
        "migration_venv": str(Path(sys.executable).parents[1]),
        "migration_databases": [{"name": "shop", "source": database, "target": target}],
        "migration_mode": "live",
        **_login("source", reader),
        **_login("target", writer),
    }
    hosts = {"migration_host": {"hosts": {"mover": variables}}}
    inventory.write_text(json.dumps({"all": {"children": hosts}}), "utf-8")

    def play(name: str, *words: str, **more: Any) -> ansible.Run:
        return ansible.of_checkout().playbook(name, inventory, *words, **more)

    asked = play("preflight")
    assert asked.status != 0
    assert "Where it has none for PostgreSQL, the playbook baseline" in " ".join(asked.output.split())
    announced = play("baseline", "--check", "--diff")
    assert (announced.status, (tmp_path / "baseline").exists()) == (0, False), announced.output
    assert places.ask(postgresql, target, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
    made = play("baseline")
    assert made.status == 0, made.output
    assert made.changed == announced.changed == 1
    assert "Done: shop: 16 tables" in made.output
    again = play("baseline")
    assert (again.status, again.changed) == (0, 0), again.output
    folder = tmp_path / "baseline"
    assert {path.name for path in folder.iterdir()} == {
        "decisions.yml",
        "left_out.md",
        "rules.yml",
        "shop.sql",
    }
    # What the account may not see is no proof that there is none.
    assert "**not seen triggers**" in (folder / "left_out.md").read_text("utf-8")
    moved = play("migrate")
    assert moved.status == 0, moved.output
    assert "Verdict equal" in moved.output
    # A file of somebody else is not replaced, and a word that nobody knows is refused.
    (folder / "shop.sql").write_text("SELECT 1;\n", "utf-8")
    refused = play("baseline")
    assert "was not made by the schema baseline" in refused.output
    (folder / "shop.sql").unlink()
    decisions = (folder / "decisions.yml").read_text("utf-8")
    (folder / "decisions.yml").write_text(decisions.replace("counters:", "counter:"), "utf-8")
    refused = play("baseline")
    assert "Perhaps counters is meant." in refused.output


def _login(side: str, server: Server) -> dict[str, Any]:
    return {
        f"migration_{side}_login_host": server.host,
        f"migration_{side}_login_port": server.port,
        f"migration_{side}_login_user": server.user,
        f"migration_{side}_login_password": server.password,
    }
