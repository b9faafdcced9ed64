# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case that its folder tells, by every attempt, on every source it is there for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cases import case as cases
from tests.cases.case import Attempt, Case
from tests.cases.outcome import judge
from tests.cases.stage import staged
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("D", "E", "G")


def _every() -> Iterator[Any]:
    """The quick run takes the first attempt of each case alone."""
    for case in cases.told():
        for number, attempt in enumerate(case.attempts):
            marks = [pytest.mark.long] if case.long or number else []
            for family in case.sources:
                name = " ".join(filter(None, (case.folder.name, attempt.name)))
                yield pytest.param(family, case, attempt, id=f"{family}-{name}", marks=marks)


@pytest.mark.parametrize(("family", "case", "attempt"), _every())
def test_a_case_ends_as_it_has_to(
    source: Server, postgresql: Server, tmp_path: Path, case: Case, attempt: Attempt
) -> None:
    with staged(case, attempt, source, postgresql, tmp_path) as stage:
        judge(case, attempt, stage)
