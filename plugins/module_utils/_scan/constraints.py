# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The target's constraints against the source's rows: what would refuse a row is found before the load, or listed."""

from __future__ import annotations

import typing as t

from . import demands, references, uniques, width
from .leaf import Language, Scope

if t.TYPE_CHECKING:
    from pymysql.connections import Connection

    from .._transform.plan import DatabasePlan, TablePlan
    from .findings import Findings


def find(connection: Connection, plan: DatabasePlan, table: TablePlan, language: Language) -> Findings:
    """Rows of one table that the target would refuse, and what only the target can judge."""
    scope = Scope.of(table, language)
    found = demands.find(connection, plan, table, scope)
    found.add(uniques.find(connection, plan, table, scope))
    found.add(references.find(connection, plan, table, scope))
    found.add(width.find(connection, plan, table))
    return found


__all__ = ("find",)
