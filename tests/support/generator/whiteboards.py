# SPDX-License-Identifier: GPL-3.0-or-later
"""Excalidraw scenes in the form the source stores them.

The application deflates the scene, turns each byte into the latin1 character of the same number and
stores that text: bytes from 0x80 take two octets in utf8mb4, and U+0000 occurs.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from .dice import Dice


def scene(dice: Dice, elements: int, file_bytes: int = 0) -> str:
    """A scene as JSON, with an embedded incompressible image where ``file_bytes`` says so."""
    files: dict[str, Any] = {}
    if file_bytes:
        image = base64.b64encode(dice.randbytes(file_bytes)).decode()
        name = dice.hexadecimal(40)
        files[name] = {"mimeType": "image/png", "id": name, "dataURL": "data:image/png;base64," + image}
    document = {
        "type": "excalidraw",
        "version": 2,
        "source": "https://alkem.io",
        "elements": [_element(dice) for _ in range(elements)],
        "appState": {"gridSize": 20, "viewBackgroundColor": "#ffffff", "theme": "light"},
        "files": files,
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _element(dice: Dice) -> dict[str, Any]:
    return {
        "id": dice.url_safe(21),
        "type": dice.pick(("rectangle", "text", "arrow", "ellipse", "freedraw")),
        "x": dice.random() * 4000 - 2000,
        "y": dice.random() * 4000 - 2000,
        "width": dice.random() * 500,
        "height": dice.random() * 500,
        "angle": 0,
        "strokeColor": "#" + dice.hexadecimal(6),
        "seed": dice.getrandbits(31),
        "versionNonce": dice.getrandbits(31),
        "isDeleted": dice.chance(0.1),
        "groupIds": [],
        "text": dice.pick(("", "Idee 😀", "line one\nline two", 'said "no"', "Überblick")),
    }


def compressed(scene_text: str) -> str:
    """What the source's column holds."""
    return zlib.compress(scene_text.encode()).decode("latin1")


def converted(scene_text: str) -> str:
    """What a row holds that was converted already: base64 of the real zlib bytes."""
    return base64.b64encode(zlib.compress(scene_text.encode())).decode()


def board_pool(dice: Dice, count: int) -> list[str]:
    """Compressed boards from a handful of elements to some hundreds, small ones being common."""
    pool = []
    for number in range(count):
        elements = dice.between(0, 60) if number % 12 else dice.between(300, 600)
        pool.append(compressed(scene(dice, elements)))
    return pool
