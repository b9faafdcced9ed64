# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the load passed by, for the report, and whether what was to be done about it is done."""

from __future__ import annotations

import typing as t

from .._postgresql import ledger, materialized
from .._transform import passed_by

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .._catalog import Database
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan


def passed(
    connection: Connection[Row], plan: DatabasePlan, target: Database
) -> tuple[dict[str, t.Any], list[str]]:
    """For the report, what the load passed by and what was done about it; and what is not as it was done."""
    done = ledger.steps(ledger.of(connection, plan.move))
    shows = materialized.populated(connection, target.materialized_views)
    first = len(plan.after_load) + 1
    numbers = {view: number for number, view in enumerate(plan.refresh, first)}
    views = [
        {
            "schema": view.schema,
            "name": view.name,
            "refreshed": numbers.get((view.schema, view.name)) in done,
            "rows": done.get(numbers.get((view.schema, view.name), 0)),
            "populated": shows.get((view.schema, view.name), False),
        }
        for view in target.materialized_views
    ]
    problems = [
        f"{plan.name}: {step} is not in the ledger"
        for number, step in enumerate(plan.steps, 1)
        if number not in done
    ]
    problems += [
        f"{plan.name}: the materialized view {view['schema']}.{view['name']} was refreshed by the load and holds "
        "nothing any more. Refresh it"
        for view in views
        if view["refreshed"] and not view["populated"]
    ]
    report = {
        "columns": [one._asdict() for one in passed_by.columns(plan.tables)],
        "triggers": [one._asdict() for one in passed_by.triggers(plan.tables)],
        "materialized_views": views,
        "after_load": [
            {"number": number, "reason": one.reason, "rows": done.get(number)}
            for number, one in enumerate(plan.after_load, 1)
        ],
    }
    return report, problems


__all__ = ("passed",)
