# SPDX-License-Identifier: GPL-3.0-or-later
"""A seeded generator for the two databases of an Alkemio environment.

``create_source`` fills a MySQL or MariaDB database with a platform's rows, ``create_target`` makes the
schema that the application's own migrations leave on PostgreSQL 17. Same seed and scale, same bytes.
"""

from . import misfits, nasty, synthetic
from .dice import DEFAULT_SEED
from .loader import Created
from .scales import SCALES
from .source import create_schema, create_source, statements
from .target import create_target

__all__ = [
    "DEFAULT_SEED",
    "SCALES",
    "Created",
    "create_schema",
    "create_source",
    "create_target",
    "misfits",
    "nasty",
    "statements",
    "synthetic",
]
