# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""SQL of the target made from a plan: the canonical row, independent of how the row was loaded."""

from __future__ import annotations

import typing as t

from .._postgresql import quoting
from .source_sql import is_long, outside, shape
from .template import render

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .plan import ColumnPlan, TablePlan


def row_hash(table: TablePlan) -> str:
    """SHA-256 of the canonical row as `bytea`; what is compared outside is left out."""
    parts = [canonical(column) for column in table.columns if not outside(column)]
    # || and not concat_ws: a part that is NULL by mistake has to make the hash NULL, which the sums count.
    joined = " || '|' || ".join(parts)
    return f"sha256(convert_to({joined}, 'UTF8'))" if parts else "sha256(''::bytea)"


def canonical(column: ColumnPlan) -> str:
    """The column's part of the canonical row."""
    name = quoting.identifier(column.target.name)
    template = column.converter.canonical_target if column.converter else column.pair.canonical_target
    form = render(template, {"c": name})
    kind = shape(column)
    if kind == "bytes":
        form = f"encode(sha256({form}), 'hex')"
    elif kind == "text" and is_long(column):
        form = f"encode(sha256(convert_to({form}, 'UTF8')), 'hex')"
    elif kind == "text":
        form = f"octet_length({form})::text || ':' || ({form})"
    if column.target.nullable:
        return f"CASE WHEN {name} IS NULL THEN 'N' ELSE {form} END"
    return f"({form})"


def document(column: ColumnPlan) -> str:
    """The JSON document of a column that is compared outside the servers."""
    return render(column.pair.canonical_target, {"c": quoting.identifier(column.target.name)})


def key_expressions(columns: Sequence[ColumnPlan]) -> list[str]:
    """Key columns as text, equal to what the source's `key_expressions` gives."""
    found = []
    for column in columns:
        form = render(column.pair.canonical_target, {"c": quoting.identifier(column.target.name)})
        found.append(f"encode({form}, 'hex')" if column.pair.shape == "bytes" else f"({form})::text")
    return found


__all__ = ("canonical", "document", "key_expressions", "row_hash")
