# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Proof that rewriting a compose file has touched nothing but what it may."""

from __future__ import annotations

import re
import typing as t

from .problem import RewriteError
from .yaml_text import Node, YamlText, entries, plain

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# What of a service a rewriting may change. Backup jobs also get another image and command.
_MAY_CHANGE = {
    "environment",
    "depends_on",
    "ports",
    "expose",
    "volumes",
    "labels",
    "links",
    "command",
    "entrypoint",
    "healthcheck",
}
_OF_BACKUPS = {"image", "build", "container_name", "hostname"}


def check(
    name: str,
    before: Node,
    after: Node,
    *,
    removed: Collection[str],
    renamed: Mapping[str, str],
    jobs: Collection[str],
) -> None:
    """Raises RewriteError: something else is not what it was; that is a fault of this collection."""
    old, new = plain(before), plain(after)
    wanted = {renamed.get(service, service): service for service in old["services"] if service not in removed}
    if set(wanted) != set(new["services"]):
        raise _fault(name, "services")
    for service, was in wanted.items():
        free = _MAY_CHANGE | (_OF_BACKUPS if was in jobs else set())
        if _rest(old["services"][was], free) != _rest(new["services"][service], free):
            raise _fault(name, f"services.{service}")
    if _rest(old, {"services", "volumes"}) != _rest(new, {"services", "volumes"}):
        raise _fault(name, "its top level")


def refuse_lost_anchors(file: YamlText, services: Node, removed: Collection[str]) -> None:
    """Raises RewriteError: what goes has an anchor that what stays refers to."""
    for name, _key, node in entries(services):
        if name not in removed:
            continue
        start, end = node.start_mark.index, node.end_mark.index
        rest = file.text[:start] + file.text[end:]
        for anchor in re.findall(r"(?<=[\s:,\[{-])&([\w.-]+)", file.text[start:end]):
            if re.search(rf"(?<=[\s:,\[{{-])\*{re.escape(anchor)}(?![\w.-])", rest):
                raise RewriteError(
                    f"{file.name}: the service {name} goes, and other parts of the file use its anchor &{anchor}. "
                    "Move what it marks to a block of its own whose name begins with x-, and run again."
                )


def _rest(mapping: t.Any, free: Collection[str]) -> dict[str, t.Any]:
    return {
        key: value
        for key, value in (mapping or {}).items()
        if key not in free and not str(key).startswith("x-")
    }


def _fault(name: str, place: str) -> RewriteError:
    return RewriteError(
        f"{name}: the rewriting would have changed more than it may, in {place}. Nothing was written. Please report "
        "this with the file."
    )


__all__ = ("check",)
