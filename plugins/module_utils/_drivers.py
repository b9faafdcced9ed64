# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The one guard around the drivers: import them here, nowhere else.

Where a library is missing its name is `None`; a module calls `missing_libraries` before the engine
runs, so that the operator reads which libraries are absent and how to get them.
"""

from __future__ import annotations

import traceback
import typing as t

IMPORT_TRACEBACKS: dict[str, str] = {}

try:
    import pymysql
except ImportError:
    pymysql = None  # type: ignore[assignment]
    IMPORT_TRACEBACKS["PyMySQL"] = traceback.format_exc()

try:
    # PyMySQL needs it for caching_sha2_password, at the first plain-text login only: a trap that
    # looks like a flaky server, so it is demanded from the start.
    import cryptography
except ImportError:
    cryptography = None  # type: ignore[assignment]
    IMPORT_TRACEBACKS["cryptography"] = traceback.format_exc()

try:
    import psycopg
except ImportError:
    psycopg = None  # type: ignore[assignment]
    IMPORT_TRACEBACKS["psycopg"] = traceback.format_exc()

try:
    import zstandard
except ImportError:
    zstandard = None  # type: ignore[assignment]
    IMPORT_TRACEBACKS["zstandard"] = traceback.format_exc()

MYSQL: t.Final = ("PyMySQL", "cryptography")
POSTGRESQL: t.Final = ("psycopg",)
SNAPSHOT: t.Final = ("zstandard",)
CIPHER: t.Final = ("cryptography",)


def missing_libraries(*groups: tuple[str, ...]) -> list[str]:
    """Names of the libraries of `groups` that cannot be imported, as pip knows them."""
    return [name for group in groups for name in group if name in IMPORT_TRACEBACKS]


__all__ = (
    "CIPHER",
    "IMPORT_TRACEBACKS",
    "MYSQL",
    "POSTGRESQL",
    "SNAPSHOT",
    "cryptography",
    "missing_libraries",
    "psycopg",
    "pymysql",
    "zstandard",
)
