# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides that are made from the code say what the code does today."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.misfits import CLASSES
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.pairs import PAIRS

from tests.docs.pages import PAGES

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_code_makes_now(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "run: .venv/bin/python -m tests.docs"


def test_the_type_mapping_guide_has_a_row_for_every_pair_and_every_class() -> None:
    page = PAGES["type-mapping.md"]()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    pairs = [row for row in rows if row.count("|") - row.count("\\|") == 6 and not row.startswith("| to ")]
    assert len(pairs) == len(PAIRS)
    assert all(f"`{name}`" in page for name in CLASSES)
