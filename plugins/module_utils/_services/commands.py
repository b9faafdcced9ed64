# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Commands of the host on which services run: each has an end, and its last words if it fails."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import typing as t

from .._errors import ServiceFailed

if t.TYPE_CHECKING:
    from collections.abc import Sequence

_LAST_WORDS = 300


def answer(
    what: str, words: Sequence[str], seconds: float, folder: str | None = None, *, well: Sequence[int] = (0,)
) -> tuple[int, str]:
    """Status and standard output of a command.

    `what` says in a message which command of which service it is. Raises `ServiceFailed` when it cannot be run, does
    not end within `seconds`, or ends with a status that is not in `well` (empty: every status is).
    """
    # Files, not pipes: what a start command leaves behind keeps a pipe open, and nobody would ever see its end.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = _status(what, words, seconds, folder, out, err)
        if well and status not in well:
            raise ServiceFailed(f"{what} ({' '.join(words)}) ended with {status}: {_end(err) or _end(out)}")
        out.seek(0)
        return status, out.read().decode("utf-8", "replace")


def _status(
    what: str, words: Sequence[str], seconds: float, folder: str | None, out: t.IO[bytes], err: t.IO[bytes]
) -> int:
    try:
        child = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
    except OSError as error:
        where = f" in {folder}" if folder else ""
        raise ServiceFailed(f"{what} ({' '.join(words)}{where}) does not run: {error.strerror}.") from None
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        # With what it has started: half of a stop must not go on behind the back of whoever reads the message.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise ServiceFailed(
            f"{what} ({' '.join(words)}) had not ended after {seconds:g} seconds and was broken off. Raise the timeout "
            "of the service, or find out what it waits for, then run the same command again."
        ) from None


def _end(file: t.IO[bytes]) -> str:
    """What a command said last."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LAST_WORDS))
    return " ".join(file.read().decode("utf-8", "replace").split()) or "it said nothing."


__all__ = ("answer",)
