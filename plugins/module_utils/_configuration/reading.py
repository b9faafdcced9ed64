# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What files hold, for the controller, which decides what becomes of them."""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._errors import InputError
from .residue import excluded_walk

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What a compose file has at its left edge. Whether it is one, the controller says, which can read YAML.
_PERHAPS = re.compile(rb"""^["']?(?:services|include)["']?[ \t]*:""", re.M)
_LARGEST = 2_000_000


@dataclass
class ReadOutcome:
    """Files by their paths relative to the root."""

    contents: dict[str, bytes] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        coded = {path: base64.b64encode(content).decode() for path, content in self.contents.items()}
        return {"changed": False, "contents": coded, "missing": self.missing}


def read(root: str, paths: Iterable[str], *, search: bool, exclude: Sequence[str]) -> ReadOutcome:
    """The files of `paths`, and with `search` all below `root` that may be compose files.

    Raises InputError: the root is no folder, or a file of `paths` is there and cannot be read.
    """
    if not Path(root).is_dir():
        raise InputError(f"{root} is not there, or is no folder.")
    outcome = ReadOutcome()
    for path in paths:
        try:
            outcome.contents[path] = Path(root, path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            outcome.missing.append(path)
        except OSError as error:
            raise InputError(f"{Path(root, path)} cannot be read: {error.strerror}.") from None
    if search:
        for file in sorted(excluded_walk(Path(root), exclude)):
            relative = str(file.relative_to(root))
            if relative not in outcome.contents and (content := _perhaps_compose(file)) is not None:
                outcome.contents[relative] = content
    return outcome


def _perhaps_compose(file: Path) -> bytes | None:
    if file.suffix not in (".yml", ".yaml") or file.is_symlink() or not file.is_file():
        return None
    try:
        content = file.read_bytes() if file.stat().st_size <= _LARGEST else b""
    except OSError:
        return None  # of somebody else; the search for what is left names it
    return content if _PERHAPS.search(content) else None


__all__ = ("ReadOutcome", "read")
