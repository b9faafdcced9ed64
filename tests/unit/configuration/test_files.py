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
    first = files.replace(wanted(tmp_path, done(state)), backup, move, check=False)
    assert first.changed is (state != "postgres")
    assert files.replace(wanted(tmp_path, done(state)), backup, move, check=False).changed is False
    files.restore(backup, move, check=False)
    assert tree(tmp_path) == before
    assert (tmp_path / ".env.docker").stat().st_mode & 0o777 == 0o640
    assert files.restore(backup, move, check=False).changed is False


def test_check_mode_tells_and_does_nothing(tmp_path: Path) -> None:
    write(tmp_path, texts("mysql"))
    before = tree(tmp_path)
    outcome = files.replace(wanted(tmp_path, done("mysql")), str(tmp_path / "backup"), move, check=True)
    assert (outcome.changed, len(outcome.paths)) == (True, len(KINDS))
    assert tree(tmp_path) == before
    assert not (tmp_path / "backup").exists()


def test_another_replacement_does_not_overwrite_the_way_back(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    backup = str(tmp_path / "backup")
    for text in ("second", "third"):
        files.replace(wanted(tmp_path, {"a": text}), backup, move, check=False)
    files.restore(backup, move, check=False)
    assert (tmp_path / "a").read_text() == "first"


def test_after_a_restoration_a_new_set_begins(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    backup = str(tmp_path / "backup")
    files.replace(wanted(tmp_path, {"a": "second"}), backup, move, check=False)
    files.restore(backup, move, check=False)
    write(tmp_path, {"a": "edited"})
    outcome = files.replace(wanted(tmp_path, {"a": "second"}), backup, move, check=False)
    assert Path(outcome.backup).name == "2"
    files.restore(backup, move, check=False)
    assert (tmp_path / "a").read_text() == "edited"


def test_what_somebody_edited_since_is_kept(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    backup = str(tmp_path / "backup")
    files.replace(wanted(tmp_path, {"a": "second"}), backup, move, check=False)
    write(tmp_path, {"a": "edited"})
    outcome = files.restore(backup, move, check=False)
    assert (tmp_path / "a").read_text() == "first"
    assert Path((outcome.kept or [])[0]).read_text() == "edited"


def test_a_file_that_moved_meanwhile_stops_everything(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first", "b": "first"})
    stale = wanted(tmp_path, {"a": "second", "b": "second"})
    write(tmp_path, {"b": "edited"})
    with pytest.raises(InputError, match="changed by somebody else"):
        files.replace(stale, str(tmp_path / "backup"), move, check=False)
    assert (tmp_path / "a").read_text() == "first"


def test_an_interrupted_replacement_is_finished_by_the_same_command(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first", "b": "first"})
    backup = str(tmp_path / "backup")

    def fails_at_b(source: str, target: str) -> None:
        if target.endswith("/b"):
            raise KeyboardInterrupt
        move(source, target)

    with pytest.raises(KeyboardInterrupt):
        files.replace(wanted(tmp_path, {"a": "second", "b": "second"}), backup, fails_at_b, check=False)
    assert (tmp_path / "b").read_text() == "first"
    files.replace(wanted(tmp_path, {"a": "second", "b": "second"}), backup, move, check=False)
    files.restore(backup, move, check=False)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["first", "first"]


def test_backups_are_private(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    files.replace(wanted(tmp_path, {"a": "second"}), str(tmp_path / "backup"), move, check=False)
    for path in [tmp_path / "backup", *(tmp_path / "backup").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_damaged_backup_brings_nothing_back(tmp_path: Path) -> None:
    write(tmp_path, {"a": "first"})
    outcome = files.replace(wanted(tmp_path, {"a": "second"}), str(tmp_path / "backup"), move, check=False)
    (Path(outcome.backup) / "0001-a").write_text("damaged")
    with pytest.raises(InputError, match="is damaged"):
        files.restore(str(tmp_path / "backup"), move, check=False)
    assert (tmp_path / "a").read_text() == "second"
