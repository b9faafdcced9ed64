# SPDX-License-Identifier: GPL-3.0-or-later
"""The users, known to both databases: Alkemio's ``user`` rows and Kratos' identities are the same people."""

from __future__ import annotations

from dataclasses import dataclass

from .dice import Dice
from .texts import person_name

_DOMAINS = ("example.org", "example.com", "example.net", "mail.example.eu", "Example.org")


@dataclass(frozen=True)
class Person:
    """One user; ``email`` as Alkemio holds it, ``login`` as Kratos looks it up."""

    number: int
    user_id: str
    account_id: str
    identity_id: str
    first_name: str
    last_name: str
    name_id: str
    email: str

    @property
    def login(self) -> str:
        """The e-mail, trimmed and in lower case."""
        return self.email.strip().lower()


def people(seed: int, count: int) -> list[Person]:
    """The first ``count`` users of a seed; a longer list begins with the shorter one."""
    dice = Dice(f"{seed}:people")
    return [_person(dice, number) for number in range(count)]


def _person(dice: Dice, number: int) -> Person:
    first, last = person_name(dice)
    name_id = f"{_ascii(first)}-{_ascii(last)}"[:28] + f"-{number}"
    if dice.chance(0.03):
        name_id = name_id.title()
    local = f"{_ascii(first)}.{_ascii(last)}.{number}"
    if dice.chance(0.08):
        local = local.title()
    return Person(
        number=number,
        user_id=dice.uuid(),
        account_id=dice.uuid(),
        identity_id=dice.uuid(),
        first_name=first,
        last_name=last,
        name_id=name_id,
        email=f"{local}@{dice.pick(_DOMAINS)}",
    )


def _ascii(name: str) -> str:
    """What remains of a name in an address; never empty."""
    kept = "".join(char for char in name.lower() if char.isascii() and char.isalnum())
    return kept or "user"
