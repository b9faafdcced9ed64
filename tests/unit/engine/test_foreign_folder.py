# SPDX-License-Identifier: GPL-3.0-or-later
"""A run directory that is somebody's own folder: every verb refuses it, before a server is asked, untouched.

Nothing but files that a step made is ever removed.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.changes import changes
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError, SealBroken
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._move.cleanup import cleanup
from ansible_collections.alkemio.convergence.plugins.module_utils._move.dump import dump
from ansible_collections.alkemio.convergence.plugins.module_utils._move.inspect import (
    inspect_source,
    inspect_target,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move.load import load
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset
from ansible_collections.alkemio.convergence.plugins.module_utils._move.transform import make_plan
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.cutover import cutover
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.freeze import freeze, thaw
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.gate import gate
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.progress import info
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.whereabouts import whereabouts
from ansible_collections.alkemio.convergence.plugins.module_utils._prove.verify import verify
from ansible_collections.alkemio.convergence.plugins.module_utils._run import (
    directory,
    files,
    records,
    removal,
    seal,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

pytestmark = pytest.mark.fault("B3")

CHECKOUT = Path(__file__).resolve().parents[3]
# Nobody listens there: a verb that asked a server first would say so.
SOURCE = MySQLLogin("127.0.0.1", 1, "nobody", "secret")
TARGET = PostgreSQLLogin("127.0.0.1", 1, "nobody", "secret")
WRITES: list[bool] = [False, True]
VERBS: dict[str, dict[str, Callable[[str], Any]]] = {
    "mysql_schema_info": {
        f"check={check}": partial(inspect_source, SOURCE, ["shop"], check=check) for check in WRITES
    },
    "postgresql_schema_info": {
        f"check={check}": partial(inspect_target, TARGET, ["shop"], check=check) for check in WRITES
    },
    "snapshot_transform": {
        f"check={check}": partial(make_plan, databases=[{"name": "shop"}], profiles={}, check=check)
        for check in WRITES
    },
    "mysql_snapshot_dump": {
        f"check={check} restart={restart}": partial(dump, SOURCE, workers=1, check=check, restart=restart)
        for check in WRITES
        for restart in WRITES
    },
    "postgresql_snapshot_load": {
        f"check={check}": partial(load, TARGET, workers=1, check=check) for check in WRITES
    },
    "postgresql_snapshot_verify": {
        f"check={check} force={force}": partial(verify, TARGET, None, workers=1, check=check, force=force)
        for check in WRITES
        for force in WRITES
    },
    "postgresql_snapshot_reset": {
        f"check={check}": partial(reset, TARGET, confirm=True, check=check) for check in WRITES
    },
    "postgresql_snapshot_cleanup": {
        f"check={check} keep={keep}": partial(
            cleanup, TARGET, keep_records=keep, allow_unverified=True, check=check
        )
        for check in WRITES
        for keep in WRITES
    },
    "postgresql_changes_info": {"": partial(changes, TARGET)},
    "snapshot_info": {"": info},
    "application_sessions_info": {"": lambda folder: whereabouts(TARGET, SOURCE, [], folder, 0)},
    "mysql_freeze": {
        **{
            f"frozen check={check}": partial(freeze, SOURCE, accounts=(), databases=["shop"], check=check)
            for check in WRITES
        },
        **{f"thawed check={check}": partial(thaw, SOURCE, check=check) for check in WRITES},
    },
    "cutover_gate": {
        f"check={check}": partial(gate, TARGET, SOURCE, None, accept_unfrozen=True, check=check)
        for check in WRITES
    },
    "cutover_state": {
        f"{state} check={check}": partial(cutover, state=state, check=check)
        for state in (None, "begun", "aborting")
        for check in WRITES
    },
    "run_directory": {
        **{f"begin check={check}": partial(records.begin, check=check) for check in WRITES},
        **{
            f"keep {content} check={check}": partial(
                records.keep, record="services", content=content, check=check
            )
            for content in ({}, {"a": 1})
            for check in WRITES
        },
        "look": partial(records.look, record="services"),
    },
}
CALLS = [
    pytest.param(call, id=f"{name} {way}") for name, calls in VERBS.items() for way, call in calls.items()
]

Photograph = dict[str, tuple[int, int, int, bytes]]


def photograph(folder: Path) -> Photograph:
    """Mode, time and content of a folder and of everything in it."""
    found: Photograph = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        status = path.lstat()
        content = b""
        if stat.S_ISLNK(status.st_mode):
            content = str(path.readlink()).encode()
        elif stat.S_ISREG(status.st_mode):
            content = path.read_bytes()
        found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_nlink, content)
    return found


def with_files(folder: Path, contents: dict[str, bytes]) -> None:
    folder.mkdir(mode=0o755)
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder.chmod(0o751)


FOLDERS: dict[str, dict[str, bytes]] = {
    "letters": {"letter.txt": b"dear", "snapshot/photo.jpg": b"\xff\xd8"},
    "names like ours": {"report.json": b"{}", "journal.jsonl": b"", "snapshot/shop/manifest.json": b"{}"},
    "only a lock": {"lock": b"combination 7-3-9"},
    "only a key": {"key": b"-----BEGIN PRIVATE KEY-----\n"},
    "a key in an old form": {"key": bytes(32)},
    "an empty report": {"report.json": b""},
    "a run of theirs": {"run.json": b'{"command": "make"}', "key": b"x"},
    "a run that is not an object": {"run.json": b"[]"},
    "a run of theirs with our words": {
        "run.json": b'{"format": 2, "run_id": "0123456789abcdef", "key": "0"}'
    },
    "a hidden file": {".git": b"x"},
}


def test_every_module_with_a_run_directory_is_among_the_verbs() -> None:
    found = set()
    for path in (CHECKOUT / "plugins/modules").glob("*.py"):
        text = path.read_text("utf-8")
        documentation = yaml.safe_load(text.split('r"""')[1].split('"""')[0])
        fragments = documentation.get("extends_documentation_fragment", [])
        if "alkemio.convergence._run" in fragments or "run_directory" in documentation.get("options", {}):
            found.add(path.stem)
    # Which says so in a list with all else: tests/engine/test_preflight.py has a folder of somebody.
    assert found - {"snapshot_preflight"} == set(VERBS)


@pytest.mark.parametrize("call", CALLS)
def test_somebodys_folder_is_refused_and_stays_as_it_is(tmp_path: Path, call: Callable[[str], Any]) -> None:
    for number, contents in enumerate(FOLDERS.values()):
        folder = tmp_path / str(number)
        with_files(folder, contents)
        before = photograph(folder)
        with pytest.raises(InputError) as caught:
            call(str(folder))
        message = str(caught.value)
        assert str(folder) in message and "another migration_run_directory" in message, message
        assert photograph(folder) == before


@pytest.mark.parametrize("call", CALLS)
def test_a_folder_that_holds_only_a_folder_or_a_link_is_refused_too(
    tmp_path: Path, call: Callable[[str], Any]
) -> None:
    for name, make in {
        "folder": lambda path: path.mkdir(),
        "link": lambda path: path.symlink_to("/etc"),
        "dangling": lambda path: path.symlink_to("nowhere"),
        "pipe": os.mkfifo,
    }.items():
        for inside in ("snapshot", "run.json", "key", "lock", "own"):
            folder = tmp_path / f"{name} {inside}"
            folder.mkdir(mode=0o755)
            make(folder / inside)
            before = photograph(folder)
            with pytest.raises(InputError):
                call(str(folder))
            assert photograph(folder) == before


def test_the_message_names_what_lies_there_and_what_to_do(tmp_path: Path) -> None:
    with_files(tmp_path / "own", {"letter.txt": b"dear", "a": b"", "b": b"", "c": b""})
    with pytest.raises(InputError) as caught:
        RunDirectory(str(tmp_path / "own")).ensure()
    assert str(caught.value) == (
        f"The folder {tmp_path / 'own'} holds files (a, b, c, …) and not the mark of a run (run.json). Nothing in it "
        "was touched. Name another migration_run_directory: one that is empty, or does not exist yet."
    )


def test_a_run_without_its_mark_is_nobodys(tmp_path: Path) -> None:
    run = RunDirectory(str(tmp_path / "run"))
    run.ensure()
    run.write(run.report, {"verdict": "equal"})
    run.run.unlink()
    for verb in (run.check, run.ensure):
        with pytest.raises(InputError, match="not the mark of a run"):
            verb()


# --- whose it is -------------------------------------------------------------------------------------------


def test_an_empty_folder_and_one_that_is_not_there_are_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    for name in ("empty", "new/deep"):
        run = RunDirectory(str(tmp_path / name))
        assert run.fresh()
        with pytest.raises(InputError, match=r"No run has begun|cannot be read"):
            run.check()
        run.ensure()
        assert not run.fresh()
        run.check()
        run_id = run.run_id()
        run.ensure()
        assert run.run_id() == run_id
        assert stat.S_IMODE(run.path.stat().st_mode) == 0o700


@pytest.mark.parametrize("check", WRITES)
@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_look_begins_no_run(tmp_path: Path, state: str, check: bool) -> None:
    folder = tmp_path / "run"
    if state == "empty":
        folder.mkdir(mode=0o755)
    before = photograph(tmp_path)
    assert cutover(str(folder), None, check=check).state == "open"
    assert records.look(str(folder), "services").content == {}
    assert records.begin(str(folder), check=True).changed
    assert records.keep(str(folder), "services", {"a": 1}, check=True).content == {"a": 1}
    assert photograph(tmp_path) == before
    assert records.begin(str(folder), check=False).changed
    assert not records.begin(str(folder), check=False).changed
    assert not records.begin(str(folder), check=True).changed


LEFT: dict[str, dict[str, bytes]] = {
    "lock": {"lock": b""},
    "start of a key": {"lock": b"", "key.part": seal.new_key()[:30]},
    "empty part of a key": {"lock": b"", "key.part": b""},
    "key": {"lock": b"", "key": seal.new_key()},
    "part of a mark": {"lock": b"", "key": seal.new_key(), "run.json.part": b'{"format"'},
}


@pytest.mark.parametrize("left", LEFT)
def test_what_a_killed_beginning_leaves_is_ours(tmp_path: Path, left: str) -> None:
    run = RunDirectory(str(tmp_path))
    for name, content in LEFT[left].items():
        (tmp_path / name).write_bytes(content)
    assert run.fresh()
    run.ensure()
    assert len(run.run_id()) == 16
    assert {path.name for path in tmp_path.iterdir()} <= {"lock", "key", "run.json", "key.part"}
    if "key" in LEFT[left]:
        assert run.hmac_key() == LEFT[left]["key"]


@pytest.mark.parametrize("_again", range(2))
def test_two_that_begin_at_once_agree_on_one_run(tmp_path: Path, _again: int) -> None:
    code = (
        "import sys, time\n"
        "from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory\n"
        "run = RunDirectory(sys.argv[1])\n"
        "time.sleep(max(0.0, float(sys.argv[2]) - time.time()))\n"
        "run.ensure()\n"
        "print(run.run_id())\n"
    )
    start = str(time.time() + 1.5)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "run"), start],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT / ".ansible/collections")},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(3)
    ]
    found = {child.communicate(timeout=60)[0].strip() for child in children}
    assert [child.returncode for child in children] == [0, 0, 0]
    assert found == {RunDirectory(str(tmp_path / "run")).run_id()}


# --- what goes ---------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """With every file that a step makes, and those that a kill leaves of them."""
    made = RunDirectory(str(tmp_path / "run"))
    made.ensure()
    directory.make_folder(made.snapshot)
    for name in ("shop", "other"):
        directory.make_folder(made.database(name))
        for file in ("manifest.json", "0000-000000.copy.zst", "0012-123456.copy.zst.aes"):
            (made.database(name) / file).write_bytes(b"ours")
            (made.database(name) / (file + ".part")).write_bytes(b"ours")
    for path in vars(made).values():
        if path.suffix in {".json", ".jsonl"}:
            path.with_name(path.name + ".part").write_bytes(b"ours")
            if path != made.run:
                path.write_bytes(b"ours")
    made.write(made.report, {})
    made.set_report_aside("reset")
    made.write(made.report, {})
    return made


def test_everything_that_steps_make_goes(run: RunDirectory) -> None:
    assert len(removal.of_snapshot(run).files) == 12
    assert removal.of_snapshot(run).foreign == ()
    found = removal.of_run(run)
    assert found.foreign == ()
    assert [path.name for path in found.files[-3:]] == ["run.json", "key", "lock"]
    removal.remove(removal.of_snapshot(run))
    assert not run.snapshot.exists()
    removal.remove(removal.of_run(run))
    assert not run.path.exists()
    assert not removal.of_run(run).removable


STRANGERS: dict[str, Callable[[Path, Path], Any]] = {
    "notes.txt": lambda path, _victim: path.write_text("mine"),
    "0000-000000.copy": lambda path, _victim: path.write_text("unpacked"),
    "0000-000001.copy.zst.bak": lambda path, _victim: path.write_text("kept"),
    "0000-000002.copy.zst": lambda path, victim: path.symlink_to(victim),
    "0000-000003.copy.zst": lambda path, victim: path.hardlink_to(victim),
    "0000-000004.copy.zst": lambda path, _victim: path.mkdir(),
    "0000-000005.copy.zst.part": lambda path, _victim: os.mkfifo(path),
    "report.json.old": lambda path, _victim: path.write_text("kept"),
    "folder": lambda path, _victim: path.mkdir(),
    "link": lambda path, victim: path.symlink_to(victim.parent),
}


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("place", [".", "snapshot", "snapshot/shop"])
def test_what_no_step_made_stays_and_is_named(
    run: RunDirectory, tmp_path: Path, place: str, name: str
) -> None:
    (tmp_path / "theirs").mkdir()
    victim = tmp_path / "theirs" / "victim"
    victim.write_text("precious")
    stranger = run.path / place / name
    STRANGERS[name](stranger, victim)
    status = stranger.lstat()
    found = removal.of_run(run)
    entries = (
        stranger.relative_to(run.path).as_posix(),
        stranger in found.foreign or (stranger in found.folders),
    )
    assert entries[1], found
    if not stranger.is_symlink() and stranger.is_dir() and place == "snapshot":
        return  # the empty folder of a database, as far as anybody can see
    assert removal.in_words(found.foreign, run.path) == entries[0]
    removal.remove(found)
    after = stranger.lstat()
    assert (after.st_mode, after.st_mtime_ns, after.st_ino) == (
        status.st_mode,
        status.st_mtime_ns,
        status.st_ino,
    )
    assert victim.read_text() == "precious"
    here = {path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if not path.is_symlink()}
    around = {"snapshot", "snapshot/shop"} if place == "snapshot/shop" else {place} - {"."}
    assert here - {entries[0]} == around


@pytest.mark.parametrize("place", ["snapshot", "snapshot/shop", "snapshot/shop/0000-000000.copy.zst"])
@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_dump_does_not_write_where_somebody_elses_entry_stands(
    run: RunDirectory, tmp_path: Path, place: str, kind: str
) -> None:
    removal.remove(removal.of_snapshot(run))
    path = run.path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "theirs").mkdir()
    if kind == "link" or place.endswith(".zst"):
        path.symlink_to(tmp_path / "theirs")
    else:
        path.write_text("mine")
    before = photograph(run.path)
    with pytest.raises(InputError, match="stands where the dump has to write"):
        removal.clear_snapshot(run, ["shop"])
    assert photograph(run.path) == before


def test_a_dump_leaves_alone_what_is_not_in_its_way(run: RunDirectory) -> None:
    (run.database("shop") / "notes.txt").write_text("mine")
    (run.snapshot / "notes.txt").write_text("mine")
    found = removal.clear_snapshot(run, ["shop", "new"])
    assert {path.relative_to(run.path).as_posix() for path in found.foreign} == {
        "snapshot/shop/notes.txt",
        "snapshot/notes.txt",
    }
    left = {path.relative_to(run.snapshot).as_posix() for path in run.snapshot.rglob("*")}
    assert left == {"shop", "shop/notes.txt", "notes.txt", "new"}


def test_a_clean_up_that_was_killed_at_its_end_goes_on(run: RunDirectory) -> None:
    for gone in (("run.json",), ("key",), ()):
        copy = RunDirectory(str(run.path.with_name(f"copy {len(gone)} {gone}")))
        copy.ensure()
        copy.run.unlink()
        if gone == ("key",):
            copy.key.unlink()
        foreseen = cleanup(TARGET, str(copy.path), keep_records=False, check=True)
        assert foreseen.changed and copy.lock.exists()
        assert cleanup(TARGET, str(copy.path), keep_records=False).changed
        assert not copy.path.exists()
        assert not cleanup(TARGET, str(copy.path), keep_records=False).changed


def test_an_empty_folder_is_not_removed_by_a_clean_up(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    before = photograph(tmp_path)
    assert not cleanup(TARGET, str(tmp_path / "empty"), keep_records=False).changed
    assert photograph(tmp_path) == before


# --- records of roles --------------------------------------------------------------------------------------


def test_a_record_is_kept_sealed_and_removed(tmp_path: Path) -> None:
    folder = str(tmp_path / "run")
    content = {"services": {"app": {"state": "stopped", "ran": ["app-1"]}}, "queues": {}}
    foreseen = records.keep(folder, "services", content, check=True)
    assert foreseen.changed and not (tmp_path / "run").exists()
    assert records.keep(folder, "services", content, check=False).as_result()["content"] == content
    assert not records.keep(folder, "services", content, check=False).changed
    assert records.look(folder, "services").content == content
    path = tmp_path / "run" / "services.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(path.read_text("utf-8").replace("stopped", "started"), "utf-8")
    for way, call in VERBS["run_directory"].items():
        if not way.startswith("begin"):
            with pytest.raises(
                SealBroken, match=r"services\.json does not bear the seal.*which services ran"
            ):
                call(folder)
    path.unlink()
    assert records.keep(folder, "services", content, check=False).changed
    assert records.keep(folder, "services", {}, check=False).changed
    assert not path.exists()
    assert not records.keep(folder, "services", {}, check=False).changed


def test_every_record_has_a_file_that_the_layout_knows(tmp_path: Path) -> None:
    for record in records.RECORDS:
        records.keep(str(tmp_path / "run"), record, {"a": 1}, check=False)
    assert all(directory.is_record(path.name) for path in (tmp_path / "run").iterdir())
    assert len(list((tmp_path / "run").glob("*.json"))) == 1 + len(records.RECORDS)
    assert files.to_text({}) == "{}\n"
