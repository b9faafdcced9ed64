# SPDX-License-Identifier: GPL-3.0-or-later
"""The packet reader gives the bytes of every row as they were sent, or a ServerError, and nothing else."""

from __future__ import annotations

import random

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql.reader import NullRow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.engine import wire

# Both sides of every border of the length encoding, and of what is read at a time.
LENGTHS = [
    0,
    1,
    249,
    250,
    251,
    252,
    255,
    256,
    8191,
    65534,
    65535,
    65536,
    65537,
    (1 << 18) - 9,
    1 << 18,
    300_000,
]
LONG = [
    wire.FULL - 10,
    wire.FULL - 4,
    wire.FULL - 3,
    wire.FULL,
    wire.FULL + 1,
    2 * wire.FULL - 9,
    2 * wire.FULL + 5,
]
lengths = st.one_of(st.integers(0, 600), st.sampled_from(LENGTHS[:-4]))
sizes = st.lists(st.one_of(st.integers(1, 9), st.integers(1, 70_000)), min_size=1, max_size=30)
quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def content(length: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(length)


@pytest.mark.parametrize("length", LENGTHS + LONG)
def test_a_row_of_this_length_comes_whole_between_two_others(length: int) -> None:
    value = content(length, length)
    sent = wire.rows([b"before"], [value], [b"after"])
    found = wire.reader(sent)
    assert b"".join(found.blocks()) == b"before" + value + b"after"
    assert found.rows == 3
    found = wire.reader(sent)
    assert list(found.records()) == [[b"before"], [value], [b"after"]]
    assert found.rows == 3


def test_no_row_at_all_is_no_block() -> None:
    assert list(wire.reader(wire.rows()).blocks()) == []
    assert list(wire.reader(wire.rows()).records()) == []


def test_a_long_row_that_begins_like_an_end_is_a_row() -> None:
    value = bytes(1 << 24)
    sent = wire.rows([value], [b"x"])
    assert wire.field(value)[:1] == b"\xfe"
    assert b"".join(wire.reader(sent).blocks()) == value + b"x"
    assert list(wire.reader(sent).records()) == [[value], [b"x"]]


def test_a_null_row_is_refused_and_a_null_value_is_none() -> None:
    sent = wire.rows([b"before"], [None])
    with pytest.raises(NullRow):
        list(wire.reader(sent).blocks())
    assert list(wire.reader(wire.rows([b"a", None, b""], [None, None, b"c"]), columns=3).records()) == [
        [b"a", None, b""],
        [None, None, b"c"],
    ]


@pytest.mark.parametrize("before", [[], [[b"row"]], [[bytes(300_000)]]], ids=["first", "later", "after-long"])
def test_an_error_of_the_server_is_told(before: list[list[bytes]]) -> None:
    sent = wire.rows(*before, end=wire.ERROR)
    for read in (lambda: list(wire.reader(sent).blocks()), lambda: list(wire.reader(sent).records())):
        with pytest.raises(ServerError, match="the disk is gone"):
            read()


@pytest.mark.parametrize("length", [3, 300, 70_000, 300_000, wire.FULL + 100])
def test_a_connection_that_ends_anywhere_is_an_error(length: int) -> None:
    sent = wire.rows([b"one"], [content(length, 1)], [b"two"])
    print("seed", length)
    dice = random.Random(length)
    cuts = {dice.randrange(len(sent)) for _cut in range(25)} | {0, 4, 5, 8, len(sent) - 1, len(sent) - 5}
    for cut in cuts:
        with pytest.raises(ServerError):
            list(wire.reader(sent[:cut]).blocks())
        with pytest.raises(ServerError):
            list(wire.reader(sent[:cut]).records())


@pytest.mark.parametrize(
    "payload",
    [
        b"\x05abc",
        b"\x02abc",
        b"\xfc\x05\x00" + bytes(300),
        b"\xfd\x05\x00\x00" + bytes(300),
        b"\xfe" + (5).to_bytes(8, "little") + bytes(300),
        b"\xfe" + (2**63).to_bytes(8, "little") + bytes(300),
        b"\xfd\xff\xff\xff" + bytes(300_000),
        b"\xff",
        b"\xff\x01",
        b"\xfc",
        b"\xfc\x01",
        b"",
    ],
    ids=lambda value: value[:10].hex() or "empty",
)
def test_a_row_whose_length_contradicts_its_packet_is_an_error(payload: bytes) -> None:
    sent = wire.packet(payload) + wire.rows([b"next"])
    with pytest.raises(ServerError):
        list(wire.reader(sent).blocks())
    with pytest.raises(ServerError):
        list(wire.reader(sent).records())


@quick
@given(st.lists(lengths, max_size=40), sizes, st.integers(0, 2**32))
def test_rows_arrive_however_the_network_cuts_them(wanted: list[int], pieces: list[int], seed: int) -> None:
    values = [content(length, seed + number) for number, length in enumerate(wanted)]
    sent = wire.rows(*([value] for value in values))
    found = wire.reader(sent, sizes=pieces)
    assert b"".join(found.blocks()) == b"".join(values)
    assert found.rows == len(values)
    assert [row[0] for row in wire.reader(sent, sizes=pieces).records()] == values


@quick
@given(
    st.lists(st.lists(st.one_of(st.none(), st.binary(max_size=400)), min_size=3, max_size=3), max_size=20),
    sizes,
)
def test_values_of_several_columns_arrive(table: list[list[bytes | None]], pieces: list[int]) -> None:
    sent = wire.rows(*table)
    assert list(wire.reader(sent, columns=3, sizes=pieces).records()) == table


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400), st.integers(1, 3), sizes)
def test_garbage_is_an_error_or_well_formed_rows(garbage: bytes, columns: int, pieces: list[int]) -> None:
    """Random bytes that happen to be rows and an end are rows; those give back what was sent."""
    for verb in ("blocks", "records"):
        found = wire.reader(garbage, columns=1 if verb == "blocks" else columns, sizes=pieces)
        try:
            given_rows = list(getattr(found, verb)())
        except ServerError:
            continue
        if verb == "records":
            sent = b"".join(wire.packet(b"".join(map(wire.field, row))) for row in given_rows)
            assert len(sent) <= len(garbage)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.binary(max_size=600), min_size=1, max_size=8),
    st.integers(0, 2**32),
    st.integers(1, 255),
    sizes,
)
def test_a_changed_length_never_changes_the_rows_silently(
    values: list[bytes], place: int, flip: int, pieces: list[int]
) -> None:
    """A flipped byte in a head or a length gives an error, or (a sequence number) the same rows."""
    sent = bytearray(wire.rows(*([value] for value in values)))
    heads = []
    position = 0
    for value in values:
        mark = len(wire.field(value)) - len(value)
        heads += list(range(position, position + 4 + mark))
        position += 4 + mark + len(value)
    sent[heads[place % len(heads)]] ^= flip
    try:
        found = list(wire.reader(bytes(sent), sizes=pieces).records())
    except ServerError:
        return
    assert sum(len(row[0] or b"") for row in found) <= len(sent)
    try:
        joined = b"".join(wire.reader(bytes(sent), sizes=pieces).blocks())
    except ServerError:
        return
    assert joined == b"".join(row[0] or b"" for row in found)
