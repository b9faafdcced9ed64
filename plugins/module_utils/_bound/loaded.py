# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Whether what the target holds is the load of this run, by this plan, of this snapshot: its ledger tells."""

from __future__ import annotations

import typing as t

from .._errors import TargetNotReady
from .._postgresql import ledger

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._postgresql.connection import Row
    from .._run.manifest import Manifest
    from .._transform.plan import DatabasePlan


def state_of(connection: Connection[Row], run_id: str, fingerprint: str, plan: DatabasePlan) -> str | None:
    """How far the load of one move of this run came, `None` before it began; `fingerprint`: of the whole plan.

    Raises TargetNotReady: a ledger of the database is another run's or another plan's, the move's own is gone, or a
    reset has begun.
    """
    found, mine = ledger.find(connection), ledger.of(connection, plan.move)
    for book, entry in found:
        if (entry.run_id, entry.plan) != (run_id, fingerprint):
            what = "another run" if entry.run_id != run_id else "another transform.json of this run"
            raise TargetNotReady(
                f"The target database {plan.target_name} holds the ledger of {what} (schema {book.schema}). Go on with "
                "that run, or take its load back with the reset."
            )
    if not found:
        return None
    state = next((entry.state for book, entry in found if book.schema == mine.schema), None)
    if state is None:
        raise TargetNotReady(
            f"The target database {plan.target_name} holds a ledger of this run, but not that of {plan.name} (schema "
            f"{mine.schema}): somebody removed it. Make the database anew, and load again."
        )
    if state == "resetting":
        raise TargetNotReady(
            f"A reset of the target database {plan.target_name} has begun and not ended. Run the reset again first."
        )
    return state


def check(connection: Connection[Row], plan: DatabasePlan, found: Manifest, *, whole: bool) -> None:
    """What the target holds is of this snapshot, chunk for chunk, and with `whole` all of it.

    Raises TargetNotReady: the source was dumped again since, or somebody wrote to the ledger.
    """
    book = ledger.of(connection, plan.move)
    have, wanted = ledger.loaded_chunks(book), found.written
    others = sorted({place for place in have if wanted.get(place) != have[place]})
    missing = sorted(set(wanted) - set(have)) if whole else []
    if others or missing:
        table, number = (others or missing)[0]
        rows = (ledger.loaded_rows(book), found.rows)
        raise TargetNotReady(
            f"The target database {plan.target} was loaded from another snapshot than the one in this run "
            f"directory: chunk {number} of {table} is {'another one' if others else 'missing'} in its ledger "
            f"({rows[0]} rows loaded, {rows[1]} dumped). The source was dumped again after the load had begun. Take "
            "that load back with the reset (module postgresql_snapshot_reset), then load again.",
            tables=sorted({place[0] for place in (*others, *missing)}),
        )


__all__ = ("check", "state_of")
