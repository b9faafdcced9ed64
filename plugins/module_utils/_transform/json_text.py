# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""JSON texts as PostgreSQL's json and jsonb take them, in linear time and at any depth.

No source can be asked: both servers' own functions stop at a depth, MariaDB's take more than JSON (`1.`, `\\x`, a line
break in a key), MySQL's end at a NUL, and their regular expressions take quadratic time or give up.
"""

from __future__ import annotations

import json
import re
import typing as t
from itertools import accumulate

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEPTH: t.Final = 6000
"""Levels of arrays and objects. PostgreSQL 17 takes twice as many with its max_stack_depth of 2 MB; builds differ."""

Pairs = list[tuple[str, t.Any]]

_SHORT: t.Final = 4000
"""Characters of a text whose integers Python converts itself: of longer ones it limits the digits."""
_MANY_DIGITS: t.Final = 6000
"""A number of fewer characters is beyond jsonb only by an exponent of five digits."""
_BLANKS: t.Final = re.compile(r"[ \t\n\r]*")
_STRING: t.Final = re.compile('"[^"]*"')
_STEPS: t.Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS: t.Final = bytes(set(range(256)) - set(_STEPS))
_NUMBER: t.Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS: t.Final = {"true": True, "false": False, "null": None}
_WORD: t.Final = re.compile("|".join(_WORDS))
_PARTS: t.Final = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_NUL: t.Final = re.compile(r"\\(?:u0000|.)", re.DOTALL)
"""An escape as a whole, so that a backslash which another one escapes begins none."""
# Of texts without escaped backslashes.
_HALF_PAIR: t.Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_ODD_ESCAPE: t.Final = re.compile(r'\\[^"/bfnrtu]')
_BARE_POINT: t.Final = re.compile(r"([0-9])\.(?![0-9])")

# As PostgreSQL's numeric has them.
_LARGEST_EXPONENT: t.Final = (1 << 30) - 1
_HIGHEST_DIGIT: t.Final = 131071
_FRACTION: t.Final = 16383


# --- which classes -----------------------------------------------------------------------------------


def misfits(document: bytes, wanted: frozenset[str]) -> list[str]:
    """The names of the classes of misfits, of those in `wanted`, that a document in UTF-8 is of.

    None of invalid bytes, which are a class of their own.
    """
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        return []
    numbers: list[str] = []
    try:
        _check(text, numbers if "json_number" in wanted else None)
    except RecursionError:
        found = "json_depth"
    except ValueError:
        found = "json_dialect" if _is_dialect(text) else "invalid_json"
    else:
        found = ""
    if found:
        return [found] if found in wanted else []
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("json_nul", lambda: has_nul(text)),
        ("json_surrogate", lambda: _has_half_pair(text)),
        ("json_number", lambda: _are_beyond_jsonb(numbers)),
    )
    return [name for name, is_one in tests if name in wanted and is_one()]


def _check(text: str, numbers: list[str] | None) -> None:
    """Raises ValueError: no JSON; raises RecursionError: deeper than `DEPTH`.

    Numbers that may be beyond jsonb's go to `numbers`, and others, too.
    """
    decoder = _PLAIN
    broken: Callable[[str], t.Any] = str if numbers is None else numbers.append
    whole = broken if len(text) > _MANY_DIGITS else str
    if numbers is not None or len(text) > _SHORT:
        decoder = json.JSONDecoder(parse_float=broken, parse_int=whole, parse_constant=_no_constant)
    try:
        decoder.decode(text)
    except RecursionError:  # Python's own parser, which is quick, ends at some depth
        parse(text, broken)
    else:
        if text.count("[") + text.count("{") > DEPTH and _levels(text) > DEPTH:
            raise RecursionError(f"more than {DEPTH} levels")


def _levels(text: str) -> int:
    """How deep arrays and objects of a valid document lie in each other."""
    bare = _STRING.sub("", _without_backslashes(text).replace('\\"', "")).encode()
    return max(accumulate(map(_STEPS.__getitem__, bare.translate(None, _NO_BRACKETS))), default=0)


def _without_backslashes(text: str) -> str:
    """Other characters for each escaped backslash: one that is left begins an escape."""
    return text.replace("\\\\", "xx")


def _no_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is not JSON")


_PLAIN: t.Final = json.JSONDecoder(parse_constant=_no_constant)


def _is_dialect(text: str) -> bool:
    """Of what is no JSON: it were some with plain escapes and with digits behind each point."""
    plain = _without_backslashes(text)
    repaired = _BARE_POINT.sub(r"\1.0", _ODD_ESCAPE.sub(r"\\n", plain))
    if repaired == plain:
        return False
    try:
        _check(repaired, None)
    except (ValueError, RecursionError):
        return False
    return True


def _has_half_pair(text: str) -> bool:
    """Whether one half of a surrogate pair stands alone among the escapes."""
    if "\\ud" not in text and "\\uD" not in text:
        return False
    return _HALF_PAIR.search(_without_backslashes(text)) is not None


def _are_beyond_jsonb(numbers: list[str]) -> bool:
    """Whether PostgreSQL's numeric refuses one of them."""
    return any(
        _is_beyond_jsonb(number)
        for number in numbers
        if "e" in number or "E" in number or len(number) > _MANY_DIGITS
    )


def _is_beyond_jsonb(number: str) -> bool:
    match = _PARTS.fullmatch(number)
    if match is None:
        raise ValueError(f"{number[:40]} is no number of JSON")
    whole, fraction, power = match.group(1), match.group(2) or "", match.group(3) or "0"
    digits = power.lstrip("+-").lstrip("0") or "0"
    if len(digits) > len(str(_LARGEST_EXPONENT)):
        return True
    exponent = -int(digits) if power[0] == "-" else int(digits)
    if abs(exponent) > _LARGEST_EXPONENT or len(fraction) - exponent > _FRACTION:
        return True
    significant = (whole + fraction).lstrip("0")
    return bool(significant) and len(significant) - len(fraction) - 1 + exponent > _HIGHEST_DIGIT


# --- U+0000 -------------------------------------------------------------------------------------------


def has_nul(text: str) -> bool:
    """Whether a string of the document holds the escape of U+0000."""
    return "\\u0000" in text and "\\u0000" in _without_backslashes(text)


def without_nul(document: bytes, instead: str) -> bytes:
    """The document with `instead` for each U+0000 in its strings and keys, all else byte for byte as it is."""
    written = json.dumps(instead, ensure_ascii=False)[1:-1]
    text = document.decode("utf-8")
    return _NUL.sub(lambda one: written if one.group() == "\\u0000" else one.group(), text).encode()


def keys_meet(document: bytes, instead: str) -> bool:
    """Whether two keys of one object become one when `instead` stands for each U+0000."""
    met = False

    def look(pairs: Pairs) -> None:
        nonlocal met
        before = {name for name, _value in pairs}
        met = met or len({name.replace("\0", instead) for name in before}) < len(before)

    text = document.decode("utf-8")
    try:
        json.loads(text, object_pairs_hook=look, parse_int=str, parse_float=str)
    except RecursionError:
        parse(text, str, look)
    return met


# --- a parser that does not recurse --------------------------------------------------------------------


def parse(
    text: str,
    number: Callable[[str], t.Any],
    pairs: Callable[[Pairs], t.Any] = dict,
    depth: int | None = DEPTH,
) -> t.Any:
    """The document, as `json.loads` gives it; `number` and `pairs` make numbers and objects.

    Raises ValueError: no JSON; raises RecursionError: deeper than `depth`.
    """
    open_ones: list[tuple[list[t.Any], list[str] | None]] = []
    position = _after_blanks(text, 0)
    while True:
        first = text[position : position + 1]
        if first in ("[", "{"):
            if depth is not None and len(open_ones) >= depth:
                raise RecursionError(f"more than {depth} levels")
            position = _after_blanks(text, position + 1)
            closing = "]" if first == "[" else "}"
            if text[position : position + 1] != closing:
                names: list[str] | None = None if first == "[" else []
                open_ones.append(([], names))
                if names is not None:
                    position = _key(text, position, names)
                continue
            value: t.Any = [] if first == "[" else pairs([])
            position += 1
        else:
            value, position = _scalar(text, position, first, number)
        while True:
            position = _after_blanks(text, position)
            if not open_ones:
                if position != len(text):
                    raise ValueError(f"something follows the document at character {position}")
                return value
            values, names = open_ones[-1]
            values.append(value)
            sign = text[position : position + 1]
            if sign == ",":
                position = _after_blanks(text, position + 1)
                if names is not None:
                    position = _key(text, position, names)
                break
            if sign != ("]" if names is None else "}"):
                raise ValueError(f"no comma and no end at character {position}")
            open_ones.pop()
            value = values if names is None else pairs(list(zip(names, values, strict=True)))
            position += 1


def _after_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _key(text: str, position: int, names: list[str]) -> int:
    """Read a key and its colon; gives the place of the value."""
    if text[position : position + 1] != '"':
        raise ValueError(f"no key at character {position}")
    name, position = _PLAIN.raw_decode(text, position)
    names.append(name)
    position = _after_blanks(text, position)
    if text[position : position + 1] != ":":
        raise ValueError(f"no colon at character {position}")
    return _after_blanks(text, position + 1)


def _scalar(text: str, position: int, first: str, number: Callable[[str], t.Any]) -> tuple[t.Any, int]:
    if first == '"':
        return _PLAIN.raw_decode(text, position)
    match = _NUMBER.match(text, position)
    if match is not None:
        return number(match.group()), match.end()
    match = _WORD.match(text, position)
    if match is None:
        raise ValueError(f"no value at character {position}")
    return _WORDS[match.group()], match.end()


def written(value: t.Any, one: Callable[[t.Any], str]) -> Iterable[str]:
    """The pieces of a document's canonical text: keys in order, no blanks; `one` writes what is not a container."""
    ahead: list[t.Any] = [_Ready(""), value]
    while ahead:
        value = ahead.pop()
        if isinstance(value, _Ready):
            yield value
        elif isinstance(value, list) and value:
            ahead.append(_Ready("]"))
            for item in reversed(value):
                ahead += (item, _Ready(","))
            ahead[-1] = _Ready("[")
        elif isinstance(value, dict) and value:
            ahead.append(_Ready("}"))
            for name, item in sorted(value.items(), reverse=True):
                ahead += (item, _Ready(f",{one(name)}:"))
            ahead[-1] = _Ready("{" + ahead[-1][1:])
        else:
            yield one(value)


class _Ready(str):
    """A piece of the text that needs no writing."""


__all__ = ("DEPTH", "Pairs", "has_nul", "keys_meet", "misfits", "parse", "without_nul", "written")
