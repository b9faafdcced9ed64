# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing a set of files, and bringing it back byte for byte."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._configuration import files
from ansible_collections.alkemio.convergence.plugins.module_utils._configuration.files import Replacement
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError

from tests.support.playbooks.states import KINDS, STATES, done, texts


def move(source: str, target: str) -> None:
    shutil.copymode(target, source)
    Path(source).replace(target)


def write(folder: Path, contents: dict[str, str]) -> None:
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


def wanted(folder: Path, contents: dict[str, str]) -> list[Replacement]:
    return [
        Replacement(
            str(folder / name), hashlib.sha256((folder / name).read_bytes()).hexdigest(), text.encode()
        )
        for name, text in contents.items()
    ]


def tree(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in KINDS}


@pytest.mark.parametrize("state", STATES)
def test_restoring_brings_every_file_back_byte_for_byte(tmp_path: Path, state: str) -> None:
    write(tmp_path, texts(state))
    (tmp_path / ".env.docker").chmod(0o640)
    before = tree(tmp_path)
    backup = str(tmp_path / "backup")
    first = files.replace(wanted(tmp_path, done(state)), files.Place(backup), move, check=False)
    assert first.changed is (state != "postgres")
    assert (
        files.replace(wanted(tmp_path, done(state)), files.Place(backup), move, check=False).changed is False
    )
    files.restore(backup, move, check=False)
    assert tree(tmp_path) == before
    assert (tmp_path / ".env.docker").stat().st_mode & 0o777 == 0o640
    assert files.restore(backup, move, check=False).changed is False


def test_check_mode_tells_and_does_nothing(tmp_path: Path) -> None:
    write(tmp_path, texts("mysql"))
    before = tree(tmp_path)
    outcome = files.replace(
        wanted(tmp_path, done("mysql")), files.Place(str(tmp_path / "backup")), move, check=True
    )
    assert (outcome.changed, len(outcome.paths)) == (True, len(KINDS))
    assert tree(tmp_path) == before
    assert not (tmp_path / "backup").exists()


def test_another_replacement_does_not_overwrite_the_way_back(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    backup = str(tmp_path / "backup")
    for text in ("second", "third"):
        files.replace(wanted(tmp_path, {"a": text}), files.Place(backup), move, check=False)
    files.restore(backup, move, check=False)
    assert (tmp_path / "a").read_text() == "first"


def test_after_a_restoration_a_new_set_begins(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    backup = str(tmp_path / "backup")
    files.replace(wanted(tmp_path, {"a": "second"}), files.Place(backup), move, check=False)
    files.restore(backup, move, check=False)
    write(tmp_path, {"a": "edited"})
    outcome = files.replace(wanted(tmp_path, {"a": "second"}), files.Place(backup), move, check=False)
    assert Path(outcome.backup).name == "2"
    files.restore(backup, move, check=False)
    assert (tmp_path / "a").read_text() == "edited"


def test_what_somebody_edited_since_is_kept(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    backup = str(tmp_path / "backup")
    files.replace(wanted(tmp_path, {"a": "second"}), files.Place(backup), move, check=False)
    write(tmp_path, {"a": "edited"})
    outcome = files.restore(backup, move, check=False)
    assert (tmp_path / "a").read_text() == "first"
    assert Path((outcome.kept or [])[0]).read_text() == "edited"


def test_a_file_that_moved_meanwhile_stops_everything(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first", "b": "first"})
    stale = wanted(tmp_path, {"a": "second", "b": "second"})
    write(tmp_path, {"b": "edited"})
    with pytest.raises(InputError, match="changed by somebody else"):
        files.replace(stale, files.Place(str(tmp_path / "backup")), move, check=False)
    assert (tmp_path / "a").read_text() == "first"


def test_an_interrupted_replacement_is_finished_by_the_same_command(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first", "b": "first"})
    backup = str(tmp_path / "backup")

    def fails_at_b(source: str, target: str) -> None:
        if target.endswith("/b"):
            raise KeyboardInterrupt
        move(source, target)

    with pytest.raises(KeyboardInterrupt):
        files.replace(
            wanted(tmp_path, {"a": "second", "b": "second"}), files.Place(backup), fails_at_b, check=False
        )
    assert (tmp_path / "b").read_text() == "first"
    files.replace(wanted(tmp_path, {"a": "second", "b": "second"}), files.Place(backup), move, check=False)
    files.restore(backup, move, check=False)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["first", "first"]


def test_backups_are_private(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    files.replace(wanted(tmp_path, {"a": "second"}), files.Place(str(tmp_path / "backup")), move, check=False)
    for path in [tmp_path / "backup", *(tmp_path / "backup").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_damaged_backup_brings_nothing_back(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    outcome = files.replace(
        wanted(tmp_path, {"a": "second"}), files.Place(str(tmp_path / "backup")), move, check=False
    )
    (Path(outcome.backup) / "0001-a").write_text("damaged")
    with pytest.raises(InputError, match="is damaged"):
        files.restore(str(tmp_path / "backup"), move, check=False)
    assert (tmp_path / "a").read_text() == "second"


def test_backups_among_the_files_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    for inside in (tmp_path, tmp_path / "a/b", tmp_path / "x/../.convergence"):
        with pytest.raises(InputError, match="Name a directory elsewhere"):
            files.replace(
                wanted(tmp_path, {"a": "second"}), files.Place(str(inside), str(tmp_path)), move, check=False
            )
    (tmp_path.parent / "link").symlink_to(tmp_path)
    with pytest.raises(InputError, match="Nothing was written"):
        place = files.Place(str(tmp_path.parent / "link/backup"), str(tmp_path))
        files.replace(wanted(tmp_path, {"a": "second"}), place, move, check=False)
    (tmp_path.parent / "link").unlink()
    assert (tmp_path / "a").read_text("utf-8") == "first"


def test_a_check_makes_a_folder_that_looks_like_the_result(tmp_path: Path) -> None:
    root = tmp_path / "own"
    write(root, {"a": "first", "sub/b": "first", "sub/c": "kept", "other/d": "kept"})
    place = files.Place(str(tmp_path / "backup"), str(root))
    outcome = files.replace(wanted(root, {"a": "second", "sub/b": "second"}), place, move, check=True)
    shadow = Path(outcome.shadow or "")
    try:
        assert {
            str(one.relative_to(shadow)): one.read_text("utf-8") for one in shadow.rglob("*") if one.is_file()
        } == {
            "a": "second",
            "sub/b": "second",
            "sub/c": "kept",
        }
        assert (shadow / "other/d").read_text("utf-8") == "kept"
        assert (shadow.stat().st_mode & 0o777, (shadow / "a").stat().st_mode & 0o777) == (0o700, 0o600)
    finally:
        shutil.rmtree(shadow)
    assert (root / "a").read_text("utf-8") == (root / "sub/b").read_text("utf-8") == "first"
    assert not (tmp_path / "backup").exists()
    again = files.replace(wanted(root, {"a": "first"}), place, move, check=True)
    assert (again.changed, again.shadow) == (False, None)


def test_a_clean_up_removes_what_was_kept_and_a_restoration_then_names_it(tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    write(tmp_path, {"a": "first", "b": "first"})
    files.replace(wanted(tmp_path, {"a": "second"}), files.Place(str(backup)), move, check=False)
    write(tmp_path, {"a": "edited"})
    files.restore(str(backup), move, check=False)
    files.replace(wanted(tmp_path, {"b": "second"}), files.Place(str(backup)), move, check=False)
    write(backup, {"notes.txt": "somebody's"})
    foreseen = files.clean_up(str(backup), check=True)
    outcome = files.clean_up(str(backup), check=False)
    assert foreseen == outcome
    assert [str(Path(one).relative_to(backup)) for one in outcome.paths] == [
        "1/0001-a",
        "1/0001-a.edited",
        "1/manifest.json",
        "2/0001-b",
    ]
    left = {str(one.relative_to(backup)) for one in backup.rglob("*") if one.is_file()}
    assert left == {"notes.txt", "2/manifest.json"}
    assert files.clean_up(str(backup), check=False).changed is False
    with pytest.raises(InputError, match=f"cleaned up.*{tmp_path}/b"):
        files.restore(str(backup), move, check=False)
    assert (tmp_path / "b").read_text("utf-8") == "second"
    files.replace(wanted(tmp_path, {"b": "third"}), files.Place(str(backup)), move, check=False)
    assert files.restore(str(backup), move, check=False).paths == [str(tmp_path / "b")]


def test_a_clean_up_of_what_was_all_brought_back_leaves_nothing(tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    write(tmp_path, {"a": "first"})
    files.replace(wanted(tmp_path, {"a": "second"}), files.Place(str(backup)), move, check=False)
    files.restore(str(backup), move, check=False)
    files.clean_up(str(backup), check=False)
    assert not backup.exists()
    assert files.clean_up(str(backup), check=False).changed is False
