# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Profiles: the rules of one application, read from YAML on the controller, checked here.

A profile is data. It names tables to skip, tables the target's own migrations fill, invariants, and
column rules; the engine knows no application.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .._errors import InputError
from .misfits import CLASSES

_KEYS: t.Final = {
    "name",
    "description",
    "skip_tables",
    "leftover_tables",
    "seed_tables",
    "columns",
    "invariants",
}
_RULE_KEYS: t.Final = {
    "table",
    "column",
    "source_type",
    "target_type",
    "target_nullable",
    "policies",
    "converter",
    "sensitive",
    "reason",
}
_INVARIANT_KEYS: t.Final = {"name", "server", "moment", "query", "expect"}


@dataclass(frozen=True)
class Policy:
    """What to do with one class of misfits: a policy's name and, for some, a literal."""

    name: str
    value: str | None = None

    def to_json(self) -> str | dict[str, str]:
        """As profiles write it: C(strip) or C({"replace": "text"})."""
        return self.name if self.value is None else {self.name: self.value}


@dataclass(frozen=True)
class ColumnRule:
    """A rule for all columns that match; of two that set the same thing the later one holds."""

    table: str = "*"
    column: str = "*"
    source_type: str = "*"
    target_type: str = "*"
    target_nullable: bool | None = None
    policies: tuple[tuple[str, Policy], ...] = ()
    converter: str | None = None
    sensitive: bool | None = None

    def matches(self, table: str, column: str, types: tuple[str, str], nullable: bool) -> bool:
        """Patterns are shell patterns, matched with their case; I(types) are source's and target's."""
        return (
            fnmatchcase(table, self.table)
            and fnmatchcase(column, self.column)
            and fnmatchcase(types[0], self.source_type)
            and fnmatchcase(types[1], self.target_type)
            and self.target_nullable in (None, nullable)
        )


@dataclass(frozen=True)
class Invariant:
    """A query with one value that has to be I(expect) on one server at one moment of the run."""

    name: str
    server: t.Literal["source", "target"]
    moment: t.Literal["before", "after"]
    query: str
    expect: str


@dataclass(frozen=True)
class Profile:
    """The rules of one application, all empty by default."""

    name: str = ""
    skip_tables: tuple[str, ...] = ()
    leftover_tables: tuple[str, ...] = ()
    seed_tables: tuple[str, ...] = ()
    columns: tuple[ColumnRule, ...] = ()
    invariants: tuple[Invariant, ...] = ()


def parse_profile(name: str, data: t.Mapping[str, t.Any]) -> Profile:
    """A checked profile.

    @raise InputError: an unknown key, class, policy or a value of the wrong type, named.
    """
    where = f"Profile {name!r}"
    _known(data, _KEYS, where)
    return Profile(
        name=name,
        skip_tables=_names(data, "skip_tables", where),
        leftover_tables=_names(data, "leftover_tables", where),
        seed_tables=_names(data, "seed_tables", where),
        columns=tuple(
            _rule(rule, f"{where}, column rule {i}")
            for i, rule in enumerate(_list(data, "columns", where), 1)
        ),
        invariants=tuple(
            _invariant(value, f"{where}, invariant {i}")
            for i, value in enumerate(_list(data, "invariants", where), 1)
        ),
    )


def _known(data: t.Any, keys: set[str], where: str) -> None:
    if not isinstance(data, t.Mapping):
        raise InputError(f"{where} is no mapping. See the documented keys: {', '.join(sorted(keys))}.")
    unknown = sorted(set(map(str, data)) - keys)
    if unknown:
        raise InputError(
            f"{where} has the unknown key {unknown[0]!r}. Known keys: {', '.join(sorted(keys))}."
        )


def _list(data: t.Mapping[str, t.Any], key: str, where: str) -> list[t.Any]:
    value = data.get(key) or []
    if not isinstance(value, list):
        raise InputError(f"{where}: {key} has to be a list.")
    return value


def _names(data: t.Mapping[str, t.Any], key: str, where: str) -> tuple[str, ...]:
    values = _list(data, key, where)
    if not all(isinstance(value, str) for value in values):
        raise InputError(f"{where}: {key} has to be a list of table names.")
    return tuple(values)


def _rule(data: t.Any, where: str) -> ColumnRule:
    _known(data, _RULE_KEYS, where)
    patterns = {
        key: str(data[key]) for key in ("table", "column", "source_type", "target_type") if key in data
    }
    policies = data.get("policies") or {}
    _known(policies, set(CLASSES), f"{where}, policies")
    return ColumnRule(
        **patterns,
        target_nullable=data.get("target_nullable"),
        policies=tuple((key, _policy(key, value, where)) for key, value in policies.items()),
        converter=data.get("converter"),
        sensitive=data.get("sensitive"),
    )


def _policy(misfit: str, data: t.Any, where: str) -> Policy:
    # A bare null in YAML is None; it can only mean the policy of that name.
    name: str = "null" if data is None else data
    value: str | None = None
    if isinstance(data, t.Mapping) and len(data) == 1:
        name, value = next(iter(data.items()))
        value = str(value)
    allowed = {"fail", *CLASSES[misfit].policies}
    if name not in allowed:
        raise InputError(
            f"{where}: {misfit} has no policy {name!r}. Policies of this class: {', '.join(sorted(allowed))}."
        )
    needs_value = "{value}" in CLASSES[misfit].policies.get(name, "")
    if needs_value != (value is not None):
        form = f"{{{name}: VALUE}}" if needs_value else name
        raise InputError(f"{where}: write the policy of {misfit} as {form}.")
    return Policy(name, value)


def _invariant(data: t.Any, where: str) -> Invariant:
    _known(data, _INVARIANT_KEYS, where)
    missing = sorted(_INVARIANT_KEYS - set(data))
    if missing:
        raise InputError(f"{where} lacks {missing[0]!r}.")
    if data["server"] not in ("source", "target") or data["moment"] not in ("before", "after"):
        raise InputError(f"{where}: server is source or target, moment is before or after.")
    return Invariant(
        str(data["name"]), data["server"], data["moment"], str(data["query"]), str(data["expect"])
    )


__all__ = ("ColumnRule", "Invariant", "Policy", "Profile", "parse_profile")
