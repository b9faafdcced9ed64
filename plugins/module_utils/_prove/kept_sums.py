# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The source's own sums in the run directory, to verify by when the source is off; of one snapshot and plan."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field

from .._errors import InputError
from .._transform.plan import CANONICAL_VERSION

if t.TYPE_CHECKING:
    from .._run.directory import RunDirectory

Table = tuple[int, str]
"""Rows and digest of one table."""


@dataclass(frozen=True)
class KeptSums:
    """What the source computed, and what it belongs to."""

    run_id: str
    plan: str
    snapshot: str
    computed: str
    """When, ISO 8601 in UTC."""
    databases: dict[str, dict[str, Table]] = field(default_factory=dict)
    """Database -> table -> rows and digest."""
    canonical_version: int = CANONICAL_VERSION


def save(run: RunDirectory, sums: KeptSums) -> None:
    """Replace what was kept."""
    run.write(run.sums, asdict(sums))


def load(run: RunDirectory, plan: str, snapshot: str) -> KeptSums | None:
    """What was kept of this `snapshot` and `plan`, `None` when nothing was, or of another one.

    Raises InputError: the file is damaged.
    """
    data = run.read_optional(run.sums, "verify")
    if data is None:
        return None
    try:
        databases = {
            name: {table: (int(rows), str(digest)) for table, (rows, digest) in tables.items()}
            for name, tables in data.pop("databases").items()
        }
        found = KeptSums(databases=databases, **data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{run.sums} is damaged ({error}). Verify with the source.") from error
    wanted = (run.run_id(), plan, snapshot, CANONICAL_VERSION)
    return found if (found.run_id, found.plan, found.snapshot, found.canonical_version) == wanted else None


__all__ = ("KeptSums", "load", "save")
