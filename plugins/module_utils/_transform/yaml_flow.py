# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Rules as YAML on one line, for an operator to paste."""

from __future__ import annotations

import json
import re
import typing as t

_PLAIN: t.Final = re.compile(r"[A-Za-z_*][A-Za-z0-9_.*-]*(?:\([0-9,]+\))?")
"""What YAML needs no quotes for; an asterisk at the beginning does."""
_READ_OTHERWISE: t.Final = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def flow(value: t.Any) -> str:
    """`value` as YAML on one line, to be pasted as it stands."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and not value.startswith("*")
        return (
            value if plain and value.lower() not in _READ_OTHERWISE else json.dumps(value, ensure_ascii=False)
        )
    return json.dumps(value)


__all__ = ("flow",)
