# SPDX-License-Identifier: GPL-3.0-or-later
"""The independent comparison: what went in, what the source's driver reads, what the target's reads."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.types.case import Case, Reading
from tests.types.passage import Passage

COMPARED: Counter[str] = Counter()
"""Values compared so far, by family of the source."""


def faults(passed: Passage, name: str, route: str) -> list[str]:
    """Everything in one table that is not as it should be; empty means that every value is exact."""
    one = passed.cases[name]
    left, right = passed.read(name, route)
    found = []
    if [row[0] for row in left] != [row[0] for row in right] or len(left) != len(one.values):
        found.append(f"{len(one.values)} rows were made, the source has {len(left)}, the target {len(right)}")
    for value, source, target in zip(one.values, left, right, strict=False):
        always = one.case.values[0] if value is None else value
        for column, wanted, before, after in (
            ("v", value, source[1], target[1]),
            ("n", always, source[2], target[2]),
        ):
            COMPARED[passed.source.kind] += 1
            fault = fault_of(one.case, wanted, before, after)
            if fault:
                found.append(f"row {(source[0] or b'').decode()}, {column}: {fault}")
    return found


def fault_of(case: Case, value: Any, before: bytes | None, after: bytes | None) -> str | None:
    """What is wrong with one value, in words."""
    if value is None:
        return None if before is None and after is None else f"NULL became {after!r} (source: {before!r})"
    if before is None or after is None:
        return f"{value!r}: the source has {before!r}, the target {after!r}"
    if case.identical and before != after:
        return f"{value!r}: the source delivers {before!r}, the target {after!r}"
    wanted = case.meaning(value)
    there = _read(case.form.target, after)
    here = there if case.form.source is None else _read(case.form.source, before)
    if here != there:
        return f"{value!r}: the source means {here!r}, the target {there!r}"
    if wanted is not None and there != wanted:
        return f"{value!r}: both have {there!r}, wanted was {wanted!r}"
    return None


def _read(form: Reading, raw: bytes) -> Any:
    try:
        return form(raw)
    except (ValueError, AssertionError, KeyError) as error:
        return f"unreadable ({error!r})"
