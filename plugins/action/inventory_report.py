# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The whole of inventory_report: the list line by line, as no result of a task is shown."""

from __future__ import annotations

import json
import os
import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils._inventory.collected import collected
from ..plugin_utils._inventory.listing import Listing, closing, lines

KEPT: t.Final = (
    "__inventory_check_survey",
    "__inventory_check_asked",
    "__inventory_check_source",
    "__inventory_check_target",
    "__inventory_check_answers",
    "database_backup_doubts",
)


class ActionModule(ActionBase):
    """No host is asked."""

    _supports_check_mode = True
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(argument_spec={"report": {"type": "path"}})
        seen: Mapping[str, t.Any] = task_vars or {}
        hosts = {
            host: {name: seen["hostvars"][host][name] for name in KEPT if name in seen["hostvars"][host]}
            for host in seen["groups"]["all"]
        }
        listing = Listing.of(collected(seen.get("__inventory_check_whole"), hosts))
        content = json.dumps(listing.to_json(), indent=2, ensure_ascii=False) + "\n"
        where = arguments["report"]
        changed = bool(where) and _differs(Path(where), content)
        if changed and not self._task.check_mode:
            _write(Path(where), content)
        display = Display()
        for line in lines(listing, "" if self._task.check_mode else where or ""):
            display.display(line)
        result = {"changed": changed, **listing.to_json()}
        if listing.stops or listing.of_weight("unasked"):
            place = f" and in {where}" if where and not self._task.check_mode else ""
            text = f"{closing(listing)} The list is above{place}."
            return {"changed": changed, "failed": True, "msg": text, "error": "InventoryWrong"}
        return result


def _differs(path: Path, content: str) -> bool:
    return not path.exists() or path.read_text("utf-8", "replace") != content


def _write(path: Path, content: str) -> None:
    """It names hosts, accounts and paths: only its owner reads it."""
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as handle:
        handle.write(content)
    draft.replace(path)
