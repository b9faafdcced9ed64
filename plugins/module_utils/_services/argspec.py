# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The options of service_state. Its documentation says the same in prose."""

from __future__ import annotations

import typing as t

_WORDS: t.Final[dict[str, t.Any]] = {"type": "list", "elements": "str"}

SERVICES: t.Final[dict[str, dict[str, t.Any]]] = {
    "services": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "driver": {"type": "str", "required": True, "choices": ["docker_compose", "systemd", "command"]},
            "together": {"type": "bool", "default": False},
            "timeout": {"type": "int"},
            "health": {"type": "str"},
            "directory": {"type": "path"},
            "files": _WORDS,
            "environment_files": _WORDS,
            "services": _WORDS,
            "unit": {"type": "str"},
            "stop": _WORDS,
            "start": _WORDS,
            "status": _WORDS,
        },
    },
    "state": {"type": "str", "choices": ["stopped", "started"]},
    "docker": {"type": "list", "elements": "str", "default": ["docker"]},
    "retries": {"type": "int", "default": 30},
    "delay": {"type": "float", "default": 2},
    "validate_certs": {"type": "bool", "default": True},
}

__all__ = ("SERVICES",)
