# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON in the text form that MySQL's json type prints.

MySQL orders keys by length and then by bytes and puts a blank behind every comma and colon. MariaDB
keeps what it is given. Writing MySQL's form makes the stored text equal on both.
"""

from __future__ import annotations

import json
from typing import Any


def mysql_json(value: Any) -> str:
    """The text MySQL would print for this value."""
    return json.dumps(_ordered(value), ensure_ascii=False)


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value
