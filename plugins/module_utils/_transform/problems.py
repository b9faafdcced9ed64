# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What contradicts in the catalogs and rules of all databases: each kind once, with the rule that would decide it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._errors import PlanError
from .yaml_flow import flow

Rule = t.Mapping[str, t.Any]
"""Keys of a profile, each with a list of entries."""

SHOWN: t.Final = 5
"""Objects that a problem names; the others are in its rule."""


@dataclass(frozen=True)
class Kind:
    """One kind of problems. `{}` in `one` stands for the object, `{n}` and `{}` in `many` for number and objects."""

    one: str
    many: str
    remedy: str


@dataclass
class _Group:
    objects: list[str] = field(default_factory=list)
    rule: dict[str, list[t.Any]] = field(default_factory=dict)


class Problems:
    """The problems of one run, in the order in which their kinds were met."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str | Kind], _Group] = {}

    def add(self, database: str, text: str) -> None:
        """One that no other is like."""
        self._found[database, text] = _Group()

    def group(self, database: str, kind: Kind, what: str, rule: Rule | None = None) -> None:
        """One of a kind: the object, and the rule that would decide it."""
        group = self._found.setdefault((database, kind), _Group())
        group.objects.append(what)
        _merge(group.rule, rule or {})

    def of(self, database: str) -> bool:
        """Whether there are any of this database."""
        return any(name == database for name, _kind in self._found)

    def refuse(self) -> None:
        """Raises PlanError: there are any; `details` has them as `problems`, and as `rules` what would decide them."""
        if not self._found:
            return
        texts = [f"{database}: {_text(kind, group)}" for (database, kind), group in self._found.items()]
        rules: dict[str, dict[str, list[t.Any]]] = {}
        for (database, _kind), group in self._found.items():
            if group.rule:
                _merge(rules.setdefault(database, {}), group.rule)
        more = f" And {len(texts) - 1} more, see problems." if len(texts) > 1 else ""
        raise PlanError(f"{texts[0]}{more}", problems=texts, rules=rules)


def _merge(rule: dict[str, list[t.Any]], more: Rule) -> None:
    for key, entries in more.items():
        found = rule.setdefault(key, [])
        found += [entry for entry in entries if entry not in found]


def _text(kind: str | Kind, group: _Group) -> str:
    if isinstance(kind, str):
        return kind
    if len(group.objects) == 1:
        said = kind.one.replace("{}", group.objects[0])
    else:
        rest = len(group.objects) - SHOWN
        shown = ", ".join(group.objects[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
        said = kind.many.replace("{n}", str(len(group.objects))).replace("{}", shown)
    rule = f" The rule for it: {flow({'rules': group.rule})[1:-1]}" if group.rule else ""
    return f"{said}. {kind.remedy}{rule}"


__all__ = ("Kind", "Problems")
