# SPDX-License-Identifier: GPL-3.0-or-later
"""What the two drivers' bytes mean: the comparison that knows nothing of the engine's SQL."""

from __future__ import annotations

import ipaddress
import json
import re
import struct
import uuid
from decimal import Decimal
from typing import Any

from tests.types.case import Form


def text(raw: bytes) -> str:
    """Both sessions speak UTF-8."""
    return raw.decode("utf-8")


def double_bits(raw: bytes) -> bytes:
    """The eight bytes of a double, so that 0 and -0 are two values."""
    return struct.pack(">d", float(raw))


def single_bits(raw: bytes) -> bytes:
    """The four bytes of a single."""
    return struct.pack(">f", float(raw))


def bits(raw: bytes) -> int:
    """BIT as PyMySQL delivers it."""
    return int.from_bytes(raw, "big")


def bytea(raw: bytes) -> bytes:
    """PostgreSQL's hexadecimal output."""
    assert raw.startswith(b"\\x"), raw
    return bytes.fromhex(raw[2:].decode("ascii"))


def boolean(raw: bytes) -> bool:
    """PostgreSQL's t and f."""
    return {b"t": True, b"f": False}[raw]


def moment(raw: bytes) -> str:
    """Date and time with six digits of a second; a zone has to be UTC."""
    shown = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?)?", text(raw))
    assert shown, raw
    day, clock, fraction = shown.groups()
    return f"{day} {clock or '00:00:00'}.{(fraction or '').ljust(6, '0')}"


def microseconds(raw: bytes) -> int:
    """A length of time (or a time of day) in microseconds."""
    shown = re.fullmatch(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?", text(raw))
    assert shown, raw
    sign, hours, minutes, seconds, fraction = shown.groups()
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return (-1 if sign else 1) * (whole * 1_000_000 + int((fraction or "").ljust(6, "0")))


def json_value(raw: bytes) -> Any:
    """A document with numbers as exact decimals; of equal keys the last one."""
    return json.loads(raw, parse_float=Decimal, parse_int=Decimal)


def array(raw: bytes) -> list[str]:
    """The members of a one-dimensional array of text."""
    inside = text(raw)
    assert inside[0] == "{" and inside[-1] == "}", raw
    members = re.findall(r'"((?:[^"\\]|\\.)*)"(?:,|$)|([^",]+)(?:,|$)', inside[1:-1])
    return [re.sub(r"\\(.)", r"\1", a) if a or not b else b for a, b in members]


def address(raw: bytes) -> str:
    """An IP address in one spelling."""
    return str(ipaddress.ip_address(text(raw)))


def any_uuid(raw: bytes) -> uuid.UUID:
    """A UUID in any case of letters."""
    return uuid.UUID(text(raw))


INTEGER = Form(int, int)
BOOLEAN = Form(lambda raw: raw != b"0", boolean)
NUMBER = Form(lambda raw: Decimal(text(raw)), lambda raw: Decimal(text(raw)))
TEXT = Form(text, text)
SINGLE = Form(None, single_bits)
SINGLE_AS_DOUBLE = Form(None, double_bits)
DOUBLE = Form(double_bits, double_bits)
DOUBLE_AS_SINGLE = Form(single_bits, single_bits)
BITS = Form(bits, lambda raw: int(raw, 2))
BITS_AS_INTEGER = Form(bits, int)
BITS_AS_BOOLEAN = Form(lambda raw: bits(raw) == 1, boolean)
MOMENT = Form(moment, moment)
SPAN = Form(microseconds, microseconds)
BYTES = Form(bytes, bytea)
BYTES_AS_UUID = Form(lambda raw: uuid.UUID(bytes=raw), any_uuid)
UUID = Form(any_uuid, any_uuid)
JSON = Form(json_value, json_value)
ADDRESS = Form(address, address)
SET = Form(lambda raw: text(raw).split(",") if raw else [], array)
