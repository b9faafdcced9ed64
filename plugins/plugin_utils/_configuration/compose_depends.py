# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What a compose service waits for: a list of names, or a mapping of names to conditions."""

from __future__ import annotations

import typing as t

from .yaml_text import Node, YamlText, entries, find, is_mapping, is_scalar, is_sequence

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping

HEALTHY = "service_healthy"
_STARTED = "service_started"  # what a list means


def rewrite_depends(
    file: YamlText,
    service: Node,
    *,
    removed: Collection[str],
    renamed: Mapping[str, str],
    postgres: str | None,
    client: bool,
) -> None:
    """Let a service wait for a healthy PostgreSQL where it waited for MySQL.

    `client`: it uses a database that moves; then it must not be content with a server that has started.
    """
    node = find(service, "depends_on")
    if node is None:
        if client and postgres:
            anchor = (
                "image"
                if find(service, "image") is not None
                else next(key for key, *_rest in entries(service))
            )
            step = " " * file.step
            written = f"\n{step}{postgres}:\n{step * 2}condition: {HEALTHY}"
            file.add_entries(service, {"depends_on": written}, after=anchor)
        return
    before = _names(node)
    lost = any(name in removed for name in before)
    wants = postgres is not None and (lost or (client and before.get(postgres, HEALTHY) != HEALTHY))
    after: dict[str, str | None] = {
        renamed.get(name, name): condition for name, condition in before.items() if name not in removed
    }
    if wants and postgres:
        after[postgres] = HEALTHY
    if after == before:
        return
    if not after:
        file.remove_keys(service, ["depends_on"])
    elif is_mapping(node):
        _edit_mapping(file, node, before, after)
    else:
        _write_mapping(file, service, node, after)


def _names(node: Node) -> dict[str, str | None]:
    if is_sequence(node):
        return {str(item.value): _STARTED for item in node.value if is_scalar(item)}
    found: dict[str, str | None] = {}
    for name, _key, value in entries(node):
        condition = find(value, "condition")
        found[name] = str(condition.value) if is_scalar(condition) else None
    return found


def _edit_mapping(
    file: YamlText, node: Node, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> None:
    gone = [name for name in before if name not in after]
    fresh = [name for name in after if name not in before]
    for name, key, value in entries(node):
        if gone and fresh and name == gone[0]:
            # In its place, so that the order stays.
            file.replace(key, fresh.pop(0))
            gone.pop(0)
            condition = find(value, "condition")
            if is_scalar(condition):
                file.set_scalar(condition, HEALTHY)
        elif name in after and after[name] != before[name]:
            condition = find(value, "condition")
            if is_scalar(condition):
                file.set_scalar(condition, str(after[name]))
    file.remove_keys(node, gone)
    block = "\n" + " " * file.step + "condition: " + HEALTHY
    written = "{condition: " + HEALTHY + "}" if node.flow_style else block
    file.add_entries(
        node, dict.fromkeys(fresh, written), after=[name for name in before if name not in gone][-1]
    )


def _write_mapping(file: YamlText, service: Node, node: Node, after: Mapping[str, str | None]) -> None:
    """A list cannot hold a condition, so it becomes a mapping; what was in the list still has to start."""
    key = next(key for name, key, _value in entries(service) if name == "depends_on")
    indent = " " * (key.start_mark.column + file.step)
    inner = indent + " " * file.step
    written = "".join(
        f"\n{indent}{name}:\n{inner}condition: {condition}" for name, condition in after.items()
    )
    file.replace_value(key, node, written)


__all__ = ("rewrite_depends",)
