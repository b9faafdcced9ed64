# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The journal: one JSON line per event. Phases, their seconds and outcomes are read back from here.

It grows line by line and bears no seal: it tells where time went, and nothing is decided by it.
"""

from __future__ import annotations

import contextlib
import json
import time
import typing as t
from datetime import datetime, timezone

from .._errors import StorageError
from .files import append_line, open_read

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .directory import RunDirectory


def now() -> str:
    """The wall clock in UTC, ISO 8601 with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def record(run: RunDirectory, phase: str, event: str, **facts: t.Any) -> None:
    """Append one event. Facts are counts, names and seconds, never values of rows or secrets."""
    line = json.dumps({"at": now(), "phase": phase, "event": event, **facts}, ensure_ascii=False)
    append_line(run.journal, line.encode())


@contextlib.contextmanager
def phase(run: RunDirectory, name: str) -> Iterator[dict[str, t.Any]]:
    """Record start and end of a phase with its seconds; facts put into the yielded dict go with the end.

    The start of an attempt that turns out to have nothing to do stays without effect (`phases`).
    """
    record(run, name, "started")
    start = time.monotonic()
    facts: dict[str, t.Any] = {}
    try:
        yield facts
    except BaseException as error:
        with contextlib.suppress(StorageError):  # a full disk must not hide what failed
            record(run, name, "failed", seconds=_since(start), error=type(error).__name__)
        raise
    record(run, name, "finished", seconds=_since(start), **facts)


def _since(start: float) -> float:
    return round(time.monotonic() - start, 3)


def events(run: RunDirectory) -> list[dict[str, t.Any]]:
    """All whole lines of the journal; a line cut by a kill is left out."""
    if not run.journal.exists():
        return []
    found = []
    with open_read(run.journal) as handle:
        for line in handle:
            with contextlib.suppress(ValueError, RecursionError):
                event = json.loads(line)
                if isinstance(event, dict) and {"phase", "event"} <= set(event):
                    found.append(event)
    return found


def phases(run: RunDirectory) -> list[dict[str, t.Any]]:
    """Per phase its seconds over all attempts that did something, in the order of the first one.

    A later run that found everything done says `changed: false` and adds nothing.
    """
    found: dict[str, dict[str, t.Any]] = {}
    for event in events(run):
        entry = found.setdefault(event["phase"], {"name": event["phase"], "seconds": 0.0, "state": ""})
        entry["state"] = event["event"] if event.get("changed", True) else entry["state"]
        if event.get("changed", True):
            entry["seconds"] = round(entry["seconds"] + event.get("seconds", 0.0), 3)
    return list(found.values())


__all__ = ("events", "now", "phase", "phases", "record")
