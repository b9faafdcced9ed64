# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A folder that looks as another would after a rewriting, so that a check can try what the real run will meet.

It holds the new files, and links to all others.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Mapping


def make_shadow(root: str, contents: Mapping[str, bytes]) -> str:
    """The path of a new folder of mode 0700, its files 0600. The caller removes it.

    `contents`: what files shall hold, by absolute path; those that do not lie below `root` are left out.
    """
    new = {os.path.relpath(path, root): content for path, content in contents.items()}
    new = {path: content for path, content in new.items() if not path.startswith("..")}
    folder = Path(tempfile.mkdtemp(prefix="convergence-check-"))
    try:
        for path, content in new.items():
            (folder / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(folder / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
        for made in [folder, *(one for one in folder.rglob("*") if one.is_dir())]:
            _link_the_rest(Path(root, made.relative_to(folder)), made)
    except OSError:
        shutil.rmtree(folder)
        raise
    return str(folder)


def _link_the_rest(own: Path, shadow: Path) -> None:
    for one in own.iterdir():
        if not (shadow / one.name).exists():
            (shadow / one.name).symlink_to(one.resolve())


__all__ = ("make_shadow",)
