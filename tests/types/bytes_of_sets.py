# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: RUF001 - look-alikes are what these values are for
"""Bytes of every character set, and what they mean by Python's codecs: a third opinion beside the two servers."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.types import generated

CODECS = {
    "ascii": "ascii",
    "big5": "big5",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "cp932": "cp932",
    "eucjpms": "euc_jp",
    "euckr": "cp949",
    "gb18030": "gb18030",
    "gb2312": "gb2312",
    "gbk": "gbk",
    "greek": "iso8859_7",
    "hebrew": "iso8859_8",
    "hp8": "hp_roman8",
    "koi8r": "koi8_r",
    "koi8u": "koi8_u",
    "latin1": "cp1252",
    "latin2": "iso8859_2",
    "latin5": "iso8859_9",
    "latin7": "iso8859_13",
    "macce": "mac_latin2",
    "macroman": "mac_roman",
    "sjis": "shift_jis",
    "tis620": "tis_620",
    "ucs2": "utf_16_be",
    "ujis": "euc_jp",
    "utf16": "utf_16_be",
    "utf16le": "utf_16_le",
    "utf32": "utf_32_be",
    "utf8mb3": "utf_8",
    "utf8mb4": "utf_8",
}
"""By the servers' name; Python has none of armscii8, dec8, geostd8, keybcs2, swe7."""

WIDE = {"ucs2": 2, "utf16": 2, "utf16le": 2, "utf32": 4}
MULTI = {"big5", "cp932", "eucjpms", "euckr", "gb18030", "gb2312", "gbk", "sjis", "ujis"}
UTF8 = {"utf8mb3", "utf8mb4"}


def samples(charset: str, count: int) -> list[bytes]:
    """Every single byte, and what can go wrong around it."""
    found = [bytes([byte]) for byte in range(256)] if charset not in WIDE else []
    found += [b"", b"A?B", b"\\", b"~?"] if charset not in WIDE else [b""]
    if charset in WIDE:
        found += list(_wide(WIDE[charset], charset == "utf16le"))
    elif charset in MULTI or charset in UTF8:
        found += list(_pairs(random.Random(f"{generated.SEED} {charset}"), count))
        found += list(_cut(charset))
    else:
        found += [b"A" + bytes([byte]) + b"B?" for byte in range(0x80, 256)]
    return list(dict.fromkeys(found))


def _pairs(chosen: random.Random, count: int) -> Iterator[bytes]:
    """Every lead byte with each kind of byte behind it, and some at random, three and four bytes too."""
    for lead in range(0x80, 256):
        yield bytes([lead]) + b"?"
        for low, high in ((0x00, 0x2F), (0x30, 0x39), (0x3A, 0x7F), (0x80, 0xA0), (0xA1, 0xFE)):
            yield bytes([lead, chosen.randint(low, high)])
    for _number in range(count):
        size = chosen.choice((2, 2, 3, 4))
        yield bytes(
            chosen.randint(0x80, 0xFF) if chosen.random() < 0.7 else chosen.randint(0x20, 0x7E)
            for _ in range(size)
        )


def _cut(charset: str) -> Iterator[bytes]:
    """Characters of all lengths, each cut at every byte, at the end and before another letter."""
    texts = "é", "€", "日本", "가", "中", "ア", "Я", "\ue000", "😀"
    for text in texts:
        whole = text.encode(CODECS[charset], "ignore")
        for end in range(1, len(whole) + 1):
            yield b"A" + whole[:end]
            yield b"A" + whole[:end] + b"B"
            yield b"A" + whole[:end] + b"?"


def _wide(unit: int, little: bool) -> Iterator[bytes]:
    """Letters, pairs, half pairs in any order, codes beyond the last, odd lengths."""

    def code(number: int) -> bytes:
        if unit == 2 and number > 0xFFFF:
            number -= 0x10000
            return code(0xD800 + (number >> 10)) + code(0xDC00 + (number & 0x3FF))
        return number.to_bytes(unit, "little" if little else "big")

    numbers = (
        0x41,
        0x3F,
        0x5C,
        0x80,
        0xE9,
        0xFF,
        0x3F3F,
        0x20AC,
        0xD7FF,
        0xE000,
        0xFFFD,
        0xFFFF,
        0x10000,
        0x1F600,
        0x10FFFF,
    )
    yield from map(code, numbers)
    yield b"".join(map(code, numbers))
    for half in (0xD800, 0xDBFF, 0xDC00, 0xDFFF):
        for before, behind in (("", ""), ("A", ""), ("", "B"), ("A", "B"), ("?", "?")):
            yield b"".join((*map(code, map(ord, before)), code(half), *map(code, map(ord, behind))))
    yield code(0xDC00) + code(0xD800)
    yield code(0xD83D) + code(0xDE00)
    if unit == 4:
        yield from (code(0x110000), code(0x41) + code(0x7FFFFFFF), code(0xFFFFFFFF))
    for cut in range(1, unit):
        yield code(0x41)[:cut]
        yield code(0x41) + code(0x41)[:cut]


# --- the third opinion ---------------------------------------------------------------------------------

_OWN: dict[str, dict[bytes, str | None]] = {
    # The servers' own tables, where they differ from Python's. None: no character to them.
    "big5": {b"\xa1\x5a": None, b"\xa1\xc3": None, b"\xa1\xc5": None, b"\xa1\xfe": None, b"\xa2\x40": None,
             b"\xa2\xcc": None, b"\xa2\xce": None, b"\xf9\xd6": "碁", b"\xf9\xd7": "銹", b"\xf9\xd8": "裏",
             b"\xf9\xd9": "墻", b"\xf9\xda": "恒", b"\xf9\xdb": "粧", b"\xf9\xdc": "嫺"},
    "cp1256": {bytes([byte]): None for byte in (0x8A, 0x8F, 0x98, 0x9A, 0x9F, 0xAA, 0xC0, 0xFF)},
    "cp866": {b"\xfc": "ⁿ", b"\xfd": "²"},
    "cp932": {bytes([byte]): None for byte in (0x80, 0xA0, 0xFD, 0xFE, 0xFF)},
    "gb18030": {b"\xa8\xbc": "ḿ"},
    "greek": {b"\xa1": "ʽ", b"\xa2": "ʼ", b"\xa4": None, b"\xa5": None, b"\xaa": None},
    "hebrew": {b"\xaf": "‾"},
    "koi8u": {b"\x95": "•"},
    "latin1": {bytes([byte]): chr(byte) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)},
    "sjis": {b"\x81\x5f": "\\"},
    "ujis": {b"\xa1\xc0": "\\"},
    "eucjpms": {b"\xa1\xc1": "～", b"\xa1\xc2": "∥", b"\xa1\xdd": "－", b"\xa1\xf1": "￠", b"\xa1\xf2": "￡",
                b"\xa2\xcc": "￢", b"\x8f\xa2\xb7": "～", b"\x8f\xa2\xc3": "￤"},
}  # fmt: skip
# Codes of makers and of users, which Python's codec lacks: nobody's opinion.
_USERS = (b"\xf5", b"\xfe"), (b"\x8f\xf5", b"\x8f\xfe")
_PRIVATE = {"ujis": _USERS, "eucjpms": (*_USERS, (b"\xad", b"\xad"), (b"\x8f\xf3", b"\x8f\xf4"))}
"""By character set, the first and last lead bytes."""


class NoOpinionError(Exception):
    """Python cannot tell."""


def opinion(charset: str, value: bytes) -> str | None:
    """The text that `value` is; None: not all of it is text.

    Raises NoOpinionError: Python has no such character set, or not these codes of it.
    """
    codec = CODECS.get(charset)
    if codec is None:
        raise NoOpinionError(charset)
    if charset not in _OWN and charset not in _PRIVATE:
        text = _decoded(codec, value)
        beyond = charset in {"ucs2", "utf8mb3"} and text is not None and max(text, default="") > "\uffff"
        return None if beyond else text
    found, rest = "", value
    while rest:
        character, size = _first(charset, codec, rest)
        if character is None:
            return None
        found, rest = found + character, rest[size:]
    return found


def _first(charset: str, codec: str, value: bytes) -> tuple[str | None, int]:
    """The first character and its bytes."""
    if any(lead <= value[: len(lead)] <= last for lead, last in _PRIVATE.get(charset, ())):
        raise NoOpinionError(value)
    for size in range(1, 5):
        own = _OWN.get(charset, {})
        if value[:size] in own:
            return own[value[:size]], size
        text = _decoded(codec, value[:size])
        if text is not None:
            return text, size
    return None, 0


def _decoded(codec: str, value: bytes) -> str | None:
    try:
        return value.decode(codec)
    except UnicodeDecodeError:
        return None
