# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The findings of one check, from what its tasks have left with every host."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping

_UNDEFINED: t.Final = re.compile(r"'(\w+)' is undefined")
Findings = Iterator[Mapping[str, t.Any]]


def collected(whole: Mapping[str, t.Any] | None, hosts: Mapping[str, Mapping[str, t.Any]]) -> Findings:
    """All of them. `whole`: the survey of the inventory; `hosts`: by host, the variables of the role."""
    yield from (whole or {}).get("findings", ())
    for host, found in hosts.items():
        yield from found.get("__inventory_check_survey", {}).get("findings", ())
        yield from _asked(host, found.get("__inventory_check_asked"))
        for side in ("source", "target"):
            yield from _server(host, side, found.get(f"__inventory_check_{side}"))
        missing = {one["variable"] for one in _asked(host, found.get("__inventory_check_asked"))}
        for doubt in found.get("database_backup_doubts") or ():
            side = "target" if "backup of the target" in doubt["text"] else "source"
            if f"database_backup_{side}_command" in missing:
                continue  # its program is not there, which has been said
            yield {"section": "servers", "variable": "", "found": doubt["text"], "host": host}
        said = {one["variable"] for one in found.get("__inventory_check_survey", {}).get("findings", ())}
        for one in found.get("__inventory_check_answers") or ():
            undefined = _UNDEFINED.search(one["found"])
            if undefined is None or undefined[1] not in said:
                yield one


def _asked(host: str, result: Mapping[str, t.Any] | None) -> Findings:
    """Of the module host_readiness_info."""
    if result is None or result.get("skipped"):
        return
    if "findings" in result:
        for one in result["findings"]:
            yield {"section": "hosts", **one, "host": host}
        return
    unreachable = bool(result.get("unreachable"))
    said = " ".join(str(result.get("module_stderr") or result.get("msg") or "").split())
    said = said.removeprefix("Task failed: ")
    yield {
        "section": "groups" if unreachable else "hosts",
        "variable": "ansible_host" if unreachable else "ansible_python_interpreter",
        "found": f"{'cannot be reached' if unreachable else 'runs no module'}: {said}",
        "why": "Nothing that the inventory names there was asked.",
        "remedy": "Correct address and account of the host, or let it answer."
        if unreachable
        else "Name a Python of the host.",
        "host": host,
    }


def _server(host: str, side: str, result: Mapping[str, t.Any] | None) -> Findings:
    """Of the modules that look at one server: sentences of their own, with what to do."""
    for text in (result or {}).get("problems") or ():
        yield {"section": "servers", "variable": "", "found": f"The {side}: {text}", "host": host}


__all__ = ("collected",)
