# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Variables that look like one of the collection's and are none: they would do nothing, in silence.

What the roles know is read from their own argument specifications, so that nothing here can fall behind them.
"""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

OF_PLAYBOOKS: t.Final = frozenset(
    {
        "database_backup_doubts",
        "database_backup_work",
        "kubernetes_manifests_doubts",
        "migration_changes",
        "migration_gate",
        "migration_other_tags",
        "migration_other_variables",
        "migration_rehearsal_directory",
        "service_downtime_work",
    }
)
"""What no role declares: words to the playbooks, and results that a role hands to the next one."""

Keys = Mapping[str, "Keys"]
"""Names of the keys that a dictionary may have, each with those of the value below it; empty where all may be."""


@dataclass(frozen=True)
class Known:
    """Every variable of the collection."""

    prefixes: tuple[str, ...]
    variables: Keys

    def nearest(self, name: str) -> str | None:
        """The variable that `name` was meant to be, `None` where nothing is near."""
        return _nearest(name, self._one_letter_away(name) or self.variables)

    def concerns(self, name: str) -> bool:
        """Whether `name` is none of the collection's and would be taken for one.

        It has the prefix of a role, or it is one letter away from a variable that there is.
        """
        if name in self.variables or name.startswith("_"):
            return False
        return name.startswith(self.prefixes) or bool(self._one_letter_away(name))

    @cached_property
    def _by_shorter(self) -> Mapping[str, Collection[str]]:
        """By each name that is a letter short, and by the whole one, the variables that it may have been."""
        index: dict[str, set[str]] = {}
        for name in self.variables:
            for shorter in _shorter(name):
                index.setdefault(shorter, set()).add(name)
        return index

    def _one_letter_away(self, name: str) -> Collection[str]:
        """The variables that one letter makes of `name`: with a letter less, two such words meet."""
        near = {known for shorter in _shorter(name) for known in self._by_shorter.get(shorter, ())}
        return {known for known in near if _distance(name, known) == 1}


def _shorter(name: str) -> set[str]:
    """The name, and the name without any one of its letters."""
    return {name, *(name[:place] + name[place + 1 :] for place in range(len(name)))}


def read(roles: Path) -> Known:
    """The variables of all roles below this folder."""
    variables: dict[str, Keys] = {name: {} for name in OF_PLAYBOOKS}
    prefixes = []
    for file in sorted(roles.glob("*/meta/argument_specs.yml")):
        prefixes.append(f"{file.parents[1].name}_")
        for point in yaml_load(file.read_text(encoding="utf-8"))["argument_specs"].values():
            variables.update(_keys(point.get("options", {})))
    return Known(tuple(prefixes), variables)


def _keys(options: Mapping[str, t.Any]) -> dict[str, Keys]:
    return {name: _keys(option.get("options", {})) for name, option in options.items()}


Places = Mapping[str, Mapping[str, t.Any]]
"""By host, or by another place, the variables that are seen there, as they were written."""


def unknown(
    known: Known, places: Places, groups: Mapping[str, Sequence[str]], others: Collection[str]
) -> list[str]:
    """A few words on each name that is none of the collection's, with where it was seen.

    `others`: names that the operator calls his own.
    """
    seen: dict[tuple[str, str], list[str]] = {}
    for place, variables in places.items():
        for name, value in variables.items():
            for finding in _findings(known, str(name), value, others):
                seen.setdefault(finding, []).append(place)
    return [f"{what} ({_where(found, groups)}): {remedy}" for (what, remedy), found in sorted(seen.items())]


def _findings(known: Known, name: str, value: object, others: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong, and what was meant."""
    if name in others:
        return
    if known.concerns(name):
        nearest = known.nearest(name)
        yield name, f"did you mean {nearest}?" if nearest else "there is no variable like that."
    elif name in known.variables:
        yield from _foreign_keys(name, value, known.variables[name])


def _foreign_keys(what: str, value: object, keys: Keys) -> Iterator[tuple[str, str]]:
    """Keys of a dictionary, or of dictionaries in a list, that are none. A template is left to the role."""
    if not keys:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in keys:
                yield from _foreign_keys(f"{what}.{key}", inner, keys[key])
            elif isinstance(key, str):
                nearest = _nearest(key, keys)
                means = f"did you mean {nearest}?" if nearest else f"the keys are {', '.join(sorted(keys))}."
                yield f"{what}.{key}", means
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, entry in enumerate(value):
            yield from _foreign_keys(f"{what}[{number}]", entry, keys)


def _nearest(name: str, names: Collection[str]) -> str | None:
    """The name with the fewest letters to change, and of these the most alike; none where too much would change."""
    most = max(2, len(name) // 5)
    distances = {other: _distance(name, other) for other in names if abs(len(name) - len(other)) <= most}
    fewest = min(distances.values(), default=most + 1)
    if fewest > most:
        return None
    nearest = sorted(other for other, distance in distances.items() if distance == fewest)
    return max(nearest, key=lambda other: difflib.SequenceMatcher(None, name, other).ratio())


def _distance(one: str, other: str) -> int:
    """How many letters must be dropped, added, replaced or swapped with their neighbour."""
    one, other = _apart(*(word[::-1] for word in _apart(one, other)))
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _apart(one: str, other: str) -> tuple[str, str]:
    """Both without the beginning that they share."""
    same = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return one[same:], other[same:]


def _where(found: Sequence[str], groups: Mapping[str, Sequence[str]]) -> str:
    """The hosts in a word: a group that has just these, or their names."""
    hosts = set(found)
    if len(hosts) > 1:
        for group in sorted(groups, key=lambda group: (group == "all", group)):
            if set(groups[group]) == hosts:
                return "all hosts" if group == "all" else f"group {group}"
    return ", ".join(sorted(hosts))


__all__ = ("OF_PLAYBOOKS", "Known", "read", "unknown")
