# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Single files of the run directory: 0600, never through a link, replaced in one step or not at all."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import typing as t

from .._errors import InputError, StorageError

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REMEDIES: t.Final = {
    errno.ENOSPC: "Make room on that file system",
    errno.EDQUOT: "Raise the quota, or make room",
    errno.EFBIG: "Raise the limit for the size of a file",
    errno.EROFS: "Mount that file system for writing, or name another migration_run_directory",
}


def to_text(data: t.Any) -> str:
    """JSON for people and diffs: indented, names unescaped, one line break at the end."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


@contextlib.contextmanager
def storing(path: Path) -> Iterator[None]:
    """Everything that writes `path` stands inside.

    Raises StorageError: the system refuses; a failing write, other than a failing open, does not name its file.
    """
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Correct the cause")
        raise StorageError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}. What was there before is as it was. "
            f"{remedy}, then run the same command again."
        ) from error


def write_atomic(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename over; raises StorageError: the old file stays, and no part of the new."""
    part = path.with_name(path.name + ".part")
    with storing(path):
        try:
            with open_write(part) as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            part.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def make_folder(path: Path, mode: int = 0o700) -> None:
    """A new directory of exactly this mode, whatever the umask; one that is there stays as it is.

    Raises StorageError.
    """
    with storing(path):
        try:
            path.mkdir(mode=mode)
        except FileExistsError:
            if path.is_symlink() or not path.is_dir():
                raise
        else:
            path.chmod(mode)


def open_write(path: Path) -> t.BinaryIO:
    """A new file, 0600, in place of an old one of that name, never through a link to it."""
    path.unlink(missing_ok=True)
    return t.cast("t.BinaryIO", os.fdopen(open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb"))


def append_line(path: Path, line: bytes) -> None:
    """One more line of `path`, 0600, never through a link; raises StorageError.

    What a kill or a full disk has left of a line before is ended first: this one must not be lost with it.
    """
    with storing(path):
        handle = open_plain(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            size = os.fstat(handle).st_size
            whole = size == 0 or os.pread(handle, 1, size - 1) == b"\n"
            content = (b"" if whole else b"\n") + line + b"\n"
            while content:
                content = content[os.write(handle, content) :]
        finally:
            os.close(handle)


def open_read(path: Path) -> t.BinaryIO:
    """Read a file, never through a link."""
    return t.cast("t.BinaryIO", os.fdopen(open_plain(path, os.O_RDONLY), "rb"))


def open_plain(path: Path, flags: int) -> int:
    """A plain file of ours with one name; O_NONBLOCK, since a pipe in its place would let us wait for ever."""
    try:
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise _not_ours(path) from error
        raise
    if not is_plain(os.fstat(handle)):
        os.close(handle)
        raise _not_ours(path)
    if flags & os.O_CREAT:
        os.fchmod(handle, 0o600)
    return handle


def is_plain(found: os.stat_result) -> bool:
    """A regular file of this user's own that has no second name."""
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1


def _not_ours(path: Path) -> InputError:
    return InputError(
        f"{path} is not a plain file of this user's own (a link, a pipe, or somebody else's). Find out who put it "
        "there, and name another migration_run_directory."
    )


__all__ = (
    "append_line",
    "is_plain",
    "make_folder",
    "open_plain",
    "open_read",
    "open_write",
    "storing",
    "to_text",
    "write_atomic",
)
