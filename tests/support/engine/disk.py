# SPDX-License-Identifier: GPL-3.0-or-later
"""Small file systems of a test's own: full, or mounted for reading only."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.run import MAY_NOT_MOUNT


@contextlib.contextmanager
def small_disk(path: Path, size: str) -> Iterator[None]:
    """A file system of this size at `path`. A container without CAP_SYS_ADMIN cannot have one."""
    path.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(path)]
    done = subprocess.run(mount, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        assert "permission denied" in done.stderr, done.stderr
        pytest.skip(MAY_NOT_MOUNT)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def remount(path: Path, options: str) -> None:
    """Another size, or `ro` and `rw`."""
    subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)


def fill(path: Path) -> Path:
    """A file that takes the last byte of the file system at `path`; removed, it gives the room back."""
    filler = path / "filler"
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as handle:
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while handle.write(bytes(size)):
                    pass
    return filler
