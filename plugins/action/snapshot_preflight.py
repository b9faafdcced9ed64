# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The controller's part of snapshot_preflight: the list line by line, as no result of a task is shown."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

MODULE = "alkemio.convergence.snapshot_preflight"


class ActionModule(ActionBase):
    """The module does all of the work."""

    _supports_check_mode = True
    _requires_connection = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        result = self._execute_module(module_name=MODULE, task_vars=task_vars)
        display = Display()
        for line in result.pop("lines", None) or []:
            display.display(str(line))
        return dict(result)
