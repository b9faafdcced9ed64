# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes: as bytes, as UUIDs, and as the text they may be."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import Case, Flip, hexadecimal
from tests.types.vectors.texts import EVERY

_ALL = bytes(range(256))
_BYTES = (
    *(b"", b"\0", b"\0\0", b"\xff", b"\\x00", b"\\N", b"\\.\n", b"\t\r\n\\", b"\xed\xa0\x80", b"\xc0\x80"),
    *(b"PGCOPY\n\xff\r\n\0", b"trailing ", b"trailing\0", b"\xff\xff\xff\xff", b"x\x9c\x03\0\0\0\0\x01"),
)
_FLIPS = (
    Flip(b"\x01\x02", "decode('0103', 'hex')"),
    Flip(b"\x01", "decode('0100', 'hex')"),
    Flip(b"", "NULL"),
    Flip(None, "''"),
    Flip(b"word ", "'word'"),
)


def _literal(value: bytes) -> str:
    return hexadecimal(value)


def plain() -> Iterator[Case]:
    for source, most in (
        ("VARBINARY(300)", 300),
        ("TINYBLOB", 255),
        ("BLOB", 3000),
        ("MEDIUMBLOB", 3000),
        ("LONGBLOB", 70000),
    ):
        single = tuple(bytes([byte]) for byte in range(256)) if source == "BLOB" else ()
        whole = () if most < 256 else (_ALL,)
        large = (_ALL * (most // 256),) if most > 300 else ()
        yield Case(
            f"{source} to bytea", "binary→bytea", source, "bytea", forms.BYTES,
            _BYTES + single + whole + large, _literal, _FLIPS, st.binary(max_size=100),
        )  # fmt: skip
    # The server fills BINARY(n) with zero bytes, and those are the value.
    yield Case(
        "BINARY(20) to bytea", "binary→bytea", "BINARY(20)", "bytea", forms.BYTES,
        tuple(value for value in _BYTES if len(value) <= 20), _literal,
        (Flip(b"ab", "decode('6162', 'hex')"), Flip(b"\x01", "set_byte(v, 19, 1)"), Flip(None, "''")),
        st.binary(max_size=20), meaning=lambda value: value.ljust(20, b"\0"),
    )  # fmt: skip


def uuids() -> Iterator[Case]:
    values = (bytes(16), b"\xff" * 16, bytes(range(16)), b"\\x00\t\r\n\\N..12345")
    for source in ("BINARY(16)", "VARBINARY(16)"):
        yield Case(
            f"{source} to uuid", "binary→uuid", source, "uuid", forms.BYTES_AS_UUID, values, _literal,
            (Flip(bytes(16), "'00000000-0000-0000-0000-000000000001'"), Flip(None, f"'{uuid.UUID(int=0)}'")),
            st.binary(min_size=16, max_size=16), meaning=lambda value: uuid.UUID(bytes=value),
        )  # fmt: skip


def readable() -> Iterator[Case]:
    for source, target in (("VARBINARY(400)", "varchar(200)"), ("BLOB", "text"), ("LONGBLOB", "text")):
        yield Case(
            f"{source} holding text to {target}", "binary→text", source, target, forms.TEXT,
            tuple(value.encode() for value in (*EVERY, "é" * 150)), _literal,
            (Flip(b"Word", "'word'"), Flip(b"trail", "'trail '"), Flip(b"", "NULL"), Flip(None, "''")),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60).map(str.encode),
            meaning=bytes.decode, identical=True,
        )  # fmt: skip


def cases() -> list[Case]:
    """All of this subject."""
    return [*plain(), *uuids(), *readable()]
