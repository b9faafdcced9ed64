# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's steps without Ansible, in a process of their own: python -m tools.bench.ours < job.json.

Reads a job from standard input (so that no password is in a command line) and prints the seconds of
each step as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ConvergenceError
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._move.dump import dump
from ansible_collections.alkemio.convergence.plugins.module_utils._move.inspect import (
    inspect_source,
    inspect_target,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move.load import load
from ansible_collections.alkemio.convergence.plugins.module_utils._move.transform import make_plan
from ansible_collections.alkemio.convergence.plugins.module_utils._prove.verify import verify


def main() -> int:
    """One job."""
    job: dict[str, Any] = json.load(sys.stdin)
    source, target = MySQLLogin(**job["source"]), PostgreSQLLogin(**job["target"])
    name, run, workers = job["database"], job["run_directory"], job["workers"]
    steps = {
        "inspect": lambda: (
            inspect_source(source, [name], run, check=False),
            inspect_target(target, [name], run, check=False),
        ),
        "transform": lambda: make_plan(run, [{"name": name}], {}, check=False),
        "scan": lambda: dump(source, run, workers=workers, check=True),
        "dump": lambda: dump(source, run, workers=workers),
        "load": lambda: load(target, run, workers=workers),
        "verify": lambda: verify(target, source, run, workers=workers),
    }
    seconds = {}
    for step in job["steps"]:
        began = time.monotonic()
        try:
            steps[step]()
        except ConvergenceError as error:
            print(f"{step}: {error}", file=sys.stderr)
            return 1
        seconds[step] = round(time.monotonic() - began, 2)
    print(json.dumps(seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
