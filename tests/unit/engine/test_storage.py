# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is full, limited or mounted for reading: the file is named, the old one stays, and later it goes on."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import StorageError
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.cutover import cutover
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.progress import info
from ansible_collections.alkemio.convergence.plugins.module_utils._run import (
    alterations,
    chunks,
    directory,
    journal,
    records,
    removal,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._run.alterations import Alteration
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.support.engine import disk

LARGE = 40_000
SEALED = [
    "run.json",
    "source-catalog.json",
    "target-catalog.json",
    "transform.json",
    "schema-contract.json",
    "snapshot/shop/manifest.json",
    "report.json",
    "sums.json",
    "cutover.json",
    "freeze.json",
    "services.json",
    "configured.json",
    "database-settings.json",
]


def text(length: int) -> str:
    """Nothing that compresses."""
    return os.urandom(length // 2).hex()


def put(name: str) -> Callable[[RunDirectory, int], Any]:
    if name == "run.json":
        return lambda run, size: run.write(run.run, {**run.read(run.run, ""), "fact": text(size)})
    return lambda run, size: run.write(run.path / name, {"fact": text(size)})


def put_chunk(run: RunDirectory, size: int) -> None:
    writer = chunks.ChunkWriter(run.database("shop") / "0000-000000.copy.zst")
    writer.write(os.urandom(size))
    writer.finish()


def put_alterations(run: RunDirectory, size: int) -> None:
    alterations.write(run, [Alteration("shop", "t", "c", "nul", "remove", {"id": text(size)}, b"")])


WRITERS: dict[str, Callable[[RunDirectory, int], Any]] = {
    **{name: put(name) for name in SEALED},
    "journal.jsonl": lambda run, size: journal.record(run, "dump", "started", fact=text(size)),
    "alterations.jsonl": put_alterations,
    "snapshot/shop/0000-000000.copy.zst": put_chunk,
}


@contextlib.contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """The system's own limit for the size of a file; nobody has to be allowed to mount for it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def no_room(folder: Path) -> Iterator[None]:
    filler = disk.fill(folder)
    yield
    filler.unlink()


@contextlib.contextmanager
def for_reading(folder: Path) -> Iterator[None]:
    disk.remount(folder, "ro")
    yield
    disk.remount(folder, "rw")


KINDS = {"limit": "File too large", "full": "No space left on device", "read only": "Read-only file system"}
REMEDIES = {
    "limit": "Raise the limit",
    "full": "Make room",
    "read only": "Mount that file system for writing",
}


class Disk:
    """Where a run lies, and how to take the room away."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.run = RunDirectory(str(folder / "run"))

    def narrow(self) -> contextlib.AbstractContextManager[None]:
        if self.kind == "limit":
            return no_file_beyond(5_000)
        return no_room(self.folder) if self.kind == "full" else for_reading(self.folder)


@pytest.fixture(params=list(KINDS))
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with contextlib.ExitStack() as stack:
        if request.param != "limit":
            stack.enter_context(disk.small_disk(tmp_path / "disk", "300k"))
        folder = tmp_path / "disk"
        folder.mkdir(exist_ok=True)
        found = Disk(request.param, folder)
        found.run.ensure()
        for inside in (found.run.snapshot, found.run.database("shop")):
            directory.make_folder(inside)
        yield found


@pytest.mark.parametrize("name", list(WRITERS))
def test_the_old_file_stays_and_the_new_one_is_named(small: Disk, name: str) -> None:
    run, path = small.run, small.run.path / name
    WRITERS[name](run, 400)
    before = path.read_bytes()
    names = {entry.name for entry in path.parent.iterdir()} - {"filler"}
    with small.narrow(), pytest.raises(StorageError) as caught:
        WRITERS[name](run, LARGE)
    message = str(caught.value)
    assert message.startswith(f"{path} cannot be written: {KINDS[small.kind]}."), message
    assert REMEDIES[small.kind] in message and "run the same command again" in message
    if name.endswith(".jsonl") and name.startswith("journal"):
        assert path.read_bytes().startswith(before)
        assert [event["fact"] for event in journal.events(run)] == [journal.events(run)[0]["fact"]]
    else:
        assert path.read_bytes() == before
    if name.endswith(".json"):
        assert {entry.name for entry in path.parent.iterdir()} == names, "no part of the new file is left"
    assert removal.of_run(run).foreign == ()
    WRITERS[name](run, LARGE)
    assert len(path.read_bytes()) > LARGE // 2
    if name.startswith("journal"):
        assert len(journal.events(run)) == 2


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_run_that_cannot_begin_says_so_and_begins_later(tmp_path: Path, kind: str) -> None:
    with contextlib.ExitStack() as stack:
        folder = tmp_path / "disk"
        folder.mkdir()
        if kind != "limit":
            stack.enter_context(disk.small_disk(folder, "64k"))
        for there in (False, True):
            run = RunDirectory(str(folder / f"run {there}"))
            if there:
                run.path.mkdir(mode=0o755)
            found = no_file_beyond(10) if kind == "limit" else Disk(kind, folder).narrow()
            with found, pytest.raises(StorageError, match=KINDS[kind]) as caught:
                run.ensure()
            assert str(run.path) in str(caught.value)
            assert run.fresh()
            run.ensure()
            run.check()


def test_what_only_reads_works_where_nothing_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with disk.small_disk(folder, "64k"):
        run = RunDirectory(str(folder / "run"))
        run.ensure()
        records.keep(str(run.path), "services", {"a": 1}, check=False)
        run.path.chmod(0o755)
        disk.remount(folder, "ro")
        assert info(str(run.path)).state == "inspected"
        assert cutover(str(run.path), None, check=False).state == "open"
        assert records.look(str(run.path), "services").content == {"a": 1}
        assert not records.keep(str(run.path), "services", {"a": 1}, check=False).changed
        with (
            pytest.raises(StorageError, match=f"{run.path} cannot be written: Read-only file system"),
            run.locked(),
        ):
            pass
        disk.remount(folder, "rw")
        run.path.chmod(0o700)
        disk.remount(folder, "ro")
        for call in (
            lambda: records.keep(str(run.path), "services", {"b": 1}, check=False),
            lambda: cutover(str(run.path), "aborting", check=False),
        ):
            with pytest.raises(
                StorageError, match=r"lock cannot be written: Read-only file system.*Mount that"
            ):
                call()
        disk.remount(folder, "rw")


def test_a_journal_that_cannot_be_written_does_not_hide_what_failed(tmp_path: Path) -> None:
    run = RunDirectory(str(tmp_path / "run"))
    run.ensure()
    with contextlib.ExitStack() as stack, pytest.raises(ZeroDivisionError), journal.phase(run, "dump"):
        stack.enter_context(no_file_beyond(10))  # still in force when the phase notes its failure
        raise ZeroDivisionError
    assert [event["event"] for event in journal.events(run)] == ["started"]
