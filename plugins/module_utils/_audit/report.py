# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The audit as JSON, as Markdown, and the statements that were written anew."""

from __future__ import annotations

import typing as t
from collections import Counter, defaultdict

from . import chain_faults, verdicts
from .constructs import ADAPT, CONSTRUCTS, HARD, NOTE, SAFE, WEIGHT
from .statements import DIRECTIONS, DOWN, UP

if t.TYPE_CHECKING:
    from .audit import Audit, Audited, Mark, Part
    from .constructs import Judged

FORMAT: t.Final = 1


def as_data(done: Audit) -> dict[str, t.Any]:
    """All of it, ready for JSON."""
    return {
        "format": FORMAT,
        "dialect": done.chain.dialect,
        "verdict": done.verdict,
        "effort": {
            "up": done.effort(UP),
            "down": done.effort(DOWN),
            "all": done.effort(),
            "baseline": verdicts.BASELINE_MINUTES,
        },
        "counts": _counts(done),
        "faults": [
            {"kind": one.kind, "weight": one.weight, "what": one.what, "places": list(one.places)}
            for one in done.faults
        ],
        "totals": totals(done),
        "verbs": _verbs(done),
        "pending": done.pending,
        "migrations": [_migration(one) for one in done.audited],
        "helpers": [
            {"file": name, "statements": _statements(part), "marks": _marks(part)}
            for name, part in done.helpers.items()
        ],
        "left_out": [{"file": file, "why": why} for file, why in done.chain.left_out],
        "other_servers": done.chain.other_servers,
    }


def _counts(done: Audit) -> dict[str, t.Any]:
    by_verdict = Counter(one.verdict() for one in done.audited)
    severities = Counter(one.severity or NOTE for part in done.parts for one in part.judged if one.directions)
    return {
        "migrations": len(done.audited),
        "statements": sum(len(part.judged) for part in done.parts),
        "rewritten": sum(one.rewritten is not None for part in done.parts for one in part.judged),
        "by_verdict": {name: by_verdict[name] for name in _VERDICTS},
        "by_severity": {name: severities[name] for name in (NOTE, SAFE, ADAPT, HARD)},
    }


_VERDICTS: t.Final = (verdicts.RUNS, verdicts.TO_ADAPT, verdicts.IS_HARD, verdicts.EMPTY, verdicts.OWN)


def totals(done: Audit) -> list[dict[str, t.Any]]:
    """By construct how many migrations, statements and places have it, by direction too; helper files apart.

    A place that both directions lead to is counted in both, and once in all.
    """
    counted: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in done.audited:
        seen: dict[str, set[str]] = defaultdict(set)
        for name, ways, places in _of_part(one.own):
            for way in ("all", *sorted(ways)):
                counted[name][way]["statements"] += 1
                counted[name][way]["occurrences"] += places
                seen[name].add(way)
        for name, found in seen.items():
            for way in found:
                counted[name][way]["migrations"] += 1
    for part in done.helpers.values():
        for name, _ways, places in _of_part(part):
            counted[name]["helpers"]["occurrences"] += places
    order = list(CONSTRUCTS)
    return [
        {
            "construct": name,
            "severity": CONSTRUCTS[name].severity,
            **{
                key + ("" if way == "all" else f"_{way}"): counted[name][way][key]
                for way in ("all", *DIRECTIONS)
                for key in ("migrations", "statements", "occurrences")
            },
            "occurrences_helpers": counted[name]["helpers"]["occurrences"],
        }
        for name in sorted(counted, key=order.index)
    ]


def _of_part(part: Part) -> t.Iterator[tuple[str, frozenset[str], int]]:
    """For each statement and mark its constructs, the directions, how many places."""
    for one in part.judged:
        for name, places in Counter(finding.construct.name for finding in one.findings).items():
            yield name, one.directions, places
    for mark in part.marks:
        yield mark.construct.name, mark.directions, 1


def _verbs(done: Audit) -> dict[str, int]:
    """By what a statement does, how many there are."""
    found = Counter(one.sql.kind for part in done.parts for one in part.judged)
    return dict(sorted(found.items()))


def _minutes(one: Audited) -> int:
    """Of work on the migration itself; its helpers are counted once, apart."""
    return 0 if one.migration.own_there else verdicts.minutes(one.own.severities())


def _migration(one: Audited) -> dict[str, t.Any]:
    migration = one.migration
    return {
        "file": migration.file,
        "name": migration.name,
        "order": chain_faults.shown(migration.order),
        "sha256": migration.sha256,
        "verdict": one.verdict(),
        "verdict_up": one.verdict(UP),
        "verdict_down": one.verdict(DOWN),
        "minutes": _minutes(one),
        "constructs": dict(
            sorted(
                Counter(name for name, _ways, places in _of_part(one.own) for _each in range(places)).items()
            )
        ),
        "helpers": migration.helpers,
        "calls": [
            {"call": call.name, "line": call.line, "directions": sorted(call.directions)}
            for call in one.own.calls
        ],
        "statements": _statements(one.own),
        "marks": _marks(one.own),
    }


def _statements(part: Part) -> list[dict[str, t.Any]]:
    return [
        {
            "file": one.file,
            "line": one.sql.line,
            "directions": sorted(one.directions),
            "severity": one.severity or NOTE,
            "sql": one.sql.text.shown().strip(),
            "constructs": [
                {"construct": finding.construct.name, "line": finding.line} for finding in one.findings
            ],
            "rewritten": one.rewritten,
        }
        for one in part.judged
    ]


def _marks(part: Part) -> list[dict[str, t.Any]]:
    return [
        {
            "file": one.file,
            "line": one.line,
            "directions": sorted(one.directions),
            "severity": one.severity,
            "construct": one.construct.name,
            "said": one.said,
        }
        for one in part.marks
    ]


def as_sql(done: Audit) -> str:
    """Every statement that was written anew, below its place."""
    lines = [
        "-- Statements that the audit wrote for PostgreSQL, with the same meaning, each below its place in the chain.",
        "-- This is no script: what a person has to write is not in it, and ${…} is what the program puts in.",
    ]
    for part in done.parts:
        for one in part.judged:
            if one.rewritten is not None:
                ways = ", ".join(sorted(one.directions)) or "not called"
                lines += ["", f"-- {one.file}:{one.sql.line} ({ways})", f"{one.rewritten};"]
    return "\n".join(lines) + "\n"


def as_markdown(done: Audit) -> str:
    """For people: the verdict first, then why, then what to do file by file."""
    lines = [
        "# Audit of a chain of migrations",
        "",
        *_verdict(done),
        "",
        *_faults(done),
        *_totals(done),
        "",
        *_files(done),
        *_details(done),
    ]
    return "\n".join(lines) + "\n"


_SAID: t.Final = {
    verdicts.KEEP: "Keep the chain: every migration runs on PostgreSQL as it is.",
    verdicts.ADAPT_CHAIN: "Adapt the chain: what has to change is less work than a new baseline.",
    verdicts.NEW_BASELINE: "Begin with a new baseline: to adapt the chain is more work.",
}


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.1f} h"


def _verdict(done: Audit) -> list[str]:
    counts = _counts(done)
    severities = counts["by_severity"]
    lines = [
        f"**{_SAID[done.verdict]}**",
        "",
        f"- Work to adapt it: about {_hours(done.effort())} (up {_hours(done.effort(UP))}, down "
        f"{_hours(done.effort(DOWN))}); a new baseline: about {_hours(verdicts.BASELINE_MINUTES)}. Estimates.",
        "- Migrations: "
        + ", ".join(f"{number} {name}" for name, number in counts["by_verdict"].items() if number)
        + ".",
        f"- Statements that run: {severities[NOTE]} as they are, {severities[SAFE]} rewritten by the audit, "
        f"{severities[ADAPT]} for a person, {severities[HARD]} hard.",
    ]
    if done.pending is not None:
        lines.append(
            f"- Not applied yet, and still to run: {len(done.pending)} of {len(done.audited)} migrations."
        )
    return lines


def _faults(done: Audit) -> list[str]:
    lines = ["## The chain itself", ""]
    if not done.faults:
        return [*lines, "Nothing is wrong with it as a chain.", ""]
    for one in done.faults:
        lines.append(f"- `{one.kind}` ({one.weight}): {one.what}")
        lines += [f"  - {_cell(place)}" for place in one.places]
    return [*lines, ""]


def _totals(done: Audit) -> list[str]:
    lines = [
        "## Constructs",
        "",
        "| construct | what becomes of it | migrations | statements | places | up | down | in helpers |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in totals(done):
        construct = CONSTRUCTS[row["construct"]]
        lines.append(
            f"| `{construct.name}`: {_cell(construct.title)} | {construct.severity} | {row['migrations']} | "
            f"{row['statements']} | {row['occurrences']} | {row['occurrences_up']} | {row['occurrences_down']} | "
            f"{row['occurrences_helpers']} |"
        )
    return lines


def _files(done: Audit) -> list[str]:
    lines = [
        "## Migrations, in the order in which they run",
        "",
        "| order | file | up | down | statements | minutes | helpers |",
        "|---|---|---|---|---:|---:|---|",
    ]
    for one in done.audited:
        migration = one.migration
        lines.append(
            f"| {chain_faults.shown(migration.order)} | {_cell(migration.file)} | {one.verdict(UP)} | "
            f"{one.verdict(DOWN)} | {len(one.own.judged)} | {_minutes(one)} | "
            f"{_cell(', '.join(migration.helpers))} |"
        )
    return [*lines, ""]


def _details(done: Audit) -> list[str]:
    lines = ["## What to write", ""]
    there = [one for one in done.audited if not one.migration.own_there]
    named = [(one.migration.file, one.own) for one in there] + list(done.helpers.items())
    for name, part in named:
        heavy = [
            one for one in part.judged if one.directions and WEIGHT[one.severity or NOTE] >= WEIGHT[ADAPT]
        ]
        marks = [one for one in part.marks if one.severity != NOTE]
        safe = [one for one in part.judged if one.directions and one.rewritten is not None]
        if not (heavy or marks or safe):
            continue
        lines += [f"### {_cell(name)}", ""]
        if safe:
            lines += [f"{len(safe)} statements are in `rewritten.sql`.", ""]
        for judged in heavy:
            lines += _detail(judged)
        lines += _mark_lines(marks)
    return lines


def _detail(judged: Judged) -> list[str]:
    ways = ", ".join(sorted(judged.directions))
    lines = [f"Line {judged.sql.line} ({ways}), {judged.severity}:", "", "```sql"]
    lines += [*judged.sql.text.shown().strip().splitlines(), "```", ""]
    seen: dict[str, list[int]] = {}
    for finding in judged.findings:
        if finding.construct.severity != NOTE:
            seen.setdefault(finding.construct.name, []).append(finding.line)
    for name, places in seen.items():
        construct = CONSTRUCTS[name]
        shown = ", ".join(str(line) for line in sorted(set(places)))
        lines.append(f"- line {shown}: {construct.title}. {construct.needs}")
    return [*lines, ""]


def _mark_lines(marks: list[Mark]) -> list[str]:
    lines = []
    for one in marks:
        ways = ", ".join(sorted(one.directions)) or "not called"
        needs = one.construct.needs
        lines.append(f"- line {one.line} ({ways}): {one.construct.title}, `{_cell(one.said)}`. {needs}")
    return [*lines, ""] if lines else []


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


__all__ = ("FORMAT", "as_data", "as_markdown", "as_sql", "totals")
