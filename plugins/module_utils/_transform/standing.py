# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What stands on the target's tables: what makes a load impossible, and what is worth knowing before one."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalog import Database, Table

_OBSTACLES: t.Final = {
    "row security": (
        "row-level security would hide rows of {table} from the target's login, and what it cannot see it can neither "
        "load nor prove. For the time of the migration say ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, or give "
        "the role BYPASSRLS."
    ),
    "partition": (
        "the table {table} has the partition {what}, which the target's login does not own, so that its keys and "
        "triggers cannot be taken off and put back. Make the login a member of that role."
    ),
    "foreign partition": (
        "the table {table} has the foreign table {what} as a partition: rows would go to another server, where the "
        "load's transactions do not hold them. Detach it for the time of the migration."
    ),
    "foreign key": (
        "on the table {table} hangs the foreign key {what}: only that role can take it off and put it back. Let it "
        "drop the key for the time of the migration, or make the target's login a member of it."
    ),
    "key triggers": (
        "triggers of the foreign key {what}, are not as they are made (DISABLE TRIGGER ALL), so that it does not hold, "
        "and could not come back so. Let a superuser say ALTER TABLE … ENABLE TRIGGER ALL on both of its tables, or "
        "drop the key."
    ),
    "reference": (
        "the target's login may not make the foreign key {what} anew, which the load takes off {table}. GRANT "
        "REFERENCES on that table to it."
    ),
    "tablespace": (
        "the target's login may not put back the index {what}, on {table}. GRANT CREATE ON TABLESPACE to it."
    ),
}


def problems(table: Table) -> Iterator[str]:
    """Why a load of `table` could not be kept, each with its remedy."""
    owner = dict(table.properties).get("owner")
    if not table.owned:
        yield (
            f"the target role does not own the table {table.name}, so it cannot take its indexes off and put them "
            f"back. It belongs to {owner or 'another role'}: log in as that role, or let the login become it (ALTER "
            "ROLE … SET role = …), or inherit it (GRANT … TO … WITH INHERIT TRUE)."
        )
    for kind, what in table.obstacles:
        yield _OBSTACLES[kind].format(table=table.name, what=what)


def notices(database: Database, tables: list[Table]) -> Iterator[str]:
    """What the operator should know of the planned `tables`, which the load leaves as it is."""
    for kind, name in database.others:
        if kind == "event trigger":
            yield (
                f"the target database has the event trigger {name}: if it forbids what a load does, the load says so "
                "before it changes anything"
            )
    for table in tables:
        for name, value in table.properties:
            if name.split(" ")[-1] == "persistence" and value == "unlogged":
                part = name.removesuffix("persistence").strip()
                yield f"the table {table.name} is UNLOGGED{part and f' ({part})'}: a crash of the target empties it"
            elif name == "inherits":
                yield f"the table {table.name} inherits from {value}: each gets the source's rows of its own name"
            elif (
                name.startswith("rule ")
                and " ON INSERT " in f" {value} "
                and not value.endswith(", disabled")
            ):
                yield f"the {name} of {table.name} sees none of the loaded rows: COPY fires no rules"
        for key in table.foreign_keys:
            if str(key.definition).endswith("NOT VALID"):
                yield (
                    f"the foreign key {key.name} of {table.name} is NOT VALID and comes back so: rows that refer to "
                    "nothing are loaded as they are"
                )


__all__ = ("notices", "problems")
