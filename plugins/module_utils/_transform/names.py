# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""How the names of tables and columns in rules are meant: in either side's spelling, whatever their case."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

if t.TYPE_CHECKING:
    from collections.abc import Iterable

Side = t.Literal["source", "target"]
Form = t.Literal["snake_case", "camelCase"]
FORMS: t.Final[tuple[Form, ...]] = ("snake_case", "camelCase")

_WORDS: t.Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def fold(name: str) -> str:
    """The name without its case, as names of the two sides are compared."""
    return name.lower()


def like(pattern: str, name: str) -> bool:
    """Whether the shell pattern is about the name, whatever the case of either."""
    return pattern == "*" or fold(name) == fold(pattern) or fnmatchcase(fold(name), fold(pattern))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, `None` where none is alike."""
    by_fold = {fold(one): one for one in known}
    found = get_close_matches(fold(name), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


@dataclass(frozen=True)
class Names:
    """The names of one kind that there are on both sides."""

    source: frozenset[str]
    target: frozenset[str] = frozenset()

    def meant(self, pattern: str, source: str | None, target: str | None, first: Side = "target") -> bool:
        """Whether a rule's `pattern` is about the thing that the sides call so; `None`: one does not have it.

        A pattern that is exactly the name of something means that alone, of the side `first` before the other: of
        twins that differ in case, the rule names one.
        """
        sides = [(self.target, target), (self.source, source)]
        for names, name in sides if first == "target" else reversed(sides):
            if pattern in names:
                return name == pattern
        return any(name is not None and like(pattern, name) for name in (source, target))


# --- names by pattern -------------------------------------------------------------------------------------


def in_form(name: str, form: Form) -> str:
    """`InvoiceLine` as `invoice_line`, or the other way round as `invoiceLine`."""
    words = [word for part in name.split("_") for word in _WORDS.split(part)]
    if form == "snake_case":
        return "_".join(words).lower()
    return words[0].lower() + "".join(word[:1].upper() + word[1:].lower() for word in words[1:])


@dataclass(frozen=True)
class Rename:
    """A new name, or how it is made of the old one; what is given is done in the order of the fields."""

    name: str | None = None
    """The whole new name."""
    remove_prefix: str = ""
    match: str = ""
    """A regular expression over the whole name; others keep their name."""
    to: str = ""
    form: Form | None = None
    prefix: str = ""

    def of(self, name: str) -> str:
        """The new name of what is called `name`."""
        if self.name is not None:
            return self.name
        if self.remove_prefix and fold(name).startswith(fold(self.remove_prefix)):
            name = name[len(self.remove_prefix) :] or name
        found = re.fullmatch(self.match, name) if self.match else None
        if found is not None:
            name = found.expand(self.to)
        if self.form is not None:
            name = in_form(name, self.form)
        return self.prefix + name


__all__ = ("FORMS", "Form", "Names", "Rename", "Side", "fold", "in_form", "like", "nearest")
