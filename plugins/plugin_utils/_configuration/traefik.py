# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Traefik's static and dynamic configuration: MySQL's entry point, routers and services go."""

from __future__ import annotations

import re
import typing as t

from .commented import without_commented_mysql
from .yaml_text import Node, YamlText, entries, find, is_mapping, is_scalar, is_sequence, scalars

if t.TYPE_CHECKING:
    from collections.abc import Collection

_NAME = re.compile(r"mysql|mariadb", re.I)
_ADDRESS = re.compile(r"(?:mysql|mariadb)|:3306\b")


def rewrite_traefik(text: str, name: str) -> str:
    """Either of the two files, or one that holds both."""
    file = YamlText(without_commented_mysql(text), name)
    points = _named(find(file.root, "entryPoints"), lambda node: _leads_to_mysql(find(node, "address")))
    if points:
        _take_out(file, file.root, "entryPoints", points)
    for protocol in ("tcp", "udp", "http"):
        part = find(file.root, protocol)
        if is_mapping(part):
            _rewrite_protocol(file, part, protocol, points)
    return file.result()


def _rewrite_protocol(file: YamlText, part: Node, protocol: str, points: Collection[str]) -> None:
    services = _named(find(part, "services"), lambda node: any(map(_leads_to_mysql, scalars(node))))
    routers = _named(find(part, "routers"), lambda node: _text(find(node, "service")) in services)
    doomed = {"routers": routers, "services": services}
    for _name, _key, router in entries(find(part, "routers")):
        if _name not in routers:
            _without_points(file, router, {*points, "mysql", "mariadb"})
    emptied = [
        kind for kind, _key, node in entries(part) if kind in doomed and len(doomed[kind]) == len(node.value)
    ]
    if emptied and len(emptied) == len(part.value):
        file.remove_keys(file.root, [protocol])
        return
    for kind, names in doomed.items():
        if names:
            _take_out(file, part, kind, names)


def _without_points(file: YamlText, router: Node, points: Collection[str]) -> None:
    listed = find(router, "entryPoints")
    if is_sequence(listed):
        gone = [at for at, item in enumerate(listed.value) if _text(item) in points]
        if gone and len(gone) == len(listed.value):
            file.remove_keys(router, ["entryPoints"])
        else:
            file.remove_items(listed, gone)


def _named(mapping: Node, leads: t.Callable[[Node], bool]) -> set[str]:
    """The names of the entries that are MySQL's, by name or by where they lead."""
    return {name for name, _key, node in entries(mapping) if _NAME.search(name) or leads(node)}


def _take_out(file: YamlText, parent: Node, kind: str, names: Collection[str]) -> None:
    mapping = find(parent, kind)
    if len(names) == len(mapping.value):
        file.remove_keys(parent, [kind])
    else:
        file.remove_keys(mapping, names)


def _leads_to_mysql(node: Node) -> bool:
    return bool(_ADDRESS.search(_text(node)))


def _text(node: Node) -> str:
    return str(node.value) if is_scalar(node) else ""


__all__ = ("rewrite_traefik",)
