# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .smoke_failures import smoke_failures

DOCUMENTATION = r"""
name: smoke_write_failures
short_description: Why a write through the application is not shown by PostgreSQL
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Judges one check that writes, by the answers of M(alkemio.convergence.postgresql_question_info) before and after the
    request, and by that of C(ansible.builtin.uri).
positional: _input, before, request, after
options:
  _input:
    description: The check.
    type: dict
    required: true
  before:
    description: The answer to its question before the request.
    type: dict
    required: true
  request:
    description: The answer to its request.
    type: dict
    required: true
  after:
    description: The answer to its question after the request.
    type: dict
    required: true
"""

EXAMPLES = r"""
failed: "{{ check | alkemio.convergence.smoke_write_failures(before, request, after) }}"
"""

RETURN = r"""
_value:
  description: A few words, or nothing where PostgreSQL shows what was written.
  type: list
  elements: str
"""

Result = Mapping[str, t.Any]


def smoke_write_failures(check: Result, before: Result, request: Result, after: Result) -> list[str]:
    """Why it is not shown; empty: it is."""
    of = f"{check['service']}: " if check.get("service") else ""
    what = f"{of}{check['name']} at {check['url']}"
    for asked in (before, after):
        if asked.get("failed"):
            return [f"{what}: its question cannot be asked: {asked.get('msg', 'no reason given')}"]
    if before.get("answer"):
        return [
            f"{what} proves nothing, since its question is answered with yes before the request: let it look for "
            "<token>"
        ]
    wrong = smoke_failures([{**request, "item": check}])
    if wrong or after.get("answer"):
        return wrong
    return [
        f"{what} answers as it should, and what it wrote is not in {check['arrives']['database']} on PostgreSQL: the "
        "application may write elsewhere"
    ]


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"smoke_write_failures": smoke_write_failures}
