# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a run directory as somebody would forge them who can read the run's key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alkemio.convergence.plugins.module_utils._run import seal
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory


def content(path: Path) -> dict[str, Any]:
    """What a sealed file says, whether its seal holds or not."""
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return {key: value for key, value in data.items() if key != seal.FIELD}


def forge(folder: Path, name: str, data: Mapping[str, Any]) -> None:
    """Put `data` under a right seal into the file of this `name`; any value that JSON can hold."""
    run = RunDirectory(str(folder))
    run_id = data.get("run_id") if name == "run.json" else content(run.run)["run_id"]
    found = seal.seal(run.key.read_bytes(), name, str(run_id), data)
    (folder / name).write_text(json.dumps({**data, seal.FIELD: found}), "utf-8")
