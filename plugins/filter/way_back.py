# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: way_back
short_description: How a platform comes back after a phase has failed, in one line
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes the last line of a playbook that has failed. It says what stands still, and names the playbooks that go on and
    that go back.
positional: _input, playbook, failed, check
options:
  _input:
    description: The result of M(alkemio.convergence.cutover_state), asked after the failure.
    type: dict
    required: true
  playbook:
    description: Name of the playbook.
    type: str
    required: true
  failed:
    description: Name of the task that failed.
    type: str
    required: true
  check:
    description: Whether it was a check, which has changed nothing.
    type: bool
    required: true
"""

EXAMPLES = r"""
line: "{{ asked | alkemio.convergence.way_back('migrate', ansible_failed_task.name, ansible_check_mode) }}"
"""

RETURN = r"""
_value:
  description: The line.
  type: str
"""


def way_back(asked: t.Mapping[str, t.Any], playbook: str, failed: str, check: bool) -> str:
    """The line."""
    cause = f'"{failed.rpartition(" : ")[2]}" has failed, for the cause above.'
    if check:
        return f"CHECK of {playbook}: {cause} Nothing was changed."
    if asked.get("state") is None:
        return f"{cause} How far the run is could not be read: {asked.get('msg') or 'nobody answered'}"
    return f"{cause} {_WAYS[asked['state']](_still(asked), playbook)}"


def _still(asked: t.Mapping[str, t.Any]) -> str:
    """What stands still, empty where nothing does."""
    noted = (asked.get("records") or {}).get("services") or {}
    stopped = [name for name, entry in (noted.get("services") or {}).items() if entry["state"] == "stopped"]
    parts = [f"{', '.join(stopped)} stopped"] if stopped else []
    return " and ".join(parts + (["the source frozen"] if asked.get("frozen") else []))


def _open(still: str, playbook: str) -> str:
    if not still:
        return "No service is stopped and the source is not frozen: the platform goes on."
    return (
        f"The platform stands still ({still}), and the source holds all that it held. To bring it back, run abort. To "
        f"go on, mend the cause and run {playbook} again; phases that have ended are not done twice."
    )


def _begun(still: str, _playbook: str) -> str:
    return (
        f"The cut-over has begun and not ended{f' ({still})' if still else ''}. To go on to PostgreSQL, mend the cause "
        "and run cutover again. To go back to the source, run rollback."
    )


def _done(still: str, playbook: str) -> str:
    return (
        f"The cut-over is done{f' ({still})' if still else ''}, and the application belongs to PostgreSQL. To do what "
        f"is left, mend the cause and run {playbook} again. To go back to the source, run rollback."
    )


def _again(word: str, playbook: str) -> t.Callable[[str, str], str]:
    def line(still: str, _playbook: str) -> str:
        return (
            f"The {word} has begun and not ended{f' ({still})' if still else ''}. Mend the cause and run {playbook} "
            "again: it goes on where it stopped."
        )

    return line


def _back(still: str, playbook: str) -> str:
    if not still:
        return "The application works on the source again."
    return f"The way back has ended, with {still}: mend the cause and run {playbook} again."


_WAYS: t.Final[dict[str, t.Callable[[str, str], str]]] = {
    "open": _open,
    "begun": _begun,
    "done": _done,
    "aborting": _again("abort", "abort"),
    "aborted": _back,
    "rolling_back": _again("roll-back", "rollback"),
    "turning_back": _again("roll-back", "rollback"),
    "rolled_back": _back,
}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"way_back": way_back}
