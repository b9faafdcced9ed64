# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What goes from a run directory: files that a step of a run makes, by name, and folders that are empty then.

Whatever else lies there is somebody's: it stays, and so does the folder around it.
"""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass

from .._errors import InputError
from .directory import is_record
from .files import is_plain, make_folder, storing

if t.TYPE_CHECKING:
    from pathlib import Path

    from .directory import RunDirectory

_OF_DATABASE: t.Final = re.compile(r"(?:manifest\.json|\d{4,}-\d{6,}\.copy\.zst(?:\.aes)?)(?:\.part)?")


@dataclass(frozen=True)
class Belongings:
    """What lies in a folder: `files` of ours, `folders` of ours with the innermost first, and `foreign` entries."""

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    foreign: tuple[Path, ...] = ()

    @property
    def bytes(self) -> int:
        """Of all files that would go."""
        return sum(path.lstat().st_size for path in self.files)

    @property
    def removable(self) -> bool:
        """Whether a removal would change anything: a file of ours, or a folder that keeps nothing."""
        return bool(self.files) or any(not _around(folder, self.foreign) for folder in self.folders)

    def __add__(self, other: Belongings) -> Belongings:
        return Belongings(
            self.files + other.files, self.folders + other.folders, self.foreign + other.foreign
        )


def of_snapshot(run: RunDirectory) -> Belongings:
    """The folder of the snapshot with those of its databases."""
    if not _is_folder(run.snapshot):
        return Belongings(foreign=(run.snapshot,) if os.path.lexists(run.snapshot) else ())
    found = Belongings()
    for entry in _entries(run.snapshot):
        if _is_folder(entry):
            found += _folder(entry, lambda name: _OF_DATABASE.fullmatch(name) is not None)
        else:
            found += Belongings(foreign=(entry,))
    return found + Belongings(folders=(run.snapshot,))


def of_run(run: RunDirectory) -> Belongings:
    """The whole run directory. Its mark, its key and its lock come last: a removal that is killed can be repeated."""
    records = _folder(run.path, is_record, but=run.snapshot)
    last = [run.run, run.key, run.lock]
    files = sorted(records.files, key=lambda path: last.index(path) if path in last else -1)
    return of_snapshot(run) + Belongings(tuple(files), records.folders, records.foreign)


def clear_snapshot(run: RunDirectory, databases: t.Sequence[str]) -> Belongings:
    """Make room for a snapshot of `databases`; gives what was there, of which `foreign` still is.

    Raises InputError: somebody's entry bears a name that we need; nothing was removed then; raises StorageError.
    """
    found = of_snapshot(run)
    wanted = {run.snapshot, *map(run.database, databases)}
    blocking = [path for path in found.foreign if path in wanted or _OF_DATABASE.fullmatch(path.name)]
    if blocking:
        raise InputError(
            f"{blocking[0]} is not a plain file or folder of this run and stands where the dump has to write. Move it "
            "away, or name another migration_run_directory."
        )
    remove(found)
    for folder in (run.snapshot, *map(run.database, databases)):
        make_folder(folder)
    return found


def remove(found: Belongings) -> None:
    """Remove the files, then the folders that are empty; raises StorageError."""
    for path in found.files:
        with storing(path):
            path.unlink(missing_ok=True)
    for folder in found.folders:
        if folder.exists() and not any(folder.iterdir()):
            with storing(folder):
                folder.rmdir()


def in_words(foreign: t.Sequence[Path], folder: Path) -> str:
    """Up to three entries by their place in `folder`, for a message."""
    names = ", ".join(sorted(path.relative_to(folder).as_posix() for path in foreign)[:3])
    return names + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")


def _folder(folder: Path, ours: t.Callable[[str], bool], but: Path | None = None) -> Belongings:
    files: list[Path] = []
    foreign: list[Path] = []
    for entry in _entries(folder):
        if entry != but:
            (files if ours(entry.name) and is_plain(entry.lstat()) else foreign).append(entry)
    return Belongings(tuple(files), (folder,) if _is_folder(folder) else (), tuple(foreign))


def _around(folder: Path, foreign: t.Iterable[Path]) -> bool:
    return any(folder in path.parents for path in foreign)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if _is_folder(folder) else []


__all__ = ("Belongings", "clear_snapshot", "in_words", "of_run", "of_snapshot", "remove")
