# SPDX-License-Identifier: GPL-3.0-or-later
"""The run directory: only its owner's, whatever the umask, and never a way to somebody else's file."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.security import shop
from tests.support.engine.migration import Migration
from tests.support.servers import host
from tests.support.servers.server import Server

PRECIOUS = b"somebody else's file\n"
STEPS: dict[str, Callable[[Migration], object]] = {
    "inspect": Migration.inspect,
    "transform": Migration.transform,
    "dump": Migration.dump,
    "load": Migration.load,
    "verify": Migration.verify,
}


@pytest.fixture(scope="module")
def careless(
    mariadb: Server, postgresql: Server, shop_source: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    """A whole run under a careless umask."""
    before = os.umask(0)
    try:
        folder = tmp_path_factory.mktemp("careless")
        for migration in shop.moved(mariadb, postgresql, shop_source, folder / "new" / "deep" / "run"):
            migration.dump()
            migration.load()
            migration.verify()
            yield migration
    finally:
        os.umask(before)


@pytest.fixture
def finished(careless: Migration, tmp_path: Path) -> Migration:
    """A copy of its run directory."""
    shutil.copytree(careless.run, tmp_path / "run")
    return replace(careless, run=tmp_path / "run")


def test_no_umask_opens_it_to_others(careless: Migration) -> None:
    for path in [careless.run, *careless.run.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for parent in (careless.run.parent, careless.run.parent.parent):
        assert stat.S_IMODE(parent.stat().st_mode) == 0o755, parent


def test_a_directory_that_others_could_fill_is_refused(finished: Migration) -> None:
    finished.run.chmod(0o777)
    for name, step in STEPS.items():
        with pytest.raises(InputError, match="Others may write into the run directory"):
            step(finished)
        assert name
    finished.run.chmod(0o755)
    assert not finished.dump().changed
    assert stat.S_IMODE(finished.run.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name", ["lock", "journal.jsonl", "run.json", "target-catalog.json", "report.json", "key"]
)
@pytest.mark.parametrize("kind", ["link", "hard link", "pipe"])
def test_no_step_goes_through_a_planted_file(tmp_path: Path, name: str, kind: str) -> None:
    run, precious = RunDirectory(str(tmp_path / "run")), tmp_path / "precious"
    run.ensure()
    run.bind(source="x")
    precious.write_bytes(PRECIOUS)
    path = run.path / name
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(precious)
    elif kind == "hard link":
        path.hardlink_to(precious)
    else:
        os.mkfifo(path)
    with pytest.raises(InputError, match="Find out who"), run.locked():
        run.read(path, "inspect")
    assert precious.read_bytes() == PRECIOUS
    if name in {"run.json", "key"}:
        with pytest.raises(InputError, match="Find out who"):
            run.write(run.report, {})  # nothing is sealed for a run whose mark or key somebody planted
    elif name != "lock" and kind != "link":
        with run.locked():
            run.write(path, {"a": 1})  # replaced, never written into
        assert precious.read_bytes() == PRECIOUS
        assert path.stat().st_nlink == 1


@pytest.mark.parametrize("name", [".", "snapshot", "snapshot/shop"])
def test_a_directory_that_is_a_link_is_refused(finished: Migration, tmp_path: Path, name: str) -> None:
    path = finished.run / name
    moved = tmp_path / "moved"
    shutil.move(finished.run if name == "." else path, moved)
    (finished.run if name == "." else path).symlink_to(moved)
    before = {file: file.read_bytes() for file in moved.rglob("*") if file.is_file()}
    for step in ("dump", "load", "verify"):
        with pytest.raises(InputError, match="link"):
            STEPS[step](finished)
    assert {file: file.read_bytes() for file in moved.rglob("*") if file.is_file()} == before


def test_a_chunk_that_is_a_link_is_refused(moving: Migration, tmp_path: Path) -> None:
    moving.dump()
    chunk = next(moving.run.rglob("*.copy.zst"))
    shutil.move(chunk, tmp_path / "chunk")
    chunk.symlink_to(tmp_path / "chunk")
    with pytest.raises(InputError, match="not a plain file"):
        moving.load()


@pytest.mark.parametrize("name", [".", "journal.jsonl", "snapshot"])
def test_what_belongs_to_another_user_is_refused(moving: Migration, name: str) -> None:
    moving.dump()
    if host.is_root():  # nobody else can give files away
        os.chown(moving.run / name, 65534, 65534)
        with pytest.raises(InputError, match="another user"):
            moving.load()
