# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A chain of migrations, of either kind of file."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

from .statements import Found

if t.TYPE_CHECKING:
    from pathlib import Path

REPEATABLE: t.Final = (10**18,)
"""The order of a migration that runs after all others, each time that it has changed."""


@dataclass
class Migration:
    """One file of the chain, or one class of it where a file has several."""

    file: str
    name: str
    """What the table of applied migrations calls it; empty for a file without one."""
    order: tuple[int, ...] | None
    """What the chain is run by: the timestamp in the class's name, the version in the file's name."""
    file_order: int | None
    """The number that the file's name begins with, for a chain that is run by something else."""
    sha256: str
    """Of the file, or of both its files."""
    has_down: bool = False
    own: Found = field(default_factory=Found)
    helped: Found = field(default_factory=Found)
    """What helper files say to the server on its behalf."""
    helpers: list[str] = field(default_factory=list)
    unread_lines: list[int] = field(default_factory=list)
    """Lines that the parser of the language cannot read."""
    no_sql: bool = False
    """Nothing is in the file."""
    own_there: bool = False
    """The chain has a file of its own for PostgreSQL in its place."""


@dataclass
class Chain:
    """All migrations, in the order in which they are run."""

    dialect: str
    migrations: list[Migration]
    helpers: dict[str, Found] = field(default_factory=dict)
    """By file what stands in it, whoever uses it."""
    lost_imports: list[tuple[str, str]] = field(default_factory=list)
    """Relative imports that lead to no file: the file, and what it imports."""
    not_followed: list[tuple[str, int, str, str]] = field(default_factory=list)
    """Functions of other modules that get the query runner: file, line, name, module."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Files that are no part of the chain for MySQL, and why."""
    other_servers: dict[str, list[str]] = field(default_factory=dict)
    """By name of a migration the other servers for which the chain has a file."""


def sha256(*paths: Path) -> str:
    """Of the content of these files, one after the other."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def leading_number(name: str) -> int | None:
    """The digits that a name begins with."""
    digits = ""
    for character in name:
        if character not in "0123456789":
            break
        digits += character
    return int(digits) if digits else None


__all__ = ("REPEATABLE", "Chain", "Migration", "leading_number", "sha256")
