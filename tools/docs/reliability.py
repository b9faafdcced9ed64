# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/reliability.md: written by hand but for the blocks between `<!-- made: … -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tools.docs import faults, unproved

PAGE = Path(__file__).resolve().parents[2] / "docs/reliability.md"
_BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

BLOCKS: dict[str, Callable[[], list[str]]] = {"faults": faults.table, "unproved": unproved.listed}


def render() -> str:
    """The page with its made blocks made anew; raises KeyError: a block that nobody makes."""

    def made(match: re.Match[str]) -> str:
        return match.group(1) + "\n".join(BLOCKS[match.group(2)]()) + "\n" + match.group(3)

    return _BLOCK.sub(made, PAGE.read_text("utf-8"))
