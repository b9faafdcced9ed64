# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach the servers of the demo, look around, tamper, and verify again."""

from __future__ import annotations

from pathlib import Path

from tests.support.playbooks.stage import Stage
from tests.support.servers.environment import Environment
from tools.demo import seed

PLAYBOOK = ".venv/bin/ansible-playbook alkemio.convergence.{} -i inventories/demo"
_QUERY = ".venv/bin/python -m tools.demo.sql"


def lines(stage: Stage) -> list[str]:
    """Commands that work as they are printed, from the checkout."""
    source, target = stage.source, stage.target
    logins = _shown(Environment(seed.NAME).file)
    return [
        "Both servers stay up, with the passwords in the files named:",
        f"  MariaDB     {source.host}:{source.port}  user {source.user} ({logins}) or "
        f"{stage.source_account.user} (build/demo/vars.json)",
        f"  PostgreSQL  {target.host}:{target.port}  user {target.user} ({logins}) or "
        f"{stage.target_account.user} (build/demo/vars.json)",
        f"  run directory {_shown(seed.RUN_DIRECTORY)}, report {_shown(seed.FOLDER / 'report.json')}",
        "",
        "Look around on both sides:",
        f"""  {_QUERY} source alkemio 'SELECT id, level, visibility FROM space LIMIT 3'""",
        f"""  {_QUERY} target alkemio 'SELECT id, level, visibility FROM space LIMIT 3'""",
        "",
        "Tamper with the target, a value, a row less, a row more:",
        f"""  {_QUERY} target alkemio "UPDATE nvp SET value = 'tampered' WHERE id = """
        """(SELECT min(id::text)::uuid FROM nvp)\"""",
        f"""  {_QUERY} target kratos "DELETE FROM courier_messages WHERE id = """
        """(SELECT min(id::text)::uuid FROM courier_messages)\"""",
        f"""  {_QUERY} target alkemio "INSERT INTO nvp SELECT (n).* FROM (SELECT jsonb_populate_record("""
        """nvp, '{\\"id\\": \\"00000000-0000-4000-8000-000000000000\\"}') AS n FROM nvp LIMIT 1) AS one\"""",
        "",
        "Verify again (it names what you did), migrate again (it changes nothing):",
        f"  {PLAYBOOK.format('verify')}",
        f"  {PLAYBOOK.format('migrate')}",
        "",
        "Begin again with fresh databases, or stop and remove everything:",
        "  .venv/bin/python -m tools.demo --anew",
        "  make clean",
    ]


def _shown(path: Path) -> str:
    checkout = Path.cwd()
    return str(path.relative_to(checkout)) if path.is_relative_to(checkout) else str(path)
