# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a target database as the application's own migrations leave it."""

from __future__ import annotations

from typing import Any

from .catalogs import PROFILES
from .dice import DEFAULT_SEED
from .schema_postgresql import drop_statements, schema_statements
from .seed_rows import alkemio_seed, fresh_network, kratos_seed


def create_target(
    connection: Any,
    profile: str,
    seed_rows: bool = True,
    network: bool = False,
    seed: int = DEFAULT_SEED,
    *,
    replace: bool = False,
) -> None:
    """Schema and seed rows in the connection's empty PostgreSQL database.

    Whoever is connected owns the tables; owning the database is enough for the extensions. ``replace``
    drops the tables of an earlier run first.

    ``network`` adds the random row to Kratos' networks that ``kratos serve`` makes when somebody starts
    it before the data has arrived.
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}, known are {', '.join(PROFILES)}")
    with connection.transaction(), connection.cursor() as cursor:
        for statement in drop_statements(profile) if replace else ():
            cursor.execute(statement)
        for statement in schema_statements(profile):
            cursor.execute(statement)
        if seed_rows:
            rows = alkemio_seed(seed) if profile == "alkemio" else kratos_seed()
            _insert(cursor, rows)
        if network and profile == "kratos":
            _insert(cursor, [fresh_network()])


def _insert(cursor: Any, rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Rows in an order that satisfies the foreign keys."""
    for table, values in rows:
        columns = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(["%s"] * len(values))
        cursor.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', list(values.values()))
