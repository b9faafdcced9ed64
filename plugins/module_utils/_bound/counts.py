# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Counting: each step counts the rows of a table by itself, and all of them have to say the same.

COUNT(*) of the source = filtered + scanned, scanned = dumped = in the ledger = COUNT(*) of the target. The first and
the last are asked in one plain statement each, which knows neither our ranges, nor the index they run along, nor
whoever reads rows: what those lose, a sum over the same rows would lose too, on both sides alike.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from .._errors import CountsDiffer
from .._mysql import quoting
from .._mysql.connection import query

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._transform.plan import DatabasePlan, TablePlan

_WITH_SNAPSHOTS: t.Final = {"innodb", "rocksdb"}


@dataclass(frozen=True)
class Counts:
    """The rows of one table, as each step counted them."""

    counted_source: int
    """COUNT(*) inside the snapshot of the dump."""
    filtered: int
    """Left out by a rule's `where`."""
    scanned: int
    dumped: int
    ledger: int
    target: int
    """COUNT(*) at the verification."""
    summed_source: int
    summed_target: int
    """Rows behind the sums that were compared."""

    def to_json(self) -> dict[str, int]:
        """For the report."""
        return asdict(self)

    def gaps(self) -> list[str]:
        """Where rows went or came from, in words; empty when all steps agree."""
        steps = (
            (
                self.scanned + self.filtered == self.counted_source,
                f"the source counted {self.counted_source} rows, the scan met {self.scanned} and a rule's filter left "
                f"{self.filtered} out",
            ),
            (
                self.dumped == self.scanned,
                f"the scan met {self.scanned} rows and the dump wrote {self.dumped}",
            ),
            (
                self.ledger == self.dumped,
                f"the dump wrote {self.dumped} rows and the load entered {self.ledger} in its ledger",
            ),
            (
                self.target == self.ledger,
                f"the load entered {self.ledger} rows in its ledger and the target counts {self.target}",
            ),
            (
                self.summed_source == self.dumped,
                f"the dump wrote {self.dumped} rows and the source's sums are of {self.summed_source}",
            ),
            (
                self.summed_target == self.target,
                f"the target counts {self.target} rows and its sums are of {self.summed_target}",
            ),
        )
        return [words for agree, words in steps if not agree]


def source_rows(connection: Connection, database: str, table: TablePlan) -> int:
    """All rows of the source's table, whatever a rule filters, and not by the index that its ranges run along."""
    hint = f" IGNORE INDEX ({quoting.identifier(table.range_index)})" if table.range_index else ""
    origin = quoting.qualified(database, table.source.name)
    return int(query(connection, f"SELECT COUNT(*) FROM {origin}{hint}")[0][0])


def differ(plan: DatabasePlan, table: TablePlan, what: str) -> CountsDiffer:
    """The error of a dump in which `what` is not the same number twice."""
    engine = table.source.engine or ""
    why = (
        "Look for a setting of the source that cuts results, and try CHECK TABLE: an index may be damaged"
        if engine.lower() in _WITH_SNAPSHOTS
        else f"Its engine {engine or '(unknown)'} holds no snapshot: if somebody writes to it, stop the writers"
    )
    return CountsDiffer(
        f"Rows of {plan.source_name}.{table.source.name} went missing or came on the way: {what}. {why}. Then dump "
        "again; nothing was loaded.",
        tables=[f"{plan.source_name}.{table.source.name}"],
    )


__all__ = ("Counts", "differ", "source_rows")
