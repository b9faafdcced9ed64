# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A definition as PostgreSQL prints it once it was read back from its own print.

A condition such as `status IN ('a', 'b')` on a varchar is printed `(ARRAY['a'::varchar, …])::text[]` at first. Who runs
that print, as a restore does and every rebuild of an index, has `ARRAY[('a'::varchar)::text, …]` from then on: the
same condition. The second form is taken for both.
"""

from __future__ import annotations

import re
import typing as t

_OPEN: t.Final = "(ARRAY["
_CAST: t.Final = re.compile(
    r'\)::((?:"(?:[^"]|"")*"|\w+)(?:\.(?:"(?:[^"]|"")*"|\w+))?(?: varying| precision)?(?:\(\d+(?:,-?\d+)?\))?'
    r"(?: with(?:out)? time zone)?)\[\]"
)
_QUOTED: t.Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")


def settled(text: str) -> str:
    """`text` with the cast of every array moved to its elements."""
    start = text.find(_OPEN)
    while start >= 0:
        elements, end = _elements(text, start + len(_OPEN))
        cast = _CAST.match(text, end)
        if cast and elements:
            inside = ", ".join(f"({element})::{cast.group(1)}" for element in elements)
            text = f"{text[:start]}ARRAY[{inside}]{text[cast.end() :]}"
        start = text.find(_OPEN, start + 1)
    return text


def _elements(text: str, start: int) -> tuple[list[str], int]:
    """The elements of the array whose first one begins at `start`, and the place behind its bracket."""
    found: list[str] = []
    depth, at, begin = 0, start, start
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted:
            at = quoted.end()
            continue
        sign = text[at]
        if depth == 0 and sign in ",]":
            found.append(text[begin:at].strip())
            begin = at + 1
            if sign == "]":
                return found, begin
        depth += (sign in "([") - (sign in ")]")
        at += 1
    return [], len(text)


__all__ = ("settled",)
