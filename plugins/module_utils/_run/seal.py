# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The run's own key, and the seal that it puts under every JSON file of the run directory.

A seal says: a step of this run wrote exactly this, into the file of this name. It keeps off editors, mix-ups and
whoever may write files but not read the key. It is worth nothing against whoever can read the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping

FIELD: t.Final = "seal"
"""The last field of every sealed file."""
_KEY: t.Final = re.compile(rb"alkemio\.convergence key 1\n[0-9a-f]{64}\n")
_HEAD: t.Final = b"alkemio.convergence key 1\n"


def new_key() -> bytes:
    """Content of a new key file; its first line says whose it is."""
    return _HEAD + secrets.token_hex(32).encode() + b"\n"


def is_key(content: bytes) -> bool:
    """Whether `content` is what `new_key` gives."""
    return _KEY.fullmatch(content) is not None


def is_start_of_key(content: bytes) -> bool:
    """Whether a kill may have left `content` of a key."""
    return is_key(content) or content.startswith(_HEAD) or _HEAD.startswith(content)


def fingerprint(key: bytes) -> str:
    """It tells a key from another one, and nothing else of it."""
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest()[:16]


def seal(key: bytes, name: str, run_id: str, data: Mapping[str, t.Any]) -> str:
    """HMAC-SHA-256 over the place `name`, the run and the content; spaces and the order of fields do not count.

    Keys of `data` are texts, at every depth: others come back from the file as something else.
    """
    content = json.dumps([name, run_id, data], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def holds(found: t.Any, wanted: str) -> bool:
    """Compare in constant time; `found` comes out of a file."""
    return isinstance(found, str) and hmac.compare_digest(found.encode(errors="replace"), wanted.encode())


__all__ = ("FIELD", "fingerprint", "holds", "is_key", "is_start_of_key", "new_key", "seal")
