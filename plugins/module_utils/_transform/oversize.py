# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Classes of misfits of values that are too large for the source's own functions.

A function that copies a value gives NULL above max_allowed_packet, so a predicate of `checks` would see no misfit.
Such values are read whole, and the same classes are decided here.
"""

from __future__ import annotations

import json
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .checks import Check

_STRING: t.Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_ESCAPE: t.Final = re.compile(rb"\\(.)", re.DOTALL)
_BARE_POINT: t.Final = re.compile(rb"[0-9][.](?:[^0-9]|$)")
_FAR_EXPONENT: t.Final = re.compile(rb"[0-9][eE][+-]?[0-9]{5}")
_NUL_ESCAPE: t.Final = re.compile(rb"\\(?:u0000|.)", re.DOTALL)
_SURROGATE: t.Final = re.compile(r"[\ud800-\udfff]")


def _invalid_bytes(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _parsed(value: bytes) -> t.Any:
    """The document with its numbers as text; raises ValueError: no JSON."""
    return json.loads(value, parse_float=str, parse_int=str, parse_constant=_no_constant)


def _no_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is not JSON")


def _invalid_json(value: bytes) -> bool:
    """Numbers and escapes of MariaDB's dialect are a class of their own."""
    if _invalid_bytes(value):
        return False
    try:
        _parsed(_ESCAPE.sub(rb"\\n", _BARE_POINT.sub(b"0 ", value)) if _json_dialect(value) else value)
    except ValueError:
        return True
    return False


def _json_dialect(value: bytes) -> bool:
    escapes = (match.group(1) for match in _ESCAPE.finditer(value))
    return any(one not in b'"\\/bfnrtu' for one in escapes) or bool(
        _BARE_POINT.search(_STRING.sub(b"", value))
    )


def _json_nul(value: bytes) -> bool:
    return any(match.group() == b"\\u0000" for match in _NUL_ESCAPE.finditer(value))


def _json_surrogate(value: bytes) -> bool:
    """Half a pair among the escapes: only a parsed text shows which of them meet."""
    if b"\\u" not in value:
        return False
    try:
        return bool(_SURROGATE.search(json.dumps(_parsed(value), ensure_ascii=False)))
    except ValueError:
        return False  # another class


def _json_number(value: bytes) -> bool:
    return bool(_FAR_EXPONENT.search(_STRING.sub(b"", value)))


CLASSES: t.Final[dict[str, Callable[[bytes], bool]]] = {
    "nul_character": lambda value: b"\0" in value,
    "invalid_bytes": _invalid_bytes,
    "invalid_json": _invalid_json,
    "json_dialect": _json_dialect,
    "json_nul": _json_nul,
    "json_surrogate": _json_surrogate,
    "json_number": _json_number,
}
"""By the name of the class, whether a value, as bytes of UTF-8, is of it. What is not listed needs no copy in SQL."""


def decides(check: Check) -> bool:
    """Whether oversize values are left to `CLASSES`; the text of another set than UTF-8 only its server can read."""
    return check.misfit.name in CLASSES and not check.any_size


__all__ = ("CLASSES", "decides")
