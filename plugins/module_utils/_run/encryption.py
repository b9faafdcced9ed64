# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Chunk files encrypted at rest: AES-256-GCM in frames, in the memory of two frames.

A file is a head (eight letters, a salt, a check value) and frames. HKDF makes a key of its own for every
file out of the key file and the salt, so that the frames can count their nonces: seven zero bytes, the
number of the frame, and whether it is the last one. A frame that is changed, moved, left out or cut off is
refused, and so is a file under another file's name.
"""

from __future__ import annotations

import secrets
import stat
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._drivers import cryptography
from .._errors import DamagedSnapshot, InputError

if cryptography is not None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIX: t.Final = ".aes"
"""After the suffix of a plain chunk."""
FRAME: t.Final = 1 << 18
"""Bytes of a frame before encryption; all but the last one have so many."""

_MAGIC: t.Final = b"CVGAES01"
_SALT: t.Final = 32
_CHECK: t.Final = 16
_TAG: t.Final = 16
_HEAD: t.Final = len(_MAGIC) + _SALT + _CHECK
_LEAST, _MOST = 32, 4096


@dataclass(frozen=True)
class Key:
    """The content of a key file; it never appears in repr()."""

    path: str
    secret: bytes = field(repr=False)

    def derive(self, salt: bytes, purpose: str, length: int) -> bytes:
        """Bytes for one purpose only, from which nobody comes back to the secret."""
        info = f"alkemio.convergence {purpose}".encode()
        return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(self.secret)

    def fingerprint(self, run_id: str) -> str:
        """What a manifest says about the key it was made with; another run's tells nothing."""
        return self.derive(run_id.encode(), "fingerprint", _CHECK).hex()


def read_key(path: str | None) -> Key | None:
    """The key in `path`; `None` without a path.

    Raises InputError: missing, readable by everybody, or not a key.
    """
    if not path:
        return None
    try:
        with Path(path).open("rb") as handle:
            mode = stat.S_IMODE(Path(path).stat().st_mode)
            secret = handle.read(_MOST + 1).strip(b"\r\n")
    except OSError as error:
        raise InputError(
            f"The key file {path} cannot be read: {error.strerror}. Check migration_encryption_key_file."
        ) from error
    if mode & 0o027:
        raise InputError(
            f"Others can read or change the key file {path} (mode {mode:04o}). Make it 0600, and a new key if "
            "others may have seen it."
        )
    if not _LEAST <= len(secret) <= _MOST:
        raise InputError(
            f"The key file {path} must hold {_LEAST} to {_MOST} random bytes, it holds "
            f"{'more' if len(secret) > _MOST else len(secret)}. Make one: openssl rand -base64 48 > FILE."
        )
    return Key(path, secret)


def check_key(key: Key | None, fingerprint: str | None, run_id: str, what: str) -> None:
    """Raises InputError: `what` was encrypted with another key, or the key is missing."""
    if fingerprint is None:
        return
    if key is None:
        raise InputError(f"{what} is encrypted. Name its key file in migration_encryption_key_file.")
    if key.fingerprint(run_id) != fingerprint:
        raise InputError(
            f"{what} is encrypted with another key than the one in {key.path}. Name the key file that the dump "
            "was made with, or dump again with migration_restart=true."
        )


class Sealer:
    """Encrypts one file; `place` is the name it will have, bound into every frame."""

    def __init__(self, key: Key, place: str) -> None:
        salt = secrets.token_bytes(_SALT)
        self._head = _MAGIC + salt + key.derive(salt, "check", _CHECK)
        self._cipher = AESGCM(key.derive(salt, "file", 32))
        self._bound = self._head + place.encode()
        self._waiting = bytearray()
        self._number = 0

    def seal(self, data: bytes) -> bytes:
        """As many whole frames as there are by now."""
        self._waiting += data
        done = []
        # A full frame waits for the next byte, since it could be the last one.
        while len(self._waiting) > FRAME:
            done.append(self._frame(bytes(self._waiting[:FRAME]), last=False))
            del self._waiting[:FRAME]
        return b"".join(done)

    def finish(self) -> bytes:
        """The last frame."""
        return self._frame(bytes(self._waiting), last=True)

    def _frame(self, data: bytes, *, last: bool) -> bytes:
        nonce, head = _nonce(self._number, last), b"" if self._number else self._head
        self._number += 1
        return head + self._cipher.encrypt(nonce, data, self._bound)


def unseal(blocks: Iterable[bytes], key: Key, place: str) -> Iterator[bytes]:
    """The plain bytes of a file whose encrypted ones come in `blocks` of any size.

    Raises InputError: another key; raises DamagedSnapshot: no such file, changed, cut, or another one's.
    """
    source = _Source(iter(blocks))
    head = source.take(_HEAD)
    if len(head) < _HEAD or not head.startswith(_MAGIC):
        raise DamagedSnapshot(f"{place} is not an encrypted chunk. Dump again with migration_restart=true.")
    salt = head[len(_MAGIC) : -_CHECK]
    if key.derive(salt, "check", _CHECK) != head[-_CHECK:]:
        raise InputError(
            f"{place} is encrypted with another key than the one in {key.path}. Name the key file that the dump "
            "was made with, or dump again with migration_restart=true."
        )
    cipher = AESGCM(key.derive(salt, "file", 32))
    number, frame = 0, source.take(FRAME + _TAG)
    while True:
        following = source.take(FRAME + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, not following), frame, head + place.encode())
        except (InvalidTag, ValueError) as error:
            raise DamagedSnapshot(
                f"{place} is not what was written (frame {number}). Dump again with migration_restart=true."
            ) from error
        if not following:
            return
        number, frame = number + 1, following


class _Source:
    """Takes so many bytes at a time, fewer only at the end."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._waiting = bytearray()

    def take(self, count: int) -> bytes:
        while len(self._waiting) < count:
            block = next(self._blocks, None)
            if block is None:
                break
            self._waiting += block
        data = bytes(self._waiting[:count])
        del self._waiting[:count]
        return data


def _nonce(number: int, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])


__all__ = ("FRAME", "SUFFIX", "Key", "Sealer", "check_key", "read_key", "unseal")
