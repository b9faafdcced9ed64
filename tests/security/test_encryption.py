# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshot at rest: unreadable without the key file, and no frame of it can be changed unseen."""

from __future__ import annotations

import secrets
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import DamagedSnapshot, InputError
from ansible_collections.alkemio.convergence.plugins.module_utils._run import chunks, encryption
from ansible_collections.alkemio.convergence.plugins.module_utils._run.encryption import FRAME, Key, Sealer

from tests.security import shop
from tests.support.engine import places
from tests.support.engine.migration import Migration

KEY = Key("a.key", b"k" * 48)
HEAD = 56
TAG = 16


def sealed(data: bytes, key: Key = KEY, place: str = "shop/0000-000000.copy.zst.aes") -> bytes:
    sealer = Sealer(key, place)
    pieces = [sealer.seal(data[start : start + 100_001]) for start in range(0, len(data), 100_001)]
    return b"".join([*pieces, sealer.finish()])


def opened(
    data: bytes, key: Key = KEY, place: str = "shop/0000-000000.copy.zst.aes", step: int = 70_000
) -> bytes:
    blocks = (data[start : start + step] for start in range(0, len(data), step))
    return b"".join(encryption.unseal(blocks, key, place))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 7])
def test_what_went_in_comes_out(size: int) -> None:
    data = secrets.token_bytes(size)
    assert opened(sealed(data)) == data
    assert opened(sealed(data), step=999) == data
    assert sealed(data) != sealed(data)


def test_no_frame_can_be_changed_moved_or_left_out() -> None:
    data = secrets.token_bytes(2 * FRAME + 100)
    whole = sealed(data)
    frames = [whole[start : start + FRAME + TAG] for start in range(HEAD, len(whole), FRAME + TAG)]
    head = whole[:HEAD]
    assert len(frames) == 3
    bad = [
        head,
        whole[:-1],
        whole[: HEAD + FRAME + TAG],
        whole + b"x",
        head + frames[1] + frames[0] + frames[2],
        head + frames[0] + frames[2],
        head + frames[0] + frames[0] + frames[1] + frames[2],
    ]
    for place in (5, HEAD + 3, HEAD + FRAME + 5, len(whole) - 1):
        bad.append(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    for one in bad:
        with pytest.raises(DamagedSnapshot, match="Dump again"):
            opened(one)


def test_a_file_does_not_open_under_another_files_name() -> None:
    with pytest.raises(DamagedSnapshot):
        opened(sealed(b"rows"), place="shop/0001-000000.copy.zst.aes")


def test_a_wrong_key_is_called_so() -> None:
    with pytest.raises(InputError, match=r"another key than the one in b\.key"):
        opened(sealed(b"rows"), key=Key("b.key", b"z" * 48))
    assert "zzz" not in repr(Key("b.key", b"z" * 48))


def test_a_stream_of_any_length_needs_the_memory_of_some_frames() -> None:
    def frames(count: int) -> Iterator[bytes]:
        sealer = Sealer(KEY, "shop/large")
        for _number in range(count):
            yield sealer.seal(bytes(FRAME))
        yield sealer.finish()

    tracemalloc.start()
    total = sum(len(block) for block in encryption.unseal(frames(160), KEY, "shop/large"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 160 * FRAME
    assert peak < 12 * FRAME


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (b"x" * 31 + b"\n", 0o600, "must hold 32 to 4096 random bytes, it holds 31"),
        (b"x" * 5000, 0o600, "it holds more"),
        (b"x" * 48, 0o644, "Others can read or change the key file"),
        (b"x" * 48, 0o620, "Others can read or change the key file"),
    ],
)
def test_a_poor_key_file_is_refused(tmp_path: Path, content: bytes, mode: int, says: str) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(InputError, match=says) as caught:
        encryption.read_key(str(path))
    assert "xxx" not in str(caught.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.key cannot be read: No such file"):
        encryption.read_key(str(tmp_path / "none.key"))


def test_an_encrypted_run_ends_like_a_plain_one_and_shows_nothing(moving: Migration, key_file: Path) -> None:
    key = str(key_file)
    assert moving.dump(encryption_key_file=key).changed
    assert not moving.dump(encryption_key_file=key).changed
    files = [path for path in moving.run.rglob("*") if path.is_file()]
    assert sum(path.name.endswith(".copy.zst.aes") for path in files) == 3
    everything = b"".join(path.read_bytes() for path in files)
    secret = key_file.read_bytes().strip()
    for hidden in (*(value.encode() for value in shop.PERSONAL), b"\x28\xb5\x2f\xfd", secret):
        assert hidden not in everything
    moving.load(encryption_key_file=key)
    assert moving.verify().equal
    assert not moving.load().changed


def test_the_key_is_asked_for_before_the_target_is_touched(
    moving: Migration, key_file: Path, tmp_path: Path
) -> None:
    moving.dump(encryption_key_file=str(key_file))
    other = tmp_path / "other.key"
    other.write_bytes(secrets.token_bytes(48))
    other.chmod(0o600)
    attempts: list[tuple[dict[str, Any], str]] = [
        ({}, "is encrypted. Name its key file in migration_encryption_key_file"),
        ({"encryption_key_file": str(other)}, "is encrypted with another key than the one in"),
    ]
    for options, says in attempts:
        for verb in (moving.load, moving.dump):
            with pytest.raises(InputError, match=says):
                verb(**options)
    ledger = places.ask(moving.target, moving.move("shop").target, "SELECT to_regnamespace('convergence')")
    assert ledger == [(None,)]
    assert moving.dump(restart=True).changed
    with pytest.raises(InputError, match="was dumped without encryption"):
        moving.dump(encryption_key_file=str(key_file))


def test_a_chunk_of_another_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shop" / f"0000-000000{chunks.SUFFIX}{encryption.SUFFIX}"
    path.parent.mkdir()
    writer = chunks.ChunkWriter(path, KEY)
    writer.write(b"rows" * 100_000)
    digest = writer.finish()
    assert b"".join(chunks.blocks(path, digest, KEY)) == b"rows" * 100_000
    with pytest.raises(InputError, match="is encrypted"):
        b"".join(chunks.blocks(path, digest))
    with pytest.raises(InputError, match="another key"):
        b"".join(chunks.blocks(path, digest, Key("b.key", b"z" * 48)))
