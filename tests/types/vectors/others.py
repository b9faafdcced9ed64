# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB's own types and geometry."""

from __future__ import annotations

import ipaddress
import struct
import uuid
from collections.abc import Iterator

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import BOTH, Case, Flip, Form, hexadecimal, quoted

MARIADB = ("mariadb",)


def uuids() -> Iterator[Case]:
    values = (
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "0190163d-8694-739b-aea5-966c26f8ad91",
        "123e4567-e89b-12d3-a456-426655440000",
    )
    any_uuid = st.uuids(version=4).map(str)  # MariaDB's UUID takes no other variants
    yield Case(
        "UUID to uuid", "uuid→uuid", "UUID", "uuid", forms.UUID, values, quoted,
        (Flip(values[0], "'00000000-0000-0000-0000-000000000001'"), Flip(None, f"'{values[0]}'")),
        any_uuid, meaning=uuid.UUID, families=MARIADB,
    )  # fmt: skip
    yield Case(
        "UUID to text", "uuid→text", "UUID", "text", forms.UUID, values, quoted,
        (Flip(values[2], "upper(v)"), Flip(None, "''")),
        any_uuid, meaning=uuid.UUID, families=MARIADB, identical=True,
    )  # fmt: skip


def addresses() -> Iterator[Case]:
    four = ("0.0.0.0", "127.0.0.1", "192.168.100.200", "255.255.255.255")
    six = (
        "::",
        "::1",
        "fe80::1",
        "2001:db8::ff00:42:8329",
        "::ffff:192.0.2.128",
        "1:2:3:4:5:6:7:8",
        "::1.2.3.4",
    )
    any_four = st.ip_addresses(v=4).map(str)
    any_six = st.ip_addresses(v=6).map(str)
    for source, values, random in (("INET4", four, any_four), ("INET6", six, any_six)):
        spare = values[1]
        for target in ("inet", "text"):
            yield Case(
                f"{source} to {target}", f"inet→{target}", source, target, forms.ADDRESS, values, quoted,
                (Flip(spare, f"'{values[2]}'"), Flip(None, f"'{spare}'")), random,
                meaning=lambda value: str(ipaddress.ip_address(value)), families=MARIADB, identical=target == "text",
            )  # fmt: skip
    yield Case(
        "INET4 to cidr", "inet→inet", "INET4", "cidr",
        Form(forms.address, lambda raw: str(ipaddress.ip_network(forms.text(raw)).network_address)),
        four, quoted, (Flip(four[1], "'127.0.0.2'"), Flip(None, "'::'")), any_four, families=MARIADB,
    )  # fmt: skip


def point(x: float, y: float, srid: int = 0) -> bytes:
    """A point as both servers store it: SRID, byte order, type, x, y."""
    return struct.pack("<IBIdd", srid, 1, 1, x, y)


def line(*places: tuple[float, float], srid: int = 0) -> bytes:
    """A line as both servers store it."""
    return struct.pack("<IBII", srid, 1, 2, len(places)) + b"".join(struct.pack("<dd", *at) for at in places)


EMPTY_COLLECTION = struct.pack("<IBII", 0, 1, 7, 0)
_POLYGON = struct.pack("<IBIII", 0, 1, 3, 1, 4) + struct.pack("<8d", 0, 0, 4, 0, 4, 4, 0, 0)
_COLLECTION = struct.pack("<IBII", 4326, 1, 7, 1) + point(1, 2)[4:]
_PLACES = (
    *(
        point(0, 0),
        point(1.5, -2.25),
        point(1e300, -1e-300),
        point(4.9041, 52.3676, 4326),
        line((0, 0), (1, 1)),
    ),
    *(
        line((170.5, -45.25), (-170.5, 80), srid=4326),
        _POLYGON,
        _COLLECTION,
        EMPTY_COLLECTION,
        point(3, 4, 3857),
    ),
)
# PostGIS is not among the servers' packages: a type of its name that keeps the text it is given.
POSTGIS_STAND_IN = (
    "CREATE TYPE geometry",
    "CREATE FUNCTION geometry_in(cstring) RETURNS geometry LANGUAGE internal STRICT IMMUTABLE AS 'textin'",
    "CREATE FUNCTION geometry_out(geometry) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout'",
    "CREATE TYPE geometry (INPUT = geometry_in, OUTPUT = geometry_out, LIKE = text)",
)


def _from_ewkb(raw: bytes) -> bytes:
    """EWKB in hexadecimal digits as the bytes that MySQL keeps."""
    value = bytes.fromhex(raw.decode("ascii"))
    order, kind = value[:1], int.from_bytes(value[1:5], "little")
    if not kind & 0x20000000:
        return bytes(4) + value
    return value[5:9] + order + (kind & ~0x20000000).to_bytes(4, "little") + value[9:]


def geometries() -> Iterator[Case]:
    for target, form, flip in (
        ("bytea", Form(bytes, forms.bytea), "set_byte(v, length(v) - 1, 7)"),
        ("geometry", Form(bytes, _from_ewkb), "'00'"),
    ):
        coordinates = st.floats(-180, 180)
        yield Case(
            f"GEOMETRY to {target}", f"geometry→{target}", "GEOMETRY", target, form, _PLACES,
            hexadecimal, (Flip(point(1, 2), flip), Flip(None, "'00'" if target == "geometry" else "''")),
            st.builds(point, coordinates, coordinates), families=BOTH,
            prelude=POSTGIS_STAND_IN if target == "geometry" else (),
        )  # fmt: skip
    yield Case(
        "POINT to bytea", "geometry→bytea", "POINT", "bytea", Form(bytes, forms.bytea),
        (point(0, 0), point(4.9, 52.4, 4326)), hexadecimal,
        (Flip(point(1, 2), "set_byte(v, 12, 1)"), Flip(None, "''")),
    )  # fmt: skip


def cases() -> list[Case]:
    """All of this subject."""
    return [*uuids(), *addresses(), *geometries()]
