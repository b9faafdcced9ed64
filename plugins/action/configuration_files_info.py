# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The controller's part of configuration_files_info: say which of the files that the host sent are compose files."""

from __future__ import annotations

import base64
import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._configuration.argspec import FILES_INFO
from ..plugin_utils._configuration.compose_project import Project, is_compose
from ..plugin_utils._configuration.problem import RewriteError
from ..plugin_utils._configuration.yaml_text import TELLS_OF_MYSQL

MODULE = "alkemio.convergence.configuration_files_info"


class ActionModule(ActionBase):
    """The contents, which may be secret, leave this plugin on no way."""

    _supports_check_mode = True
    _requires_connection = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(argument_spec=FILES_INFO)
        others: dict[str, list[str]] = arguments["others"]
        named = [*arguments["compose"], *(path for paths in others.values() for path in paths)]
        sent = self._execute_module(
            module_name=MODULE, module_args={**arguments, "read": named}, task_vars=task_vars
        )
        sent.pop("invocation", None)
        if sent.get("failed"):
            return dict(sent)
        there = {path: base64.b64decode(content) for path, content in sent["contents"].items()}
        try:
            compose = _compose(there, arguments["compose"], set(named))
            project = Project(compose)
        except RewriteError as error:
            return {"failed": True, "msg": str(error), "error": "RewriteError"}
        if not compose:
            return {
                "failed": True,
                "msg": f"{arguments['root']} holds no compose file.",
                "error": "InputError",
            }
        return {
            "changed": False,
            "files": {
                "compose": sorted(compose, key=lambda path: (path.count("/"), path)),
                **{kind: [path for path in paths if path in there] for kind, paths in others.items()},
            },
            "missing": sent["missing"],
            "stacks": project.stacks(),
            "apart": project.apart(),
        }


def _compose(there: dict[str, bytes], wanted: list[str], named: set[str]) -> dict[str, str]:
    """The compose files with what they hold.

    One that cannot be read as YAML and tells of MySQL is taken for one: the rewriting then refuses it by name.
    """
    found = {}
    for path, content in there.items():
        text = content.decode("utf-8", "replace")
        perhaps = path not in named and (is_compose(text) or _broken(text))
        if path in wanted or perhaps:
            found[path] = text
    return found


def _broken(text: str) -> bool:
    if not TELLS_OF_MYSQL.search(text):
        return False
    try:
        Project({"": text})
    except RewriteError:
        return True
    return False
