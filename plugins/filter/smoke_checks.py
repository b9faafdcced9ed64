# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
name: smoke_checks
short_description: The checks of an application that only read, or those that write
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Chooses from C(cutover_smoke_checks) those that write, which are those with C(arrives), or the others.
  - Puts the token of this run in the place of every C(<token>) in their texts.
positional: _input, token
options:
  _input:
    description: The checks.
    type: list
    elements: dict
    required: true
  token:
    description: A text that no row of the application holds yet.
    type: str
    required: true
  writes:
    description: Whether those that write are chosen.
    type: bool
    default: false
"""

EXAMPLES = r"""
reads: "{{ cutover_smoke_checks | alkemio.convergence.smoke_checks(token) }}"
writes: "{{ cutover_smoke_checks | alkemio.convergence.smoke_checks(token, writes=true) }}"
"""

RETURN = r"""
_value:
  description: The checks, in their order.
  type: list
  elements: dict
"""

_PLACE: t.Final = "<token>"


def smoke_checks(checks: Iterable[Mapping[str, t.Any]], token: str, writes: bool = False) -> list[t.Any]:
    """Those that write, or the others, with the token in its place."""
    return [_with(token, dict(check)) for check in checks if bool(check.get("arrives")) == writes]


def _with(token: str, value: t.Any) -> t.Any:
    if isinstance(value, str):
        return value.replace(_PLACE, token)
    if isinstance(value, Mapping):
        return {key: _with(token, inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with(token, inner) for inner in value]
    return value


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"smoke_checks": smoke_checks}
