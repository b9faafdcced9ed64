# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The guard around the parsers: import them here, nowhere else. No other room needs them, and no move of data."""

from __future__ import annotations

import logging
import traceback
import typing as t

from .._drivers import IMPORT_TRACEBACKS

try:
    import sqlglot
    from sqlglot import exp, tokens
    from sqlglot.dialects import mysql as mysql_dialect
    from sqlglot.errors import SqlglotError
except ImportError:
    sqlglot = exp = tokens = mysql_dialect = None  # type: ignore[assignment]
    SqlglotError = Exception  # type: ignore[assignment,misc]
    IMPORT_TRACEBACKS["sqlglot"] = traceback.format_exc()
else:
    # It warns of each statement that it takes as a mere command; the audit asks for that itself.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)

try:
    import tree_sitter
except ImportError:
    tree_sitter = None  # type: ignore[assignment]
    IMPORT_TRACEBACKS["tree-sitter"] = traceback.format_exc()

try:
    import tree_sitter_typescript
except ImportError:
    tree_sitter_typescript = None  # type: ignore[assignment]
    IMPORT_TRACEBACKS["tree-sitter-typescript"] = traceback.format_exc()

PARSERS: t.Final = ("sqlglot", "tree-sitter", "tree-sitter-typescript")

__all__ = (
    "PARSERS",
    "SqlglotError",
    "exp",
    "mysql_dialect",
    "sqlglot",
    "tokens",
    "tree_sitter",
    "tree_sitter_typescript",
)
