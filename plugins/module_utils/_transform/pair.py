# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a pair of types is: the words of the table in `pairs`.

Templates are SQL of the server they run on; `{c}` is the value after the column's policies and is never NULL
when a template is used (NULL is decided around it), `{raw}` the bare column. The other names are made by
`pairs.parameters`.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .._catalog import Column
    from .checks import Check

Shape = t.Literal["token", "text", "bytes", "json"]
"""How a canonical value enters the row hash: `token` is text of a restricted alphabet (no `|`, never a
lone `N`); `text` is any text, entered with its length, or as its own SHA-256 where the column is long;
`bytes` enters as its own SHA-256; `json` is compared outside the servers (the one exception)."""


@dataclass(frozen=True)
class Pair:
    """One row of the table."""

    source: str
    target: str
    text: str
    """On the source: the value as PostgreSQL's text input reads it, not escaped for COPY."""
    canonical_source: str
    canonical_target: str
    shape: Shape = "token"
    escape: bool = False
    """The text can hold a tab, a line break or a backslash, which COPY wants escaped."""
    copy_text: str | None = None
    """`text` already escaped for COPY, where that is cheaper than replacing characters."""
    binary: str | None = None
    """On the source: the value's bytes in PostgreSQL's binary format; `None` where SQL cannot build them."""
    binary_size: int | None = None
    """Length of `binary` where it is always the same; 0 means the target integer's width."""
    checks: tuple[Check, ...] = ()
    note: str = ""
    blind: str = ""
    """Different values of the target that the proof takes for one, because they mean one."""
    converter: str = ""
    """Name of the rule's `converter` that alone selects this pair: the two types do not say what is meant."""
    read: str = ""
    """On the source: what the column is before any check or policy sees it; `{c}` is how its kind is read."""
    fits: Callable[[Column, Column], bool] = lambda source, target: True
    """Whether it is for two columns of these kinds."""
    own: tuple[tuple[str, str], ...] = ()
    """Parameters that stand for other SQL than `pairs.parameters` has, by name."""

    @property
    def name(self) -> str:
        """As the transform file and the guide spell it."""
        return f"{self.source}→{self.target}" + (f" by {self.converter}" if self.converter else "")


__all__ = ("Pair", "Shape")
