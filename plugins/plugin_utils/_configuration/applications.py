# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The configuration of the Alkemio server and of Kratos."""

from __future__ import annotations

import re
import typing as t

from .commented import without_commented_mysql
from .problem import RewriteError
from .yaml_text import Node, YamlText, entries, find, is_mapping, is_scalar

if t.TYPE_CHECKING:
    pass

# What the PostgreSQL releases read, with the defaults that the platform ships.
_SERVER = {
    "host": ("DATABASE_HOST", "localhost"),
    "port": ("DATABASE_PORT", "5432"),
    "username": ("DATABASE_USERNAME", "synapse"),
    "password": ("DATABASE_PASSWORD", "synapse"),
    "schema": ("DATABASE_NAME", "alkemio"),
    "database": ("DATABASE_NAME", "alkemio"),
}
_ONLY_MYSQL = ("timezone", "charset")
_TYPE = "${DATABASE_TYPE}:postgres"
# In the place of `dsn: memory`, when the variable DSN is lost: Kratos stops instead of beginning an empty database.
_NOWHERE = "postgres://set-by-the-variable-DSN.invalid:5432/kratos?sslmode=disable"


def rewrite_alkemio(text: str, name: str) -> str:
    """The server's `storage.database`: every value by a variable, nothing that only MySQL has."""
    file = YamlText(without_commented_mysql(text), name)
    database = find(file.root, "storage", "database")
    if not is_mapping(database):
        raise RewriteError(f"{name} has no storage.database; it is not a configuration of the Alkemio server")
    values = {key: _text(node) for key, _key, node in entries(database)}
    if not _is_of_mysql(values):
        return file.result()
    for key, _node, node in entries(database):
        if key in _SERVER:
            file.set_scalar(node, _server_value(key, values[key]))
    kind = find(database, "type")
    if kind is not None:
        if not _text(kind).startswith("${DATABASE_TYPE}"):
            file.set_scalar(kind, _TYPE)
    elif "3306" in values.get("port", "") or "MYSQL" in values.get("password", ""):
        # The first releases for PostgreSQL still ask; later ones do not look.
        first = next(key for key in values if key not in _ONLY_MYSQL)
        file.add_entries(database, {"type": _TYPE}, after=first)
    file.remove_keys(database, [key for key in _ONLY_MYSQL if key in values])
    return file.result()


def rewrite_kratos(text: str, name: str) -> str:
    """A DSN in the file that is not the database in memory, which answers as healthy and knows nobody."""
    file = YamlText(without_commented_mysql(text), name)
    node = find(file.root, "dsn")
    if is_scalar(node) and not re.match(r"postgres(?:ql)?://", node.value):
        file.set_scalar(node, _NOWHERE)
    return file.result()


def _is_of_mysql(values: dict[str, str]) -> bool:
    told = " ".join(values.values())
    return bool(
        any(key in values for key in _ONLY_MYSQL)
        or re.search(r"MYSQL_|\bmysql\b|\b3306\b", told)
        or values.get("username") == "root"
    )


def _server_value(key: str, old: str) -> str:
    variable, default = _SERVER[key]
    if old.startswith("${" + variable + "}"):
        return old
    reference, found, given = old.partition("}:")
    if found and reference.startswith("${") and key in ("schema", "database"):
        default = given
    elif key in ("schema", "database") and "$" not in old and old:
        default = old
    return "${" + variable + "}:" + default


def _text(node: Node) -> str:
    return str(node.value) if is_scalar(node) else ""


__all__ = ("rewrite_alkemio", "rewrite_kratos")
