# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of words, written as prose."""

from __future__ import annotations


def words(text: str, separator: str | None = None) -> list[str]:
    """The words of a text, in order."""
    return text.split(separator)
