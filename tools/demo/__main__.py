# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrate a made-up Alkemio platform and its identity service from MariaDB to PostgreSQL 17.

Uses the private servers named "demo", starts them if need be, and leaves them up.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support import servers
from tests.support.playbooks.stage import CHECKOUT
from tools.demo import around, seed, verdict


def main() -> int:
    """Seed, migrate, show."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--anew", action="store_true", help="begin again with fresh databases")
    options = parser.parse_args()
    try:
        found = servers.up(seed.NAME, ["mariadb", "postgresql"])
    except servers.ServersError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print("demo: looking at the databases", flush=True)
    seeded = seed.seed(found["mariadb"], found["postgresql"], anew=options.anew)
    print(f"demo: {_about(seeded)}", flush=True)
    status = _migrate()
    report = _report()
    # With a failure, a report that says equal is of an earlier run.
    if report is None or (status and report["verdict"] == "equal"):
        print(f"demo: the migration stopped with status {status}, see above", file=sys.stderr)
        return status or 1
    print("\n".join(["", *verdict.lines(report), "", *around.lines(seeded.stage)]))
    return status or (0 if report["verdict"] == "equal" else 1)


def _about(seeded: seed.Seeded) -> str:
    if not seeded.made:
        return "the databases are those of the demo before (--anew makes new ones)"
    return f"made both databases on both servers in {seeded.seconds:.0f} s"


def _migrate() -> int:
    """The playbook, with its output where everybody sees it."""
    programs = Path(sys.executable).parent
    command = [str(programs / "ansible-playbook"), *around.PLAYBOOK.format("migrate").split()[1:]]
    print(f"\n$ {around.PLAYBOOK.format('migrate')}", flush=True)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ.get('PATH', '')}",
        "LC_ALL": "C.UTF-8",  # Ansible refuses to run without UTF-8
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".ansible/collections"),
    }
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode


def _report() -> dict[str, Any] | None:
    """What the verify phase wrote, if it came so far; a copy goes beside the run directory."""
    written = seed.RUN_DIRECTORY / "report.json"
    if not written.is_file():
        return None
    shutil.copyfile(written, seed.FOLDER / "report.json")
    report: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return report


if __name__ == "__main__":
    sys.exit(main())
