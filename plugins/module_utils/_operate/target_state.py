# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The state of the target that a load would refuse: another run's load, rows, rules and the load itself, rehearsed."""

from __future__ import annotations

import typing as t

from .._bound import invariants
from .._catalog import catalog_from_json
from .._move import after_load
from .._move.rehearsal import rehearse
from .._mysql import connection as mysql
from .._postgresql import connection as postgresql
from .._postgresql import ledger
from .._postgresql.quoting import literal, qualified
from .._postgresql.relation import own_rows

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    from .._catalog import Database
    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._postgresql.connection import Row
    from .._transform.plan import DatabasePlan
    from .listing import Listing

_REHEARSED_BYTES: t.Final = 256 << 20
"""A rehearsal builds the indexes of what is there: of more than so much it takes too long for a look."""


_COUNTED: t.Final = 1000
"""So many rows of a table that should be empty are counted."""


def inspected(catalog: Mapping[str, t.Any], name: str, schema: str) -> Database | None:
    """The schema as an earlier inspection found it; `None`: it did not look there."""
    try:
        return catalog_from_json(dict(catalog)).of(name, schema)
    except KeyError:
        return None


def check_source(login: MySQLLogin, plan: DatabasePlan, listing: Listing) -> None:
    """Note what the invariants of the source say; raises ServerError."""
    if not any(one.server == "source" for one in plan.invariants):
        return
    connection = mysql.connect(login, plan.source_name)
    try:
        with listing.asking("values", plan.name):
            invariants.check_source(connection, plan)
        for text in invariants.reported(connection, plan):
            listing.notice(text)
    finally:
        connection.close()


def look(
    login: PostgreSQLLogin,
    plan: DatabasePlan,
    database: Database,
    run_id: str | None,
    listing: Listing,
    *,
    whole: bool,
) -> list[str]:
    """Note what a load would refuse; gives the tables whose rows no rule declares.

    `run_id`: of the run that asks; `whole`: nothing of the plan was left out.
    """
    filled: list[str] = []
    with listing.asking("target", plan.name):
        connection = postgresql.connect(login, plan.target_name, "preflight")
        try:
            ledger.lock(connection, plan.target_name)
            if _is_ours(connection, plan, run_id, listing):
                return []
            filled = _rows(connection, plan, listing)
            with listing.asking("target", plan.name):
                invariants.check_target(connection, plan, "before")
            with listing.asking("plan", plan.name):
                after_load.check(connection, plan)
            before = len(listing.problems)
            with listing.asking("privileges", plan.name):
                _rehearse(connection, plan, database, listing, whole=whole)
            if len(listing.problems) > before:
                _event_triggers(connection, plan, listing)
        finally:
            connection.close()
    return filled


def _is_ours(connection: Connection[Row], plan: DatabasePlan, run_id: str | None, listing: Listing) -> bool:
    """Whether this run's load is there already, so that what it stands on was asked when it began."""
    name = plan.target_name
    found = ledger.find(connection)
    other = next((entry for _book, entry in found if entry.run_id != run_id), None)
    if other is not None:
        schemas = ", ".join(book.schema for book, _entry in found)
        listing.problem(
            "target",
            f"The target database {name} holds the ledger of another run (schema {schemas}, run {other.run_id}, "
            f"{other.state}). Go on with that run's migration_run_directory, or take its load back with the reset "
            "there. Its run directory is gone: DROP SCHEMA "
            f"{schemas} CASCADE and let the application's migrations make the tables anew.",
            plan.name,
        )
        return False
    if not found:
        return False
    states = list(dict.fromkeys(entry.state for _book, entry in found))
    if "resetting" in states:
        listing.problem(
            "target",
            f"A reset of the target database {name} has begun and not ended. Run the reset again first.",
            plan.name,
        )
    listing.notice(f"{plan.name}: the target holds the load of this run ({', '.join(states)})")
    return True


def _rows(connection: Connection[Row], plan: DatabasePlan, listing: Listing) -> list[str]:
    counts: dict[str, int] = {}
    for table in plan.tables:
        if table.name not in plan.seed_tables:
            rows = postgresql.query(
                connection, f"SELECT 1 FROM {own_rows(plan.schema, table.target)} LIMIT {_COUNTED + 1}"
            )
            counts[table.name] = len(rows)
    found = [name for name, count in counts.items() if count]
    if found:
        much = (f"{name} ({_many(counts[name])})" for name in found)
        listing.problem(
            "target",
            f"The target database {plan.target} holds rows in {', '.join(much)}. If the application's own "
            "migrations filled these tables, say seed_tables, as the rules below do: their rows are kept aside and "
            "replaced by the source's. If somebody has worked there already, these are rows that the source does not "
            "have: empty the tables, or point the run at a fresh database.",
            plan.name,
        )
    return found


def _many(count: int) -> str:
    return str(count) if count <= _COUNTED else f"more than {_COUNTED}"


def _rehearse(
    connection: Connection[Row], plan: DatabasePlan, database: Database, listing: Listing, *, whole: bool
) -> None:
    """The load without its rows, rolled back; raises TargetNotReady: it would be refused."""
    foreign = [table.name for table in plan.tables if not table.target.owned or table.target.obstacles]
    names = [table.name for table in plan.tables]
    size = 0
    if names:
        relations = ", ".join(literal(qualified(plan.schema, name)) for name in names)
        size = int(
            postgresql.query(
                connection,
                f"SELECT coalesce(sum(pg_catalog.pg_total_relation_size(one)), 0) FROM unnest(ARRAY[{relations}]"
                "::regclass[]) AS one",
            )[0][0]
        )
    if foreign or size > _REHEARSED_BYTES:
        why = f"{foreign[0]} stands in its way" if foreign else f"its tables hold {size >> 20} MiB of rows"
        listing.unasked.append(f"{plan.name}: whether the load may take keys and triggers off, since {why}")
        return
    if not whole:
        listing.unasked.append(f"{plan.name}: whether the load may fill the tables that the plan leaves out")
    rehearse(connection, plan, database)


def _event_triggers(connection: Connection[Row], plan: DatabasePlan, listing: Listing) -> None:
    names = postgresql.query(
        connection,
        "SELECT evtname FROM pg_catalog.pg_event_trigger WHERE evtenabled IN ('O', 'A') ORDER BY 1",
    )
    if names:
        listing.notice(
            f"{plan.name}: enabled event triggers of the target: {', '.join(row[0] for row in names)}"
        )


__all__ = ("check_source", "inspected", "look")
