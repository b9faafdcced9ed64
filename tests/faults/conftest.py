# SPDX-License-Identifier: GPL-3.0-or-later
"""One stage for all tests of a session: MariaDB, PostgreSQL, their proxies, and the small application."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage, staged


@pytest.fixture(scope="session")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("stage"), profiles=()) as stage:
        stage.learn()
        shutil.copytree(stage.run, stage.folder / "done")
        stage.fresh_run()
        stage.must("dump")
        shutil.copytree(stage.run, stage.folder / "dumped")
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    """Fresh targets, and a run directory with catalogs and plan."""
    whole_stage.fresh_targets()
    whole_stage.fresh_run()
    return whole_stage


@pytest.fixture
def dumped(stage: Stage) -> Stage:
    """Fresh targets, and a run directory with a whole snapshot."""
    stage.fresh_run(stage.folder / "dumped")
    return stage


@pytest.fixture
def snapshot(dumped: Stage) -> Path:
    """The folder with the manifest and the chunks."""
    return dumped.run / "snapshot" / "zoo"
