# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a verification gives back: the verdict, the report, and one line for the operator."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .report import worth


@dataclass(frozen=True)
class VerifyOutcome:
    """The verdict and the whole report."""

    changed: bool
    path: str
    report: dict[str, t.Any]

    @property
    def equal(self) -> bool:
        """Every value of every table is on the target, and the target's schema is whole."""
        return self.report["verdict"] == "equal"

    @property
    def message(self) -> str:
        """One line for the operator."""
        if self.equal:
            rows = sum(database["rows"] for database in self.report["databases"])
            return f"Source and target are equal: {rows} rows. Report: {self.path}"
        found = [*self.report["shown"], *self.report["problems"]]
        more = f" And {len(found) - 1} more." if len(found) > 1 else ""
        first = found[0].rstrip(".") if found else "No row could be named"
        return f"Source and target differ. {first}.{more} Report: {self.path}"

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": self.changed,
            "verdict": self.report["verdict"],
            "evidence_hash": self.report["evidence_hash"],
            "report": self.path,
            "databases": [
                {key: value for key, value in database.items() if key != "table_results"}
                for database in self.report["databases"]
            ],
            "differences": [
                {key: value for key, value in one.items() if key != "values"}
                for one in self.report["differences"]
            ],
            "problems": self.report["problems"],
            "proof": worth(self.report),
        }


__all__ = ("VerifyOutcome",)
