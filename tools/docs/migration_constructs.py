# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/migration-constructs.md from the audit's constructs and faults; the example in docs/deciding-on-the-chain.md."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.alkemio.convergence.plugins.module_utils._audit import (
    audit,
    chain_faults,
    constructs,
    finders,
    report,
    verdicts,
)

from tools.docs.proofs import cell

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/deciding-on-the-chain.md"
EXAMPLE = ROOT / "tests/fixtures/migrations/typeorm"
_BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from plugins/module_utils/_audit/. Do not edit. -->

# Constructs of migrations

What [`typeorm_migration_audit`](deciding-on-the-chain.md) finds in a chain of migrations, and what PostgreSQL needs
instead. The name is the one in `audit.json`.
"""


def render() -> str:
    """The whole page."""
    lines = [_HEAD, "| what becomes of it | means | minutes of work on a statement |", "| --- | --- | ---: |"]
    lines += [
        f"| {name} | {means} | {verdicts.MINUTES[name]} |" for name, means in finders.SEVERITIES.items()
    ]
    for title, group in constructs.GROUPS.items():
        lines += ["", f"## {title}", "", "| name | construct | what becomes of it | PostgreSQL |"]
        lines.append("| --- | --- | --- | --- |")
        lines += [
            f"| `{one.name}` | {cell(one.title)} | {one.severity} | {cell(one.needs)} |" for one in group
        ]
    lines += ["", "## Faults of a chain", "", "| name | weight | what is wrong |", "| --- | --- | --- |"]
    lines += [
        f"| `{name}` | {chain_faults.weight_of(name)} | {cell(what)} |"
        for name, what in chain_faults.FAULTS.items()
    ]
    return "\n".join(lines) + "\n"


def example() -> list[str]:
    """The report of the committed chain, as the module writes it."""
    lines = report.as_markdown(audit.audit(EXAMPLE, "typeorm")).rstrip().splitlines()
    # Its fences of three stand inside of one of four.
    return ["````markdown", *lines, "````"]


def rewritten() -> list[str]:
    """The statements of the committed chain that are written anew."""
    return ["```sql", *report.as_sql(audit.audit(EXAMPLE, "typeorm")).rstrip().splitlines(), "```"]


_BLOCKS = {"example": example, "rewritten": rewritten}


def render_guide() -> str:
    """The guide with its made blocks made anew; raises KeyError: a block that nobody makes."""

    def made(match: re.Match[str]) -> str:
        return match.group(1) + "\n".join(_BLOCKS[match.group(2)]()) + "\n" + match.group(3)

    return _BLOCK.sub(made, GUIDE.read_text("utf-8"))
