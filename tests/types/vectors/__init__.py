# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix: every pair of types with its values."""

from __future__ import annotations

from tests.types.case import Case
from tests.types.vectors import (
    arrays,
    blobs,
    crossings,
    documents,
    labels,
    named,
    numbers,
    others,
    texts,
    times,
)

CASES: list[Case] = [
    case
    for subject in (numbers, times, texts, blobs, documents, labels, others, crossings, arrays, named)
    for case in subject.cases()
]


def of_family(family: str) -> list[Case]:
    """The cases that this kind of source can have."""
    return [case for case in CASES if family in case.families]
