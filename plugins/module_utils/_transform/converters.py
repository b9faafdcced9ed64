# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Converters: the few conversions that SQL of the source cannot do, as Python over one value's bytes.

A converter still proves itself on the servers: its canonical forms are SQL of each side over the stored
values, the target's being the inverse of the conversion.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
import zlib
from dataclasses import dataclass

from .misfits import register

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .misfits import MisfitClass
    from .pairs import Shape

LEGACY_TEXT: t.Final = register(
    "legacy_text",
    "text from before the application compressed it",
    {"keep": "{c}"},
    "Set the policy keep to carry the text as it is.",
)
ALREADY_BASE64: t.Final = register(
    "already_base64",
    "text that already is base64 of a zlib stream",
    {"keep": "{c}"},
    "Set the policy keep to carry the text as it is.",
)
DAMAGED_ZLIB: t.Final = register(
    "damaged_zlib",
    "text that begins like a zlib stream and does not inflate",
    {"keep": "{c}"},
    "Set the policy keep to carry the bytes as they are, in base64, or correct the rows.",
)
NOT_LATIN1: t.Final = register(
    "not_latin1",
    "text that begins like a zlib stream and holds characters above U+00FF, which are not bytes",
    {},
    "Correct the rows in the source: no rule can tell which bytes were meant.",
)


@dataclass(frozen=True)
class Converter:
    """One conversion in Python.

    `convert` takes and gives the value's bytes (text in UTF-8) and is never called with NULL;
    `classify` names the class of misfits the value belongs to, if any.
    """

    name: str
    meaning: str
    source: str
    target: str
    convert: Callable[[bytes], bytes]
    classify: Callable[[bytes], str | None]
    canonical_source: str
    """SQL of the source, of both families."""
    canonical_target: str
    shape: Shape
    classes: tuple[MisfitClass, ...]


# Second byte of a zlib header after 0x78, for each of the four compression levels.
_HEADERS: t.Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_HEADER_TEXTS: t.Final = tuple(header.decode("latin-1").encode("utf-8") for header in _HEADERS)
_BASE64: t.Final = re.compile(rb"e[AFJN][A-Za-z0-9+/]*={0,2}\Z")


def _classify_whiteboard(value: bytes) -> str | None:
    if not value:
        return None
    if not value.startswith(_HEADER_TEXTS):
        return ALREADY_BASE64.name if _is_base64(value) else LEGACY_TEXT.name
    try:
        stream = value.decode("utf-8").encode("latin-1")
    except UnicodeError:
        return NOT_LATIN1.name
    return None if _inflates(stream) else DAMAGED_ZLIB.name


def _is_base64(value: bytes) -> bool:
    packed = b"".join(value.split())
    if not _BASE64.match(packed):
        return False
    try:
        base64.b64decode(packed, validate=True)
    except binascii.Error:
        return False
    return True


def _inflates(stream: bytes) -> bool:
    """Whole and with the right check sum; in pieces, since a drawing may be a thousand times its stream."""
    inflater = zlib.decompressobj()
    try:
        rest = stream
        while rest and not inflater.eof:
            inflater.decompress(rest, 1 << 20)
            rest = inflater.unconsumed_tail
    except zlib.error:
        return False
    return inflater.eof and not inflater.unused_data


def _convert_whiteboard(value: bytes) -> bytes:
    if not value.startswith(_HEADER_TEXTS):
        return value
    return base64.b64encode(value.decode("utf-8").encode("latin-1"))


# Every stored character stands for one byte. Both servers show the bytes as hexadecimal digits of two-byte
# characters: MySQL by widening its text to UCS-2, PostgreSQL by decoding base64 and widening each byte.
# (MySQL's latin1 is cp1252, so CONVERT … USING latin1 would lose U+0080 and others.)
_LIST: t.Final = ", ".join(f"X'{header.hex()}'" for header in _HEADER_TEXTS)
# Base64 that says the same with other blanks or other unused bits is another text.
_SOURCE_BASE64: t.Final = (
    "LEFT({c}, 2) IN (BINARY 'eA', BINARY 'eF', BINARY 'eJ', BINARY 'eN') AND COALESCE("
    "CAST(REPLACE(TO_BASE64(FROM_BASE64({c})), X'0a', '') AS BINARY) = CAST({c} AS BINARY), FALSE)"
)

# Both name the first group of a regular expression in ways of their own, and each knows which it is.
_SECOND_BYTE: t.Final = r"IF(VERSION() LIKE '%MariaDB%', '00\1', '00$1')"

ZLIB_LATIN1_TO_BASE64: t.Final = Converter(
    name="zlib_latin1_to_base64",
    meaning="a zlib stream kept as text, one character U+0000 to U+00FF for each byte, becomes base64 of its bytes",
    source="text",
    target="text",
    convert=_convert_whiteboard,
    classify=_classify_whiteboard,
    canonical_source=(
        "CASE WHEN LENGTH({c}) = 0 THEN ''"
        f" WHEN CAST(LEFT({{c}}, 2) AS BINARY) IN ({_LIST}) THEN LOWER(HEX(CONVERT({{c}} USING ucs2)))"
        f" WHEN {_SOURCE_BASE64}"
        f" THEN LOWER(REGEXP_REPLACE(HEX(FROM_BASE64({{c}})), '(..)', {_SECOND_BYTE}))"
        " ELSE CONCAT('text:', {c}) END"
    ),
    canonical_target=(
        "CASE WHEN {c} = '' THEN ''"
        " WHEN {c} ~ '^e[AFJN][A-Za-z0-9+/]*=?=?$' AND length({c}) % 4 = 0"
        " THEN CASE WHEN translate(encode(decode({c}, 'base64'), 'base64'), chr(10), '') = {c}"
        " THEN regexp_replace(encode(decode({c}, 'base64'), 'hex'), '(..)', '00\\1', 'g')"
        " ELSE 'text:' || {c} END"
        " ELSE 'text:' || {c} END"
    ),
    shape="text",
    classes=(LEGACY_TEXT, ALREADY_BASE64, DAMAGED_ZLIB, NOT_LATIN1),
)

CONVERTERS: t.Final[dict[str, Converter]] = {ZLIB_LATIN1_TO_BASE64.name: ZLIB_LATIN1_TO_BASE64}

__all__ = ("CONVERTERS", "Converter")
