# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What of the source is not made on the target, or not quite as it was: each with its own text and why."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class LeftOut:
    """One thing that somebody has to know of."""

    kind: str
    """`view`, `check`, `default`, …"""
    name: str
    """With its table, where it has one."""
    why: str
    text: str = ""
    """What the source says of it."""
    proposal: str = ""
    """SQL of PostgreSQL that comes near."""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def to_markdown(left: t.Sequence[LeftOut]) -> str:
    """A list for people, each with its text."""
    if not left:
        return "Everything that the source has is carried.\n"
    lines: list[str] = []
    for one in left:
        lines.append(f"- **{one.kind} {one.name}**: {one.why}.")
        for title, text in (("The source says", one.text), ("What comes near", one.proposal)):
            if text:
                fence = "```"
                while fence in text:
                    fence += "`"
                lines += ["", f"  {title}:", "", f"  {fence}sql"]
                lines += [f"  {line}".rstrip() for line in text.splitlines()]
                lines += [f"  {fence}", ""]
    return "\n".join(lines) + "\n"


__all__ = ("LeftOut", "to_markdown")
