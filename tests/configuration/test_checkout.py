# SPDX-License-Identifier: GPL-3.0-or-later
"""The course of make test-checkout, on checkouts of our own as long and as odd as the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.configuration import checkout as course
from tests.support.playbooks.checkouts import RELEASES, checkout
from tests.unit.configuration.test_files import write

QUICK = ("v0.129.3",)


def _long(release: str) -> list[pytest.MarkDecorator]:
    return [] if release in QUICK else [pytest.mark.long]


@pytest.mark.parametrize("release", [pytest.param(one, marks=_long(one)) for one in RELEASES])
def test_check_run_run_again_and_back(
    release: str,
    tmp_path: Path,
    docker: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path / "own", checkout(release))
    monkeypatch.setenv("CHECKOUT", str(tmp_path / "own"))
    monkeypatch.setenv("PATH", f"{docker.parent}", prepend=":")
    status = course.main()
    said = capsys.readouterr().out
    assert status == 0, said
    assert "NOT VALIDATED" not in said
    assert "as it must be" in said
    assert all(
        (tmp_path / "own" / path).read_text("utf-8") == text for path, text in checkout(release).items()
    )


def test_a_checkout_that_is_not_given_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHECKOUT", raising=False)
    assert course.main() == 2
    assert "CHECKOUT=/srv/alkemio/server make test-checkout" in capsys.readouterr().err
