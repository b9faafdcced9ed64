# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Identifiers and literals of MySQL and MariaDB, safe for any name and any bytes.

Values never pass as quoted text: they are written as hexadecimal literals, which no sql_mode and no
character of a hostile name can change.
"""

from __future__ import annotations


def identifier(name: str) -> str:
    """`name` between backticks."""
    return "`" + name.replace("`", "``") + "`"


def qualified(database: str, table: str) -> str:
    """``database`.`table``."""
    return f"{identifier(database)}.{identifier(table)}"


def binary(value: bytes) -> str:
    """A binary string literal; `''` for no bytes, as X'' is NULL to no server but a warning to some."""
    return f"X'{value.hex()}'" if value else "''"


def text(value: str, charset: str = "utf8mb4") -> str:
    """A character literal of `charset`; it is compared in the other operand's collation."""
    encoded = value.encode("utf-8")
    if charset == "utf8mb4":
        return f"_utf8mb4 {binary(encoded)}"
    return f"CONVERT(_utf8mb4 {binary(encoded)} USING {charset})"


__all__ = ("binary", "identifier", "qualified", "text")
