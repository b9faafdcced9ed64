# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: cutover_findings
short_description: What was proved of each service after a cut-over, and what was not
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Joins what the sessions say (M(alkemio.convergence.application_sessions_info)) and the checks that have answered, by
    service. A check without a service is of the application as a whole.
positional: _input, checks
options:
  _input:
    description: The findings on sessions; none where nobody has asked.
    type: list
    elements: dict
    required: true
  checks:
    description: The checks, C(cutover_smoke_checks), all of which have answered as they should.
    type: list
    elements: dict
    required: true
  services:
    description: Names of all services.
    type: list
    elements: str
    default: []
  written:
    description: Names of the checks that have written what PostgreSQL shows.
    type: list
    elements: str
    default: []
  unwritten:
    description: Why checks that write were not sent; empty where they were.
    type: str
    default: ''
"""

EXAMPLES = r"""
findings: "{{ asked.services | alkemio.convergence.cutover_findings(cutover_smoke_checks, written=['a sale']) }}"
"""

RETURN = r"""
_value:
  description: Of each service C(name), C(proved), C(not_proved), and C(works), whether its sessions are on PostgreSQL.
  type: list
  elements: dict
"""

Finding = dict[str, t.Any]
WHOLE: t.Final = "the application"


def cutover_findings(
    sessions: Iterable[Mapping[str, t.Any]],
    checks: Iterable[Mapping[str, t.Any]],
    services: Iterable[str] = (),
    written: Iterable[str] = (),
    unwritten: str = "",
) -> list[Finding]:
    """A finding for every service, and one for the application where a check names no service."""
    checks, written = list(checks), set(written)
    asked = {one["name"]: one for one in sessions}
    names = dict.fromkeys([*asked, *services, *(check.get("service") or WHOLE for check in checks)])
    return [
        _finding(
            name,
            asked.get(name, {"not_proved": [] if name == WHOLE else [_UNASKED]}),
            [check for check in checks if (check.get("service") or WHOLE) == name],
            written,
            unwritten,
        )
        for name in names
    ]


_UNASKED: t.Final = "its sessions, since cutover_services does not name it"


def _finding(
    name: str,
    sessions: Mapping[str, t.Any],
    checks: list[Mapping[str, t.Any]],
    written: set[str],
    unwritten: str,
) -> Finding:
    proved, not_proved = list(sessions.get("proved", [])), list(sessions.get("not_proved", []))
    reads = [check["name"] for check in checks if not check.get("arrives")]
    writes = [check["name"] for check in checks if check.get("arrives")]
    if reads:
        proved.append(f"answers as it should ({', '.join(reads)})")
    else:
        not_proved.append("a read, since no check of it is declared")
    done = [one for one in writes if one in written]
    if done:
        proved.append(f"what it wrote is in PostgreSQL ({', '.join(done)})")
    else:
        why = unwritten if writes and unwritten else "since no check of it with arrives is declared"
        not_proved.append(f"a write, {why}")
    return {
        "name": name,
        "proved": proved,
        "not_proved": not_proved,
        "works": bool(sessions.get("proved")) and not sessions.get("failed"),
    }


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"cutover_findings": cutover_findings}
