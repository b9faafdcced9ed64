# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides that are made from the code say what the code does today."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils import _errors
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import profile
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.misfits import CLASSES
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.pairs import PAIRS

from tools.docs import earlier_scripts, faults, profiles, unproved
from tools.docs import traps as traps_page
from tools.docs.pages import PAGES

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_code_makes_now(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "run: .venv/bin/python -m tools.docs"


def test_the_type_mapping_guide_has_a_row_for_every_pair_and_every_class() -> None:
    page = PAGES["type-mapping.md"]()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    pairs = [row for row in rows if row.count("|") - row.count("\\|") == 6 and not row.startswith("| to ")]
    assert len(pairs) == len(PAIRS)
    assert all(f"`{name}`" in page for name in CLASSES)


def test_every_test_that_a_guide_names_exists() -> None:
    told = [(trap.name, trap.proofs) for traps in traps_page.SECTIONS.values() for trap in traps]
    told += [(fault.fault, fault.proofs) for fault in earlier_scripts.FAULTS]
    assert [(name, proof.text) for name, proofs in told for proof in proofs if not proof.exists] == []


def test_every_trap_has_a_test_unless_it_is_none_of_ours() -> None:
    every = [trap for traps in traps_page.SECTIONS.values() for trap in traps]
    assert [trap.name for trap in every if not trap.proofs and trap.outcome != "not ours"] == []
    assert all(fault.proofs for fault in earlier_scripts.FAULTS)
    assert [fault.number for fault in earlier_scripts.FAULTS] == list(range(1, 29))


@pytest.mark.parametrize("one", faults.ROWS, ids=lambda one: one.row)
def test_every_fault_has_its_tests_and_its_places(one: faults.Fault) -> None:
    assert faults.tests_by_row().get(one.row), f"no test bears the marker fault({one.row!r})"
    assert [str(path) for path in one.paths() if not path.exists()] == []


def test_no_test_names_a_fault_that_the_guide_does_not_know() -> None:
    assert set(faults.tests_by_row()) <= {one.row for one in faults.ROWS}


def test_many_kinds_of_tampering_are_tried_and_no_two_are_one() -> None:
    kinds = [(one.group, one.name) for one in unproved.kinds()]
    assert len(kinds) >= 150
    assert sorted(set(kinds)) == sorted(kinds)


@pytest.mark.parametrize("section", profiles.SECTIONS, ids=lambda one: one.title)
def test_every_example_of_a_key_is_a_profile(section: profiles.Section) -> None:
    for key in section.keys:
        if key.example:
            entry = yaml.safe_load(key.example)
            found = profile.parse_profile("guide", _held(section, entry))
            assert found != profile.Profile("guide") or key.name in {"name", "description"}
            assert re.search(rf"\b{key.name}: ", key.example.replace("\n", " "))


def _held(section: profiles.Section, entry: Any) -> Any:
    """A profile that has the entry where the section's entries are."""
    if not section.holder:
        return entry
    return {section.holder: [entry] if section.listed else entry}


def test_the_guide_to_profiles_is_yaml_that_is_accepted() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGES["profiles.md"](), re.DOTALL)
    assert len(blocks) == 3 + len(profiles.SECTIONS)
    for block in blocks:
        data = yaml.safe_load(block)
        if "migration_profiles" not in data:
            profile.parse_profile("guide", data)


def test_the_guide_to_trouble_has_every_kind_of_error() -> None:
    guide = (DOCS / "troubleshooting.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([A-Z]\w+)` \|", guide, re.MULTILINE))
    assert told == set(_errors.__all__) - {"ConvergenceError", "unforeseen"}


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    assert [
        page.name for page in DOCS.glob("*.md") if page.name != "README.md" and f"({page.name})" not in index
    ] == []


def test_every_link_of_a_page_leads_to_a_file() -> None:
    root = DOCS.parent
    pages = [*DOCS.glob("*.md"), root / "README.md", root / "ARCHITECTURE.md", root / "CONTRIBUTING.md"]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    ]
    assert len(links) > 40
    assert [(str(page), link) for page, link in links if not (page.parent / link).exists()] == []
