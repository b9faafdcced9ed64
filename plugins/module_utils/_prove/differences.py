# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Unequal buckets become rows: which key, which column, which values, on which side.

Bounded: buckets are taken until their rows reach a limit, keys until theirs; a key is then looked up on
both sides, so what one bucket cannot tell (a changed row lies in two) the look-up does.
"""

from __future__ import annotations

import hashlib
import hmac
import typing as t
from collections import Counter
from dataclasses import dataclass, field

from .sides import KeyTexts, Values

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import RowKey
    from .._transform.plan import ColumnPlan, DatabasePlan, TablePlan
    from .sides import Side
    from .sums import Sums

KEYS: t.Final = 100
"""Rows of one table that are named."""
_ROWS: t.Final = 200_000
"""Rows of unequal buckets that are compared one by one."""

Kind = t.Literal["changed", "missing", "unexpected"]


@dataclass(frozen=True)
class Difference:
    """One row that is not the same: changed, missing on the target, or unexpected there."""

    database: str
    table: str
    key: RowKey
    kind: Kind
    columns: tuple[str, ...] = ()
    rows: int = 1
    values: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """Column -> `source` and `target`, the beginning of each value; of sensitive columns a keyed hash."""

    def to_json(self) -> dict[str, t.Any]:
        """For results and messages: no value of a row but its key."""
        return {
            "database": self.database,
            "table": self.table,
            "key": self.key,
            "kind": self.kind,
            "columns": list(self.columns),
            "rows": self.rows,
        }

    def to_report(self) -> dict[str, t.Any]:
        """For the report, which only the run directory's owner can read."""
        return {**self.to_json(), "values": self.values}

    def __str__(self) -> str:
        if not self.key:
            row = f"{self.rows} row{'' if self.rows == 1 else 's'} without a key"
            return f"{self.database}.{self.table}: {row}: {self.kind}"
        key = ", ".join(f"{name}={value}" for name, value in self.key.items())
        where = f" in column {', '.join(self.columns)}" if self.columns else ""
        return f"{self.database}.{self.table}: the row {key} is {self.kind}{where}"


@dataclass(frozen=True)
class Comparison:
    """Both sides of one database; `secret` keys the hashes that stand for sensitive values."""

    plan: DatabasePlan
    source: Side
    target: Side
    secret: bytes

    def find(self, table: TablePlan, source: Sums, target: Sums) -> list[Difference]:
        """The rows behind the unequal buckets of one table, at most `KEYS`."""
        buckets = _choose(source, target)
        left, right = self.source.hashes(table, buckets), self.target.hashes(table, buckets)
        common = left & right
        left, right = left - common, right - common
        if not table.key:
            return [*self.without_key(table, left, "missing"), *self.without_key(table, right, "unexpected")]
        return self.by_key(table, sorted({key for _digest, key in (*left, *right)})[:KEYS])

    def by_key(self, table: TablePlan, keys: Sequence[KeyTexts]) -> list[Difference]:
        """Look the keys up on both sides, column by column; none where the rows have become equal meanwhile."""
        if not keys:
            return []
        left, right = self.source.columns(table, keys), self.target.columns(table, keys)
        found: dict[KeyTexts, tuple[Kind, list[ColumnPlan]]] = {}
        for key in keys:
            source_row, target_row = left.get(key), right.get(key)
            if source_row is not None and target_row is not None:
                pairs = zip(table.columns, source_row, target_row, strict=True)
                columns = [column for column, a, b in pairs if a != b]
                if columns:
                    found[key] = ("changed", columns)
            elif source_row is not None or target_row is not None:
                found[key] = ("missing" if target_row is None else "unexpected", [])
        changed = [
            column for column in table.columns if any(column in columns for kind, columns in found.values())
        ]
        keys = [key for key, (kind, columns) in found.items() if columns]
        shown: tuple[dict[KeyTexts, Values], dict[KeyTexts, Values]] = ({}, {})
        if keys:
            shown = self.source.shown(table, changed, keys), self.target.shown(table, changed, keys)
        return [
            Difference(
                self.plan.name,
                table.name,
                {
                    column.target.name: self.redact(column, value) or ""
                    for column, value in zip(table.key_columns, key, strict=True)
                },
                kind,
                tuple(column.target.name for column in columns),
                values={
                    column.target.name: {
                        "source": self.redact(column, shown[0][key][changed.index(column)]),
                        "target": self.redact(column, shown[1][key][changed.index(column)]),
                    }
                    for column in columns
                },
            )
            for key, (kind, columns) in found.items()
        ]

    def without_key(
        self, table: TablePlan, rows: Counter[tuple[bytes, KeyTexts]], kind: Kind
    ) -> list[Difference]:
        """Rows of a table without a key, shown whole; equal rows are one difference with their number."""
        side = self.source if kind == "missing" else self.target
        name = "source" if kind == "missing" else "target"
        counts = {digest: number for (digest, _key), number in rows.most_common(KEYS)}
        shown: dict[bytes, Values] = side.shown_rows(table, counts) if counts else {}
        return [
            Difference(
                self.plan.name,
                table.name,
                {},
                kind,
                rows=number,
                values={
                    column.target.name: {name: self.redact(column, value)}
                    for column, value in zip(table.columns, shown.get(digest, ()), strict=False)
                },
            )
            for digest, number in counts.items()
        ]

    def redact(self, column: ColumnPlan, value: str | None) -> str | None:
        """The value, or for a sensitive column a hash that only this run's key can make."""
        if value is None or not column.sensitive:
            return value
        return "hmac:" + hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()


def _choose(source: Sums, target: Sums) -> list[int]:
    chosen: list[int] = []
    rows = 0
    for bucket in source.differing(target):
        rows += max(source.buckets.get(bucket, (0,))[0], target.buckets.get(bucket, (0,))[0])
        if chosen and rows > _ROWS:
            break
        chosen.append(bucket)
    return chosen


__all__ = ("KEYS", "Comparison", "Difference")
