# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Text in other character sets than UTF-8: whether its characters arrive, as predicates of the source.

The rule: a value is exact if each of its characters arrives. The source's own conversion puts '?' (in tis620 U+FFFD)
in the place of bytes that stand for no character, or leaves bytes out, and says so by no warning one could rely on.
So what goes in is compared with what comes back: bytes that return are exact. Bytes that do not are exact only where
two codes of the set mean one character (NEC's and IBM's in cp932, the backslash of sjis): then no substitute appears
although every true '?' is taken away first, and the text has as many characters as before. U+FFFD never stands for
another character.

`{raw}` is the bare column in its own set `{own}`. No predicate here fails for a value above max_allowed_packet.
"""

from __future__ import annotations

import typing as t

UTF8: t.Final = {"utf8mb4", "utf8mb3", "utf8"}
UNICODE: t.Final = {"ucs2", "utf16", "utf16le", "utf32"}
"""Every code that is a character has one form: what does not come back is broken."""
MULTI_BYTE: t.Final = {
    "big5",
    "cp932",
    "eucjpms",
    "euckr",
    "gb18030",
    "gb2312",
    "gbk",
    "sjis",
    "ujis",
}
"""Sets of one to four bytes a character. All others but `UTF8` and `UNICODE` have one byte."""

_READ: t.Final = "CONVERT({raw} USING utf8mb4)"
_BACK: t.Final = f"CONVERT({_READ} USING {{own}})"
# LENGTH first: it decides without a copy where the server has left bytes out.
CHANGED: t.Final = (
    f"(COALESCE(LENGTH({_BACK}), -1) <> LENGTH({{raw}}) OR IF(4 * LENGTH({{raw}}) > @@max_allowed_packet,"
    f" SHA2({_BACK}, 256) <> SHA2({{raw}}, 256), CAST({_BACK} AS BINARY) <> CAST({{raw}} AS BINARY)))"
)
"""The bytes do not come back."""
_WITHOUT_QUESTIONS: t.Final = "CAST(CONVERT(REPLACE({raw}, '?', '!') USING utf8mb4) AS BINARY)"
_SHORTER: t.Final = f"CHAR_LENGTH({_READ}) < CHAR_LENGTH({{raw}})"
SUBSTITUTED: t.Final = (
    f"COALESCE(LOCATE(X'3f', {_WITHOUT_QUESTIONS}) > 0 OR LOCATE(X'efbfbd', {_WITHOUT_QUESTIONS}) > 0"
    f" OR CHAR_LENGTH({_READ}) <> CHAR_LENGTH({{raw}}), TRUE)"
)
HALVES: t.Final = f"(CONVERT(CONVERT({_READ} USING utf16) USING utf8mb4) COLLATE utf8mb4_bin <> {_READ})"
"""MariaDB makes three bytes of half a surrogate pair, and the half of the three bytes again."""

_STAND_IN: t.Final = (
    f"('{{own}}' <> 'gb18030' AND LOCATE(_utf8mb4 X'efbfbd', {_READ} COLLATE utf8mb4_bin) > 0)"
)
"""tis620 and big5 have U+FFFD for a byte or two of theirs, which even comes back; in gb18030 it is a character."""

NO_CHARACTER: t.Final = f"({_STAND_IN} OR ({CHANGED} AND {SUBSTITUTED}))"
"""In a set of one byte a character: a byte that stands for none."""
NO_CHARACTER_BUT_WHOLE: t.Final = f"({_STAND_IN} OR ({CHANGED} AND NOT {_SHORTER} AND {SUBSTITUTED}))"
"""In a set of more bytes: a substitute stands for each character that is none."""
LEFT_OUT: t.Final = f"({_SHORTER})"
"""In a set of more bytes: the conversion leaves characters out."""
NOT_UNICODE: t.Final = f"({CHANGED} OR {HALVES})"
"""In one of the other forms of Unicode: half a pair, a cut value, a code beyond U+10FFFF."""
EXPRESSED: t.Final = f"({SUBSTITUTED} OR {HALVES})"
"""Of an expression, whose set is known to the server alone and is not UTF-8."""

_WELL_FORMED: t.Final = (
    r"\G((?:[0-7].|(?:C[2-9A-F]|D.)[89AB].|E0[AB].[89AB].|E(?:[1-9ABCEF][89AB]|D[89]).[89AB]."
    r"|F0[9AB].(?:[89AB].){2}|F[1-3](?:[89AB].){3}|F48.(?:[89AB].){2})*+).."
)
"""In hexadecimal digits: the well-formed UTF-8 before a byte that is none, and that byte."""
# MySQL drops what follows such a byte, whatever it converts to, and CONVERT reads bytes of no set as they are. So '?'
# is put in by the digits; only of ASCII, and on MariaDB, another form of Unicode brings it in.
REPLACED: t.Final = (
    "IF(CHARSET({c}) = 'ascii' OR (VERSION() LIKE '%MariaDB%' AND CHARSET({c}) <> 'binary'),"
    " CONVERT(CONVERT({c} USING utf16) USING utf8mb4),"
    f" CONVERT(UNHEX(REGEXP_REPLACE(HEX({{c}}), '{_WELL_FORMED}',"
    r" IF(VERSION() LIKE '%MariaDB%', '\13F', '$13F'))) USING utf8mb4))"
)
"""'?' for each byte that is no UTF-8, of a value that is read as it is."""

__all__ = (
    "CHANGED",
    "EXPRESSED",
    "HALVES",
    "LEFT_OUT",
    "MULTI_BYTE",
    "NOT_UNICODE",
    "NO_CHARACTER",
    "NO_CHARACTER_BUT_WHOLE",
    "REPLACED",
    "SUBSTITUTED",
    "UNICODE",
    "UTF8",
)
