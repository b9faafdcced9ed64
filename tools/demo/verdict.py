# SPDX-License-Identifier: GPL-3.0-or-later
"""A report of a migration as text for a terminal."""

from __future__ import annotations

from typing import Any

_SHOWN = 20


def lines(report: dict[str, Any]) -> list[str]:
    """What was proved, how long it took, what was altered."""
    return [
        f"Verdict: {report['verdict']}    evidence hash {report['evidence_hash']}",
        f"From {_server('MariaDB', report['source'])} to {_server('PostgreSQL', report['target'])}",
        "",
        *_databases(report["databases"]),
        "",
        *_phases(report["phases"]),
        *(line for database in report["databases"] for line in _alterations(database)),
        *_list("Differences", report["shown"]),
        *_list("Problems", report["problems"]),
    ]


def _server(product: str, version: str) -> str:
    return f"{product} {version.partition('-')[0].partition(' ')[0]}"


def _databases(databases: list[dict[str, Any]]) -> list[str]:
    found = [f"{'database':<12}{'verdict':<12}{'tables':>7}{'rows':>10}{'MB':>9}{'altered':>9}"]
    for database in databases:
        found.append(
            f"{database['name']:<12}{database['verdict']:<12}{database['tables']:>7}{database['rows']:>10}"
            f"{database['bytes'] / 1e6:>9.1f}{database['alterations']:>9}"
        )
    return found


def _phases(phases: list[dict[str, Any]]) -> list[str]:
    total = sum(phase["seconds"] for phase in phases)
    rows = [*((phase["name"], phase["seconds"]) for phase in phases), ("together", total)]
    return [f"{'phase':<12}{'seconds':>9}", *(f"{name:<12}{seconds:>9.2f}" for name, seconds in rows)]


def _alterations(database: dict[str, Any]) -> list[str]:
    rules = database["alteration_rules"]
    if not rules:
        return []
    return [
        "",
        f"Values of {database['name']} altered, by rule:",
        *(f"{count:>8}  {rule}" for rule, count in sorted(rules.items())),
    ]


def _list(title: str, entries: list[str]) -> list[str]:
    if not entries:
        return []
    more = [f"  and {len(entries) - _SHOWN} more"] if len(entries) > _SHOWN else []
    return ["", f"{title}:", *(f"  {entry}" for entry in entries[:_SHOWN]), *more]
