# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The options that modules share, and those of modules that have an action plugin too, for both halves."""

from __future__ import annotations

import typing as t

BACKUP: dict[str, t.Any] = {"backup_directory": {"type": "path", "required": True}}

FILE: dict[str, t.Any] = {
    "path": {"type": "path", "required": True},
    "kind": {
        "type": "str",
        "required": True,
        "choices": ["environment", "compose", "traefik", "alkemio", "kratos", "manifest", "helm_values"],
    },
}

SETTINGS: dict[str, t.Any] = {
    "host": {"type": "str", "default": "postgres"},
    "port": {"type": "int", "default": 5432},
    "database": {"type": "str", "default": "alkemio"},
    "kratos_database": {"type": "str", "default": "kratos"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "sslmode": {
        "type": "str",
        "default": "disable",
        "choices": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
    },
    "keep_mysql_variables": {"type": "bool", "default": False},
    "backup_directory": {"type": "str"},
    "removed_services": {"type": "list", "elements": "str", "default": []},
    "config_map": {"type": "str", "default": "alkemio-config"},
    "secret": {"type": "str", "default": "alkemio-secrets", "no_log": False},
    "password_in": {"type": "str", "choices": ["config_map", "secret"], "no_log": False},
    "password_found": {"type": "str", "choices": ["config_map", "secret"], "no_log": False},
    "clients": {
        "type": "list",
        "elements": "str",
        "default": ["alkemio-server-deployment", "server-migration"],
    },
}

REWRITE: dict[str, t.Any] = {
    "files": {"type": "list", "elements": "dict", "required": True, "options": FILE},
    **BACKUP,
    "root": {"type": "path"},
    "settings": {"type": "dict", "default": {}, "options": SETTINGS},
}

CONTENT: dict[str, t.Any] = {
    "path": {"type": "path", "required": True},
    "before": {"type": "str", "required": True},
    "content": {"type": "str", "required": True, "no_log": True},
}

# Names and relative paths that no search looks at: what tools write, and what they brought along.
EXCLUDE = [
    ".git",
    "node_modules",
    "dist",
    ".convergence",
    "*.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "*.min.js",
    "*.map",
]

SEARCH: dict[str, t.Any] = {
    "root": {"type": "path", "required": True},
    "exclude": {"type": "list", "elements": "str", "default": EXCLUDE},
}

FILES_INFO: dict[str, t.Any] = {
    **SEARCH,
    "compose": {"type": "list", "elements": "str", "default": []},
    "search": {"type": "bool", "default": True},
    "others": {"type": "dict", "default": {}},
    "read": {"type": "list", "elements": "str"},
}

__all__ = ("BACKUP", "CONTENT", "FILES_INFO", "REWRITE", "SEARCH")
