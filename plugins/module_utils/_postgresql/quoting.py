# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Identifiers and literals of PostgreSQL, safe for any name."""

from __future__ import annotations


def identifier(name: str) -> str:
    """`name` between double quotes."""
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """`"schema"."name"`."""
    return f"{identifier(schema)}.{identifier(name)}"


def literal(value: str) -> str:
    """A text literal that means the same whatever standard_conforming_strings and backslash_quote say."""
    doubled = value.replace("'", "''")
    return "E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in value else f"'{doubled}'"


__all__ = ("identifier", "literal", "qualified")
