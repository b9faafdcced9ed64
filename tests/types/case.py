# SPDX-License-Identifier: GPL-3.0-or-later
"""One case of the matrix: a source column, a target column, values, and what each value means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

BOTH = ("mariadb", "mysql")
ID = "INT NOT NULL PRIMARY KEY"

Reading = Callable[[bytes], Any]


@dataclass(frozen=True)
class Form:
    """How the bytes that a driver delivers become a Python value; no `source`: its driver loses digits."""

    source: Reading | None
    target: Reading


@dataclass(frozen=True)
class Flip:
    """The smallest damage to one value on the target that the verifier has to see (or, rarely, must not)."""

    value: Any
    sql: str
    found: bool = True


@dataclass(frozen=True)
class Case:
    """One column on either side and the values that travel."""

    name: str
    pair: str
    source: str
    target: str
    form: Form
    values: tuple[Any, ...]
    literal: Callable[[Any], str]
    flips: tuple[Flip, ...]
    random: SearchStrategy[Any] | None = None
    meaning: Callable[[Any], Any] = lambda value: value
    """What both readings have to be; `None` where the source itself decides what it keeps."""
    families: tuple[str, ...] = BOTH
    identical: bool = False
    """Both drivers deliver the very same bytes."""
    nullable: bool = True
    prelude: tuple[str, ...] = ()
    """Statements on the target before the table is made (types, domains)."""

    @property
    def table(self) -> str:
        """A table name made of the case's name."""
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")

    @property
    def plain_target(self) -> str:
        """The target's type without what fills it."""
        return self.target.partition(" GENERATED")[0].replace("serial", "int")

    def __str__(self) -> str:
        return self.name


def hexadecimal(value: bytes, introducer: str = "") -> str:
    """Bytes as a literal that no quoting rule and no character set of the session touches."""
    return f"{introducer}X'{value.hex()}'"


def utf8(value: str) -> str:
    """Text as a literal."""
    return hexadecimal(value.encode(), "_utf8mb4 ")


def quoted(value: object) -> str:
    """A value of digits and plain signs as a literal."""
    return f"'{value}'"
