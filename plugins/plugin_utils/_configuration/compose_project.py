# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Which files are compose files, and which of them docker compose reads together.

A file may be a stack of its own, include others, extend a service of another, or be an overlay: one that speaks of
services, networks or volumes which another file makes, and is read after that.
"""

from __future__ import annotations

import posixpath
import re
import typing as t

from .problem import RewriteError
from .yaml_text import Node, YamlText, entries, find, is_mapping, is_scalar, is_sequence

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOP_LEVEL = {"version", "name", "include", "services", "networks", "volumes", "configs", "secrets"}
_PARTS = ("services", "networks", "volumes")
_MAKES = ("image", "build", "extends")


def is_compose(text: str) -> bool:
    """Whether docker compose would take a file for one of its own. What is no YAML is none."""
    try:
        root = YamlText(text, "").root
    except RewriteError:
        return False
    if not is_mapping(root):
        return False
    keys = {key for key, *_rest in entries(root)}
    if not keys & {"services", "include"} or any(
        key not in _TOP_LEVEL and not key.startswith("x-") for key in keys
    ):
        return False
    services = find(root, "services")
    if services is None:
        return is_sequence(find(root, "include"))
    return is_mapping(services) and all(is_mapping(node) for _name, _key, node in entries(services))


class Project:
    """The compose files of one checkout, by their paths relative to it."""

    def __init__(self, files: Mapping[str, str]) -> None:
        roots = {path: YamlText(text, path).root for path, text in files.items()}
        self._includes = {
            path: [one for one in _included(root, path) if one in files] for path, root in roots.items()
        }
        self._extends = {
            path: {one for one in _extended(root, path) if one in files} for path, root in roots.items()
        }
        makes = {path: set(_made(root)) for path, root in roots.items()}
        self._makes = {path: set().union(*(makes[one] for one in self._below(path))) for path in files}
        self._lacks = {path: set(_named(root)) - self._makes[path] for path, root in roots.items()}

    def stacks(self) -> list[list[str]]:
        """What docker compose can read: each list is the files of one call, in their order."""
        return [[path] for path in self._complete()] + [
            [self._bases(path)[0], path] for path in self._overlays() if self._bases(path)
        ]

    def apart(self) -> list[str]:
        """The overlays of which no file makes what they speak of."""
        return [path for path in self._overlays() if not self._bases(path)]

    def others(self, path: str) -> set[str]:
        """The files that are read together with one, over any number of steps."""
        found = {path}
        todo = [path]
        while todo:
            one = todo.pop()
            near = {*self._includes[one], *self._extends[one], *self._bases(one)}
            near |= {
                other
                for other in self._includes
                if one in self._includes[other] or one in self._extends[other] or one in self._bases(other)
            }
            todo += near - found
            found |= near
        return found - {path}

    def _below(self, path: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        yield path
        for other in self._includes[path]:
            if other not in seen:
                yield from self._below(other, seen | {path})

    def _complete(self) -> list[str]:
        """The files that lack nothing. An included one is a stack too: people start it alone."""
        return sorted((path for path, lacks in self._lacks.items() if not lacks), key=_by_depth)

    def _overlays(self) -> list[str]:
        included = {other for path in self._complete() for other in self._below(path) if other != path}
        return sorted(
            (path for path, lacks in self._lacks.items() if lacks and path not in included), key=_by_depth
        )

    def _bases(self, path: str) -> list[str]:
        """The files next to the root on which an overlay can lie."""
        lacks = self._lacks[path]
        if not lacks:
            return []
        able = [other for other, rest in self._lacks.items() if not rest and lacks <= self._makes[other]]
        able.sort(key=_by_depth)
        return [one for one in able if one.count("/") == able[0].count("/")]


def _by_depth(path: str) -> tuple[int, str]:
    return (path.count("/"), path)


def _included(root: Node, path: str) -> Iterator[str]:
    listed = find(root, "include")
    for item in listed.value if is_sequence(listed) else []:
        named = find(item, "path") if is_mapping(item) else item
        for one in named.value if is_sequence(named) else [named]:
            if is_scalar(one):
                yield _beside(path, one.value)


def _extended(root: Node, path: str) -> Iterator[str]:
    for _name, _key, service in entries(find(root, "services")):
        file = find(service, "extends", "file")
        if is_scalar(file):
            yield _beside(path, file.value)


def _beside(path: str, named: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), named))


def _made(root: Node) -> Iterator[str]:
    """What a file makes, as "services.kratos"."""
    yield "networks.default"
    for part in _PARTS:
        for name, _key, node in entries(find(root, part)):
            if part != "services" or any(find(node, key) is not None for key in _MAKES):
                yield f"{part}.{name}"


def _named(root: Node) -> Iterator[str]:
    """What a file speaks of, in the same words."""
    for name, _key, service in entries(find(root, "services")):
        yield f"services.{name}"
        for key in ("depends_on", "links"):
            yield from (f"services.{other.partition(':')[0]}" for other in _words(find(service, key)))
        yield from (f"networks.{network}" for network in _words(find(service, "networks")))
        yield from (f"volumes.{volume}" for volume in named_volumes(service))


def _words(node: Node) -> Iterator[str]:
    if is_sequence(node):
        yield from (str(item.value) for item in node.value if is_scalar(item))
    else:
        yield from (name for name, *_rest in entries(node) if name != "<<")


def named_volumes(service: Node) -> set[str]:
    """The named volumes that a service mounts."""
    found = set()
    for item in getattr(find(service, "volumes"), "value", []):
        if is_mapping(item):
            kind, source = find(item, "type"), find(item, "source")
            if is_scalar(source) and (kind is None or kind.value == "volume"):
                found.add(str(source.value))
        elif is_scalar(item) and ":" in item.value:
            found.add(str(item.value).partition(":")[0])
    return {name for name in found if re.fullmatch(r"[A-Za-z0-9][\w.-]*", name)}


__all__ = ("Project", "is_compose", "named_volumes")
