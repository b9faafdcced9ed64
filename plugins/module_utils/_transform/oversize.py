# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Classes of misfits of values that are too large for the source's own functions.

A function that copies a value gives NULL above max_allowed_packet, so a predicate of `checks` would see no misfit.
Such values are read whole, and the same classes are decided here.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .checks import Check


def _invalid_bytes(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


CLASSES: t.Final[dict[str, Callable[[bytes], bool]]] = {
    "nul_character": lambda value: b"\0" in value,
    "invalid_bytes": _invalid_bytes,
}
"""By the name of the class, whether a value, as bytes of UTF-8, is of it. What is not listed needs no copy in SQL."""


def decides(check: Check) -> bool:
    """Whether oversize values are left to `CLASSES`; the text of another set than UTF-8 only its server can read."""
    return check.misfit.name in CLASSES and not check.any_size


__all__ = ("CLASSES", "decides")
