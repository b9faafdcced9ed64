# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a source database: schema, rows, counters."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from . import misfits
from .alkemio import generate as alkemio_rows
from .alkemio.bookkeeping import leftover_tables
from .alkemio.platform import Part as AlkemioPart
from .catalogs import PROFILES, mysql_tables
from .dice import DEFAULT_SEED
from .kratos import generate as kratos_rows
from .kratos.part import Part as KratosPart
from .loader import Connect, Created, load
from .schema_mysql import collation_of, create_table, table_statements
from .server_mysql import loading
from .sink import Sink


class Work:
    """The parts of one database; the same parts whoever works on them."""

    def __init__(self, profile: str, scale: str, seed: int) -> None:
        if profile not in PROFILES:
            raise ValueError(f"unknown profile {profile!r}, known are {', '.join(PROFILES)}")
        self.profile = profile
        self.shared: Any
        if profile == "alkemio":
            self.shared = alkemio_rows.platform(scale, seed)
        else:
            self.shared = kratos_rows.database(scale, seed)
        self.parts: int = self.shared.scale.parts

    def statements(self, number: int) -> Iterator[tuple[str, int, bytes]]:
        """The INSERT statements of one part."""
        yield from self.sink(number).statements()

    def sink(self, number: int) -> Sink:
        """The rows of one part."""
        if self.profile == "alkemio":
            platform_part = AlkemioPart(self.shared, number)
            alkemio_rows.fill(platform_part)
            return platform_part.sink
        kratos_part = KratosPart(self.shared, number)
        kratos_rows.fill(kratos_part)
        return kratos_part.sink


def statements(
    profile: str, scale: str = "tiny", seed: int = DEFAULT_SEED
) -> Iterator[tuple[str, int, bytes]]:
    """Every INSERT of a database as (table, rows, statement); no server needed."""
    work = Work(profile, scale, seed)
    for number in range(work.parts):
        yield from work.statements(number)


def create_source(
    connection: Any,
    profile: str,
    scale: str = "tiny",
    seed: int = DEFAULT_SEED,
    *,
    clean: bool = True,
    workers: int = 1,
    connect: Connect | None = None,
    replace: bool = False,
) -> Created:
    """Fills the connection's empty database; with ``replace`` one that this generator filled before.

    ``clean=False`` adds every misfit that the server can hold. With ``connect``, a function that opens
    another connection to the same database, ``workers`` processes share the parts; the rows are the
    same as with one.
    """
    began = time.monotonic()
    print(f"generator: profile {profile}, scale {scale}, seed {seed}", file=sys.stderr)
    created = Created(profile, scale, seed)
    work = Work(profile, scale, seed)
    if replace:
        drop_schema(connection, profile)
    create_schema(connection, profile)
    load(connection, work, created, workers, connect)
    _raise_counters(connection, profile)
    for name in () if clean else misfits.names(profile, connection):
        misfits.insert(connection, name)
    created.seconds = time.monotonic() - began
    return created


def create_schema(connection: Any, profile: str) -> None:
    """The tables alone."""
    collation = collation_of(connection)
    with loading(connection) as cursor:
        for statement in table_statements(profile, collation):
            cursor.execute(statement)
        if profile == "alkemio":
            for table in leftover_tables().values():
                cursor.execute(create_table(table, collation))


def drop_schema(connection: Any, profile: str) -> None:
    """Takes the tables away."""
    leftovers = leftover_tables() if profile == "alkemio" else {}
    with loading(connection) as cursor:
        for name in (*mysql_tables(profile), *leftovers):
            cursor.execute(f"DROP TABLE IF EXISTS `{name}`")


def _raise_counters(connection: Any, profile: str) -> None:
    """AUTO_INCREMENT stands above the largest value in real databases: rows were deleted."""
    with loading(connection) as cursor:
        for table in mysql_tables(profile).values():
            for column in table.columns:
                if column.auto_increment:
                    cursor.execute(f"SELECT COALESCE(MAX(`{column.name}`), 0) FROM `{table.name}`")
                    largest = cursor.fetchone()[0]
                    cursor.execute(f"ALTER TABLE `{table.name}` AUTO_INCREMENT = {largest + 38}")
