# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Replace a set of files and bring it back: each file in one step, a backup of all before the first.

A backup directory holds numbered sets. The first replacement makes a set, later ones add to it; what a set
holds of a file is what stood there before the first of them, so that a second run cannot overwrite the way
back. Restoring closes the set.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._errors import InputError
from .shadow import make_shadow

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Move = Callable[[str, str], None]

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Replacement:
    """What a file shall hold, and the hash of what it held when that was decided."""

    path: str
    before: str
    content: bytes


@dataclass(frozen=True)
class Place:
    """Where files that are replaced are kept, and the folder to which they belong."""

    backup_directory: str
    root: str | None = None

    def check(self) -> None:
        """Raises InputError: the backups would lie among the files."""
        if self.root is None:
            return
        root, backups = Path(self.root).resolve(), Path(self.backup_directory).resolve()
        if backups == root or root in backups.parents:
            raise InputError(
                f"The files as they were would be kept in {self.backup_directory}, inside {self.root}, from where a "
                "commit, an image or a tool that applies the folder takes them along, secrets and all. Name a "
                "directory elsewhere as backup directory. Nothing was written."
            )


@dataclass
class FilesOutcome:
    """What was replaced or brought back."""

    changed: bool
    paths: list[str]
    backup: str
    kept: list[str] | None = None
    """Of a restoration: copies of files that somebody edited between replacement and restoration."""
    shadow: str | None = None
    """Of a check: the folder with the files as they would be."""

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result; `kept` of a restoration alone, `shadow` of a check."""
        found: dict[str, t.Any] = {"changed": self.changed, "paths": self.paths, "backup": self.backup}
        more = {"kept": self.kept, "shadow": self.shadow}
        return found | {name: value for name, value in more.items() if value is not None}


def replace(wanted: Iterable[Replacement], place: Place, move: Move, *, check: bool) -> FilesOutcome:
    """Back up and replace every file that differs. Nothing is written unless all can be read.

    `move` puts a finished temporary file in the place of another in one step.
    Raises InputError: a file is not there, or is not what it was when its new content was made.
    """
    place.check()
    todo = [one for one in wanted if _checked(one) != hashlib.sha256(one.content).hexdigest()]
    paths = [one.path for one in todo]
    sets = _Sets(place.backup_directory)
    if not todo or check:
        new = {one.path: one.content for one in todo}
        shadow = make_shadow(place.root, new) if todo and place.root is not None else None
        return FilesOutcome(bool(todo), paths, str(sets.open_set() or ""), shadow=shadow)
    folder = sets.open_set() or sets.new_set()
    manifest = _read_manifest(folder)
    for one in todo:
        _back_up(folder, manifest, one)
    _write_manifest(folder, manifest)
    for one in todo:
        _put(one.path, one.content, move)
    return FilesOutcome(True, paths, str(folder))


def restore(backup_directory: str, move: Move, *, check: bool) -> FilesOutcome:
    """Bring every file of the open set back, byte for byte, with its mode and owner, and close the set."""
    sets = _Sets(backup_directory)
    folder = sets.open_set()
    if folder is None:
        last = sets.last()
        if last is not None and _read_manifest(last).get("removed"):
            paths = [entry["path"] for entry in _read_manifest(last)["files"]]
            raise InputError(
                f"The files as they were are gone from {last}: the run was cleaned up. Bring back from elsewhere, "
                f"such as your version control: {', '.join(paths)}."
            )
        return FilesOutcome(False, [], str(last or ""), [])
    manifest = _read_manifest(folder)
    changed: list[str] = []
    kept: list[str] = []
    for entry in manifest["files"]:
        content = (folder / entry["file"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise InputError(f"The backup {folder / entry['file']} is damaged. Nothing was brought back.")
    for entry in manifest["files"]:
        path = Path(entry["path"])
        current = path.read_bytes() if path.is_file() else None
        content = (folder / entry["file"]).read_bytes()
        if current == content:
            continue
        changed.append(entry["path"])
        edited = current is not None and hashlib.sha256(current).hexdigest() != entry["written"]
        if edited:
            kept.append(str(folder / f"{entry['file']}.edited"))
        if not check:
            if edited and current is not None:
                _write_private(Path(kept[-1]), current)
            _put(entry["path"], content, move)
            path.chmod(entry["mode"])
            if os.geteuid() == 0:
                os.chown(path, entry["uid"], entry["gid"])
    if not check:
        manifest["restored"] = True
        _write_manifest(folder, manifest)
    return FilesOutcome(bool(changed), changed, str(folder), kept)


def clean_up(backup_directory: str, *, check: bool) -> FilesOutcome:
    """Remove what the sets hold of files, by name; the secrets in them go too.

    Of a set that still waits to be brought back its list of paths stays, so that a restoration can say what is gone.
    """
    sets = _Sets(backup_directory)
    gone: list[str] = []
    for folder in sets.all():
        manifest = _read_manifest(folder)
        names = [name for one in manifest["files"] for name in (one["file"], f"{one['file']}.edited")]
        there = [folder / name for name in names if (folder / name).exists()]
        closed = manifest["restored"]
        gone += [str(path) for path in there] + ([str(folder / MANIFEST)] if closed else [])
        if check:
            continue
        for path in there:
            path.unlink()
        if closed:
            (folder / MANIFEST).unlink()
            _remove_empty(folder)
        else:
            _write_manifest(folder, {**manifest, "removed": True})
    if not check:
        _remove_empty(Path(backup_directory))
    return FilesOutcome(bool(gone), gone, "")


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # somebody keeps something else there
        folder.rmdir()


class _Sets:
    """The numbered sets below one backup directory."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)

    def last(self) -> Path | None:
        """The newest set."""
        if not self._directory.is_dir():
            return None
        numbers = [int(one.name) for one in self._directory.iterdir() if one.name.isdigit()]
        return self._directory / str(max(numbers)) if numbers else None

    def all(self) -> list[Path]:
        """Every set, the oldest first."""
        if not self._directory.is_dir():
            return []
        numbers = sorted(int(one.name) for one in self._directory.iterdir() if one.name.isdigit())
        folders = [self._directory / str(number) for number in numbers]
        return [folder for folder in folders if (folder / MANIFEST).is_file()]

    def open_set(self) -> Path | None:
        """The set that still waits to be brought back, and can be."""
        last = self.last()
        if last is None or not (last / MANIFEST).is_file():
            return None
        manifest = _read_manifest(last)
        return None if manifest["restored"] or manifest.get("removed") else last

    def new_set(self) -> Path:
        last = self.last()
        folder = self._directory / str(int(last.name) + 1 if last else 1)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        _write_manifest(folder, {"restored": False, "files": []})
        return folder


def _checked(one: Replacement) -> str:
    """The hash of the file as it is."""
    try:
        found = hashlib.sha256(Path(one.path).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{one.path} cannot be read: {error.strerror}. Nothing was written.") from None
    if found != one.before:
        raise InputError(
            f"{one.path} was changed by somebody else meanwhile. Nothing was written; run again."
        )
    return found


def _back_up(folder: Path, manifest: dict[str, t.Any], one: Replacement) -> None:
    written = hashlib.sha256(one.content).hexdigest()
    for entry in manifest["files"]:
        if entry["path"] == one.path:
            entry["written"] = written
            return
    name = f"{len(manifest['files']) + 1:04d}-{Path(one.path).name.lstrip('.')}"
    state = Path(one.path).stat()
    _write_private(folder / name, Path(one.path).read_bytes())
    manifest["files"].append(
        {
            "path": one.path,
            "file": name,
            "sha256": one.before,
            "written": written,
            "mode": state.st_mode & 0o7777,
            "uid": state.st_uid,
            "gid": state.st_gid,
        }
    )


def _put(path: str, content: bytes, move: Move) -> None:
    """In one step; a reader sees the old file or the new one."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".convergence-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        move(temporary, str(target.resolve()))
    finally:
        Path(temporary).unlink(missing_ok=True)


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _read_manifest(folder: Path) -> dict[str, t.Any]:
    try:
        return dict(json.loads((folder / MANIFEST).read_bytes()))
    except (OSError, ValueError) as error:
        raise InputError(f"The backup's list {folder / MANIFEST} cannot be read: {error}") from None


def _write_manifest(folder: Path, manifest: dict[str, t.Any]) -> None:
    temporary = folder / (MANIFEST + ".new")
    _write_private(temporary, json.dumps(manifest, indent=2).encode())
    temporary.replace(folder / MANIFEST)


__all__ = ("FilesOutcome", "Place", "Replacement", "clean_up", "replace", "restore")
