# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The values that a policy changes, one by one, for alterations.jsonl."""

from __future__ import annotations

import typing as t

from .._bound import counts
from .._mysql import connection as mysql
from .._run import alterations
from . import scan

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pymysql.connections import Connection

    from .._bound.bound import Bound
    from .._catalog import RowKey
    from .._transform.plan import TablePlan
    from .findings import Misfit


def altered(
    connection: Connection, bound: Bound, misfits: tuple[Misfit, ...]
) -> Iterator[alterations.Alteration]:
    """Every value that a policy changes, found by a query of its own.

    Raises CountsDiffer: others than the scan has counted.
    """
    plans = {plan.name: plan for plan in bound.databases}
    secret = bound.run.hmac_key()
    for misfit in misfits:
        if misfit.policy == "untested":
            continue
        plan = plans[misfit.database]
        table = plan.table(misfit.table)
        mysql.use(connection, plan.source_name)
        rows = scan.misfit_rows(connection, plan.source_name, table, (misfit.column, misfit.kind))
        listed = 0
        for key, value in rows:
            listed += 1
            place = (misfit.database, misfit.table, misfit.column, misfit.kind, misfit.policy)
            yield alterations.Alteration(*place, _redacted(secret, table, key), value)
        if not _may_be_all(table, misfit, listed):
            where = f"{misfit.column} has {misfit.count} values of the class {misfit.kind} by the scan"
            raise counts.differ(plan, table, f"{where}, and {listed} could be listed")


def _redacted(secret: bytes, table: TablePlan, key: RowKey) -> RowKey:
    """A key for the list of altered values: of sensitive columns a hash that only this run's key can make."""
    return {
        column.target.name: alterations.keyed_hash(secret, value) if column.sensitive else value
        for column, value in zip(table.key_columns, key.values(), strict=True)
    }


def _may_be_all(table: TablePlan, misfit: Misfit, listed: int) -> bool:
    """Whether `listed` values are all that the scan counted, which met a value once for each check of the class."""
    (column,) = (column for column in table.columns if column.target.name == misfit.column)
    checks = sum(check.misfit.name == misfit.kind for check in column.checks)
    return listed <= misfit.count <= max(1, checks) * listed


__all__ = ("altered",)
