# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""One table under the questions that its constraints ask of the source, and what was found so far."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._mysql.connection import query
from .._transform import source_sql
from .findings import Findings, Misfit, Untested, show_key
from .scan import EXAMPLES

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymysql.connections import Connection

    from .._errors import ServerError
    from .._transform.plan import DatabasePlan, TablePlan
    from .leaf import Value

_JOINT: t.Final = "\x1f"
NO_TELLING: t.Final = "the source cannot say how the target computes it for these rows"


@dataclass(frozen=True)
class Asking:
    """Rows of the source's table are counted and shown as the plan keeps them."""

    connection: Connection
    plan: DatabasePlan
    table: TablePlan
    found: Findings = field(default_factory=Findings)

    def origin(self, *conditions: str) -> str:
        """`FROM … WHERE …` of the rows that meet `conditions`."""
        return source_sql.origin(self.plan.source_name, self.table, *conditions)

    def count(self, *conditions: str) -> int:
        """How many rows meet `conditions`."""
        return self.number(f"SELECT COUNT(*) {self.origin(*conditions)}")

    def number(self, sql: str) -> int:
        """The one number that a query gives."""
        return int(query(self.connection, sql)[0][0])

    def examples(self, *conditions: str) -> tuple[str, ...]:
        """Keys of some of the rows that meet `conditions`."""
        keys = ", ".join(source_sql.key_expressions(self.table.key_columns)) or "1"
        return self.keys(f"SELECT {keys} {self.origin(*conditions)}")

    def keys(self, sql: str) -> tuple[str, ...]:
        """The first rows of a query for keys, as messages show them."""
        return tuple(show_key(self.table, row) for row in query(self.connection, f"{sql} LIMIT {EXAMPLES}"))

    @property
    def joined_key(self) -> str:
        """A row's key as one text, of which a group has a least one."""
        keys = source_sql.key_expressions(self.table.key_columns)
        return f"CONCAT_WS(X'{_JOINT.encode().hex()}', {', '.join(keys)})" if keys else "''"

    def least_keys(self, sql: str) -> tuple[str, ...]:
        """The first rows of a query for one `joined_key`, as messages show them."""
        rows = query(self.connection, f"{sql} LIMIT {EXAMPLES}")
        return tuple(show_key(self.table, _text(row[0]).split(_JOINT)) for row in rows)

    def refused(
        self,
        where: str,
        kind: str,
        count: int,
        shown: Sequence[str],
        definition: str = "",
        policy: str = "fail",
    ) -> None:
        """Rows that the target would not take."""
        place = (self.plan.name, self.table.name, where)
        self.found.misfits.append(Misfit(*place, kind, policy, count, tuple(shown), "", definition))

    def untested(
        self, name: str, definition: str, why: str, count: int | None = None, *, apart: bool = False
    ) -> None:
        """Something that nobody has judged for `count` rows; see `Untested`."""
        place = (self.plan.name, self.table.name, name)
        self.found.untested.append(Untested(*place, definition, why, count, apart))

    def unsure(self, name: str, definition: str, values: Iterable[Value]) -> None:
        """Rows for which the source cannot tell one of `values`."""
        sure = sure_of(values)
        count = self.count(f"NOT ({' AND '.join(sure)})") if sure else 0
        if count:
            self.untested(name, definition, NO_TELLING, count)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def sure_of(values: Iterable[Value]) -> list[str]:
    """The conditions under which all of `values` are the target's."""
    return sorted(frozenset().union(*(value.sure for value in values)))


def not_computed(error: ServerError) -> str:
    """Why something is untested that the source was asked, and ended with an error."""
    return f"the source could not compute it: {error}"


__all__ = ("NO_TELLING", "Asking", "not_computed", "sure_of")
