# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tampering tests do, and what of it no verification sees, for docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.engine import place_tamperings, tamperings, value_tamperings


@dataclass(frozen=True)
class Kind:
    """One kind of tampering; `unseen`: why nothing finds it, empty when something does."""

    group: str
    name: str
    unseen: str


def kinds() -> Iterator[Kind]:
    """All kinds of all tests."""
    for table in value_tamperings.TABLES:
        for _number, column, one in value_tamperings.cases(table):
            yield Kind("values", f"{one.name} ({column.target} of {column.source})", one.unseen)
    for schema in (*tamperings.SCHEMA, *tamperings.UNSEEN):
        yield Kind("schema", schema.name, schema.unseen)
    for group, found in (
        ("rows", place_tamperings.ROWS),
        ("ledger", place_tamperings.LEDGER),
        ("files of the run", place_tamperings.FILES),
        ("source", place_tamperings.SOURCE_WRITES),
    ):
        for one_of in found:
            yield Kind(group, one_of.name, one_of.unseen)


def listed() -> list[str]:
    """How many kinds each group has, and those that are not proved, with the reason."""
    every = list(kinds())
    groups = dict.fromkeys(one.group for one in every)
    told = ", ".join(f"{sum(one.group == group for one in every)} of {group}" for group in groups)
    lines = [f"{len(every)} kinds of tampering are tried: {told}. These are not found, and why:", ""]
    lines += ["| What | Tampering | Why nothing finds it |", "|---|---|---|"]
    lines += [f"| {one.group} | {one.name} | {one.unseen} |" for one in every if one.unseen]
    return lines
