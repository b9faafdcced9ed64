# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What becomes of the JSON of one column: its classes of misfits, and the document that arrives.

Scan, dump and proof ask the same rules of the same bytes, each of what it has read itself.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import json_text
from .misfits import JSON_KEYS, JSON_NUL

if t.TYPE_CHECKING:
    from .profile import Policy


@dataclass(frozen=True)
class JsonRules:
    """The classes that a column's documents can be of, and the policies for them; a class without one fails."""

    names: frozenset[str]
    policies: t.Mapping[str, Policy] = field(default_factory=dict)
    empty: bool = False
    """'' is a class of its own, which SQL decides."""

    def misfits(self, document: bytes) -> list[str]:
        """The classes that something has to be done about; where one of them makes it NULL, only such."""
        if self.empty and not document:
            return []
        found = json_text.misfits(document, self.names)
        instead = self._instead(found)
        if instead is not None and JSON_KEYS.name in self.names and json_text.keys_meet(document, instead):
            found.append(JSON_KEYS.name)
        if not all(name in self.policies for name in found):
            return found
        return [name for name in found if self.policies[name].name == "null"] or found

    def treated(self, document: bytes) -> bytes | None:
        """The document after the policies; of a class without one it stays as it is."""
        found = self.misfits(document)
        for name in found:
            policy = self.policies.get(name)
            if policy is not None and policy.name == "null":
                return None
            if policy is not None and name != JSON_NUL.name:
                return (policy.value or "").encode()
        instead = self._instead(found)
        return document if instead is None else json_text.without_nul(document, instead)

    def _instead(self, found: list[str]) -> str | None:
        """What a policy puts in the place of U+0000."""
        policy = self.policies.get(JSON_NUL.name) if JSON_NUL.name in found else None
        return None if policy is None or policy.name == "null" else policy.value or ""


__all__ = ("JsonRules",)
