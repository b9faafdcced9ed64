# SPDX-License-Identifier: GPL-3.0-or-later
"""One verb of the engine as a process: a job as JSON on standard input, its result on standard output."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / ".ansible/collections"))

from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._move.dump import dump
from ansible_collections.alkemio.convergence.plugins.module_utils._move.load import load
from ansible_collections.alkemio.convergence.plugins.module_utils._prove.verify import verify


def main() -> None:
    job = json.load(sys.stdin)
    if job["verb"] == "dump":
        result = dump(MySQLLogin(**job["login"]), job["run_directory"], **job["options"]).as_result()
    elif job["verb"] == "verify":
        source = MySQLLogin(**job["source"])
        target = PostgreSQLLogin(**job["login"])
        result = verify(target, source, job["run_directory"], **job["options"]).as_result()
    else:
        result = load(PostgreSQLLogin(**job["login"]), job["run_directory"], **job["options"]).as_result()
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
