# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Begin a run directory, and keep in it, under the run's seal, what roles have to remember."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .directory import RunDirectory, to_text

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Record = t.Literal["services", "configured", "database_settings"]
RECORDS: t.Final[tuple[Record, ...]] = ("services", "configured", "database_settings")
_STEP: t.Final = "run_directory"


@dataclass(frozen=True)
class RecordOutcome:
    """Whether something was, or would be, written, and what the record holds now."""

    changed: bool
    content: Mapping[str, t.Any]
    diff: tuple[str, str] = ("", "")

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        before, after = self.diff
        return {
            "changed": self.changed,
            "content": dict(self.content),
            "diff": {"before": before, "after": after},
        }


def begin(run_directory: str, *, check: bool) -> RecordOutcome:
    """Have the run directory, with our mark.

    Raises InputError: somebody's own folder, untouched; raises SealBroken; raises StorageError.
    """
    run = RunDirectory(run_directory)
    fresh = run.fresh()
    if not check:
        run.ensure()
    elif not fresh:
        run.check()
    after = f"the run directory {run.path}\n" if fresh else ""
    return RecordOutcome(fresh, {}, ("", after))


def look(run_directory: str, record: Record) -> RecordOutcome:
    """The content of `record`, nothing where it was not written; raises InputError; raises SealBroken."""
    return RecordOutcome(False, _content(RunDirectory(run_directory), record))


def keep(run_directory: str, record: Record, content: Mapping[str, t.Any], *, check: bool) -> RecordOutcome:
    """Replace `record` by `content`, an empty one removes it; the run directory is begun where there is none.

    Raises InputError: somebody's own folder, untouched; raises SealBroken; raises StorageError; raises AlreadyRunning.
    """
    run = RunDirectory(run_directory)
    before = _content(run, record)
    changed = before != content
    if changed and not check:
        run.ensure()
        with run.locked():
            if content:
                run.write(_path(run, record), content)
            else:
                _path(run, record).unlink(missing_ok=True)
    return RecordOutcome(changed, content, (_text(before), _text(content)))


def _content(run: RunDirectory, record: Record) -> Mapping[str, t.Any]:
    if run.fresh():
        return {}
    run.check()
    return run.read_optional(_path(run, record), _STEP) or {}


def _path(run: RunDirectory, record: Record) -> Path:
    paths = {
        "services": run.services,
        "configured": run.configured,
        "database_settings": run.database_settings,
    }
    return paths[record]


def _text(content: Mapping[str, t.Any]) -> str:
    return to_text(content) if content else ""


__all__ = ("RECORDS", "Record", "RecordOutcome", "begin", "keep", "look")
