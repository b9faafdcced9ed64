# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The environment of a compose service, which is a list of `NAME=value` or a mapping."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .yaml_text import Node, YamlText, entries, find, is_mapping, is_scalar, is_sequence, quoted

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator


@dataclass(frozen=True)
class Variable:
    """One variable, in the collection that holds it."""

    name: str
    value: str
    passed_through: bool
    """Whether it has no value of its own here but that of compose's own environment."""
    node: Node
    holder: Node


class Environment:
    """All variables of one service, also those that a merged mapping brings."""

    def __init__(self, file: YamlText, service: Node) -> None:
        self._file = file
        self._service = service
        self.node = find(service, "environment")

    def __iter__(self) -> Iterator[Variable]:
        yield from _variables(self.node)

    def set(self, variable: Variable, value: str) -> None:
        """Give a variable that is there another value."""
        if not variable.passed_through:
            written = f"{variable.name}={value}" if is_sequence(variable.holder) else value
            self._file.set_scalar(variable.node, written)

    def change(self, remove: Collection[str], add: dict[str, str]) -> None:
        """Take variables away and add others, which is one act as nothing may be left of the first."""
        by_holder: dict[int, tuple[Node, list[str]]] = {}
        for variable in self:
            holder, doomed = by_holder.setdefault(id(variable.holder), (variable.holder, []))
            if variable.name in remove:
                doomed.append(variable.name)
        add = {name: value for name, value in add.items() if name not in {one.name for one in self}}
        for holder, doomed in by_holder.values():
            self._change_one(holder, doomed, add if holder is self.node else {})
        if self.node is None and add:
            anchor = next(key for key, _node, _value in entries(self._service))
            step = "\n" + " " * self._file.step
            lines = "".join(f"{step}{name}: {quoted(value)}" for name, value in add.items())
            self._file.add_entries(self._service, {"environment": lines}, after=anchor)

    def _change_one(self, holder: Node, doomed: list[str], add: dict[str, str]) -> None:
        in_list = is_sequence(holder)
        if in_list:
            fresh = [quoted(f"{name}={value}") for name, value in add.items()]
            places = [at for at, item in enumerate(holder.value) if _name(item) in doomed]
            left = len(holder.value) - len(places)
        else:
            places = []
            left = len(holder.value) - len(doomed)
        if left == 0 and (doomed or places):
            if not add:
                self._file.remove_keys(self._service, ["environment"])
                return
            self._replace_all(holder, add)
        elif in_list:
            self._file.remove_items(holder, places)
            self._file.add_items(holder, fresh)
        else:
            self._file.remove_keys(holder, doomed)
            kept = [key for key, _node, _value in entries(holder) if key not in doomed]
            self._file.add_entries(
                holder, {name: quoted(value) for name, value in add.items()}, kept[-1] if kept else None
            )

    def _replace_all(self, holder: Node, add: dict[str, str]) -> None:
        if is_sequence(holder):
            items = [quoted(f"{name}={value}") for name, value in add.items()]
            indent = " " * holder.start_mark.column
            separator, front = (", ", "") if holder.flow_style else (f"\n{indent}", "- ")
        else:
            items = [f"{name}: {quoted(value)}" for name, value in add.items()]
            indent = " " * holder.start_mark.column
            separator, front = (", ", "") if holder.flow_style else (f"\n{indent}", "")
        written = separator.join(front + item for item in items)
        if holder.flow_style:
            written = f"[{written}]" if is_sequence(holder) else "{" + written + "}"
        self._file.replace(holder, written)


def _variables(node: Node) -> Iterator[Variable]:
    if is_sequence(node):
        for item in node.value:
            if is_scalar(item):
                name, equals, value = item.value.partition("=")
                yield Variable(name, value, not equals, item, node)
    elif is_mapping(node):
        for name, _key, value in entries(node):
            if name == "<<":
                for merged in value.value if is_sequence(value) else [value]:
                    yield from _variables(merged)
            elif is_scalar(value):
                empty = value.value == "" and value.style is None
                yield Variable(name, value.value, empty, value, node)


def _name(item: Node) -> str:
    return str(item.value).partition("=")[0] if is_scalar(item) else ""


__all__ = ("Environment",)
