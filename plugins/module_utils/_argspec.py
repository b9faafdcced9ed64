# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The options that modules share, and the logins made of them. The doc fragments say the same in prose."""

from __future__ import annotations

import os
import typing as t

from ._logins import MySQLLogin, PostgreSQLLogin

if t.TYPE_CHECKING:
    from collections.abc import Mapping

Spec = dict[str, dict[str, t.Any]]

RUN_DIRECTORY: t.Final[Spec] = {"run_directory": {"type": "path", "required": True}}
ENCRYPTION: t.Final[Spec] = {"encryption_key_file": {"type": "path", "no_log": False}}
SCHEMAS: t.Final[Spec] = {
    "schema": {"type": "str", "default": "public"},
    "schemas": {"type": "dict", "default": {}},
}
WORKERS: t.Final[Spec] = {"workers": {"type": "int", "default": 0}}
_NAMES: t.Final[dict[str, t.Any]] = {"type": "list", "elements": "str", "default": []}
SERVICES: t.Final[dict[str, t.Any]] = {
    "type": "list",
    "elements": "dict",
    "required": True,
    "options": {
        "name": {"type": "str", "required": True},
        "target_users": _NAMES,
        "target_databases": _NAMES,
        "application_names": _NAMES,
        "addresses": _NAMES,
        "sessions": {"type": "int", "default": 1},
        "source_users": _NAMES,
        "source_databases": _NAMES,
    },
}
PREFLIGHT: t.Final[Spec] = {
    "databases": {"type": "list", "elements": "dict", "required": True},
    "profiles": {"type": "dict", "default": {}},
    "schema": {"type": "str", "default": "public"},
    "extensions": {"type": "dict", "default": {}},
    "connections": {"type": "int", "default": 0},
    "scan": {"type": "bool", "default": True},
    "trial": {"type": "str", "choices": ["off", "sample", "full"], "default": "off"},
    "migrating": {"type": "bool", "default": False},
    "pass_begun": {"type": "bool", "default": False},
    "others": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "section": {
                "type": "str",
                "choices": ["servers", "privileges", "target", "plan", "values", "beside"],
                "required": True,
            },
            "text": {"type": "str", "required": True},
        },
    },
}

VARIABLES: t.Final = "login_variables"
"""The option that says what the caller calls the others."""


def _postgresql_login(prefix: str, *, required: bool) -> Spec:
    modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
    return {
        f"{prefix}login_user": {"type": "str", **({"required": True} if required else {})},
        f"{prefix}login_password": {"type": "str", "default": "", "no_log": True},
        f"{prefix}login_host": {"type": "str", "default": "localhost"},
        f"{prefix}login_port": {"type": "int", "default": 5432},
        f"{prefix}login_unix_socket": {"type": "path"},
        f"{prefix}ssl_mode": {"type": "str", "default": "prefer", "choices": modes},
        f"{prefix}ca_cert": {"type": "path"},
        f"{prefix}ssl_cert": {"type": "path"},
        f"{prefix}ssl_key": {"type": "path", "no_log": False},
        f"{prefix}connect_timeout": {"type": "int", "default": 30},
        f"{prefix}trust_network": {"type": "bool", "default": False},
        f"{prefix}{VARIABLES}": {"type": "dict", "default": {}},
    }


POSTGRESQL_LOGIN: t.Final[Spec] = _postgresql_login("", required=True)
TARGET_LOGIN: t.Final[Spec] = _postgresql_login("target_", required=False)


def _mysql_login(prefix: str, *, required: bool) -> Spec:
    user: dict[str, t.Any] = {"type": "str"}
    if required:
        user["required"] = True
    return {
        f"{prefix}login_user": user,
        f"{prefix}login_password": {"type": "str", "default": "", "no_log": True},
        f"{prefix}login_host": {"type": "str", "default": "localhost"},
        f"{prefix}login_port": {"type": "int", "default": 3306},
        f"{prefix}login_unix_socket": {"type": "path"},
        f"{prefix}ca_cert": {"type": "path"},
        f"{prefix}client_cert": {"type": "path"},
        f"{prefix}client_key": {"type": "path", "no_log": False},
        f"{prefix}check_hostname": {"type": "bool", "default": True},
        f"{prefix}connect_timeout": {"type": "int", "default": 30},
        f"{prefix}trust_network": {"type": "bool", "default": False},
        f"{prefix}{VARIABLES}": {"type": "dict", "default": {}},
    }


MYSQL_LOGIN: t.Final[Spec] = _mysql_login("", required=True)
SOURCE_LOGIN: t.Final[Spec] = _mysql_login("source_", required=False)
FREEZER_LOGIN: t.Final[Spec] = _mysql_login("freezer_", required=False)


def mysql_login(params: Mapping[str, t.Any], prefix: str = "") -> MySQLLogin:
    """The login that the options name; `prefix` is `source_` where a module speaks to both servers."""
    return MySQLLogin(
        host=params[f"{prefix}login_host"],
        port=params[f"{prefix}login_port"],
        user=params[f"{prefix}login_user"],
        password=params[f"{prefix}login_password"],
        unix_socket=params[f"{prefix}login_unix_socket"],
        ca_cert=params[f"{prefix}ca_cert"],
        client_cert=params[f"{prefix}client_cert"],
        client_key=params[f"{prefix}client_key"],
        check_hostname=params[f"{prefix}check_hostname"],
        connect_timeout=params[f"{prefix}connect_timeout"],
        trust_network=params[f"{prefix}trust_network"],
        variables=params[f"{prefix}{VARIABLES}"],
    )


def source_login(params: Mapping[str, t.Any]) -> MySQLLogin | None:
    """The source's login, or None where no account is given and the snapshot's sums stand in for it."""
    return mysql_login(params, "source_") if params["source_login_user"] else None


def freezer_login(params: Mapping[str, t.Any]) -> MySQLLogin | None:
    """The login of the account that sees accounts and sessions of the source, or None where none is given."""
    return mysql_login(params, "freezer_") if params["freezer_login_user"] else None


def postgresql_login(params: Mapping[str, t.Any], prefix: str = "") -> PostgreSQLLogin:
    """The login that the options name; `prefix` is `target_` where a module speaks to both servers."""
    return PostgreSQLLogin(
        host=params[f"{prefix}login_host"],
        port=params[f"{prefix}login_port"],
        user=params[f"{prefix}login_user"],
        password=params[f"{prefix}login_password"],
        unix_socket=params[f"{prefix}login_unix_socket"],
        ssl_mode=params[f"{prefix}ssl_mode"],
        ca_cert=params[f"{prefix}ca_cert"],
        client_cert=params[f"{prefix}ssl_cert"],
        client_key=params[f"{prefix}ssl_key"],
        connect_timeout=params[f"{prefix}connect_timeout"],
        trust_network=params[f"{prefix}trust_network"],
        variables=params[f"{prefix}{VARIABLES}"],
    )


def target_login(params: Mapping[str, t.Any]) -> PostgreSQLLogin | None:
    """The target's login, or None where no role is given and nothing is asked of it."""
    return postgresql_login(params, "target_") if params["target_login_user"] else None


def workers(params: Mapping[str, t.Any]) -> int:
    """How many processes: what the option says, else one per processor and at least two."""
    return params["workers"] or max(2, os.cpu_count() or 1)


__all__ = (
    "ENCRYPTION",
    "FREEZER_LOGIN",
    "MYSQL_LOGIN",
    "POSTGRESQL_LOGIN",
    "PREFLIGHT",
    "RUN_DIRECTORY",
    "SOURCE_LOGIN",
    "TARGET_LOGIN",
    "VARIABLES",
    "WORKERS",
    "freezer_login",
    "mysql_login",
    "postgresql_login",
    "source_login",
    "target_login",
    "workers",
)
