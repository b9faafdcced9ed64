# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the gate of the cut-over is told, and which of it keeps the gate shut."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._errors import GateRefused

WORD: t.Final = "accept_unfrozen=true (cutover_accept_unfrozen)"


@dataclass
class Answers:
    """Every question with its answer, and what is wrong with them."""

    verified: str = ""
    """When the verification ended, ISO 8601 in UTC."""
    asked: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What no word of the operator opens the gate for: the proof does not hold."""
    risks: list[str] = field(default_factory=list)
    """What the proof does not cover; the operator may accept it."""

    def note(self, what: str, answer: str) -> None:
        """Keep a question with its answer."""
        self.asked.append({"what": what, "answer": answer})

    def consequence(self) -> str:
        """What whoever accepts the risks takes upon himself."""
        return (
            f"Rows that were or will be written to the source after the proof of {self.verified} stay on the source "
            "alone: the application on PostgreSQL does not have them, and nobody will notice"
        )

    def check(self, accept_unfrozen: bool) -> None:
        """Raises GateRefused: with all reasons, and with the ways on."""
        risks = [] if accept_unfrozen else self.risks
        if not self.refused and not risks:
            return
        ways = [*([_AGAIN] if self.refused else []), *([self._ways_without_risk()] if risks else [])]
        raise GateRefused(
            f"The cut-over is refused, and nothing was changed. {' '.join(map(_sentence, [*self.refused, *risks]))} "
            f"{' '.join(ways)}",
            refused=self.refused,
            risks=self.risks,
            asked=self.asked,
        )

    def _ways_without_risk(self) -> str:
        return (
            "Stop the services, freeze the source (service_downtime_freeze), and migrate in mode frozen with the "
            f"source asked; where that was done, run its phases freeze and verify again. Or set {WORD} to cut over all "
            f"the same: {self.consequence()[0].lower()}{self.consequence()[1:]}."
        )


_AGAIN: t.Final = (
    "What is proved is not what is there now: find out why, then verify again, or where the source was written to, "
    "migrate again from the dump on (migration_restart=true)."
)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


__all__ = ("WORD", "Answers")
