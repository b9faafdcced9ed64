# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/schema-contract.md: the tables of kinds and severities, made anew in the page."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.alkemio.convergence.plugins.module_utils._contract import kinds

from tools.docs.proofs import cell

PAGE = Path(__file__).resolve().parents[2] / "docs/schema-contract.md"
_BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def severities() -> list[str]:
    """What each severity says."""
    lines = ["| severity | says |", "| --- | --- |"]
    return [*lines, *(f"| `{name}` | {cell(says)} |" for name, says in kinds.SEVERITIES.items())]


def every_kind() -> list[str]:
    """Every kind of deviation, by object."""
    lines = ["| kind | severity | what deviates |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {field.severity} | {cell(field.means)} |" for name, field in kinds.kinds()]
    return lines


_BLOCKS = {"severities": severities, "kinds": every_kind}


def render() -> str:
    """The page with its made blocks made anew; raises KeyError: a block that nobody makes."""

    def made(match: re.Match[str]) -> str:
        return match.group(1) + "\n".join(_BLOCKS[match.group(2)]()) + "\n" + match.group(3)

    return _BLOCK.sub(made, PAGE.read_text("utf-8"))
