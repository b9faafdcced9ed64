# SPDX-License-Identifier: GPL-3.0-or-later
"""Every statement that a PostgreSQL server was sent for one database, from the server's own log."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from tests.support.engine import places
from tests.support.servers.server import Server

_ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)", re.MULTILINE
)


@contextlib.contextmanager
def statements(server: Server, database: str) -> Iterator[list[str]]:
    """Fills the list at its end; sessions that were open at its beginning are not heard."""
    heard: list[str] = []
    places.ask(server, None, f"ALTER DATABASE {database} SET log_statement = 'all'")
    begin = server.log.stat().st_size
    try:
        yield heard
    finally:
        places.ask(server, None, f"ALTER DATABASE {database} RESET log_statement")
        with server.log.open("rb") as log:
            log.seek(begin)
            heard += _ENTRY.findall(log.read().decode())


__all__ = ("statements",)
