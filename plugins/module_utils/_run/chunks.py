# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Chunk files: a whole COPY stream each, compressed with zstd, known by the SHA-256 of the file.

With a key the compressed bytes are encrypted on their way into the file; the SHA-256 is that of the file.
"""

from __future__ import annotations

import hashlib
import typing as t

from .._drivers import zstandard
from .._errors import DamagedSnapshot, InputError
from . import encryption
from .files import open_read, open_write, storing

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .encryption import Key

SUFFIX: t.Final = ".copy.zst"
BLOCK: t.Final = 1 << 18
"""Bytes handed on at a time when a chunk is read."""
LEVEL: t.Final = 1
"""zstd's fastest regular level: the disk is spared, the source stays the slower part."""
WINDOW: t.Final = 17
"""Power of two. What is looked back at stays in the processor's cache: an eighth faster, hardly larger."""

COPY_BINARY_HEADER: t.Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_BINARY_TRAILER: t.Final = b"\xff\xff"


class ChunkWriter:
    """Writes one chunk under a temporary name; `finish` gives it its own."""

    def __init__(self, path: Path, key: Key | None = None) -> None:
        self._path = path
        self._sealer = encryption.Sealer(key, _place(path)) if key is not None else None
        self._part = path.with_name(path.name + ".part")
        with storing(path):
            self._handle = open_write(self._part)
        self._sha256 = hashlib.sha256()
        parameters = zstandard.ZstdCompressionParameters.from_level(LEVEL, window_log=WINDOW)
        self._compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        self.bytes = 0
        self.file_bytes = 0

    def write(self, data: bytes) -> None:
        """Append bytes of the COPY stream."""
        self.bytes += len(data)
        self._put(self._compressor.compress(data))

    def finish(self) -> str:
        """Close and rename; gives the SHA-256 of the file."""
        self._put(self._compressor.flush())
        if self._sealer is not None:
            self._write(self._sealer.finish())
        with storing(self._path):
            self._handle.close()
            self._part.replace(self._path)
        return self._sha256.hexdigest()

    def _put(self, data: bytes) -> None:
        self._write(self._sealer.seal(data) if self._sealer is not None else data)

    def _write(self, data: bytes) -> None:
        if data:
            with storing(self._path):
                self._handle.write(data)
            self._sha256.update(data)
            self.file_bytes += len(data)


def check(path: Path, sha256: str, file_bytes: int) -> None:
    """Raises DamagedSnapshot: the file is missing or not what was written."""
    try:
        with open_read(path) as handle:
            digest, size = hashlib.sha256(), 0
            while block := handle.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise DamagedSnapshot(
            f"The chunk {path} cannot be read: {error.strerror}. Dump again with migration_restart=true."
        ) from error
    if size != file_bytes or digest.hexdigest() != sha256:
        raise DamagedSnapshot(
            f"The chunk {path} is not what was written ({size} bytes, {file_bytes} expected; SHA-256 "
            f"{'differs' if digest.hexdigest() != sha256 else 'agrees'}). Dump again with migration_restart=true."
        )


def blocks(path: Path, sha256: str, key: Key | None = None) -> Iterator[bytes]:
    """The COPY stream of a chunk in blocks; the file is proved once more while it is read.

    Raises DamagedSnapshot: the file changed since `check`, or is not a zstd stream; raises InputError: the key
    is missing or another one.
    """
    encrypted = encryption.SUFFIX in path.suffixes
    if encrypted and key is None:
        raise InputError(
            f"The chunk {path} is encrypted. Name its key file in migration_encryption_key_file."
        )
    digest = hashlib.sha256()
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    try:
        with open_read(path) as handle:
            read = _digested(handle, digest)
            for block in encryption.unseal(read, key, _place(path)) if encrypted and key else read:
                if data := decompressor.decompress(block):
                    yield data
    except (OSError, zstandard.ZstdError) as error:
        raise DamagedSnapshot(
            f"The chunk {path} cannot be read: {error}. Dump again with migration_restart=true."
        ) from error
    if digest.hexdigest() != sha256 or not decompressor.eof:
        raise DamagedSnapshot(
            f"The chunk {path} changed while it was loaded. Dump again with migration_restart=true."
        )


def _digested(handle: t.BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while block := handle.read(BLOCK):
        digest.update(block)
        yield block


def _place(path: Path) -> str:
    """What an encrypted chunk is bound to: its database and its own name."""
    return f"{path.parent.name}/{path.name}"


__all__ = ("COPY_BINARY_HEADER", "COPY_BINARY_TRAILER", "SUFFIX", "ChunkWriter", "blocks", "check")
