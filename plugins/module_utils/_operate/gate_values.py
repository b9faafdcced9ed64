# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""At the gate: the source sums its rows again, where nothing cheaper proves that they are those of the proof."""

from __future__ import annotations

import typing as t

from .._mysql import connection as mysql
from .._mysql import moment
from .._prove import sums
from .._range import Range

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from pymysql.connections import Connection

    from .._transform.plan import DatabasePlan


def other_values(
    connection: Connection, plans: Sequence[DatabasePlan], databases: Sequence[dict[str, t.Any]]
) -> list[str]:
    """The tables whose rows are not those of the proof, all read at one moment.

    `databases`: what the report says of each. Takes as long as the source needs to hash all rows in one session.
    """
    moment.open_snapshot(connection)
    try:
        found = []
        for plan, database in zip(plans, databases, strict=True):
            proved = {entry["name"]: entry["source_sum"] for entry in database["table_results"]}
            mysql.use(connection, plan.source_name)
            for table in plan.tables:
                now = sums.source_sums(connection, plan.source_name, table, Range())
                if now.digest() != proved.get(table.name):
                    found.append(f"{plan.source_name}.{table.source.name}")
        return found
    finally:
        mysql.query(connection, "COMMIT")


__all__ = ("other_values",)
