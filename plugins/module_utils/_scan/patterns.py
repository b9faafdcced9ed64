# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Constant patterns of LIKE and of regular expressions that match the same texts on both servers.

PostgreSQL reads its own kind of regular expressions, MariaDB PCRE's, MySQL ICU's. Alike in all three are literal
characters, `.`, character classes of ASCII, repeats of one of these, groups without a repeat, alternatives, `^` at the
beginning and `$` at the end. A repeated group could cost a backtracking engine more than a window has, so it is not
asked.
"""

from __future__ import annotations

import re
import typing as t

from .._mysql import quoting

LIKE: t.Final = {"~~", "!~~"}
MATCH: t.Final = {"~", "!~"}

_REPEAT: t.Final = r"(?:[*+?]|\{\d{1,3}(?:,(?:\d{1,3})?)?\})?"
_LITERAL: t.Final = r"[A-Za-z0-9_ @,:;/=#%&!~<>'\"-]"
_ESCAPED: t.Final = r"\\[.\-+*?()\[\]{}|^$/@]"
_CLASS: t.Final = r"\[\^?(?:[A-Za-z]-[A-Za-z]|[0-9]-[0-9]|[A-Za-z0-9_ @,:;/=#%!.+*]){1,40}-?\]"
_ATOM: t.Final = rf"(?:(?:{_LITERAL}|{_ESCAPED}|{_CLASS}|\.){_REPEAT})"
_BRANCH: t.Final = rf"(?:{_ATOM}|\({_ATOM}*(?:\|{_ATOM}*)*\))*"
_PATTERN: t.Final = re.compile(rf"\^?{_BRANCH}\$?")
_UNBOUNDED: t.Final = re.compile(r"[*+]|\{\d+,\}")
_LOOSE: t.Final = 3
"""Repeats without an end in one pattern; more of them may walk a long text many times."""


def condition(operator: str, text: str, pattern: str) -> str | None:
    """A condition of the source over `text`, in utf8mb4_bin; `None`: the pattern is not of these forms."""
    if operator in LIKE:
        if "\\" in pattern:
            return None
        found = f"({text} LIKE {_literal(pattern)})"
    else:
        if not _same(pattern):
            return None
        # `$` alone would also match before a line break at the end, and `.` would match none.
        end = pattern[:-1] + r"\z" if pattern.endswith("$") and not pattern.endswith("\\$") else pattern
        found = f"({text} REGEXP {_literal('(?s)' + end)})"
    return f"(NOT {found})" if operator.startswith("!") else found


def _same(pattern: str) -> bool:
    if not pattern or len(pattern) > 200 or not _PATTERN.fullmatch(pattern):
        return False
    if "|" in pattern and not re.fullmatch(r"\^?[^|]*\([^()]*\)[^|]*\$?", pattern):
        return False
    ranges = re.findall(r"([A-Za-z0-9])-([A-Za-z0-9])", "".join(re.findall(r"\[[^\]]*\]", pattern)))
    bare = re.sub(r"\\.|\[[^\]]*\]", "", pattern)
    return all(a <= b for a, b in ranges) and len(_UNBOUNDED.findall(bare)) <= _LOOSE


def _literal(pattern: str) -> str:
    return f"({quoting.text(pattern)} COLLATE utf8mb4_bin)"


__all__ = ("LIKE", "MATCH", "condition")
