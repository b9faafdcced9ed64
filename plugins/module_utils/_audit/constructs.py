# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""All constructs, and what of them is in a statement."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .finders import ADAPT, HARD, NOTE, SAFE, SEVERITIES, Construct, Finding, Hit
from .in_columns import COLUMNS
from .in_functions import FUNCTIONS
from .in_rows import ROWS
from .in_server import SERVER
from .in_tables import TABLES
from .in_text import TEXT, needs_quotes
from .parsers import exp
from .sql import Sql, parsed

if t.TYPE_CHECKING:
    from collections.abc import Iterator


def _never(sql: Sql) -> Iterator[Hit]:
    """Found by other means than one statement by itself."""
    del sql
    return iter(())


UNREADABLE: t.Final = Construct(
    "unreadable",
    "statement that cannot be taken apart",
    HARD,
    "Read it: a string, a name or a comment in it has no end, or it is no SQL.",
    _never,
)
RUN_TIME: t.Final = Construct(
    "run_time_query",
    "query whose text is known at run time only",
    ADAPT,
    "Read the program: the audit does not see the statement.",
    _never,
)
NOT_UNDERSTOOD: t.Final = Construct(
    "not_understood",
    "statement that no rule complains of and the parser of PostgreSQL's SQL does not take",
    ADAPT,
    "Try it on PostgreSQL.",
    _never,
)
ENTITY_CALL: t.Final = Construct(
    "entity_call",
    "query built by TypeORM from entities",
    NOTE,
    "TypeORM writes it for either server. It uses the entities as they are today, not as they were then.",
    _never,
)
FOUND_OTHERWISE: t.Final = (UNREADABLE, RUN_TIME, NOT_UNDERSTOOD, ENTITY_CALL)

GROUPS: t.Final[dict[str, tuple[Construct, ...]]] = {
    "The text itself": TEXT,
    "Columns and their types": COLUMNS,
    "Tables, indexes, keys": TABLES,
    "Rows": ROWS,
    "Functions": FUNCTIONS,
    "The server": SERVER,
    "What no rule can judge": FOUND_OTHERWISE,
}
"""As the reference page shows them."""
CONSTRUCTS: t.Final = {one.name: one for group in GROUPS.values() for one in group}
WEIGHT: t.Final = {severity: number for number, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True)
class Judged:
    """A statement and what was found in it."""

    file: str
    directions: frozenset[str]
    sql: Sql
    findings: tuple[Finding, ...]
    rewritten: str | None
    """The statement for PostgreSQL; `None` where nothing is to be written, or a person has to."""

    @property
    def severity(self) -> str | None:
        """The heaviest, `None` without a finding."""
        return heaviest(one.construct.severity for one in self.findings)


def heaviest(severities: t.Iterable[str]) -> str | None:
    """The heaviest of them, `None` of none."""
    return max(severities, key=lambda one: WEIGHT[one], default=None)


def judge(file: str, directions: frozenset[str], sql: Sql) -> Judged:
    """Everything that is in one statement of a file."""
    found = [
        Finding(construct, hit, sql.text.line_at(hit.start))
        for group in GROUPS.values()
        for construct in group
        for hit in construct.find(sql)
    ]
    found.sort(key=lambda one: (one.hit.start, one.construct.name))
    rewritten = None
    if heaviest(one.construct.severity for one in found) == SAFE:
        rewritten = _rewritten(sql, found)
        if rewritten is None:
            found.append(Finding(NOT_UNDERSTOOD, Hit(0, len(sql.sql)), sql.line))
    elif all(one.construct.severity == NOTE for one in found) and parsed(sql.sql, "postgres") is None:
        found.append(Finding(NOT_UNDERSTOOD, Hit(0, len(sql.sql)), sql.line))
    return Judged(file, directions, sql, tuple(found), rewritten)


def _rewritten(sql: Sql, found: list[Finding]) -> str | None:
    """The statement with each place written anew; `None` where one cannot be, or the result is no SQL there."""
    edits: dict[tuple[int, int], str] = {}
    parameters: set[tuple[int, int]] = set()
    for one in found:
        if one.construct.severity == NOTE:
            continue
        if one.hit.instead is None:
            return None
        edits[one.hit.start, one.hit.end] = one.hit.instead
        if one.construct.name == "parameter":
            parameters.add((one.hit.start, one.hit.end))
    result = _edited(sql.sql, edits)
    # The parser takes `$1 … ''` as the beginning of a string between dollar signs.
    without = _edited(sql.sql, edits | dict.fromkeys(parameters, "1"))
    tree = None if without is None else parsed(without, "postgres")
    if result is None or tree is None:
        return None
    names = [one for one in tree.find_all(exp.Identifier) if not one.args.get("quoted")]
    return None if any(needs_quotes(one.name) for one in names) else sql.text.shown(result)


def _edited(text: str, edits: dict[tuple[int, int], str]) -> str | None:
    """The text with its places written anew, `None` where two of them overlap in part."""
    out: list[str] = []
    at = 0
    for (start, end), instead in sorted(edits.items()):
        if start < at:
            # Inside of what was cut or written already.
            if end > at:
                return None
            continue
        out += [text[at:start], instead]
        at = end
    out.append(text[at:])
    return "".join(out).strip()


__all__ = (
    "ADAPT",
    "CONSTRUCTS",
    "ENTITY_CALL",
    "FOUND_OTHERWISE",
    "GROUPS",
    "HARD",
    "NOTE",
    "NOT_UNDERSTOOD",
    "RUN_TIME",
    "SAFE",
    "UNREADABLE",
    "WEIGHT",
    "Judged",
    "heaviest",
    "judge",
)
