# SPDX-License-Identifier: GPL-3.0-or-later
"""One verb of the engine as a process of its own: a job as JSON on standard input, one line of JSON at the end.

A first line "ready" says that Python has started, so that a moment chosen at random falls into the work.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / ".ansible/collections"))

from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ConvergenceError, unforeseen
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._move.dump import dump
from ansible_collections.alkemio.convergence.plugins.module_utils._move.load import load
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset
from ansible_collections.alkemio.convergence.plugins.module_utils._prove.verify import verify


def work(job: dict[str, Any]) -> dict[str, Any]:
    """The verb's own result."""
    run, options = job["run_directory"], job["options"]
    source, target = MySQLLogin(**job["source"]), PostgreSQLLogin(**job["target"])
    if job["verb"] == "dump":
        return dump(source, run, **options).as_result()
    if job["verb"] == "load":
        return load(target, run, **options).as_result()
    if job["verb"] == "reset":
        return reset(target, run, **options).as_result()
    return verify(target, source if job.get("with_source", True) else None, run, **options).as_result()


def main() -> int:
    job = json.load(sys.stdin)
    print("ready", flush=True)
    try:
        answer: dict[str, Any] = {"result": work(job)}
    except ConvergenceError as error:
        answer = {"error": type(error).__name__, "message": str(error), "details": error.details}
    except Exception as error:  # as the modules do
        told = unforeseen(error)
        answer = {"error": type(told).__name__, "message": str(told), "details": told.details}
    print(json.dumps(answer), flush=True)
    return int("error" in answer)


if __name__ == "__main__":
    sys.exit(main())
