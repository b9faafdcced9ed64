# SPDX-License-Identifier: GPL-3.0-or-later
"""A PyMySQL connection made ready for bulk loading, and given back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Strict, so that nothing is cut silently; no backslash escapes, as the statements are written for it.
# Zero dates stay refused here: a misfit that needs one says so itself.
LOADING_MODE = "NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_AUTO_VALUE_ON_ZERO"

_VARIABLES = ("sql_mode", "time_zone", "foreign_key_checks", "autocommit")


@contextmanager
def loading(connection: Any, sql_mode: str = LOADING_MODE) -> Iterator[Any]:
    """The connection with foreign keys unchecked, in UTC and utf8mb4. Yields a cursor; commits; restores."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"@@session.{name}" for name in _VARIABLES))
        before = cursor.fetchone()
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("SET SESSION sql_mode = %s, time_zone = '+00:00'", (sql_mode,))
        cursor.execute("SET SESSION foreign_key_checks = 0, autocommit = 0")
        try:
            yield cursor
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            for name, value in zip(_VARIABLES, before, strict=True):
                cursor.execute(f"SET SESSION {name} = %s", (value,))


def is_mariadb(connection: Any) -> bool:
    """Whether the server is MariaDB."""
    return "mariadb" in connection.get_server_info().lower()
