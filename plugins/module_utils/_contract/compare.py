# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Compare a contract with a live schema: every deviation, with its kind, its object, what it was and what it is."""

from __future__ import annotations

import fnmatch
import typing as t
from dataclasses import asdict, dataclass

from .._errors import InputError
from . import kinds
from .kinds import MISSING, SURPLUS

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .contract import Contract, Fields

_LENGTH: t.Final = 200
"""Characters of a value in a line."""
_ORDER: t.Final = list(kinds.SEVERITIES)


@dataclass(frozen=True)
class Deviation:
    """One field of one object that is not as the contract says."""

    kind: str
    """Kind of object and field, as `kinds` names them."""
    severity: str
    object: str
    """Kind and name of the object, in words."""
    name: str
    """Its name alone, with its table's."""
    table: str | None
    """The table it stands on, or is."""
    field: str
    was: t.Any
    """As the contract has it, `None` where it has nothing."""
    now: t.Any

    def as_line(self) -> str:
        """One line of a message."""
        if self.field == MISSING:
            return f"{self.object}: it is gone; it was {_shown(_told(self.was))}"
        if self.field == SURPLUS:
            return f"{self.object}: it is new; it is {_shown(_told(self.now))}"
        was, now = _apart(_text(self.was), _text(self.now))
        return f"{self.object}, {self.field.replace('_', ' ')}: before {was}, now {now}"

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return asdict(self)


def compare(
    before: Contract,
    now: Contract,
    *,
    severities: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
) -> list[Deviation]:
    """Every deviation, the gravest first. What stands on a table that is itself missing or surplus is not told.

    `severities`: kinds, or patterns of them, whose severity is another one. `ignore`: kinds that are not compared.
    Raises InputError: a kind or severity that does not exist; the contract is of other schemas.
    """
    if before.schemas != now.schemas:
        raise InputError(
            f"The contract is of the schema {', '.join(before.schemas)}, and {', '.join(now.schemas)} was read."
        )
    for pattern in (*ignore, *(severities or ())):
        if not kinds.matching(pattern):
            raise InputError(
                f"There is no kind of deviation {pattern}. docs/schema-contract.md lists them all."
            )
    for severity in (severities or {}).values():
        if severity not in kinds.SEVERITIES:
            raise InputError(f"There is no severity {severity}. There are: {', '.join(kinds.SEVERITIES)}.")
    weights = kinds.severities(severities or {})
    found = [
        one
        for kind in kinds.OBJECTS
        for one in _of_kind(kind, before.objects.get(kind, {}), now.objects.get(kind, {}), weights)
        if not any(fnmatch.fnmatchcase(one.kind, pattern) for pattern in ignore)
    ]
    gone = {
        one.table
        for one in found
        if one.field in (MISSING, SURPLUS) and one.kind.rsplit("_", 1)[0] in _HOLDERS
    }
    told = [one for one in found if one.table not in gone or one.kind.rsplit("_", 1)[0] in _HOLDERS]
    return sorted(told, key=lambda one: (_ORDER.index(one.severity), one.object, one.field))


_HOLDERS: t.Final = ("table", "view", "materialized_view", "domain")
"""Kinds of objects that others stand on."""


def _of_kind(
    kind: str, before: Mapping[str, Fields], now: Mapping[str, Fields], weights: Mapping[str, str]
) -> Iterator[Deviation]:
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        place = "the database" if kind == "database" else f"{kind.replace('_', ' ')} {name}"
        table = name if kind in _HOLDERS else (old or new or {}).get("table")
        for field, was, is_now in _differing(kind, old, new):
            of_kind = f"{kind}_{field}"
            yield Deviation(of_kind, weights[of_kind], place, name, table, field, was, is_now)


def _differing(kind: str, old: Fields | None, new: Fields | None) -> Iterator[tuple[str, t.Any, t.Any]]:
    """Each field that differs, as it was and as it is; the whole object where only one side has it."""
    if old is None:
        yield SURPLUS, None, new
    elif new is None:
        yield MISSING, old, None
    else:
        for field in sorted({*old, *new} - {"table"}):
            if _differ(kind, field, old.get(field), new.get(field)):
                yield field, old.get(field), new.get(field)


def _differ(kind: str, field: str, was: t.Any, now: t.Any) -> bool:
    """Of the order of columns only that of those which both have: another column is a deviation of its own."""
    if (kind, field) == ("table", "columns"):
        both = {*(was or ())} & {*(now or ())}
        return [one for one in was or () if one in both] != [one for one in now or () if one in both]
    return bool(was != now)


def counted(found: Sequence[Deviation]) -> dict[str, int]:
    """How many deviations of each severity there are."""
    return {severity: sum(one.severity == severity for one in found) for severity in kinds.SEVERITIES}


def failing(found: Sequence[Deviation], fail_on: str) -> list[Deviation]:
    """Those as grave as `fail_on`, or graver; none for `never`."""
    if fail_on == "never":
        return []
    return [one for one in found if _ORDER.index(one.severity) <= _ORDER.index(fail_on)]


def _told(fields: Mapping[str, t.Any] | None) -> str:
    """A whole object in a line."""
    parts = [
        f"{key.replace('_', ' ')} {_text(value)}" for key, value in (fields or {}).items() if key != "table"
    ]
    return ", ".join(parts)


def _text(value: t.Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)


def _apart(was: str | None, now: str | None) -> tuple[str, str]:
    """Both values; of long ones the part where they begin to differ."""
    start = 0
    if was and now and max(len(was), len(now)) > _LENGTH:
        alike = next(
            (n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now))
        )
        start = max(0, alike - _LENGTH // 4)
    return _shown(was, start), _shown(now, start)


def _shown(text: str | None, start: int = 0) -> str:
    if text is None:
        return "nothing"
    plain = " ".join(text[start:].split())
    head = "…" if start else ""
    return f"'{head}{plain if len(plain) <= _LENGTH else plain[:_LENGTH] + '…'}'"


__all__ = ("Deviation", "compare", "counted", "failing")
