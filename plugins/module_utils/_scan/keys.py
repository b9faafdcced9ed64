# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The key of a row that the scan has read."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import RowKey
    from .._transform.plan import TablePlan


def row_key(table: TablePlan, values: Sequence[bytes | None]) -> RowKey:
    """The key columns' names and values; bytes that are no UTF-8 are shown as escapes."""
    texts = [None if value is None else value.decode("utf-8", "backslashreplace") for value in values]
    return dict(zip(table.key, texts, strict=True))


__all__ = ("row_key",)
