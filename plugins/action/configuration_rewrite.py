# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The controller's part of configuration_rewrite: read the files, decide, let the host write."""

from __future__ import annotations

import base64
import hashlib
import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._configuration.argspec import REWRITE
from ..plugin_utils._configuration.problem import RewriteError
from ..plugin_utils._configuration.rewriting import File, for_people, rewrite
from ..plugin_utils._configuration.settings import Settings

MODULE = "alkemio.convergence.configuration_rewrite"


class ActionModule(ActionBase):
    """Nothing is written unless every file can be rewritten."""

    _supports_check_mode = True
    _requires_connection = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(argument_spec=REWRITE)
        try:
            before = self._read({one["path"]: one["kind"] for one in arguments["files"]}, task_vars)
            after = rewrite(before, Settings.of(arguments["settings"]))
        except RewriteError as error:
            return {"failed": True, "msg": str(error), "error": "RewriteError"}
        written = self._execute_module(
            module_name=MODULE,
            module_args={
                "files": arguments["files"],
                "backup_directory": arguments["backup_directory"],
                "root": arguments["root"],
                "contents": [_content(*pair) for pair in zip(before, after, strict=True)],
            },
            task_vars=task_vars,
        )
        written.pop("invocation", None)
        if self._task.diff and not written.get("failed"):
            written["diff"] = [_diff(*pair) for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        return dict(written)

    def _read(self, kinds: dict[str, str], task_vars: dict[str, t.Any] | None) -> list[File]:
        """All of them on one way to the host and back."""
        found = self._execute_module(
            module_name="alkemio.convergence.configuration_files_info",
            module_args={"root": "/", "search": False, "read": list(kinds)},
            task_vars=task_vars,
        )
        if found.get("failed"):
            raise RewriteError(f"The files cannot be read on the host: {found.get('msg', 'no reason given')}")
        if found["missing"]:
            raise RewriteError(f"{', '.join(found['missing'])} cannot be read on the host: no such file")
        return [File(path, kind, _decoded(path, found["contents"][path])) for path, kind in kinds.items()]


def _decoded(path: str, content: str) -> str:
    try:
        return base64.b64decode(content).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RewriteError(f"{path} is no UTF-8 text (byte {error.start}). Mend the file first.") from None


def _content(before: File, after: File) -> dict[str, str]:
    return {
        "path": after.path,
        "before": hashlib.sha256(before.text.encode()).hexdigest(),
        "content": base64.b64encode(after.text.encode()).decode(),
    }


def _diff(before: File, after: File) -> dict[str, str]:
    old, new = for_people(before.text), for_people(after.text)
    if old == new:
        old, new = "", "Only hidden values change.\n"
    return {"before_header": before.path, "after_header": after.path, "before": old, "after": new}
