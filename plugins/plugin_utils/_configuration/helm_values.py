# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Helm: a chart's values, and the list of its subcharts in `Chart.yaml`."""

from __future__ import annotations

import re
import typing as t

from .commented import without_commented_mysql
from .kubernetes import config_values, put_strings
from .yaml_text import Node, YamlText, entries, find, is_mapping, is_scalar, is_sequence

if t.TYPE_CHECKING:
    from .settings import Settings

_SUBCHARTS = ("mysql", "mariadb", "mariadb-galera", "percona", "mysqlha")
_FAMILY = re.compile(r"(?:MYSQL|MARIADB)_")


def rewrite_values(text: str, name: str, settings: Settings) -> str:
    """The values of MySQL's subcharts go, variables and addresses of the database become PostgreSQL's."""
    file = YamlText(without_commented_mysql(text), name)
    for document in file.documents:
        _walk(file, document, settings)
    dependencies = find(file.root, "dependencies")
    if is_sequence(dependencies):
        gone = [at for at, item in enumerate(dependencies.value) if _text(find(item, "name")) in _SUBCHARTS]
        if gone and len(gone) == len(dependencies.value):
            file.remove_keys(file.root, ["dependencies"])
        else:
            file.remove_items(dependencies, gone)
    return file.result()


def _walk(file: YamlText, node: Node, settings: Settings) -> None:
    if is_sequence(node):
        for item in node.value:
            _walk(file, item, settings)
    if not is_mapping(node):
        return
    there = [key for key, *_rest in entries(node)]
    charts = [key for key, _key, value in entries(node) if key in _SUBCHARTS and is_mapping(value)]
    variables = [key for key in there if _FAMILY.match(key)]
    if variables or "DATABASE_HOST" in there:
        put_strings(file, node, config_values(settings), doomed=variables)
        return
    for key, _key, value in entries(node):
        if key in charts:
            continue
        if is_scalar(value):
            file.set_scalar(value, _scalar(key, value.value, settings))
        else:
            _walk(file, value, settings)
    if charts and len(charts) < len(there):
        file.remove_keys(node, charts)


def _scalar(key: str, value: str, settings: Settings) -> str:
    """Of a database's block: what kind it is and where."""
    if key in ("type", "dialect", "engine", "driver", "client") and value in ("mysql", "mariadb"):
        return "postgres"
    if key == "port" and value == "3306":
        return str(settings.port)
    if key in ("host", "hostname") and value in ("mysql", "mariadb"):
        return settings.host
    return value


def _text(node: Node) -> str:
    return str(node.value) if is_scalar(node) else ""


__all__ = ("rewrite_values",)
