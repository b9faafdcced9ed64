# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that are JSON, nearly JSON, or JSON to one server alone."""

from __future__ import annotations

import random

_BITS = (
    *"{}[],:\"\\/ \t\n\r\x00\x01\x0b\x7f019.eE+-abnt'é",
    *("true", "false", "null", "nul", "TRUE", "NaN", "Infinity", "-Infinity", "/*", "\u2028", "\ufeff", "😀"),
    *('"a"', '"k":', "\\u0000", "\\ud800", "\\udc00", "\\u00e9", "\\u00g0", "\\u12", "\\x", '\\"', "\\\\"),
    *(
        "1.",
        "-0",
        "01",
        "1.5",
        "1e5",
        "1e",
        "1e400",
        "1e131071",
        "1e131072",
        "1e-16383",
        "1e-16384",
        "0e-16384",
    ),
)
_NUMBERS = (
    *(
        "1",
        "0",
        "-1",
        "-0",
        "1.5",
        "0.5e3",
        "1E+5",
        "-",
        "01",
        "12.",
        "1.e5",
        ".5",
        "+1",
        "1.5.",
        "1e+",
        "1e--0",
    ),
    *("00", "0x1", "-01", "1e1.5", "-0.0", "1a", "1e131072", "9.9E131071", "0e99999", "0e1073741824"),
    *("1e-16384", "0.0e-16383", "1e-99999999999999999999", "1e00000000000000000000000001"),
)
_PIECES = (
    *(
        "a",
        "é",
        "\\n",
        "\\u0041",
        "\\u0000",
        "\\ud83d",
        "\\ude00",
        '\\"',
        "\\\\",
        "\\/",
        "\\x",
        "\\N",
        "\t",
        "\n",
    ),
    *("\x7f", "1. ", "2.,", "u0000", "\\u", "\\b", "\\f", "1e99999]", "\\\\u0000"),
)
LONG = (
    "[" + "9" * 131072 + "]",
    "[" + "9" * 131073 + "]",
    "[-0." + "0" * 16382 + "1]",
    "[-0." + "0" * 16384 + "]",
    "[1." + "1" * 20000 + "e3617]",
    "[1." + "1" * 20000 + "e3616]",
    "[" + "9" * 122000 + "e9072]",
    "[" + "9" * 122000 + "e9073]",
    '["' + "\\\\" * 50000 + '\\u0000"]',
    '["' + "\\\\" * 50000 + 'u0000"]',
    '["' + "\\\\" * 50000 + '\\"]',
    "[" * 3000 + "1" + "]" * 3000,
    '{"a":[' * 1500 + '"\\u0000"' + "]}" * 1500,
    "[" * 3000 + "1." + "]" * 3000,
    "[" * 3000 + "1" + "]" * 2999,
)


def random_texts(seed: int, number: int) -> list[str]:
    """So many different texts; the same for the same seed."""
    dice = random.Random(seed)
    found = dict.fromkeys(LONG)
    while len(found) < number + len(LONG):
        found[_text(dice)] = None
    return [*found]


def _text(dice: random.Random) -> str:
    if dice.random() < 0.3:
        return "".join(dice.choices(_BITS, k=dice.randint(1, 8)))
    text = _value(dice, 0)
    if dice.random() < 0.5:
        place = dice.randrange(len(text) + 1)
        text = text[:place] + dice.choice(_BITS) + text[place + dice.randint(0, 2) :]
    return dice.choice(("", "", " ", "\n")) + text + dice.choice(("", "", " ", "\t"))


def _value(dice: random.Random, depth: int) -> str:
    kind = dice.random()
    if kind < 0.2 and depth < 3:
        return "[" + ",".join(_value(dice, depth + 1) for _ in range(dice.randint(0, 3))) + "]"
    if kind < 0.4 and depth < 3:
        pairs = (f"{_string(dice)} :{_value(dice, depth + 1)}" for _ in range(dice.randint(0, 3)))
        return "{" + ",".join(pairs) + "}"
    if kind < 0.7:
        return _string(dice)
    return dice.choice((*_NUMBERS, "true", "false", "null"))


def _string(dice: random.Random) -> str:
    return '"' + "".join(dice.choices(_PIECES, k=dice.randint(0, 3))) + '"'
