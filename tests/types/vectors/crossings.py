# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that the target keeps in a type of another kind: numbers as doubles, texts as booleans, bytes as JSON."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import struct
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import Case, Flip, Form, hexadecimal, quoted, utf8
from tests.types.vectors.documents import AS_WRITTEN, DOCUMENTS, TREE_FLIPS, TREES
from tests.types.vectors.numbers import DOUBLES, SINGLES, double_literal, single
from tests.types.vectors.others import point

_TRUE, _FALSE = ("t", "true", "y", "yes", "on", "1"), ("f", "false", "n", "no", "off", "0")


def doubles() -> Iterator[Case]:
    for source, low, high in (
        ("INT", -(2**31), 2**31 - 1),
        ("BIGINT", -(2**53), 2**53),
        ("BIGINT UNSIGNED", 0, 2**53),
    ):
        far = {
            "BIGINT": (2**62, -(2**63), 2**63 - 1024, -(2**53) - 2),
            "BIGINT UNSIGNED": (2**63, 2**64 - 2048),
        }
        yield Case(
            f"{source} to double precision",
            "integer→double",
            source,
            "double precision",
            forms.DOUBLE,
            (0, 1, low, high, *far.get(source, ())),
            str,
            (Flip(1, f"'{math.nextafter(1, 2)!r}'"), Flip(0, "'-0'"), Flip(high, "v - 1"), Flip(None, "0")),
            st.integers(low, high),
            meaning=lambda value: struct.pack(">d", float(value)),
        )
    for source, digits, scale in (
        ("DECIMAL(10,4)", 10, 4),
        ("DECIMAL(15,0)", 15, 0),
        ("DECIMAL(15,15)", 15, 15),
    ):
        top = 10**digits - 1
        yield _double(source, scale, (0, 1, -1, 7, top, -top), st.integers(-top, top))
    yield _double("DECIMAL(65,30)", 30, (0, 10**29, 15 * 10**29, -(10**50), 1), None)
    yield _double("DECIMAL(65,0)", 0, (0, 10**22, -(10**22), 10**64), None)


def _double(source: str, scale: int, units: tuple[int, ...], random: st.SearchStrategy[int] | None) -> Case:
    def scaled(unit: int) -> Decimal:
        return Decimal(unit).scaleb(-scale) if abs(unit) < 10**28 else Decimal(f"{unit}e-{scale}")

    some = scaled(units[1])
    return Case(
        f"{source} to double precision",
        "decimal→double",
        source,
        "double precision",
        forms.DOUBLE,
        tuple(map(scaled, units)),
        lambda value: f"{value:f}",
        (
            Flip(some, f"'{math.nextafter(float(some), math.inf)!r}'"),
            Flip(scaled(0), "'-0'"),
            Flip(some, f"'{-float(some)!r}'"),
            Flip(None, "0"),
        ),
        None if random is None else random.map(scaled),
        meaning=lambda value: struct.pack(">d", float(value)),
    )


def decimals() -> Iterator[Case]:
    """Digits of floating point numbers, which mean the same number again."""
    fits = tuple(dict.fromkeys(map(single, SINGLES)))
    everything = st.floats(allow_nan=False, allow_infinity=False)
    singles = st.floats(allow_nan=False, allow_infinity=False, width=32)
    flips = (
        *(Flip(1.0, "1.0000000000000001"), Flip(0.5, "-0.5"), Flip(0.0, "'NaN'"), Flip(0.1, "0.1 + 1e-30")),
        *(Flip(0.1, "1"), Flip(1024.0, "'Infinity'"), Flip(1e22, "1e23"), Flip(None, "0")),
        Flip(1.0, "1.00", found=False),
    )
    yield Case(
        "DOUBLE to numeric",
        "double→numeric",
        "DOUBLE",
        "numeric",
        Form(lambda raw: Decimal(forms.text(raw)), lambda raw: Decimal(forms.text(raw))),
        tuple(DOUBLES),
        double_literal,
        flips,
        everything,
        meaning=lambda value: None,
    )
    yield Case(
        "DOUBLE read as a double to numeric",
        "double→numeric",
        "DOUBLE",
        "numeric",
        Form(None, forms.double_bits),
        tuple(DOUBLES),
        double_literal,
        flips,
        everything,
        meaning=lambda value: struct.pack(">d", value + 0.0),  # a decimal has no -0
    )
    yield Case(
        "FLOAT to numeric",
        "float→numeric",
        "FLOAT",
        "numeric",
        Form(None, forms.single_bits),
        fits,
        double_literal,
        tuple(Flip(single(flip.value) if flip.value else flip.value, flip.sql, flip.found) for flip in flips),
        singles,
        meaning=lambda value: struct.pack(">f", value + 0.0),
    )
    # What was put in with six digits arrives with those.
    yield Case(
        "FLOAT of six digits to numeric(12,2)",
        "float→numeric",
        "FLOAT",
        "numeric(12,2)",
        forms.NUMBER,
        (Decimal("0.1"), Decimal("1234.56"), Decimal("-0.25"), Decimal("99999.9"), Decimal("0")),
        str,
        (Flip(Decimal("0.1"), "0.11"), Flip(None, "0")),
        st.integers(-99999, 99999).map(lambda n: Decimal(n).scaleb(-2)),
    )
    yield Case(
        "DOUBLE to numeric(20,4)",
        "double→numeric",
        "DOUBLE",
        "numeric(20,4)",
        forms.NUMBER,
        (Decimal("0.1"), Decimal("0.29"), Decimal("1.005"), Decimal("-99999999999.9999"), Decimal("0")),
        str,
        (Flip(Decimal("0.1"), "0.1001"), Flip(None, "0")),
        st.integers(-(10**14), 10**14).map(lambda n: Decimal(n).scaleb(-4)),
    )


def booleans() -> Iterator[Case]:
    words = (*_TRUE, *_FALSE, "Y", "N", "TRUE", "False", "oN")
    for source, values in (
        ("VARCHAR(5)", words),
        ("CHAR(5) CHARACTER SET ascii", words),
        ("CHAR(1) CHARACTER SET latin1", ("Y", "n", "1", "0", "t", "F")),
        ("TEXT CHARACTER SET utf16", words),
        ("ENUM('Y','N')", ("Y", "N")),
        ("ENUM('0','1')", ("0", "1")),
    ):
        yes, no = (next(value for value in values if value.lower() in side) for side in (_TRUE, _FALSE))
        yield Case(
            f"{source} to boolean",
            f"{'enum' if 'ENUM' in source else 'text'}→boolean",
            source,
            "boolean",
            Form(lambda raw: raw.decode().lower() in _TRUE, forms.boolean),
            values,
            utf8,
            (Flip(yes, "false"), Flip(no, "true"), Flip(no, "NULL"), Flip(None, "false")),
            st.sampled_from(values),
            meaning=lambda value: value.lower() in _TRUE,
        )
    for source in ("DECIMAL(1,0)", "DECIMAL(5,2)"):
        yield Case(
            f"{source} to boolean",
            "decimal→boolean",
            source,
            "boolean",
            Form(lambda raw: Decimal(raw.decode()) == 1, forms.boolean),
            (0, 1),
            str,
            (Flip(1, "false"), Flip(0, "true"), Flip(None, "false")),
            st.integers(0, 1),
            meaning=bool,
        )
    yield Case(
        "TINYINT(1) to bit(1)",
        "integer→bit",
        "TINYINT(1)",
        "bit(1)",
        Form(int, lambda raw: int(raw, 2)),
        (0, 1),
        str,
        (Flip(1, "'0'"), Flip(0, "'1'"), Flip(None, "'0'")),
        st.integers(0, 1),
    )


def identities() -> Iterator[Case]:
    """UUIDs of 32 digits alone, and text in CHAR(n)."""
    values = (f"{0:032x}", f"{2**128 - 1:032X}", "6f1c2e7ab0d94a0f9c3d5e8b7a612f40")
    for source in ("CHAR(32)", "CHAR(32) CHARACTER SET ascii", "VARCHAR(40) CHARACTER SET utf16"):
        yield Case(
            f"{source} to uuid",
            "text→uuid",
            source,
            "uuid",
            forms.UUID,
            values,
            utf8,
            (
                Flip(values[0], f"'{uuid.UUID(int=1)}'"),
                Flip(values[2], "'6f1c2e7a-b0d9-4a0f-9c3d-5e8b7a612f41'"),
                Flip(None, f"'{uuid.UUID(int=0)}'"),
            ),
            st.uuids().map(lambda value: value.hex),
            meaning=uuid.UUID,
        )
    yield Case(
        "UUID to char(36)",
        "uuid→char",
        "UUID",
        "char(36)",
        forms.UUID,
        (str(uuid.UUID(int=1)),),
        quoted,
        (Flip(str(uuid.UUID(int=10)), "upper(v)"), Flip(None, "''")),
        st.uuids(version=4).map(str),
        meaning=uuid.UUID,
        families=("mariadb",),
        identical=True,
    )
    for target in ("text", "varchar(4)", "char(4)"):
        yield Case(
            f"YEAR to {target}",
            f"year→{'char' if 'r(4)' in target and target[0] == 'c' else 'text'}",
            "YEAR",
            target,
            forms.TEXT,
            ("0000", "1901", "1999", "2024", "2155"),
            quoted,
            (Flip("0000", "'2000'"), Flip("1999", "'99'"), Flip(None, "''")),
            st.integers(1901, 2155).map(str),
            meaning=str,
            identical=True,
        )
    day = ("1970-01-02", "2024-02-29", "2038-01-18", "2000-01-01")
    for source in ("TIMESTAMP", "TIMESTAMP(6)"):
        yield Case(
            f"{source} to date",
            "timestamp→date",
            source,
            "date",
            forms.MOMENT,
            day,
            quoted,
            (Flip("2024-02-29", "v + 1"), Flip("2000-01-01", "'2000-01-01 BC'"), Flip(None, "'epoch'")),
            st.integers(1, 24000).map(_day),
            meaning=lambda value: forms.moment(value.encode()),
        )


def _day(days: int) -> str:
    """The day so many days after 1970-01-01."""
    return (dt.date(1970, 1, 1) + dt.timedelta(days=days)).isoformat()


def _host(raw: bytes) -> str:
    return str(ipaddress.ip_address(raw.decode().partition("/")[0]))


def bytes_of_others() -> Iterator[Case]:
    four, six = (
        ("0.0.0.0", "127.0.0.1", "255.255.255.255"),
        ("::", "2001:db8::1", "::ffff:10.0.0.1", "::7f00:1"),
    )
    for source, values, random in (
        ("VARBINARY(16)", four + six, st.ip_addresses()),
        ("BINARY(16)", six, st.ip_addresses(v=6)),
        ("BINARY(4)", four, st.ip_addresses(v=4)),
        ("BLOB", four + six, st.ip_addresses()),
    ):
        one = values[1]
        for target in ("inet", "cidr") if source == "VARBINARY(16)" else ("inet",):
            yield Case(
                f"{source} to {target}",
                "binary→inet",
                source,
                target,
                Form(lambda raw: str(ipaddress.ip_address(raw)), _host),
                values,
                lambda value: hexadecimal(ipaddress.ip_address(value).packed),
                (
                    Flip(one, f"'{values[2]}'"),
                    Flip(one, f"'{'::127.0.0.1' if '.' in one else '127.0.0.1'}'"),
                    Flip(None, f"'{one}'"),
                ),
                random.map(str),
                meaning=lambda value: str(ipaddress.ip_address(value)),
            )
    for source, most in (("LONGBLOB", 10**6), ("VARBINARY(2000)", 2000)):
        for target in ("json", "jsonb"):
            yield Case(
                f"{source} to {target}",
                f"binary→{target}",
                source,
                target,
                forms.JSON if target == "jsonb" else forms.TEXT,
                tuple(one for one in (*DOCUMENTS, *AS_WRITTEN) if len(one) < most),
                lambda value: hexadecimal(value.encode()),
                TREE_FLIPS
                if target == "jsonb"
                else (Flip('{"n": 1}', "'{\"n\": 1.0}'"), Flip(None, "'null'")),
                TREES,
                meaning=lambda value: None,
                identical=target == "json",
            )
    yield from points()
    yield from vectors()


def points() -> Iterator[Case]:
    def read(raw: bytes) -> tuple[bytes, bytes]:
        return struct.pack(">d", *struct.unpack_from("<d", raw, 9)), struct.pack(
            ">d", *struct.unpack_from("<d", raw, 17)
        )

    def shown(raw: bytes) -> tuple[bytes, bytes]:
        x, y = raw.decode().strip("()").split(",")
        return forms.double_bits(x.encode()), forms.double_bits(y.encode())

    coordinates = st.floats(-180, 180).map(lambda value: value + 0.0)
    yield Case(
        "POINT to point",
        "geometry→point",
        "POINT",
        "point",
        Form(read, shown),
        (
            point(0, 0),
            point(1.5, -2.25),
            point(4.895168, 52.370216),
            point(-73.5, 0),
            point(1e22, -1.2345678901234567e-100),
            point(0.1, 1 / 3),
        ),
        hexadecimal,
        (
            Flip(point(1.5, -2.25), "'(-2.25,1.5)'"),
            Flip(point(0.1, 0.5), f"'({math.nextafter(0.1, 1)!r},0.5)'"),
            Flip(point(0, 0), "'(0,-0)'"),
            Flip(None, "'(0,0)'"),
        ),
        st.builds(point, coordinates, coordinates),
        meaning=read,
    )


def vectors() -> Iterator[Case]:
    def packed(value: tuple[float, ...]) -> bytes:
        return struct.pack("<3f", *value)

    values: tuple[Any, ...] = ((1.0, 2.5, -3.0), (0.0, 0.0, 0.0), (0.1, 1 / 3, -1e-20))
    yield Case(
        "VECTOR(3) to bytea",
        "vector→bytea",
        "VECTOR(3)",
        "bytea",
        forms.BYTES,
        tuple(map(packed, values)),
        hexadecimal,
        (Flip(packed(values[0]), "set_byte(v, 11, 64)"), Flip(packed(values[1]), "''"), Flip(None, "''")),
        st.tuples(*[st.floats(-1, 1, width=32)] * 3).map(packed),
    )


def cases() -> list[Case]:
    """All of this subject."""
    return [*doubles(), *decimals(), *booleans(), *identities(), *bytes_of_others()]
